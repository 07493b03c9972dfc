/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runtimes and schedulers.
 *
 * A runtime is one side's instance of the core: the kernel side has one, every user domain has one
 * of its own in its own memory. It holds the ownership table, per core the list of the schedulers
 * registered there, and the task pool, all from the heap it was given. A runtime never reads
 * another one's memory: look-up from a user domain finds that domain's own schedulers only.
 *
 * Ownership: one entry per type, the same table in all runtimes of a system, given when the runtime
 * is made and immutable from then on. A type is registered only on the side that owns it.
 */
#ifndef TACTUS_SCHEDULE_H
#define TACTUS_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include <tactus/heap.h>
#include <tactus/port.h>
#include <tactus/status.h>
#include <tactus/task.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TACTUS_CORES_MAX        64u
#define TACTUS_CATCH_UP_DEFAULT 10u

enum tactus_side { TACTUS_SIDE_KERNEL, TACTUS_SIDE_USER };

struct tactus_ownership {
    uint8_t owner[TACTUS_SCHEDULER_TYPES]; /* enum tactus_side */
};

/* The table of the design: LL_TIMER, DP and TWB are the user side's, LL_DMA and EDF the kernel's.
 */
extern const struct tactus_ownership tactus_ownership_default;
/* Everything on the kernel side: the monolithic profile. */
extern const struct tactus_ownership tactus_ownership_monolithic;

/* "LL_TIMER", "kernel" and so on; never NULL ("?" where out of range). */
const char *tactus_scheduler_type_name(enum tactus_scheduler_type type);
const char *tactus_side_name(enum tactus_side side);
const char *tactus_task_state_name(enum tactus_task_state state);

struct tactus_runtime_config {
    enum tactus_side side;
    uint32_t domain;    /* 0 on the kernel side, the domain's number otherwise */
    uint32_t cores;     /* 1 to TACTUS_CORES_MAX */
    uint32_t tasks_max; /* 1 to 65535: the pool's size */
    struct tactus_ownership ownership;
    tactus_heap *heap; /* of the owner; the runtime is its only user while it lives */
    struct tactus_port port;
};

/* Makes a runtime from the heap. TACTUS_E_INVALID: NULL, a value out of the ranges above, a port
 * with an entry missing, a domain number on the kernel side. TACTUS_E_NO_MEMORY: the heap is as it
 * was. Blocks never. */
TACTUS_MUST_CHECK tactus_status tactus_runtime_new(const struct tactus_runtime_config *config,
                                                   tactus_runtime **runtime);

/* Everything goes back to the heap. Nobody else may be inside a call of this runtime, or begin one,
 * but for the tick thread of an LL scheduler that stops: it is waited for. The EDF thread has ended
 * before. TACTUS_E_STATE while a task is live. TACTUS_E_DEADLOCK from inside a task.
 * TACTUS_E_TIMED_OUT: a scheduler's thread did not leave it in 100 ticks; nothing has changed. */
TACTUS_MUST_CHECK tactus_status tactus_runtime_free(tactus_runtime *runtime);

enum tactus_side tactus_runtime_side(const tactus_runtime *runtime);

/* --- schedulers in general ------------------------------------------------------------------ */

typedef struct tactus_scheduler tactus_scheduler; /* lies in the owner's heap */
struct tactus_pool_task;                          /* the core's record of one task */

/* Where an anchored task goes. */
enum tactus_anchor { TACTUS_ANCHOR_NONE, TACTUS_ANCHOR_BEFORE, TACTUS_ANCHOR_AFTER };

struct tactus_schedule_request {
    uint64_t start_ns;
    uint64_t period_ns;
    enum tactus_anchor anchor;
    struct tactus_pool_task *reference; /* with an anchor */
    uint32_t reference_generation;      /* of the handle that named it */
};

/* What a policy provides. schedule, cancel and free are mandatory; where an optional one is NULL
 * the caller gets TACTUS_E_NOT_SUPPORTED. Semantics as of the calls in task.h. cancel is told
 * afterwards: the task's state is CANCELLED already. */
struct tactus_scheduler_ops {
    tactus_status (*schedule)(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                              const struct tactus_schedule_request *request);
    tactus_status (*cancel)(tactus_scheduler *scheduler, struct tactus_pool_task *task);
    tactus_status (*free)(tactus_scheduler *scheduler, struct tactus_pool_task *task);
    tactus_status (*schedule_anchored)(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                                       const struct tactus_schedule_request *request);
    tactus_status (*reschedule)(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                                uint64_t start_ns);
    tactus_status (*task_init)(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                               const struct tactus_task_config *config);
    /* Before the runtime goes: waits, bounded, until the scheduler's thread is out for good. An
     * error makes tactus_runtime_free fail with it, and everything is as it was. */
    tactus_status (*quiesce)(tactus_scheduler *scheduler);
    void (*deinit)(tactus_scheduler *scheduler); /* before the scheduler's memory goes back */
};

