/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random control calls, from outside and from inside running tasks, against a naive model: one
 * array in which every call takes effect at once, and a copy of it per tick.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../core/random.h"
#include "support/test_port.h"

#define TASKS      24u
#define OPERATIONS 400000u
#define OK(call)   assert_int_equal((call), TACTUS_OK)

struct model_task {
    tactus_task task;
    struct world *world;
    uint32_t number;
    bool is_live;
    enum tactus_task_state state; /* never RUNNING */
    int32_t priority;
    bool has_place;
    bool is_new_place; /* got since the last boundary */
    bool is_fresh;     /* scheduled since the last boundary */
    uint64_t due;      /* counted from the boundary that takes it in */
    uint64_t period;
    int32_t group_priority;
    uint64_t group_arrival;
};

struct world {
    struct test_system system;
    struct random_source random;
    struct model_task tasks[TASKS];
    uint32_t order[TASKS];
    uint32_t order_count;
    uint64_t arrivals;
    uint32_t expected[TASKS]; /* to run in this tick, as of its boundary */
    uint32_t expected_count;
    uint32_t next_expected;
    uint64_t now; /* the tick under way, or the last one */
    bool in_tick;
    bool is_ending; /* tasks do nothing any more */
    uint32_t running;
    uint32_t operations;
    uint64_t runs;
};

static void order_insert(struct world *world, uint32_t position, uint32_t number)
{
    memmove(&world->order[position + 1], &world->order[position],
            (world->order_count - position) * sizeof world->order[0]);
    world->order[position] = number;
    world->order_count++;
    world->tasks[number].has_place = true;
    world->tasks[number].is_new_place = true;
}

static uint32_t order_position(const struct world *world, uint32_t number)
{
    uint32_t position = 0;
    while (world->order[position] != number)
        position++;
    return position;
}

static void order_remove(struct world *world, uint32_t number)
{
    if (!world->tasks[number].has_place)
        return;
    uint32_t position = order_position(world, number);
    world->order_count--;
    memmove(&world->order[position], &world->order[position + 1],
            (world->order_count - position) * sizeof world->order[0]);
    world->tasks[number].has_place = false;
}

static void place_by_priority(struct world *world, uint32_t number)
{
    struct model_task *task = &world->tasks[number];
    uint32_t position = 0;
    task->group_priority = task->priority;
    task->group_arrival = ++world->arrivals;
    while (position < world->order_count &&
           world->tasks[world->order[position]].group_priority <= task->priority)
        position++;
    order_insert(world, position, number);
}

static void place_by_anchor(struct world *world, uint32_t number, enum tactus_anchor anchor,
                            uint32_t reference)
{
    struct model_task *task = &world->tasks[number];
    order_remove(world, number);
    task->group_priority = world->tasks[reference].group_priority;
    task->group_arrival = world->tasks[reference].group_arrival;
    order_insert(world, order_position(world, reference) + (anchor == TACTUS_ANCHOR_AFTER ? 1u : 0),
                 number);
}

static bool model_is_expected(const struct model_task *task, uint64_t now)
{
    return task->is_live && task->state == TACTUS_TASK_QUEUED && !task->is_fresh &&
           now >= task->due;
}

/* --- operations ------------------------------------------------------------------------------ */

static tactus_status call_schedule(struct world *world, uint32_t number, enum tactus_anchor anchor,
                                   uint32_t reference, uint64_t start, uint64_t period)
{
    tactus_runtime *runtime = world->system.runtime;
    tactus_task task = world->tasks[number].task;
    tactus_task other = world->tasks[reference].task;
    start *= TEST_TICK_NS;
    period *= TEST_TICK_NS;
    if (anchor == TACTUS_ANCHOR_BEFORE)
        return tactus_task_schedule_before(runtime, task, other, start, period);
    if (anchor == TACTUS_ANCHOR_AFTER)
        return tactus_task_schedule_after(runtime, task, other, start, period);
    return tactus_task_schedule(runtime, task, start, period);
}

