/* SPDX-License-Identifier: BSD-3-Clause */
#include "test_port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "test port: %s\n", what);
        abort();
    }
}

static void once(void (**hook)(void *), void *context)
{
    void (*call)(void *) = *hook;
    *hook = NULL;
    if (call != NULL)
        call(context);
}

static uint64_t clock_ns(void *context)
{
    struct test_port *port = context;
    port->looks++;
    port->now_ns += port->step_ns;
    return port->now_ns;
}

static uintptr_t thread_id(void *context)
{
    return ((struct test_port *)context)->thread;
}

static void word_wait(void *context, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns)
{
    struct test_port *port = context;
    port->waits++;
    check(port->thread != TEST_TICK, "a wait in a tick");
    if (*word != expected)
        return;
    port->awaited = word;
    if (port->on_wait != NULL)
        port->on_wait(port->on_wait_context);
    bool is_woken = port->awaited != word;
    port->awaited = NULL;
    if (!is_woken && until_ns != UINT64_MAX && until_ns > port->now_ns)
        port->now_ns = until_ns;
}

static void word_wake(void *context, tactus_atomic_u32 *word)
{
    struct test_port *port = context;
    if (port->awaited == word)
        port->awaited = NULL;
    port->wakes++;
    once(&port->on_wake, port->on_context);
}

static tactus_status tick_start(void *context, uint32_t core, tactus_activation activation)
{
    struct test_port *port = context;
    check(port->thread != TEST_TICK, "a source is started in a tick");
    check(!port->ticking[core][activation], "a source is started twice");
    if (port->start_result != TACTUS_OK)
        return port->start_result;
    port->starts++;
    port->ticking[core][activation] = true;
    once(&port->on_start, port->on_context);
    return TACTUS_OK;
}

static void tick_stop(void *context, uint32_t core, tactus_activation activation)
{
    struct test_port *port = context;
    check(port->ticking[core][activation], "a source is stopped twice");
    port->stops++;
    port->ticking[core][activation] = false;
}

static void activate(void *context, uint32_t core, tactus_activation activation)
{
    (void)core;
    (void)activation;
    ((struct test_port *)context)->activations++;
}

static const struct tactus_port_ops ops = {
    .clock_ns = clock_ns,
    .thread_id = thread_id,
    .word_wait = word_wait,
    .word_wake = word_wake,
    .tick_start = tick_start,
    .tick_stop = tick_stop,
    .activate = activate,
};

struct tactus_port test_port_bind(struct test_port *port)
{
    memset(port, 0, sizeof *port);
    port->thread = TEST_CONTROL;
    port->now_ns = 1000;
    return (struct tactus_port){&ops, port};
}

void test_system_heap(struct test_system *system, size_t bytes)
{
    size_t control_bytes = (tactus_heap_control_bytes(bytes) + 63u) / 64u * 64u;
    system->memory = aligned_alloc(64, bytes);
    system->control = aligned_alloc(64, control_bytes);
    check(system->memory != NULL && system->control != NULL, "no memory");
    struct tactus_heap_config config = {
        .memory = system->memory,
        .memory_bytes = bytes,
        .control = system->control,
        .control_bytes = control_bytes,
        .allowed_flags = TACTUS_HEAP_ZERO,
    };
    memset(system->memory, 0xA5, bytes);
    check(tactus_heap_init(&config, &system->heap) == TACTUS_OK, "no heap");
}

struct tactus_runtime_config test_system_config(struct test_system *system, uint32_t cores,
                                                uint32_t tasks_max)
{
    return (struct tactus_runtime_config){
        .side = TACTUS_SIDE_KERNEL,
        .cores = cores,
        .tasks_max = tasks_max,
        .ownership = tactus_ownership_monolithic,
        .heap = system->heap,
        .port = test_port_bind(&system->port),
    };
}

void test_system_up(struct test_system *system, uint32_t tasks_max)
{
    memset(system, 0, sizeof *system);
    test_system_heap(system, 1u << 20);
    struct tactus_runtime_config config = test_system_config(system, 1, tasks_max);
    struct tactus_ll_config ll = {.tick_ns = TEST_TICK_NS, .catch_up = TACTUS_CATCH_UP_DEFAULT};
    struct tactus_edf_config edf = {0};
    check(tactus_runtime_new(&config, &system->runtime) == TACTUS_OK, "no runtime");
    check(tactus_ll_register(system->runtime, TACTUS_LL_TIMER, 0, &ll, &system->ll) == TACTUS_OK,
          "no LL");
    check(tactus_edf_register(system->runtime, 0, &edf, &system->edf) == TACTUS_OK, "no EDF");
}

void test_system_down(struct test_system *system)
{
    struct tactus_heap_stats stats;
    if (system->runtime != NULL)
        check(tactus_runtime_free(system->runtime) == TACTUS_OK, "the runtime is in use");
    tactus_heap_stats_get(system->heap, &stats);
    check(stats.live == 0, "memory was not given back");
    tactus_heap_deinit(system->heap);
    free(system->memory);
    free(system->control);
}

bool test_tick(struct test_system *system)
{
    struct test_port *port = &system->port;
    uintptr_t thread = port->thread;
    if (!port->ticking[0][TACTUS_LL_TIMER])
        return false;
    port->thread = TEST_TICK;
    port->now_ns += TEST_TICK_NS;
    tactus_ll_run(system->ll, ++system->cycle, INT32_MAX, 0);
    port->thread = thread;
    return true;
}

int test_edf(struct test_system *system, uint64_t *next_ns)
{
    uintptr_t thread = system->port.thread;
    system->port.thread = TEST_EDF;
    int ran = tactus_edf_run(system->edf, next_ns);
    system->port.thread = thread;
    return ran;
}