/* Registers a scheduler of `type` on `core` with `data_bytes` of zeroed policy data from the
 * owner's heap. TACTUS_E_INVALID: NULL or unknown type. TACTUS_E_NO_CORE. TACTUS_E_INCOMPLETE: a
 * mandatory operation is missing. TACTUS_E_WRONG_SIDE: the other side owns the type.
 * TACTUS_E_EXISTS: twice on a core. TACTUS_E_NO_MEMORY: everything is as it was. Set-up only. */
TACTUS_MUST_CHECK tactus_status tactus_scheduler_register(
    tactus_runtime *runtime, enum tactus_scheduler_type type, uint32_t core,
    const struct tactus_scheduler_ops *ops, size_t data_bytes, tactus_scheduler **scheduler);

/* Finds by (side, core, type). From a user domain only its own side: TACTUS_E_DENIED for the
 * other. TACTUS_E_NO_CORE, TACTUS_E_INVALID, TACTUS_E_NO_DEVICE: none there. Any thread. */
TACTUS_MUST_CHECK tactus_status tactus_scheduler_find(tactus_runtime *runtime,
                                                      enum tactus_side side, uint32_t core,
                                                      enum tactus_scheduler_type type,
                                                      tactus_scheduler **scheduler);

/* The policy data of a scheduler, data_bytes long. Never NULL for a registered scheduler. */
void *tactus_scheduler_data(tactus_scheduler *scheduler);

/* --- LL: run to completion in priority order, every tick ------------------------------------- */

struct tactus_ll_config {
    uint64_t tick_ns;  /* TACTUS_TICK_MIN_NS to TACTUS_TICK_MAX_NS */
    uint32_t catch_up; /* missed cycles replayed back to back at most; the rest is skipped */
};

struct tactus_ll_stats {
    uint64_t cycles;         /* run */
    uint64_t missed_cycles;  /* were due when an earlier one was still to be run */
    uint64_t skipped_cycles; /* missed beyond catch_up */
    uint64_t blocked_cycles; /* fell into a block */
    uint32_t tasks;          /* in the run array */
};

/* type: TACTUS_LL_TIMER or TACTUS_LL_DMA. Errors as of tactus_scheduler_register. */
TACTUS_MUST_CHECK tactus_status tactus_ll_register(tactus_runtime *runtime,
                                                   enum tactus_scheduler_type type, uint32_t core,
                                                   const struct tactus_ll_config *config,
                                                   tactus_scheduler **scheduler);

/* Called by the tick source's thread, and by it alone: cycles up to number `target_cycle` (the
 * first is 1; the numbers go on when the source stops and starts again, and what passes meanwhile
 * has none) are due. Runs those that have not run yet, at most catch_up + 1 of them, and skips
 * the oldest of the rest, counted. Of each cycle only the tasks up to `span_priority` (inclusive)
 * that have not run in it yet are run; INT32_MAX ends the cycle. A span below INT32_MAX is for a
 * domain that takes more than one turn in a tick; then only one cycle may be due. `replay_max` of
 * UINT32_MAX replaces catch_up: nothing is skipped (offline). Real-time: no allocation, lock or
 * system call, but the wake of whoever waits for a boundary. */
void tactus_ll_run(tactus_scheduler *scheduler, uint64_t target_cycle, int32_t span_priority,
                   uint32_t replay_max);

/* The next tick does not start until unblock; blocks nest. Blocks until the running cycle has
 * ended, at most 100 ticks: TACTUS_E_TIMED_OUT, and nothing is blocked. TACTUS_E_DEADLOCK from
 * inside a task of that scheduler. Not for the tick source's thread. */
TACTUS_MUST_CHECK tactus_status tactus_ll_block(tactus_scheduler *scheduler);
TACTUS_MUST_CHECK tactus_status
tactus_ll_unblock(tactus_scheduler *scheduler); /* E_STATE: was not */

/* Watchdog: for how long the running cycle has been running, 0 where none is, and the name of the
 * task that runs ("" between two). Any thread of the same side; never blocks. */
uint64_t tactus_ll_running_ns(tactus_scheduler *scheduler, char name[TACTUS_NAME_BYTES]);

void tactus_ll_stats_get(tactus_scheduler *scheduler, struct tactus_ll_stats *stats);

/* --- EDF: earliest deadline first, run to completion, delayed start -------------------------- */

struct tactus_edf_config {
    uint32_t reserved;
};

TACTUS_MUST_CHECK tactus_status tactus_edf_register(tactus_runtime *runtime, uint32_t core,
                                                    const struct tactus_edf_config *config,
                                                    tactus_scheduler **scheduler);

/* Called by the scheduler's thread, and by it alone: takes in what was posted and runs the task
 * whose start has come with the earliest deadline, one; true where one ran. When none can run,
 * *next_ns is the earliest start (UINT64_MAX: none). C. L. Liu and J. W. Layland, "Scheduling
 * Algorithms for Multiprogramming in a Hard-Real-Time Environment", JACM 20(1), 1973, section 7. */
int tactus_edf_run(tactus_scheduler *scheduler, uint64_t *next_ns);

#ifdef __cplusplus
}
#endif

#endif
