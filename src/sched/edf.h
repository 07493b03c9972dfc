/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The EDF scheduler's insides: two binary heaps, of the tasks that wait for their start and of
 * those whose start has come, by deadline.
 *
 * They belong to whoever holds `owner`: the scheduler's thread while it is inside tactus_edf_run,
 * or a control thread that frees a task while that thread is elsewhere, so that free completes also
 * where no thread runs the scheduler any more. What control asks for otherwise is posted.
 */
#ifndef TACTUS_SCHED_EDF_H
#define TACTUS_SCHED_EDF_H

#include "../core/registry.h"

enum edf_place { EDF_NOWHERE, EDF_WAITING, EDF_READY };

struct edf_heap {
    struct tactus_pool_task **tasks;
    uint32_t count;
    enum edf_place place; /* what the records say that are in it; also tells the order */
};

enum edf_owner { EDF_FREE, EDF_THREAD, EDF_CONTROL };

struct edf {
    tactus_scheduler *scheduler;
    /* enum edf_owner. Writers: whoever takes and gives it, by compare-and-swap, acquire and
     * release: who gets the heaps sees what the last holder did. Waited for with word_wait. */
    tactus_atomic_u32 owner;
    /* The holder's alone. */
    struct edf_heap waiting;
    struct edf_heap ready;
    uint64_t arrivals;
};

/* --- edf_heap.c: the holder alone; O(log n) each --------------------------------------------- */

void edf_heap_insert(struct edf_heap *heap, struct tactus_pool_task *task);
void edf_heap_remove(struct edf_heap *heap, struct tactus_pool_task *task);
/* NULL where it is empty. */
static inline struct tactus_pool_task *edf_heap_first(const struct edf_heap *heap)
{
    return heap->count > 0 ? heap->tasks[0] : NULL;
}

#endif
