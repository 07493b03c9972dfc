/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of task.h: what holds for every policy, around one indirect call of its scheduler. */
#include "mem.h"
#include "registry.h"

/* How long a call waits for another thread that is in the middle of scheduling the same task: that
 * takes a few steps, unless that thread is stopped there. */
#define PIN_WAIT_NS  (UINT64_C(100) * 1000000u)
#define PIN_SLICE_NS UINT64_C(50000)

static tactus_scheduler *task_scheduler(struct tactus_pool_task *task)
{
    return atomic_load_explicit(&task->scheduler, memory_order_acquire);
}

/* The record of a live task. Its scheduler may be used as long as a later step on the word finds
 * the same generation. */
static tactus_status task_find(const tactus_runtime *runtime, tactus_task handle,
                               struct tactus_pool_task **task)
{
    if (runtime == NULL) {
        return TACTUS_E_INVALID;
    }
    *task = pool_task(&runtime->pool, handle);
    if (*task == NULL) {
        return TACTUS_E_STALE;
    }
    uint32_t word = atomic_load_explicit(&(*task)->word, memory_order_acquire);
    return word_is_live(word, handle.generation) ? TACTUS_OK : TACTUS_E_STALE;
}

/* Sleeps a little while the word stays as it is. */
static void pin_wait(tactus_runtime *runtime, struct tactus_pool_task *task, uint32_t word,
                     uint64_t until_ns)
{
    uint64_t slice_ns = runtime_clock_ns(runtime) + PIN_SLICE_NS;
    runtime->port.ops->word_wait(runtime->port.context, &task->word, word,
                                 slice_ns < until_ns ? slice_ns : until_ns);
}

static tactus_status init_check(tactus_runtime *runtime, const struct tactus_task_config *config,
                                const tactus_task *handle)
{
    if (runtime == NULL || config == NULL || handle == NULL ||
        (unsigned)config->type >= TACTUS_SCHEDULER_TYPES || config->run == NULL ||
        (config->type == TACTUS_EDF && config->deadline_ns == NULL)) {
        return TACTUS_E_INVALID;
    }
    if (config->core >= runtime->cores) {
        return TACTUS_E_NO_CORE;
    }
    struct tactus_pool_task *task;
    if (task_find(runtime, *handle, &task) == TACTUS_OK) {
        return TACTUS_E_EXISTS;
    }
    return TACTUS_OK;
}

static void task_fill(tactus_runtime *runtime, struct tactus_pool_task *task,
                      const struct tactus_task_config *config, tactus_scheduler *scheduler)
{
    struct stats_view *stats = (struct stats_view *)(void *)&runtime->stats[task->index];
    task->run = config->run;
    task->complete = config->complete;
    task->deadline_ns = config->deadline_ns;
    task->data = config->data;
    task->count.runs = 0;
    task->count.total_ns = 0;
    task->count.worst_ns = 0;
    task->count.overruns = 0;
    task->count.bad_returns = 0;
    stats_zero(stats);
    memset(&task->part, 0, sizeof task->part);
    task->applied = atomic_load_explicit(&task->request.sequence, memory_order_relaxed);
    atomic_store_explicit(&task->stats, stats, memory_order_release);
    atomic_store_explicit(&task->priority, (uint32_t)config->priority, memory_order_release);
    atomic_store_explicit(&task->scheduler, scheduler, memory_order_release);
    task_name_set(task, config->name != NULL ? config->name : "task");
}

