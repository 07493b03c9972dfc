/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A port for tests of one thread: the clock is a number, ticks are called by hand, and whoever
 * waits either gets help from a hook, which has to wake it, or sleeps through to the end of its
 * time: a wake that is missing shows on the clock.
 */
#ifndef TACTUS_TEST_PORT_H
#define TACTUS_TEST_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/heap.h>
#include <tactus/port.h>
#include <tactus/schedule.h>

#define TEST_TICK_NS UINT64_C(1000000)

enum test_thread { TEST_CONTROL = 1, TEST_TICK = 2, TEST_EDF = 3 };

struct test_port {
    uint64_t now_ns;
    uint64_t step_ns; /* the clock moves on by this with each look */
    uintptr_t thread; /* who calls; enum test_thread or any number but 0 */
    tactus_status start_result;
    uint32_t starts;
    uint32_t stops;
    uint32_t activations;
    uint32_t waits;
    uint32_t wakes;
    uint32_t looks; /* at the clock */
    bool ticking[TACTUS_CORES_MAX][TACTUS_SCHEDULER_TYPES];
    /* Called by whoever waits, before the clock moves; may run a tick. */
    void (*on_wait)(void *context);
    void *on_wait_context;
    /* What other threads do while a source is started, and when a word is woken; once each. */
    void (*on_start)(void *context);
    void (*on_wake)(void *context);
    void *on_context;
    tactus_atomic_u32 *awaited; /* by who waits now, until it is woken */
};

struct test_system {
    struct test_port port;
    void *memory;
    void *control;
    tactus_heap *heap;
    tactus_runtime *runtime;
    tactus_scheduler *ll;
    tactus_scheduler *edf;
    uint64_t cycle;
};

struct tactus_port test_port_bind(struct test_port *port);

/* A heap and a config for a runtime of everything on one side. */
void test_system_heap(struct test_system *system, size_t bytes);
struct tactus_runtime_config test_system_config(struct test_system *system, uint32_t cores,
                                                uint32_t tasks_max);
/* Kernel side, monolithic, with LL_TIMER and EDF on core 0. */
void test_system_up(struct test_system *system, uint32_t tasks_max);
/* Frees the runtime (its tasks are gone) and checks that the heap has everything back. */
void test_system_down(struct test_system *system);

/* One tick of the LL scheduler, if its source runs; false: it does not. */
bool test_tick(struct test_system *system);
/* One call of the EDF scheduler's thread. */
int test_edf(struct test_system *system, uint64_t *next_ns);

#endif
