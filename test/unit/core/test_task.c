/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/test_port.h"

#define TASKS    4u
#define OK(call) assert_int_equal((call), TACTUS_OK)

static int run(void *data)
{
    ++*(uint32_t *)data;
    return TACTUS_RESCHEDULE;
}

static uint64_t deadline_ns(void *data)
{
    (void)data;
    return 1;
}

static uint32_t runs;

static struct tactus_task_config plain(void)
{
    return (struct tactus_task_config){.type = TACTUS_LL_TIMER, .run = run, .data = &runs};
}

static int up(void **state)
{
    static struct test_system system;
    runs = 0;
    test_system_up(&system, TASKS);
    *state = &system;
    return 0;
}

static void tick_for_waiter(void *context)
{
    (void)test_tick(context);
}

static int down(void **state)
{
    test_system_down(*state);
    return 0;
}

static tactus_task made(struct test_system *system)
{
    tactus_task task = {0, 0};
    struct tactus_task_config config = plain();
    OK(tactus_task_init(system->runtime, &config, &task));
    return task;
}

static void R3_a_task_is_bound_to_the_core_it_names(void **state)
{
    (void)state;
    static struct test_system system;
    memset(&system, 0, sizeof system);
    test_system_heap(&system, 1u << 20);
    struct tactus_runtime_config config = test_system_config(&system, 2, 4);
    struct tactus_ll_config ll = {.tick_ns = TEST_TICK_NS};
    tactus_scheduler *schedulers[2];
    OK(tactus_runtime_new(&config, &system.runtime));
    OK(tactus_ll_register(system.runtime, TACTUS_LL_TIMER, 0, &ll, &schedulers[0]));
    OK(tactus_ll_register(system.runtime, TACTUS_LL_TIMER, 1, &ll, &schedulers[1]));
    struct tactus_task_config task_config = plain();
    tactus_task task = {0, 0};
    task_config.core = 1;
    OK(tactus_task_init(system.runtime, &task_config, &task));
    OK(tactus_task_schedule(system.runtime, task, 0, 0));
    assert_false(system.port.ticking[0][TACTUS_LL_TIMER]);
    assert_true(system.port.ticking[1][TACTUS_LL_TIMER]);
    runs = 0;
    system.port.thread = TEST_TICK;
    tactus_ll_run(schedulers[1], 1, INT32_MAX, 0);
    assert_int_equal(runs, 1);
    system.port.thread = TEST_CONTROL;
    OK(tactus_task_cancel(system.runtime, task));
    system.port.thread = TEST_TICK;
    tactus_ll_run(schedulers[1], 2, INT32_MAX, 0);
    system.port.thread = TEST_CONTROL;
    OK(tactus_task_free(system.runtime, task));
    test_system_down(&system);
}

static void R5_init_refuses_what_cannot_be(void **state)
{
    struct test_system *system = *state;
    tactus_runtime *runtime = system->runtime;
    struct tactus_task_config config = plain();
    tactus_task task = {0, 0};
    assert_int_equal(tactus_task_init(NULL, &config, &task), TACTUS_E_INVALID);
    assert_int_equal(tactus_task_init(runtime, NULL, &task), TACTUS_E_INVALID);
    assert_int_equal(tactus_task_init(runtime, &config, NULL), TACTUS_E_INVALID);
    config.run = NULL;
    assert_int_equal(tactus_task_init(runtime, &config, &task), TACTUS_E_INVALID);
    config = plain();
    config.type = TACTUS_SCHEDULER_TYPES;
    assert_int_equal(tactus_task_init(runtime, &config, &task), TACTUS_E_INVALID);
    config.type = TACTUS_EDF;
    assert_int_equal(tactus_task_init(runtime, &config, &task), TACTUS_E_INVALID);
    config.type = TACTUS_TWB;
    assert_int_equal(tactus_task_init(runtime, &config, &task), TACTUS_E_NO_DEVICE);
    config.core = 1;
    assert_int_equal(tactus_task_init(runtime, &config, &task), TACTUS_E_NO_CORE);
    config = plain();
    OK(tactus_task_init(runtime, &config, &task));
    assert_int_equal(tactus_task_init(runtime, &config, &task), TACTUS_E_EXISTS);
    assert_int_equal(tactus_runtime_free(runtime), TACTUS_E_STATE);
    tactus_task others[TASKS] = {{0, 0}};
    for (uint32_t i = 0; i + 1 < TASKS; i++)
        others[i] = made(system);
    assert_int_equal(tactus_task_init(runtime, &config, &others[TASKS - 1]), TACTUS_E_NO_MEMORY);
    for (uint32_t i = 0; i + 1 < TASKS; i++)
        OK(tactus_task_free(runtime, others[i]));
    OK(tactus_task_free(runtime, task));
}