tactus_status tactus_task_init(tactus_runtime *runtime, const struct tactus_task_config *config,
                               tactus_task *handle)
{
    tactus_status status = init_check(runtime, config, handle);
    if (status != TACTUS_OK) {
        return status;
    }
    tactus_scheduler *scheduler = registry_find(runtime, config->core, config->type);
    if (scheduler == NULL) {
        return TACTUS_E_NO_DEVICE;
    }
    struct tactus_pool_task *task = pool_reserve(&runtime->pool);
    if (task == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    task_fill(runtime, task, config, scheduler);
    if (scheduler->ops->task_init != NULL) {
        status = scheduler->ops->task_init(scheduler, task, config);
    }
    if (status != TACTUS_OK) {
        pool_recycle(task);
        return status;
    }
    uint32_t word = atomic_load_explicit(&task->word, memory_order_relaxed);
    tactus_task made = {.index = task->index, .generation = word_generation(word)};
    status = task_move(task, made.generation, EVENT_INIT, NULL);
    if (status == TACTUS_OK) {
        *handle = made;
    }
    return status;
}

/* Pins the task for a schedule call. *is_done: there is nothing to do, and it is not pinned. */
static tactus_status schedule_pin(tactus_runtime *runtime, struct tactus_pool_task *task,
                                  uint32_t generation, bool *is_done)
{
    uint64_t until_ns = runtime_clock_ns(runtime) + PIN_WAIT_NS;
    *is_done = false;
    for (;;) {
        uint32_t word;
        tactus_status status = task_pin(task, generation, EVENT_SCHEDULE, &word);
        if (status != TACTUS_E_EXISTS) {
            return status;
        }
        /* Somebody is in the middle of scheduling it. Where it is queued by now and its policy does
         * not move queued tasks, that was all. */
        if (word_state(word) == WORD_QUEUED && task_scheduler(task)->ops->reschedule == NULL) {
            *is_done = true;
            return TACTUS_OK;
        }
        if (runtime_in_tick(runtime)) {
            return TACTUS_E_STATE;
        }
        if (runtime_clock_ns(runtime) >= until_ns) {
            return TACTUS_E_TIMED_OUT;
        }
        pin_wait(runtime, task, word, until_ns);
    }
}

static tactus_status schedule(tactus_runtime *runtime, tactus_task handle,
                              const struct tactus_schedule_request *request)
{
    struct tactus_pool_task *task;
    tactus_status status = task_find(runtime, handle, &task);
    if (status != TACTUS_OK) {
        return status;
    }
    bool is_done;
    status = schedule_pin(runtime, task, handle.generation, &is_done);
    if (status != TACTUS_OK || is_done) {
        return status;
    }
    tactus_scheduler *scheduler = task_scheduler(task);
    if (request->anchor == TACTUS_ANCHOR_NONE) {
        status = scheduler->ops->schedule(scheduler, task, request);
    } else if (scheduler->ops->schedule_anchored == NULL) {
        status = TACTUS_E_NOT_SUPPORTED;
    } else {
        status = scheduler->ops->schedule_anchored(scheduler, task, request);
    }
    task_unpin(task);
    return status;
}

tactus_status tactus_task_schedule(tactus_runtime *runtime, tactus_task task, uint64_t start_ns,
                                   uint64_t period_ns)
{
    struct tactus_schedule_request request = {.start_ns = start_ns, .period_ns = period_ns};
    return schedule(runtime, task, &request);
}

static tactus_status schedule_anchored(tactus_runtime *runtime, tactus_task task,
                                       enum tactus_anchor anchor, tactus_task reference,
                                       uint64_t start_ns, uint64_t period_ns)
{
    if (runtime == NULL) {
        return TACTUS_E_INVALID;
    }
    struct tactus_schedule_request request = {
        .start_ns = start_ns,
        .period_ns = period_ns,
        .anchor = anchor,
        .reference = pool_task(&runtime->pool, reference),
        .reference_generation = reference.generation,
    };
    return schedule(runtime, task, &request);
}

tactus_status tactus_task_schedule_before(tactus_runtime *runtime, tactus_task task,
                                          tactus_task reference, uint64_t start_ns,
                                          uint64_t period_ns)
{
    return schedule_anchored(runtime, task, TACTUS_ANCHOR_BEFORE, reference, start_ns, period_ns);
}

tactus_status tactus_task_schedule_after(tactus_runtime *runtime, tactus_task task,
                                         tactus_task reference, uint64_t start_ns,
                                         uint64_t period_ns)
{
    return schedule_anchored(runtime, task, TACTUS_ANCHOR_AFTER, reference, start_ns, period_ns);
}

tactus_status tactus_task_reschedule(tactus_runtime *runtime, tactus_task handle, uint64_t start_ns)
{
    struct tactus_pool_task *task;
    tactus_status status = task_find(runtime, handle, &task);
    if (status != TACTUS_OK) {
        return status;
    }
    tactus_scheduler *scheduler = task_scheduler(task);
    if (scheduler->ops->reschedule == NULL) {
        return TACTUS_E_NOT_SUPPORTED;
    }
    bool is_done;
    status = schedule_pin(runtime, task, handle.generation, &is_done);
    if (status != TACTUS_OK || is_done) {
        return status;
    }
    status = scheduler->ops->reschedule(scheduler, task, start_ns);
    task_unpin(task);
    return status;
}

tactus_status tactus_task_cancel(tactus_runtime *runtime, tactus_task handle)
{
    struct tactus_pool_task *task;
    tactus_status status = task_find(runtime, handle, &task);
    if (status != TACTUS_OK) {
        return status;
    }
    tactus_scheduler *scheduler = task_scheduler(task);
    status = task_move(task, handle.generation, EVENT_CANCEL, NULL);
    return status == TACTUS_OK ? scheduler->ops->cancel(scheduler, task) : status;
}

/* Nobody else writes into the record any more. */
static tactus_status pin_wait_gone(tactus_runtime *runtime, struct tactus_pool_task *task)
{
    uint64_t until_ns = runtime_clock_ns(runtime) + PIN_WAIT_NS;
    for (;;) {
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        if ((word & WORD_BUSY) == 0) {
            return TACTUS_OK;
        }
        if (runtime_clock_ns(runtime) >= until_ns) {
            return TACTUS_E_TIMED_OUT;
        }
        pin_wait(runtime, task, word, until_ns);
    }
}

tactus_status tactus_task_free(tactus_runtime *runtime, tactus_task handle)
{
    struct tactus_pool_task *task;
    tactus_status status = task_find(runtime, handle, &task);
    if (status != TACTUS_OK) {
        return status;
    }
    tactus_scheduler *scheduler = task_scheduler(task);
    if (scheduler_is_mine(scheduler) || runtime_in_tick(runtime)) {
        return TACTUS_E_DEADLOCK;
    }
    uint32_t before;
    status = task_move(task, handle.generation, EVENT_FREE, &before);
    if (status != TACTUS_OK) {
        return status;
    }

    status = pin_wait_gone(runtime, task);
    /* A task that was never queued is known to nobody. */
    if (status == TACTUS_OK && word_state(before) != WORD_INIT) {
        status = scheduler->ops->free(scheduler, task);
    }
    enum task_event event = status == TACTUS_OK ? EVENT_RELEASE : EVENT_GIVE_UP;
    /* Refused where the scheduler let go of the task just now: then it is free after all. */
    tactus_status moved = task_move(task, handle.generation, event, NULL);
    if (event == EVENT_GIVE_UP && moved == TACTUS_OK) {
        return status;
    }
    pool_recycle(task);
    return TACTUS_OK;
}

static enum tactus_task_state state_shown(struct tactus_pool_task *task, uint32_t word)
{
    enum tactus_task_state state = task_public_state(word_state(word));
    tactus_scheduler *scheduler = task_scheduler(task);
    if (state == TACTUS_TASK_QUEUED &&
        atomic_load_explicit(&scheduler->current, memory_order_acquire) == task->index + 1u) {
        state = TACTUS_TASK_RUNNING;
    }
    return state;
}

tactus_status tactus_task_state_get(tactus_runtime *runtime, tactus_task handle,
                                    enum tactus_task_state *state)
{
    struct tactus_pool_task *task;
    if (state == NULL) {
        return TACTUS_E_INVALID;
    }
    tactus_status status = task_find(runtime, handle, &task);
    if (status != TACTUS_OK) {
        return status;
    }
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    enum tactus_task_state shown = state_shown(task, word);
    if (!word_is_live(word, handle.generation)) {
        return TACTUS_E_STALE;
    }
    *state = shown;
    return TACTUS_OK;
}

tactus_status tactus_task_info_get(tactus_runtime *runtime, tactus_task handle,
                                   struct tactus_task_info *info)
{
    struct tactus_pool_task *task;
    if (info == NULL) {
        return TACTUS_E_INVALID;
    }
    tactus_status status = task_find(runtime, handle, &task);
    if (status != TACTUS_OK) {
        return status;
    }
    tactus_scheduler *scheduler = task_scheduler(task);
    info->task = handle;
    task_name_get(task, info->name);
    info->type = scheduler->type;
    info->core = scheduler->core;
    info->owner = (uint32_t)runtime->side;
    info->domain = runtime->domain;
    info->priority = (int32_t)atomic_load_explicit(&task->priority, memory_order_acquire);
    stats_copy(&task->count, atomic_load_explicit(&task->stats, memory_order_acquire),
               &info->stats);
    /* All of it was read from this task, where it is still the same one. */
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    info->state = state_shown(task, word);
    return word_is_live(word, handle.generation) ? TACTUS_OK : TACTUS_E_STALE;
}

tactus_status tactus_task_list(tactus_runtime *runtime, uint32_t core,
                               enum tactus_scheduler_type type, struct tactus_task_info *infos,
                               uint32_t capacity, uint32_t *count)
{
    if (runtime == NULL || count == NULL || (infos == NULL && capacity > 0) ||
        (unsigned)type >= TACTUS_SCHEDULER_TYPES) {
        return TACTUS_E_INVALID;
    }
    if (core >= runtime->cores) {
        return TACTUS_E_NO_CORE;
    }
    tactus_scheduler *scheduler = registry_find(runtime, core, type);
    if (scheduler == NULL) {
        return TACTUS_E_NO_DEVICE;
    }
    uint32_t found = 0;
    for (uint32_t i = 0; i < runtime->pool.tasks_max; i++) {
        struct tactus_pool_task *task = &runtime->pool.tasks[i];
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        tactus_task handle = {.index = i, .generation = word_generation(word)};
        if (!word_is_live(word, handle.generation) || task_scheduler(task) != scheduler) {
            continue;
        }
        if (found < capacity && tactus_task_info_get(runtime, handle, &infos[found]) != TACTUS_OK) {
            continue;
        }
        found++;
    }
    *count = found;
    return TACTUS_OK;
}

tactus_status tactus_task_stats_place(tactus_runtime *runtime, tactus_task handle,
                                      struct tactus_task_stats *stats)
{
    struct tactus_pool_task *task;
    if (stats == NULL) {
        return TACTUS_E_INVALID;
    }
    tactus_status status = task_find(runtime, handle, &task);
    if (status != TACTUS_OK) {
        return status;
    }
    uint32_t word;
    status = task_pin(task, handle.generation, EVENT_SCHEDULE, &word);
    if (status != TACTUS_OK) {
        return status == TACTUS_E_EXISTS ? TACTUS_E_STATE : status;
    }
    if (word_state(word) == WORD_INIT) {
        struct stats_view *view = (struct stats_view *)(void *)stats;
        stats_zero(view);
        atomic_store_explicit(&task->stats, view, memory_order_release);
    } else {
        status = TACTUS_E_STATE;
    }
    task_unpin(task);
    return status;
}
