/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the LL tests have in common: tasks that write a letter into a trace with each run, do what a
 * test wants done inside, and return what it says. A tick ends with a full stop.
 */
#ifndef TACTUS_TEST_LL_WORLD_H
#define TACTUS_TEST_LL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/test_port.h"

#define TASKS    16u
#define OK(call) assert_int_equal((call), TACTUS_OK)

struct probe {
    struct world *world;
    char letter;
    int result;
    uint32_t runs;
    uint64_t cost_ns;
    void (*inside)(struct probe *probe);
    tactus_task task;
};

struct world {
    struct test_system system;
    struct probe probes[TASKS];
    char trace[256];
    tactus_status status; /* of a call from inside */
    enum tactus_task_state state;
};

static inline void trace(struct world *world, char letter)
{
    size_t length = strlen(world->trace);
    assert_true(length + 1 < sizeof world->trace);
    world->trace[length] = letter;
    world->trace[length + 1] = '\0';
}

static inline int probe_run(void *data)
{
    struct probe *probe = data;
    probe->runs++;
    trace(probe->world, probe->letter);
    probe->world->system.port.now_ns += probe->cost_ns;
    if (probe->inside != NULL)
        probe->inside(probe);
    return probe->result;
}

static inline struct probe *probe_new(struct world *world, char letter, int32_t priority)
{
    struct probe *probe = &world->probes[letter - 'a'];
    char name[2] = {letter, '\0'};
    *probe = (struct probe){.world = world, .letter = letter};
    struct tactus_task_config config = {.name = name,
                                        .type = TACTUS_LL_TIMER,
                                        .priority = priority,
                                        .run = probe_run,
                                        .data = probe};
    OK(tactus_task_init(world->system.runtime, &config, &probe->task));
    return probe;
}

static inline tactus_status schedule(struct probe *probe)
{
    return tactus_task_schedule(probe->world->system.runtime, probe->task, 0, 0);
}

static inline struct probe *probe_queued(struct world *world, char letter, int32_t priority)
{
    struct probe *probe = probe_new(world, letter, priority);
    OK(schedule(probe));
    return probe;
}

static inline tactus_status cancel(struct probe *probe)
{
    return tactus_task_cancel(probe->world->system.runtime, probe->task);
}

static inline enum tactus_task_state state_of(struct probe *probe)
{
    enum tactus_task_state state = TACTUS_TASK_STATES;
    OK(tactus_task_state_get(probe->world->system.runtime, probe->task, &state));
    return state;
}

/* The trace of some ticks. */
static inline const char *ticks(struct world *world, uint32_t count)
{
    world->trace[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        if (!test_tick(&world->system))
            break;
        trace(world, '.');
    }
    return world->trace;
}

static inline void tick_for_waiter(void *context)
{
    struct world *world = context;
    (void)test_tick(&world->system);
}

static inline int up(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    test_system_up(&world.system, TASKS);
    *state = &world;
    return 0;
}

static inline int down(void **state)
{
    struct world *world = *state;
    world->system.port.thread = TEST_CONTROL;
    world->system.port.step_ns = 0;
    world->system.port.on_wait = tick_for_waiter;
    world->system.port.on_wait_context = world;
    for (uint32_t i = 0; i < TASKS; i++) {
        enum tactus_task_state task_state;
        if (tactus_task_state_get(world->system.runtime, world->probes[i].task, &task_state) ==
            TACTUS_OK)
            OK(tactus_task_free(world->system.runtime, world->probes[i].task));
    }
    test_system_down(&world->system);
    return 0;
}

#endif