static void R5_a_stale_handle_is_an_error_everywhere_and_touches_nothing(void **state)
{
    struct test_system *system = *state;
    tactus_runtime *runtime = system->runtime;
    enum tactus_task_state task_state;
    struct tactus_task_info info;
    struct tactus_task_stats stats;
    tactus_task stale = made(system);
    tactus_task live[TASKS];
    OK(tactus_task_free(runtime, stale));
    for (uint32_t i = 0; i < TASKS; i++)
        live[i] = made(system); /* its record is in use again */
    const tactus_task handles[] = {stale, {0, 0}, {TASKS, 1}, {UINT32_MAX, UINT32_MAX}, {0, 77}};
    for (uint32_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        tactus_task task = handles[i];
        assert_int_equal(tactus_task_schedule(runtime, task, 0, 0), TACTUS_E_STALE);
        assert_int_equal(tactus_task_schedule_before(runtime, task, live[0], 0, 0), TACTUS_E_STALE);
        assert_int_equal(tactus_task_reschedule(runtime, task, 0), TACTUS_E_STALE);
        assert_int_equal(tactus_task_cancel(runtime, task), TACTUS_E_STALE);
        assert_int_equal(tactus_task_free(runtime, task), TACTUS_E_STALE);
        assert_int_equal(tactus_task_state_get(runtime, task, &task_state), TACTUS_E_STALE);
        assert_int_equal(tactus_task_info_get(runtime, task, &info), TACTUS_E_STALE);
        assert_int_equal(tactus_task_stats_place(runtime, task, &stats), TACTUS_E_STALE);
    }
    for (uint32_t i = 0; i < TASKS; i++) {
        OK(tactus_task_state_get(runtime, live[i], &task_state));
        assert_int_equal(task_state, TACTUS_TASK_INIT);
        OK(tactus_task_free(runtime, live[i]));
    }
}

/* One task in each state, and what each call makes of it. */
static void R6_states_follow_the_table(void **state)
{
    struct test_system *system = *state;
    tactus_runtime *runtime = system->runtime;
    enum tactus_task_state now;
    tactus_task task = made(system);
    system->port.on_wait = tick_for_waiter;
    system->port.on_wait_context = system;
    static const struct {
        char call;
        enum tactus_task_state then;
    } steps[] = {
        {'c', TACTUS_TASK_CANCELLED}, {'c', TACTUS_TASK_CANCELLED}, {'s', TACTUS_TASK_QUEUED},
        {'s', TACTUS_TASK_QUEUED},    {'c', TACTUS_TASK_CANCELLED}, {'t', TACTUS_TASK_CANCELLED},
        {'s', TACTUS_TASK_QUEUED},    {'t', TACTUS_TASK_QUEUED},    {'c', TACTUS_TASK_CANCELLED},
    };
    for (uint32_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i].call == 'c')
            OK(tactus_task_cancel(runtime, task));
        else if (steps[i].call == 's')
            OK(tactus_task_schedule(runtime, task, 0, 0));
        else
            (void)test_tick(system);
        OK(tactus_task_state_get(runtime, task, &now));
        assert_int_equal(now, steps[i].then);
    }
    assert_int_equal(runs, 1);
    OK(tactus_task_free(runtime, task));
}

static void R7_what_a_scheduler_lacks_is_not_supported(void **state)
{
    struct test_system *system = *state;
    tactus_task task = made(system);
    assert_int_equal(tactus_task_reschedule(system->runtime, task, 0), TACTUS_E_NOT_SUPPORTED);
    OK(tactus_task_free(system->runtime, task));
}

