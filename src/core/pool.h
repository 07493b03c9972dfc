/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The task pool: one record per task, of a number fixed when the runtime is made.
 *
 * Each record has one control word that holds the generation and the state as control sees it.
 * Every change of it follows the one transition table (task_step, below) and is made by
 * compare-and-swap, from any thread. RUNNING is no state of the word: a task runs when its
 * scheduler says so, and shows as RUNNING while its word says QUEUED.
 *
 * Who may touch what of a record:
 *   word        anybody, through the calls below
 *   request     whoever holds the BUSY bit writes, the scheduler reads (see struct task_request)
 *   post_next   see post.h
 *   the policy's part   the scheduler's thread, or whoever stands in for it while it does not run
 *   the rest    written while the record is RESERVED, by the one who reserved it; read by anybody
 *               who afterwards finds the generation unchanged in the word
 *
 * A record is reused only by the thread that freed it or after that thread gave it back, and the
 * generation moves on before: 26 bits of it, and a record that has used up all is retired, so that
 * a stale handle is never taken for a live one.
 */
#ifndef TACTUS_CORE_POOL_H
#define TACTUS_CORE_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <tactus/atomic.h>
#include <tactus/schedule.h>
#include <tactus/task.h>

#include "list.h"
#include "stats.h"

/* States of the control word. SUSPENDED is a cancelled task that keeps its place, to be revived
 * there; CANCELLED was cancelled without having one. FREEING: somebody waits in free. RELEASED:
 * the scheduler holds nothing of it any more, or the record is retired. RESERVED is a record being
 * set up. VACANT is in the pool. */
enum task_word_state {
    WORD_VACANT,
    WORD_RESERVED,
    WORD_INIT,
    WORD_QUEUED,
    WORD_COMPLETED,
    WORD_CANCELLED,
    WORD_SUSPENDED,
    WORD_FREEING,
    WORD_RELEASED,
    WORD_STATES
};

enum task_event {
    EVENT_SCHEDULE,
    EVENT_COMPLETE, /* run returned TACTUS_COMPLETED */
    EVENT_CANCEL,
    EVENT_FREE,
    EVENT_RELEASE, /* the scheduler has let go of it */
    EVENT_GIVE_UP, /* the wait for that timed out */
    EVENT_RESERVE, /* out of the pool */
    EVENT_INIT,    /* set up */
    EVENT_RECYCLE, /* back into the pool */
    TASK_EVENTS
};

#define WORD_STATE_MASK       0x0Fu
#define WORD_BUSY             0x10u /* one thread writes the request and posts it */
#define WORD_POSTED           0x20u /* on its scheduler's list of posts, or about to be */
#define WORD_GENERATION_SHIFT 6u
#define WORD_GENERATION_MAX   0x03FFFFFFu
#define WORD_REFUSED          WORD_STATES

static inline uint32_t word_make(uint32_t generation, enum task_word_state state)
{
    return generation << WORD_GENERATION_SHIFT | (uint32_t)state;
}

static inline enum task_word_state word_state(uint32_t word)
{
    return (enum task_word_state)(word & WORD_STATE_MASK);
}

static inline uint32_t word_generation(uint32_t word)
{
    return word >> WORD_GENERATION_SHIFT;
}

/* What a schedule call asks. Writer: the holder of the BUSY bit. Reader: the scheduler at its
 * boundary, which compares `sequence` before and after: odd or changed means that the writer is at
 * it and will post afterwards, so that nothing is lost by leaving it. */
struct task_request {
    /* Release after the fields, acquire before them; odd while they change. */
    tactus_atomic_u32 sequence;
    /* Release and acquire, so that who sees a new field sees the odd sequence before it. */
    tactus_atomic_u32 start[2];  /* ticks (LL) or absolute ns (EDF), low half first */
    tactus_atomic_u32 period[2]; /* ticks */
    tactus_atomic_u32 arrival; /* names the place; drawn when it is asked for, kept by a revival */
    tactus_atomic_u32 anchor;  /* enum tactus_anchor */
    tactus_atomic_u32 reference_index;
    tactus_atomic_u32 reference_generation;
    tactus_atomic_u32 reference_arrival; /* which of its places is meant */
};

/* The same, taken out. */
struct task_request_copy {
    uint32_t sequence;
    uint64_t start;
    uint64_t period;
    uint32_t arrival;
    enum tactus_anchor anchor;
    struct tactus_task reference;
    uint32_t reference_arrival;
};

/* A place in the LL order. */
struct ll_place {
    struct list_node node;
    struct tactus_pool_task *task;
    uint32_t arrival;       /* of the request that asked for it */
    uint64_t group_arrival; /* with the priority the key of the group: its root's */
    int32_t group_priority;
};

