/* SPDX-License-Identifier: BSD-3-Clause */
/* A heap for one runtime in anonymous memory of this process, metadata apart. */
#ifndef LINUX_LOCAL_HEAP_H
#define LINUX_LOCAL_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include <tactus/heap.h>

struct local_heap {
    void *memory;
    size_t memory_bytes;
    void *control;
    size_t control_bytes;
    tactus_heap *heap;
};

/* Large enough for a runtime of tasks_max tasks; pages that are not used cost nothing. */
TACTUS_MUST_CHECK tactus_status local_heap_init(struct local_heap *local, uint32_t tasks_max);
void local_heap_deinit(struct local_heap *local);

#endif
