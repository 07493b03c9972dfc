/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LL schedulers of two cores, and what a task of one may ask of the other: whatever needs no wait.
 */
#include "ll_world.h"

struct cores {
    struct test_system system;
    tactus_scheduler *lls[2];
    tactus_task tasks[2];
    uint32_t runs[2];
    void (*inside)(struct cores *cores); /* by the task of core 0 */
};

static int run_first(void *data)
{
    struct cores *cores = data;
    cores->runs[0]++;
    if (cores->inside != NULL)
        cores->inside(cores);
    return TACTUS_RESCHEDULE;
}

static int run_second(void *data)
{
    ((struct cores *)data)->runs[1]++;
    return TACTUS_RESCHEDULE;
}

static void tick_core(struct cores *cores, uint32_t core, uint64_t cycle)
{
    cores->system.port.thread = core == 0 ? TEST_TICK : TEST_TICK + 100;
    tactus_ll_run(cores->lls[core], cycle, INT32_MAX, 0);
    cores->system.port.thread = TEST_CONTROL;
}

static int cores_up(void **state)
{
    static struct cores cores;
    memset(&cores, 0, sizeof cores);
    test_system_heap(&cores.system, 1u << 20);
    struct tactus_runtime_config config = test_system_config(&cores.system, 2, 4);
    struct tactus_ll_config ll = {.tick_ns = TEST_TICK_NS};
    OK(tactus_runtime_new(&config, &cores.system.runtime));
    for (uint32_t core = 0; core < 2; core++) {
        struct tactus_task_config task = {.type = TACTUS_LL_TIMER,
                                          .core = core,
                                          .run = core == 0 ? run_first : run_second,
                                          .data = &cores};
        OK(tactus_ll_register(cores.system.runtime, TACTUS_LL_TIMER, core, &ll, &cores.lls[core]));
        OK(tactus_task_init(cores.system.runtime, &task, &cores.tasks[core]));
    }
    OK(tactus_task_schedule(cores.system.runtime, cores.tasks[0], 0, 0));
    *state = &cores;
    return 0;
}

static int cores_down(void **state)
{
    struct cores *cores = *state;
    for (uint32_t core = 0; core < 2; core++) {
        OK(tactus_task_cancel(cores->system.runtime, cores->tasks[core]));
        tick_core(cores, core, 100);
        tick_core(cores, core, 101);
        OK(tactus_task_free(cores->system.runtime, cores->tasks[core]));
    }
    test_system_down(&cores->system);
    return 0;
}

static enum tactus_task_state second_state(struct cores *cores)
{
    enum tactus_task_state state = TACTUS_TASK_STATES;
    OK(tactus_task_state_get(cores->system.runtime, cores->tasks[1], &state));
    return state;
}

static void schedule_where_the_source_is_stopped(struct cores *cores)
{
    assert_int_equal(tactus_task_schedule(cores->system.runtime, cores->tasks[1], 0, 0),
                     TACTUS_E_STATE);
    assert_int_equal(second_state(cores), TACTUS_TASK_INIT);
}

static void schedule_where_it_runs(struct cores *cores)
{
    OK(tactus_task_schedule(cores->system.runtime, cores->tasks[1], 0, 0));
    OK(tactus_task_cancel(cores->system.runtime, cores->tasks[1]));
    OK(tactus_task_schedule(cores->system.runtime, cores->tasks[1], 0, 0));
}

static void L12_a_tick_does_not_start_another_cores_source(void **state)
{
    struct cores *cores = *state;
    cores->inside = schedule_where_the_source_is_stopped;
    tick_core(cores, 0, 1);
    assert_int_equal(cores->runs[0], 1);
    assert_int_equal(cores->system.port.starts, 1);
    OK(tactus_task_schedule(cores->system.runtime, cores->tasks[1], 0, 0));
    assert_int_equal(cores->system.port.starts, 2);
    cores->inside = schedule_where_it_runs;
    tick_core(cores, 0, 2);
    tick_core(cores, 1, 1);
    assert_int_equal(cores->runs[1], 1);
}

static void wait_for_the_other(struct cores *cores)
{
    assert_int_equal(tactus_task_free(cores->system.runtime, cores->tasks[1]), TACTUS_E_DEADLOCK);
    assert_int_equal(tactus_ll_block(cores->lls[1]), TACTUS_E_DEADLOCK);
    assert_int_equal(tactus_runtime_free(cores->system.runtime), TACTUS_E_DEADLOCK);
    assert_int_equal(cores->system.port.waits, 0);
}

static void L9_L13_a_tick_waits_for_no_other(void **state)
{
    struct cores *cores = *state;
    OK(tactus_task_schedule(cores->system.runtime, cores->tasks[1], 0, 0));
    cores->inside = wait_for_the_other;
    tick_core(cores, 0, 1);
    assert_int_equal(cores->runs[0], 1);
    tick_core(cores, 1, 1);
    assert_int_equal(cores->runs[1], 1);
}

static void L2_a_reference_on_another_core_is_an_error(void **state)
{
    struct cores *cores = *state;
    tactus_runtime *runtime = cores->system.runtime;
    assert_int_equal(tactus_task_schedule_after(runtime, cores->tasks[1], cores->tasks[0], 0, 0),
                     TACTUS_E_REFERENCE);
    assert_int_equal(tactus_task_schedule_before(runtime, cores->tasks[1], cores->tasks[0], 0, 0),
                     TACTUS_E_REFERENCE);
    assert_int_equal(second_state(cores), TACTUS_TASK_INIT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cores_up, cores_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(L12_a_tick_does_not_start_another_cores_source),
        TEST(L9_L13_a_tick_waits_for_no_other),
        TEST(L2_a_reference_on_another_core_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