static void R9_information_is_there_for_every_task(void **state)
{
    struct test_system *system = *state;
    tactus_runtime *runtime = system->runtime;
    struct tactus_task_info infos[TASKS];
    uint32_t count = 0;
    tactus_task tasks[3] = {{0, 0}, {0, 0}, {0, 0}};
    struct tactus_task_config config = plain();
    config.name = "a name that is longer than what fits into 32 bytes";
    config.priority = -5;
    OK(tactus_task_init(runtime, &config, &tasks[0]));
    config.name = NULL;
    OK(tactus_task_init(runtime, &config, &tasks[1]));
    config.type = TACTUS_EDF;
    config.deadline_ns = deadline_ns;
    OK(tactus_task_init(runtime, &config, &tasks[2]));
    OK(tactus_task_schedule(runtime, tasks[0], 0, 0));
    (void)test_tick(system);
    OK(tactus_task_list(runtime, 0, TACTUS_LL_TIMER, infos, 1, &count));
    assert_int_equal(count, 2);
    OK(tactus_task_list(runtime, 0, TACTUS_LL_TIMER, infos, TASKS, &count));
    assert_int_equal(count, 2);
    assert_string_equal(infos[0].name, "a name that is longer than what");
    assert_string_equal(infos[1].name, "task");
    assert_int_equal(infos[0].priority, -5);
    assert_int_equal(infos[0].state, TACTUS_TASK_QUEUED);
    assert_int_equal(infos[0].owner, TACTUS_SIDE_KERNEL);
    assert_int_equal(infos[0].stats.runs, 1);
    assert_int_equal(infos[1].stats.runs, 0);
    OK(tactus_task_list(runtime, 0, TACTUS_EDF, NULL, 0, &count));
    assert_int_equal(count, 1);
    assert_int_equal(tactus_task_list(runtime, 0, TACTUS_DP, NULL, 0, &count), TACTUS_E_NO_DEVICE);
    assert_int_equal(tactus_task_list(runtime, 7, TACTUS_EDF, NULL, 0, &count), TACTUS_E_NO_CORE);
    assert_int_equal(tactus_task_list(runtime, 0, TACTUS_EDF, NULL, 1, &count), TACTUS_E_INVALID);
    system->port.on_wait = tick_for_waiter;
    system->port.on_wait_context = system;
    for (uint32_t i = 0; i < 3; i++)
        OK(tactus_task_free(runtime, tasks[i]));
}

static void R9_information_names_the_user_domain(void **state)
{
    (void)state;
    static struct test_system system;
    memset(&system, 0, sizeof system);
    test_system_heap(&system, 1u << 20);
    struct tactus_runtime_config config = test_system_config(&system, 2, 4);
    config.side = TACTUS_SIDE_USER;
    config.domain = 7;
    config.ownership = tactus_ownership_default;
    struct tactus_ll_config ll = {.tick_ns = TEST_TICK_NS};
    tactus_scheduler *scheduler;
    OK(tactus_runtime_new(&config, &system.runtime));
    OK(tactus_ll_register(system.runtime, TACTUS_LL_TIMER, 1, &ll, &scheduler));
    struct tactus_task_config task_config = plain();
    struct tactus_task_info info;
    tactus_task task = {0, 0};
    task_config.core = 1;
    OK(tactus_task_init(system.runtime, &task_config, &task));
    OK(tactus_task_info_get(system.runtime, task, &info));
    assert_int_equal(info.owner, TACTUS_SIDE_USER);
    assert_int_equal(info.domain, 7);
    assert_int_equal(info.core, 1);
    assert_int_equal(info.type, TACTUS_LL_TIMER);
    OK(tactus_task_free(system.runtime, task));
    test_system_down(&system);
}

static void R9_statistics_can_be_placed_before_the_first_schedule(void **state)
{
    struct test_system *system = *state;
    struct tactus_task_stats stats;
    struct tactus_task_info info;
    tactus_task task = made(system);
    memset(&stats, 0xFF, sizeof stats);
    OK(tactus_task_stats_place(system->runtime, task, &stats));
    assert_true(stats.runs == 0 && stats.histogram[0] == 0);
    OK(tactus_task_schedule(system->runtime, task, 0, 0));
    (void)test_tick(system);
    (void)test_tick(system);
    assert_int_equal(stats.runs, 2);
    OK(tactus_task_info_get(system->runtime, task, &info));
    assert_memory_equal(&info.stats, &stats, sizeof stats);
    assert_int_equal(tactus_task_stats_place(system->runtime, task, &stats), TACTUS_E_STATE);
    system->port.on_wait = tick_for_waiter;
    system->port.on_wait_context = system;
    OK(tactus_task_free(system->runtime, task));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(R3_a_task_is_bound_to_the_core_it_names),
        TEST(R5_init_refuses_what_cannot_be),
        TEST(R5_a_stale_handle_is_an_error_everywhere_and_touches_nothing),
        TEST(R6_states_follow_the_table),
        TEST(R7_what_a_scheduler_lacks_is_not_supported),
        TEST(R9_information_is_there_for_every_task),
        cmocka_unit_test(R9_information_names_the_user_domain),
        TEST(R9_statistics_can_be_placed_before_the_first_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
