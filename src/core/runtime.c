/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>

#include "mem.h"
#include "registry.h"

#define TASKS_LIMIT 65535u

static bool ownership_is_valid(const struct tactus_ownership *ownership)
{
    for (uint32_t type = 0; type < TACTUS_SCHEDULER_TYPES; type++) {
        if (ownership->owner[type] > TACTUS_SIDE_USER) {
            return false;
        }
    }
    return true;
}

static bool port_is_complete(const struct tactus_port_ops *ops)
{
    return ops != NULL && ops->clock_ns != NULL && ops->thread_id != NULL &&
           ops->word_wait != NULL && ops->word_wake != NULL && ops->tick_start != NULL &&
           ops->tick_stop != NULL && ops->activate != NULL;
}

static bool config_is_valid(const struct tactus_runtime_config *config)
{
    return (config->side == TACTUS_SIDE_KERNEL || config->side == TACTUS_SIDE_USER) &&
           (config->side != TACTUS_SIDE_KERNEL || config->domain == 0) && config->cores > 0 &&
           config->cores <= TACTUS_CORES_MAX && config->tasks_max > 0 &&
           config->tasks_max <= TASKS_LIMIT && config->heap != NULL &&
           ownership_is_valid(&config->ownership) && port_is_complete(config->port.ops);
}

/* An array of `count` (at most 65535) objects, zeroed; NULL where there is no room. */
static void *array_alloc(tactus_heap *heap, uint32_t count, size_t object_bytes)
{
    if (object_bytes > SIZE_MAX / count) {
        return NULL;
    }
    return tactus_heap_alloc(heap, TACTUS_HEAP_ZERO, count * object_bytes, 64u);
}

static void give_back(tactus_runtime *runtime)
{
    tactus_heap *heap = runtime->heap;
    void *memory[] = {runtime->stats, runtime->pool.tasks, runtime->lists, runtime};
    for (uint32_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        /* It came from there, so that this cannot fail. */
        tactus_status status = tactus_heap_free(heap, memory[i]);
        (void)status;
    }
}

tactus_status tactus_runtime_new(const struct tactus_runtime_config *config,
                                 tactus_runtime **runtime)
{
    if (config == NULL || runtime == NULL || !config_is_valid(config)) {
        return TACTUS_E_INVALID;
    }
    tactus_heap *heap = config->heap;
    tactus_runtime *made = tactus_heap_alloc(heap, TACTUS_HEAP_ZERO, sizeof *made, 64u);
    if (made == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    made->side = config->side;
    made->domain = config->domain;
    made->cores = config->cores;
    made->ownership = config->ownership;
    made->heap = heap;
    made->port = config->port;
    made->lists = array_alloc(heap, config->cores, sizeof *made->lists);
    made->pool.tasks_max = config->tasks_max;
    made->pool.tasks = array_alloc(heap, config->tasks_max, sizeof *made->pool.tasks);
    made->stats = array_alloc(heap, config->tasks_max, sizeof *made->stats);
    if (made->lists == NULL || made->pool.tasks == NULL || made->stats == NULL) {
        give_back(made);
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t core = 0; core < made->cores; core++) {
        list_init(&made->lists[core]);
    }
    for (uint32_t i = 0; i < made->pool.tasks_max; i++) {
        made->pool.tasks[i].index = i;
        atomic_init(&made->pool.tasks[i].word, word_make(1u, WORD_VACANT));
    }
    *runtime = made;
    return TACTUS_OK;
}

/* Every scheduler's thread is out of it and stays out. */
static tactus_status runtime_quiesce(tactus_runtime *runtime)
{
    for (uint32_t core = 0; core < runtime->cores; core++) {
        LIST_FOR_EACH(node, following, &runtime->lists[core])
        {
            tactus_scheduler *scheduler = LIST_ENTRY(node, tactus_scheduler, link);
            if (scheduler->ops->quiesce == NULL) {
                continue;
            }
            tactus_status status = scheduler->ops->quiesce(scheduler);
            if (status != TACTUS_OK) {
                return status;
            }
        }
    }
    return TACTUS_OK;
}

tactus_status tactus_runtime_free(tactus_runtime *runtime)
{
    if (runtime == NULL) {
        return TACTUS_E_INVALID;
    }
    if (runtime_in_task(runtime)) {
        return TACTUS_E_DEADLOCK;
    }
    if (!pool_is_vacant(&runtime->pool)) {
        return TACTUS_E_STATE;
    }
    tactus_status status = runtime_quiesce(runtime);
    if (status != TACTUS_OK) {
        return status;
    }
    for (uint32_t core = 0; core < runtime->cores; core++) {
        LIST_FOR_EACH(node, following, &runtime->lists[core])
        {
            tactus_scheduler *scheduler = LIST_ENTRY(node, tactus_scheduler, link);
            if (scheduler->ops->deinit != NULL) {
                scheduler->ops->deinit(scheduler);
            }
            registry_remove(scheduler);
        }
    }
    give_back(runtime);
    return TACTUS_OK;
}

enum tactus_side tactus_runtime_side(const tactus_runtime *runtime)
{
    return runtime->side;
}
