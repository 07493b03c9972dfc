/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tasks: what a scheduler runs. A task is made by tactus_task_init, which binds it to the scheduler
 * of the type and the core that it names; every later operation is one indirect call through that
 * scheduler's operations.
 *
 * Control calls (everything here) may be made from any thread of the runtime's own side, also from
 * inside a running task, unless the call says otherwise. They take no lock that a tick waits for:
 * what they ask is posted and takes effect at the next boundary.
 *
 * States and legal transitions (anything else is refused with TACTUS_E_STATE):
 *
 *   from \ event   schedule   run starts  RESCHEDULE  COMPLETED   cancel     free
 *   INIT           QUEUED     -           -           -           CANCELLED  FREE
 *   QUEUED         QUEUED     RUNNING     -           -           CANCELLED  FREE
 *   RUNNING        RUNNING    -           QUEUED      COMPLETED   CANCELLED  FREE
 *   COMPLETED      QUEUED     -           -           -           CANCELLED  FREE
 *   CANCELLED      QUEUED     -           CANCELLED   CANCELLED   CANCELLED  FREE
 *
 * RUNNING is seen only while the task's code runs. A task that is cancelled while it runs is
 * CANCELLED at once and finishes this run.
 */
#ifndef TACTUS_TASK_H
#define TACTUS_TASK_H

#include <stddef.h>
#include <stdint.h>

#include <tactus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tactus_runtime tactus_runtime;

/* A handle. The generation tells a live task from an earlier one in the same place, so that use
 * after free is an error (TACTUS_E_STALE) and never touches memory. All zero is no task. */
typedef struct tactus_task {
    uint32_t index;
    uint32_t generation;
} tactus_task;

enum tactus_scheduler_type {
    TACTUS_LL_TIMER,
    TACTUS_LL_DMA,
    TACTUS_EDF,
    TACTUS_DP,
    TACTUS_TWB,
    TACTUS_SCHEDULER_TYPES
};

enum tactus_task_state {
    TACTUS_TASK_INIT,
    TACTUS_TASK_QUEUED,
    TACTUS_TASK_RUNNING,
    TACTUS_TASK_COMPLETED,
    TACTUS_TASK_CANCELLED,
    TACTUS_TASK_FREE,
    TACTUS_TASK_STATES
};

/* What a run function returns. Any other value is counted against the task and treated as
 * TACTUS_RESCHEDULE. */
enum tactus_run_result { TACTUS_RESCHEDULE = 0, TACTUS_COMPLETED = 1 };

typedef int (*tactus_run_function)(void *data);

#define TACTUS_NAME_BYTES 32u /* names are cut to this, with the final NUL */

struct tactus_task_config {
    const char *name; /* copied; NULL: "task" */
    enum tactus_scheduler_type type;
    uint32_t core;
    int32_t priority;        /* LL: lower runs first, negative allowed */
    tactus_run_function run; /* called by the scheduler's thread */
    /* EDF: called by the scheduler's thread after a run that returned TACTUS_COMPLETED, before the
     * state is COMPLETED; may be NULL. */
    void (*complete)(void *data);
    /* EDF, mandatory there: the absolute deadline of the next run. Called by the scheduler's thread
     * when the start of the task has come and after each run that returned TACTUS_RESCHEDULE. */
    uint64_t (*deadline_ns)(void *data);
    void *data; /* handed to the three functions */
};

/* Run-time histogram: bucket b counts runs of lower(b) <= ns < lower(b + 1), relative error below
 * 1/8: values under 8 have a bucket each, then eight buckets per power of two. */
#define TACTUS_HISTOGRAM_BUCKETS 256u

uint32_t tactus_histogram_bucket(uint64_t ns);
uint64_t tactus_histogram_lower_ns(uint32_t bucket);

/* Fixed layout: user domains keep these in memory that the kernel side reads as hearsay. Written by
 * the scheduler's thread alone; a reader elsewhere copies and bounds-checks. */
struct tactus_task_stats {
    uint64_t runs;
    uint64_t total_ns;
    uint64_t worst_ns;
    uint64_t overruns;    /* runs longer than the tick (LL), or ended after the deadline (EDF) */
    uint64_t bad_returns; /* values that are no enum tactus_run_result */
    uint32_t histogram[TACTUS_HISTOGRAM_BUCKETS];
};

struct tactus_task_info {
    tactus_task task;
    char name[TACTUS_NAME_BYTES];
    enum tactus_scheduler_type type;
    uint32_t core;
    uint32_t owner;  /* enum tactus_side */
    uint32_t domain; /* the runtime's domain number; 0 on the kernel side */
    enum tactus_task_state state;
    int32_t priority;
    struct tactus_task_stats stats;
};

