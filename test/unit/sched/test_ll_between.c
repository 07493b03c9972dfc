/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What comes in the middle of a schedule call: ticks and other threads' calls, at each point where
 * the call leaves the core.
 */
#include "ll_world.h"

static void tick_between(void *context)
{
    struct world *world = context;
    assert_true(test_tick(&world->system));
}

static void L12_a_tick_between_start_and_post_leaves_nothing_behind(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_new(world, 'a', 0);
    world->system.port.on_context = world;
    world->system.port.on_start = tick_between; /* the source is not known to run yet */
    world->system.port.on_wake = tick_between;  /* it runs, and there is no task yet */
    OK(schedule(a));
    assert_null(world->system.port.on_start);
    assert_null(world->system.port.on_wake);
    assert_int_equal(world->system.cycle, 2);
    assert_int_equal(world->system.port.stops, 0);
    assert_string_equal(ticks(world, 2), "a.a.");
}

static void calls_between(void *context)
{
    struct world *world = context;
    tactus_runtime *runtime = world->system.runtime;
    uint64_t before_ns = world->system.port.now_ns;
    /* The record is still in the hands of who schedules it. */
    assert_int_equal(schedule(&world->probes[0]), TACTUS_E_TIMED_OUT);
    assert_int_equal(tactus_task_free(runtime, world->probes[0].task), TACTUS_E_TIMED_OUT);
    /* The source is in the hands of who starts it. */
    assert_int_equal(schedule(&world->probes[1]), TACTUS_E_TIMED_OUT);
    assert_int_equal(state_of(&world->probes[1]), TACTUS_TASK_INIT);
    assert_true(world->system.port.now_ns - before_ns <= UINT64_C(310) * TEST_TICK_NS);
    assert_int_equal(state_of(&world->probes[0]), TACTUS_TASK_CANCELLED);
    world->status = TACTUS_OK;
}

static void L9_who_is_in_the_middle_of_a_schedule_call_is_waited_for(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_new(world, 'a', 0);
    struct probe *b = probe_new(world, 'b', 0);
    world->status = TACTUS_E_STATE;
    world->system.port.on_context = world;
    world->system.port.on_start = calls_between;
    OK(schedule(a));
    assert_int_equal(world->status, TACTUS_OK);
    OK(schedule(b));
    assert_string_equal(ticks(world, 2), "ab.ab.");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(L12_a_tick_between_start_and_post_leaves_nothing_behind),
        TEST(L9_who_is_in_the_middle_of_a_schedule_call_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
