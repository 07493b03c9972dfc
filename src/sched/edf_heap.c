/* SPDX-License-Identifier: BSD-3-Clause */
#include "edf.h"

static bool is_before(const struct edf_heap *heap, const struct tactus_pool_task *left,
                      const struct tactus_pool_task *right)
{
    const struct edf_part *a = &left->part.edf;
    const struct edf_part *b = &right->part.edf;
    uint64_t a_ns = heap->place == EDF_WAITING ? a->start_ns : a->deadline_ns;
    uint64_t b_ns = heap->place == EDF_WAITING ? b->start_ns : b->deadline_ns;
    return a_ns != b_ns ? a_ns < b_ns : a->arrival < b->arrival;
}

static void put(struct edf_heap *heap, uint32_t position, struct tactus_pool_task *task)
{
    heap->tasks[position] = task;
    task->part.edf.position = position;
}

static void sift_up(struct edf_heap *heap, uint32_t position, struct tactus_pool_task *task)
{
    while (position > 0) {
        uint32_t parent = (position - 1u) / 2u;
        if (!is_before(heap, task, heap->tasks[parent])) {
            break;
        }
        put(heap, position, heap->tasks[parent]);
        position = parent;
    }
    put(heap, position, task);
}

static void sift_down(struct edf_heap *heap, uint32_t position, struct tactus_pool_task *task)
{
    for (;;) {
        uint32_t child = 2u * position + 1u;
        if (child >= heap->count) {
            break;
        }
        if (child + 1u < heap->count &&
            is_before(heap, heap->tasks[child + 1u], heap->tasks[child])) {
            child++;
        }
        if (!is_before(heap, heap->tasks[child], task)) {
            break;
        }
        put(heap, position, heap->tasks[child]);
        position = child;
    }
    put(heap, position, task);
}

void edf_heap_insert(struct edf_heap *heap, struct tactus_pool_task *task)
{
    task->part.edf.where = heap->place;
    sift_up(heap, heap->count++, task);
}

void edf_heap_remove(struct edf_heap *heap, struct tactus_pool_task *task)
{
    uint32_t position = task->part.edf.position;
    struct tactus_pool_task *last = heap->tasks[--heap->count];
    task->part.edf.where = EDF_NOWHERE;
    if (last == task) {
        return;
    }
    if (position > 0 && is_before(heap, last, heap->tasks[(position - 1u) / 2u])) {
        sift_up(heap, position, last);
    } else {
        sift_down(heap, position, last);
    }
}