static void do_schedule(struct world *world, uint32_t number)
{
    struct model_task *task = &world->tasks[number];
    enum tactus_anchor anchor = TACTUS_ANCHOR_NONE;
    uint32_t reference = random_below(&world->random, TASKS);
    /* Whoever moves twice within a tick takes along what was anchored to it in between: tested
     * apart. */
    if (!task->is_new_place && random_below(&world->random, 3) == 0)
        anchor = random_below(&world->random, 2) == 0 ? TACTUS_ANCHOR_BEFORE : TACTUS_ANCHOR_AFTER;
    uint64_t start = random_below(&world->random, 3) == 0 ? random_below(&world->random, 4) : 0;
    uint64_t period = random_below(&world->random, 3) == 0 ? random_below(&world->random, 4) : 0;
    tactus_status status = call_schedule(world, number, anchor, reference, start, period);

    if (!task->is_live) {
        assert_int_equal(status, TACTUS_E_STALE);
        return;
    }
    if (anchor != TACTUS_ANCHOR_NONE && (reference == number || !world->tasks[reference].is_live ||
                                         world->tasks[reference].state != TACTUS_TASK_QUEUED)) {
        assert_int_equal(status, TACTUS_E_REFERENCE);
        return;
    }
    assert_int_equal(status, TACTUS_OK);
    if (task->state == TACTUS_TASK_QUEUED)
        return;
    task->state = TACTUS_TASK_QUEUED;
    task->is_fresh = true;
    task->due = start;
    task->period = period;
    if (anchor != TACTUS_ANCHOR_NONE)
        place_by_anchor(world, number, anchor, reference);
    else if (!task->has_place)
        place_by_priority(world, number);
}

static void do_cancel(struct world *world, uint32_t number)
{
    struct model_task *task = &world->tasks[number];
    tactus_status status = tactus_task_cancel(world->system.runtime, task->task);
    assert_int_equal(status, task->is_live ? TACTUS_OK : TACTUS_E_STALE);
    if (task->is_live)
        task->state = TACTUS_TASK_CANCELLED;
}

static void do_free(struct world *world, uint32_t number)
{
    struct model_task *task = &world->tasks[number];
    bool needs_tick = world->system.port.ticking[0][TACTUS_LL_TIMER];
    if (world->in_tick) {
        assert_int_equal(tactus_task_free(world->system.runtime, task->task),
                         task->is_live ? TACTUS_E_DEADLOCK : TACTUS_E_STALE);
        return;
    }
    if (!task->is_live) {
        assert_int_equal(tactus_task_free(world->system.runtime, task->task), TACTUS_E_STALE);
        return;
    }
    if (needs_tick && !task->is_new_place && random_below(&world->random, 4) == 0) {
        world->system.port.on_wait = NULL;
        bool is_new = task->state == TACTUS_TASK_INIT;
        assert_int_equal(tactus_task_free(world->system.runtime, task->task),
                         is_new ? TACTUS_OK : TACTUS_E_TIMED_OUT);
        task->is_live = !is_new;
        /* Lives on without a place. */
        task->state = TACTUS_TASK_CANCELLED;
        order_remove(world, number);
        return;
    }
    /* From now on it does not run, also not in the tick that acknowledges. */
    task->is_live = false;
    order_remove(world, number);
    OK(tactus_task_free(world->system.runtime, task->task));
}

static int task_run(void *data);

static void do_init(struct world *world, uint32_t number)
{
    struct model_task *task = &world->tasks[number];
    int32_t priority = (int32_t)random_below(&world->random, 5) - 2;
    struct tactus_task_config config = {
        .type = TACTUS_LL_TIMER, .priority = priority, .run = task_run, .data = task};
    tactus_status status = tactus_task_init(world->system.runtime, &config, &task->task);
    if (task->is_live) {
        assert_int_equal(status, TACTUS_E_EXISTS);
        return;
    }
    if (status == TACTUS_E_NO_MEMORY)
        fail_msg("the pool leaks");
    tactus_task handle = task->task;
    *task = (struct model_task){.task = handle,
                                .world = world,
                                .number = number,
                                .is_live = true,
                                .state = TACTUS_TASK_INIT,
                                .priority = priority};
}

