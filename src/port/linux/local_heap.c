/* SPDX-License-Identifier: BSD-3-Clause */
#include "local_heap.h"

#include <sys/mman.h>

#define BASE_BYTES    ((size_t)1 << 20)
#define TASK_BYTES    ((size_t)2560)
#define GRANULE_BYTES ((size_t)4096)

static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

tactus_status local_heap_init(struct local_heap *local, uint32_t tasks_max)
{
    size_t bytes = BASE_BYTES + tasks_max * TASK_BYTES;
    bytes = (bytes + GRANULE_BYTES - 1) / GRANULE_BYTES * GRANULE_BYTES;
    *local = (struct local_heap){.memory_bytes = bytes,
                                 .control_bytes = tactus_heap_control_bytes(bytes)};
    local->memory = map(local->memory_bytes);
    local->control = map(local->control_bytes);
    if (local->memory == NULL || local->control == NULL) {
        local_heap_deinit(local);
        return TACTUS_E_NO_MEMORY;
    }
    struct tactus_heap_config config = {.memory = local->memory,
                                        .memory_bytes = local->memory_bytes,
                                        .control = local->control,
                                        .control_bytes = local->control_bytes,
                                        .allowed_flags = TACTUS_HEAP_ZERO};
    return tactus_heap_init(&config, &local->heap);
}

void local_heap_deinit(struct local_heap *local)
{
    if (local->heap != NULL) {
        tactus_heap_deinit(local->heap);
        local->heap = NULL;
    }
    if (local->memory != NULL) {
        munmap(local->memory, local->memory_bytes);
        local->memory = NULL;
    }
    if (local->control != NULL) {
        munmap(local->control, local->control_bytes);
        local->control = NULL;
    }
}
