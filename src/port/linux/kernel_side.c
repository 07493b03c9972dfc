/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel_side.h"

#include "os.h"
#include "port_common.h"

static tactus_status port_tick_start(void *context, uint32_t core, tactus_activation activation)
{
    struct tactus_supervisor *supervisor = context;
    (void)core;
    (void)activation;
    atomic_store_explicit(&supervisor->ll_is_active, true, memory_order_release);
    return TACTUS_OK;
}

static void port_tick_stop(void *context, uint32_t core, tactus_activation activation)
{
    struct tactus_supervisor *supervisor = context;
    (void)core;
    (void)activation;
    atomic_store_explicit(&supervisor->ll_is_active, false, memory_order_release);
}

static void port_activate(void *context, uint32_t core, tactus_activation activation)
{
    struct tactus_supervisor *supervisor = context;
    (void)core;
    (void)activation;
    atomic_fetch_add_explicit(&supervisor->edf_activations, 1, memory_order_release);
    os_word_wake(&supervisor->edf_activations, OS_PRIVATE);
}

static const struct tactus_port_ops port_ops = {
    .clock_ns = port_clock_ns,
    .thread_id = port_thread_id,
    .word_wait = port_word_wait,
    .word_wake = port_word_wake,
    .tick_start = port_tick_start,
    .tick_stop = port_tick_stop,
    .activate = port_activate,
};

static void *edf_thread(void *argument)
{
    struct tactus_supervisor *supervisor = argument;
    while (!atomic_load_explicit(&supervisor->edf_ends, memory_order_relaxed)) {
        uint32_t seen = atomic_load_explicit(&supervisor->edf_activations, memory_order_acquire);
        uint64_t next_ns = UINT64_MAX;
        if (!tactus_edf_run(supervisor->edf, &next_ns)) {
            os_word_wait(&supervisor->edf_activations, OS_PRIVATE, seen, next_ns);
        }
    }
    return NULL;
}

static tactus_status schedulers_register(struct tactus_supervisor *supervisor)
{
    const uint8_t *owner = supervisor->config.ownership.owner;
    tactus_status status = TACTUS_OK;
    if (owner[TACTUS_LL_TIMER] == TACTUS_SIDE_KERNEL) {
        struct tactus_ll_config config = {supervisor->config.tick_ns, CATCH_UP_TICKS};
        status =
            tactus_ll_register(supervisor->runtime, TACTUS_LL_TIMER, 0, &config, &supervisor->ll);
    }
    if (status == TACTUS_OK && owner[TACTUS_EDF] == TACTUS_SIDE_KERNEL) {
        struct tactus_edf_config config = {0};
        status = tactus_edf_register(supervisor->runtime, 0, &config, &supervisor->edf);
    }
    return status;
}

tactus_status kernel_side_init(struct tactus_supervisor *supervisor)
{
    tactus_status status = local_heap_init(&supervisor->heap, supervisor->config.tasks_max);
    if (status != TACTUS_OK) {
        return status;
    }
    struct tactus_runtime_config config = {
        .side = TACTUS_SIDE_KERNEL,
        .cores = 1,
        .tasks_max = supervisor->config.tasks_max,
        .ownership = supervisor->config.ownership,
        .heap = supervisor->heap.heap,
        .port = {&port_ops, supervisor},
    };
    status = tactus_runtime_new(&config, &supervisor->runtime);
    if (status == TACTUS_OK) {
        status = schedulers_register(supervisor);
    }
    if (status == TACTUS_OK && supervisor->edf != NULL) {
        status = os_thread_new(&supervisor->edf_thread, "tactus-edf", edf_thread, supervisor);
        supervisor->edf_is_running = status == TACTUS_OK;
    }
    return status;
}

void kernel_side_deinit(struct tactus_supervisor *supervisor)
{
    if (supervisor->edf_is_running) {
        atomic_store_explicit(&supervisor->edf_ends, true, memory_order_relaxed);
        port_activate(supervisor, 0, TACTUS_EDF);
        pthread_join(supervisor->edf_thread, NULL);
    }
    /* Tasks that are still live go with the heap that holds them. */
    local_heap_deinit(&supervisor->heap);
}
