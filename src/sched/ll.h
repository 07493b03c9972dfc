/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The LL scheduler's insides.
 *
 * Two structures, both the tick side's alone: the order, a list of every task that has a place
 * (also of cancelled ones, to be revived there), and the run array, a flat copy of what is to run.
 * They change at boundaries only: what control asked for is posted and taken in there.
 *
 * The tick side is the tick source's thread while a source runs, and a control thread that has
 * claimed it while none does. The `source` word says which:
 *
 *   STOPPED -> CLAIMED -> STOPPED              a control thread does a boundary, for free
 *   STOPPED -> CLAIMED -> STARTING -> RUNNING  the first task starts the source
 *                         STARTING -> STOPPED  the source could not be started
 *   RUNNING -> STOPPING -> STOPPED             the tick thread: no tasks, nothing on the way
 *
 * Its low bits count the posts on the way: control adds one before it pushes, and only while the
 * source runs; the tick side takes off what it has taken in. The tick thread stops by
 * compare-and-swap from "RUNNING, none on the way", so that no post is ever left behind.
 *
 * Order: tasks are in groups, each a plainly scheduled root and what was anchored to it or its
 * like. Groups are sorted by the root's priority, then by its arrival; plain tasks come only
 * between groups. An anchored task is put next to its reference when it arrives and keeps that
 * place.
 */
#ifndef TACTUS_SCHED_LL_H
#define TACTUS_SCHED_LL_H

#include "../core/registry.h"
#include "../core/word64.h"

/* What the tick thread needs to run a task, in the order of running. */
struct ll_entry {
    struct tactus_pool_task *task;
    tactus_run_function run;
    void *data;
    struct stats_view *stats;
    uint64_t due_cycle;
    uint64_t period_cycles;
    uint32_t word;     /* what the control word says while the task is to run, flags aside */
    uint32_t sequence; /* of the request that the entry stands for */
    int32_t priority;  /* the group's */
};

enum ll_source_state {
    SOURCE_STOPPED = 0,
    SOURCE_CLAIMED = 1,
    SOURCE_STARTING = 2,
    SOURCE_RUNNING = 3,
    SOURCE_STOPPING = 4,
};

#define SOURCE_SHIFT      24u /* at most 65535 tasks are on the way, each once, and each caller */
#define SOURCE_COUNT_MASK 0x00FFFFFFu

#define GATE_IN_CYCLE 1u
#define GATE_BLOCK    2u /* one block; they nest */

struct ll {
    tactus_scheduler *scheduler;
    uint64_t tick_ns;
    uint32_t catch_up;

    /* Writers: control and tick side, by read-modify-write, acquire and release: who gets the tick
     * side sees all that its last holder did. Waited for with word_wait. */
    tactus_atomic_u32 source;
    /* Bit 0: a cycle is under way, the tick thread's. The rest: blocks, control's. Both by
     * read-modify-write, so that of a beginning cycle and a block one comes first. Acquire and
     * release: who blocks sees what the last cycle did, and the next cycle what was done in the
     * block. */
    tactus_atomic_u32 gate;

    /* The tick side's alone. */
    struct list_node order;
    struct ll_entry *run;
    uint32_t run_count;
    uint32_t cursor;       /* the next entry of the open cycle */
    bool is_open;          /* a cycle is under way, between two spans too */
    bool is_dirty;         /* an entry was met that is not to run any more */
    uint64_t cycle;        /* the last one begun or skipped; goes on when the source restarts */
    uint64_t target_cycle; /* the last one that is due */
    uint64_t arrivals;

    /* Writer: the tick side. Readers: any. */
    struct word64 cycles;
    struct word64 missed_cycles;
    struct word64 skipped_cycles;
    struct word64 blocked_cycles;
    struct word64 cycle_start_ns; /* 0: none is under way */
    tactus_atomic_u32 tasks;      /* run_count; relaxed, a figure */
};

static inline struct ll *ll_of(tactus_scheduler *scheduler)
{
    return scheduler->data;
}

static inline void word64_add(struct word64 *word, uint64_t value)
{
    if (value > 0)
        word64_write(word, word64_read(word) + value);
}

/* --- ll_source.c: who is the tick side ------------------------------------------------------- */

/* Adds one to what is on the way while the source runs. `is_mine`: the caller is the tick thread
 * itself. False: the source is in another state, which *state tells. */
bool ll_source_join(struct ll *ll, bool is_mine, uint32_t *word);
/* Takes `count` off again. */
void ll_source_leave(struct ll *ll, uint32_t count);
/* Becomes the tick side; false: it is not free. */
bool ll_source_claim(struct ll *ll);
void ll_source_unclaim(struct ll *ll);
/* Joins; starts the source where none runs. Errors as of tactus_task_schedule. */
tactus_status ll_source_enter(struct ll *ll);
/* The tick thread: stops the source where there is nothing on the way. True: it did, and nothing of
 * the scheduler may be touched any more. */
bool ll_source_try_stop(struct ll *ll);
/* Sleeps until the word changes; false: until_ns has come. */
bool ll_wait(struct ll *ll, tactus_atomic_u32 *word, uint32_t value, uint64_t until_ns);

/* --- ll_order.c: the boundary ---------------------------------------------------------------- */

/* Takes in what was posted, and rebuilds the run array. A start of 0 means `next_cycle`. */
void ll_boundary(struct ll *ll, uint64_t next_cycle, bool is_claimed);

#endif
