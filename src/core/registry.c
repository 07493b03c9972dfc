/* SPDX-License-Identifier: BSD-3-Clause */
#include "registry.h"

bool scheduler_is_mine(tactus_scheduler *scheduler)
{
    const struct tactus_port *port = &scheduler->runtime->port;
    return atomic_load_explicit(&scheduler->thread, memory_order_relaxed) ==
           port->ops->thread_id(port->context);
}

/* The caller is inside a scheduler of this runtime: of an LL one, or of any. */
static bool runtime_is_entered(tactus_runtime *runtime, bool is_ll_only)
{
    uintptr_t self = runtime->port.ops->thread_id(runtime->port.context);
    for (uint32_t core = 0; core < runtime->cores; core++) {
        LIST_FOR_EACH(node, following, &runtime->lists[core])
        {
            tactus_scheduler *scheduler = LIST_ENTRY(node, tactus_scheduler, link);
            bool is_ll = scheduler->type == TACTUS_LL_TIMER || scheduler->type == TACTUS_LL_DMA;
            if ((is_ll || !is_ll_only) &&
                atomic_load_explicit(&scheduler->thread, memory_order_relaxed) == self)
                return true;
        }
    }
    return false;
}

bool runtime_in_tick(tactus_runtime *runtime)
{
    return runtime_is_entered(runtime, true);
}

bool runtime_in_task(tactus_runtime *runtime)
{
    return runtime_is_entered(runtime, false);
}

tactus_scheduler *registry_find(const tactus_runtime *runtime, uint32_t core,
                                enum tactus_scheduler_type type)
{
    LIST_FOR_EACH(node, following, &runtime->lists[core])
    {
        tactus_scheduler *scheduler = LIST_ENTRY(node, tactus_scheduler, link);
        if (scheduler->type == type)
            return scheduler;
    }
    return NULL;
}

static void heap_give_back(tactus_heap *heap, void *memory)
{
    /* It came from there, so that this cannot fail. */
    tactus_status status = tactus_heap_free(heap, memory);
    (void)status;
}

static tactus_status register_check(const tactus_runtime *runtime, enum tactus_scheduler_type type,
                                    uint32_t core, const struct tactus_scheduler_ops *ops)
{
    if ((unsigned)type >= TACTUS_SCHEDULER_TYPES)
        return TACTUS_E_INVALID;
    if (core >= runtime->cores)
        return TACTUS_E_NO_CORE;
    if (ops->schedule == NULL || ops->cancel == NULL || ops->free == NULL)
        return TACTUS_E_INCOMPLETE;
    if (runtime->ownership.owner[type] != (uint8_t)runtime->side)
        return TACTUS_E_WRONG_SIDE;
    if (registry_find(runtime, core, type) != NULL)
        return TACTUS_E_EXISTS;
    return TACTUS_OK;
}

tactus_status tactus_scheduler_register(tactus_runtime *runtime, enum tactus_scheduler_type type,
                                        uint32_t core, const struct tactus_scheduler_ops *ops,
                                        size_t data_bytes, tactus_scheduler **scheduler)
{
    if (runtime == NULL || ops == NULL || scheduler == NULL)
        return TACTUS_E_INVALID;
    tactus_status status = register_check(runtime, type, core, ops);
    if (status != TACTUS_OK)
        return status;

    tactus_scheduler *made = tactus_heap_alloc(runtime->heap, TACTUS_HEAP_ZERO, sizeof *made, 64u);
    if (made == NULL)
        return TACTUS_E_NO_MEMORY;
    made->data =
        tactus_heap_alloc(runtime->heap, TACTUS_HEAP_ZERO, data_bytes == 0 ? 1u : data_bytes, 64u);
    if (made->data == NULL) {
        heap_give_back(runtime->heap, made);
        return TACTUS_E_NO_MEMORY;
    }
    made->runtime = runtime;
    made->ops = ops;
    made->type = type;
    made->core = core;
    list_init(&made->link);
    list_append(&runtime->lists[core], &made->link);
    *scheduler = made;
    return TACTUS_OK;
}

void registry_remove(tactus_scheduler *scheduler)
{
    tactus_heap *heap = scheduler->runtime->heap;
    list_remove(&scheduler->link);
    heap_give_back(heap, scheduler->data);
    heap_give_back(heap, scheduler);
}

tactus_status tactus_scheduler_find(tactus_runtime *runtime, enum tactus_side side, uint32_t core,
                                    enum tactus_scheduler_type type, tactus_scheduler **scheduler)
{
    if (runtime == NULL || scheduler == NULL || (unsigned)type >= TACTUS_SCHEDULER_TYPES ||
        (side != TACTUS_SIDE_KERNEL && side != TACTUS_SIDE_USER))
        return TACTUS_E_INVALID;
    if (core >= runtime->cores)
        return TACTUS_E_NO_CORE;
    if (side != runtime->side)
        return runtime->side == TACTUS_SIDE_USER ? TACTUS_E_DENIED : TACTUS_E_NO_DEVICE;
    tactus_scheduler *found = registry_find(runtime, core, type);
    if (found == NULL)
        return TACTUS_E_NO_DEVICE;
    *scheduler = found;
    return TACTUS_OK;
}

void *tactus_scheduler_data(tactus_scheduler *scheduler)
{
    return scheduler->data;
}