static void check_states(struct world *world)
{
    for (uint32_t i = 0; i < TASKS; i++) {
        struct model_task *task = &world->tasks[i];
        enum tactus_task_state state;
        tactus_status status = tactus_task_state_get(world->system.runtime, task->task, &state);
        assert_int_equal(status, task->is_live ? TACTUS_OK : TACTUS_E_STALE);
        if (!task->is_live)
            continue;
        bool is_running = world->in_tick && world->running == i;
        assert_int_equal(state, task->state == TACTUS_TASK_QUEUED && is_running
                                    ? TACTUS_TASK_RUNNING
                                    : task->state);
    }
}

static void tick(struct world *world);

static void operate(struct world *world)
{
    uint32_t number = random_below(&world->random, TASKS);
    world->operations++;
    switch (random_below(&world->random, 10)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        do_schedule(world, number);
        break;
    case 5:
    case 6:
        do_cancel(world, number);
        break;
    case 7:
        do_init(world, number);
        break;
    case 8:
        do_free(world, number);
        break;
    default:
        check_states(world);
        break;
    }
}

/* --- ticks ----------------------------------------------------------------------------------- */

/* The next of the tick's tasks that is still to run; TASKS: none. */
static uint32_t expected_next(struct world *world)
{
    while (world->next_expected < world->expected_count) {
        uint32_t number = world->expected[world->next_expected++];
        if (model_is_expected(&world->tasks[number], world->now))
            return number;
    }
    return TASKS;
}

static int task_run(void *data)
{
    struct model_task *task = data;
    struct world *world = task->world;
    uint32_t number = task->number;
    world->runs++;
    assert_int_equal(expected_next(world), number);
    world->running = number;
    if (task->period > 1)
        while (task->due <= world->now)
            task->due += task->period;
    uint32_t operations = world->is_ending ? 0 : random_below(&world->random, 4);
    for (uint32_t i = 0; i < operations; i++)
        operate(world);
    world->running = TASKS;
    if (random_below(&world->random, 6) != 0)
        return TACTUS_RESCHEDULE;
    if (task->state == TACTUS_TASK_QUEUED && !task->is_fresh) {
        task->state = TACTUS_TASK_COMPLETED;
        order_remove(world, number);
    }
    return TACTUS_COMPLETED;
}

static void tick(struct world *world)
{
    if (!world->system.port.ticking[0][TACTUS_LL_TIMER])
        return;
    world->now = world->system.cycle + 1;
    world->expected_count = 0;
    world->next_expected = 0;
    for (uint32_t i = 0; i < world->order_count; i++) {
        struct model_task *task = &world->tasks[world->order[i]];
        if (task->is_fresh)
            task->due += world->now;
        task->is_fresh = false;
        task->is_new_place = false;
        world->expected[world->expected_count++] = task->number;
    }
    world->in_tick = true;
    world->running = TASKS;
    (void)test_tick(&world->system);
    world->in_tick = false;
    assert_int_equal(expected_next(world), TASKS);
    bool has_queued = false;
    for (uint32_t i = 0; i < world->order_count; i++)
        has_queued |= world->tasks[world->order[i]].state == TACTUS_TASK_QUEUED;
    if (has_queued)
        assert_true(world->system.port.ticking[0][TACTUS_LL_TIMER]);
}

static void tick_for_waiter(void *context)
{
    tick(context);
}

static void L_rows_hold_for_random_operations(void **state)
{
    (void)state;
    static struct world world;
    memset(&world, 0, sizeof world);
    test_system_up(&world.system, TASKS + 1); /* one is on its way out while another comes */
    world.random = random_start("LL order");
    while (world.operations < OPERATIONS) {
        world.system.port.on_wait = tick_for_waiter;
        world.system.port.on_wait_context = &world;
        if (random_below(&world.random, 4) == 0)
            tick(&world);
        else
            operate(&world);
    }
    world.system.port.on_wait = tick_for_waiter;
    world.is_ending = true;
    for (uint32_t i = 0; i < TASKS; i++) {
        if (world.tasks[i].is_live) {
            world.tasks[i].is_live = false;
            order_remove(&world, i);
            OK(tactus_task_free(world.system.runtime, world.tasks[i].task));
        }
    }
    assert_true(world.runs > OPERATIONS / 10);
    test_system_down(&world.system);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(L_rows_hold_for_random_operations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