/* The LL scheduler's part of a record. */
struct ll_part {
    /* The one that counts, and the one it had before: kept until the end of the boundary that moves
     * the task, for what was anchored to it there. */
    struct ll_place place[2];
    uint32_t place_index;
    uint64_t due_cycle;
    uint64_t period_cycles;
    bool is_leaving; /* within a boundary: somebody waits for it in free */
    bool is_pending; /* within a boundary: is to get another place */
    uint32_t
        asked_arrival; /* the arrival of the request taken in: its place is had or being made */
    enum tactus_anchor anchor;
    struct tactus_task reference;
    uint32_t reference_arrival;
};

/* The EDF scheduler's part. */
struct edf_part {
    uint64_t start_ns;
    uint64_t deadline_ns;
    uint64_t arrival;
    uint32_t position; /* in its heap */
    uint32_t where;    /* enum edf_place */
    uint32_t asked;    /* the number of the request, until `arrival` is drawn */
};

struct tactus_pool_task {
    /* Writers: any thread, by compare-and-swap along the table. Readers: any. Acquire on success
     * and on load, release on success: who sees a state sees what was done before it. */
    tactus_atomic_u32 word;
    struct task_request request;
    uint32_t index;

    tactus_run_function run;
    void (*complete)(void *data);
    uint64_t (*deadline_ns)(void *data);
    void *data;
    /* Writer: who reserved the record. Readers: anybody, who then checks the generation. Release
     * and acquire, so that who reads a later one sees by the word that it is later. */
    _Atomic(tactus_scheduler *) scheduler;
    tactus_atomic_u32 priority;
    tactus_atomic_u32 name[TACTUS_NAME_BYTES / 4u];

    /* Writer: task init and tactus_task_stats_place, under BUSY. Reader: the scheduler from the
     * boundary on that follows the first schedule, and info. Acquire and release. */
    _Atomic(struct stats_view *) stats;
    struct stats_count count; /* the scheduler's own figures, published in *stats */

    struct tactus_pool_task *post_next; /* who set POSTED, until pushed; then the scheduler's */
    struct tactus_pool_task *next;      /* chains within one boundary; the scheduler's */

    uint32_t applied; /* the request's sequence that the scheduler has taken in; its own */
    union {
        struct ll_part ll;
        struct edf_part edf;
    } part;
};

struct task_pool {
    struct tactus_pool_task *tasks;
    uint32_t tasks_max;
    /* Where to look next for a vacant record, so that generations wear evenly. Any thread,
     * relaxed: a hint. */
    tactus_atomic_u32 hint;
};

/* The state after the event, or WORD_REFUSED: the one transition table. */
enum task_word_state task_step(enum task_word_state state, enum task_event event);

/* What the word's state is to the caller of the public API, RUNNING aside. */
enum tactus_task_state task_public_state(enum task_word_state state);

/* Moves the task of that generation along the table. TACTUS_E_STALE: another generation, or none.
 * TACTUS_E_STATE: refused. *before (may be NULL) gets the word that was replaced. Any thread; each
 * failed attempt is another thread's success, and 64 of them give TACTUS_E_STATE. */
tactus_status task_move(struct tactus_pool_task *task, uint32_t generation, enum task_event event,
                        uint32_t *before);

/* The scheduler's thread: a run returned TACTUS_COMPLETED. Counts only where nobody has cancelled
 * the task and scheduled it anew since the run began, which shows in the request's sequence: that
 * wish is newer than this run. */
void task_complete(struct tactus_pool_task *task, uint32_t generation, uint32_t applied);

/* Takes and gives back the BUSY bit, for which the event must be legal. TACTUS_E_EXISTS: somebody
 * else has it. It is held for a few steps, so that giving it back wakes nobody: who waits for it
 * looks again. */
tactus_status task_pin(struct tactus_pool_task *task, uint32_t generation, enum task_event event,
                       uint32_t *before);
void task_unpin(struct tactus_pool_task *task);

/* Is the word of that generation, and the task alive for control? */
bool word_is_live(uint32_t word, uint32_t generation);

/* The record of a handle, NULL where there is none such. Whether it is stale the calls above tell.
 */
struct tactus_pool_task *pool_task(const struct task_pool *pool, tactus_task handle);

/* A record in state RESERVED, NULL where all are taken. */
struct tactus_pool_task *pool_reserve(struct task_pool *pool);
/* RESERVED or RELEASED: back into the pool, with the next generation. */
void pool_recycle(struct tactus_pool_task *task);
bool pool_is_vacant(const struct task_pool *pool);

void task_name_set(struct tactus_pool_task *task, const char *name);
void task_name_get(struct tactus_pool_task *task, char name[TACTUS_NAME_BYTES]);

/* By the holder of the BUSY bit. `arrival` and what belongs to it are written where `place`. */
void request_write(struct task_request *request, const struct task_request_copy *copy, bool place);
/* By the scheduler. False: the writer is at it, and will post. */
bool request_read(struct task_request *request, struct task_request_copy *copy);

#endif