/* Makes a task in state INIT. TACTUS_E_INVALID: NULL, unknown type, no run function, EDF without
 * deadline_ns. TACTUS_E_NO_CORE: no such core. TACTUS_E_NO_DEVICE: that core has no scheduler of
 * that type on this side. TACTUS_E_EXISTS: *task is a live task already (start from all zero).
 * TACTUS_E_NO_MEMORY: pool or heap exhausted, nothing changed. Not in a tick. */
TACTUS_MUST_CHECK tactus_status tactus_task_init(tactus_runtime *runtime,
                                                 const struct tactus_task_config *config,
                                                 tactus_task *task);

/* Queues the task. start_ns delays the first run, period_ns runs it every so often; for LL both are
 * whole multiples of the tick (0: next tick, every tick), otherwise TACTUS_E_PERIOD. For EDF
 * start_ns counts from the call and period_ns must be 0. A queued LL task: nothing changes, OK; a
 * queued EDF task is moved. A cancelled one is revived at its place. Where the tick source cannot
 * be started its status is returned and nothing has changed. TACTUS_E_STATE from inside a task of
 * another LL scheduler where the source would have to be started: a tick does not do that; or where
 * another thread is in the middle of scheduling the same task. */
TACTUS_MUST_CHECK tactus_status tactus_task_schedule(tactus_runtime *runtime, tactus_task task,
                                                     uint64_t start_ns, uint64_t period_ns);

/* LL: the same, directly before or after `reference`, whatever the priorities; the task stays next
 * to it, later plain tasks never come in between. TACTUS_E_REFERENCE: the reference is not queued
 * on the same scheduler (or is the task itself). TACTUS_E_NOT_SUPPORTED: the scheduler has no
 * order. */
TACTUS_MUST_CHECK tactus_status tactus_task_schedule_before(tactus_runtime *runtime,
                                                            tactus_task task, tactus_task reference,
                                                            uint64_t start_ns, uint64_t period_ns);
TACTUS_MUST_CHECK tactus_status tactus_task_schedule_after(tactus_runtime *runtime,
                                                           tactus_task task, tactus_task reference,
                                                           uint64_t start_ns, uint64_t period_ns);

/* EDF: moves a queued task to a new start. LL: TACTUS_E_NOT_SUPPORTED. */
TACTUS_MUST_CHECK tactus_status tactus_task_reschedule(tactus_runtime *runtime, tactus_task task,
                                                       uint64_t start_ns);

/* Immediate in effect: a run that has not started when this returns does not start; one that has
 * started ends by itself. Never blocks. */
TACTUS_MUST_CHECK tactus_status tactus_task_cancel(tactus_runtime *runtime, tactus_task task);

/* Synchronous: when it returns OK the code of the task does not run and never will, and the handle
 * is stale. Blocks until the boundary acknowledges, at most 100 ticks (EDF: 100 ms beyond the end
 * of a run; 100 ms in all from inside a task, whose own run may be waited for): then
 * TACTUS_E_TIMED_OUT, the task is cancelled but not freed, and free may be called again.
 * TACTUS_E_DEADLOCK from inside this task, or from inside any task of the same scheduler, or of any
 * LL scheduler: a tick does not wait. TACTUS_E_STATE: another thread is freeing it. */
TACTUS_MUST_CHECK tactus_status tactus_task_free(tactus_runtime *runtime, tactus_task task);

TACTUS_MUST_CHECK tactus_status tactus_task_state_get(tactus_runtime *runtime, tactus_task task,
                                                      enum tactus_task_state *state);

TACTUS_MUST_CHECK tactus_status tactus_task_info_get(tactus_runtime *runtime, tactus_task task,
                                                     struct tactus_task_info *info);

/* The live tasks of one core and type in handle order: *count is how many there are, infos gets the
 * first `capacity` of them. */
TACTUS_MUST_CHECK tactus_status tactus_task_list(tactus_runtime *runtime, uint32_t core,
                                                 enum tactus_scheduler_type type,
                                                 struct tactus_task_info *infos, uint32_t capacity,
                                                 uint32_t *count);

/* The statistics of the task are kept from now on in the caller's storage (zeroed, for as long as
 * the task lives). Only while the task is INIT; otherwise TACTUS_E_STATE. */
TACTUS_MUST_CHECK tactus_status tactus_task_stats_place(tactus_runtime *runtime, tactus_task task,
                                                        struct tactus_task_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
