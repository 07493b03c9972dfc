/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../core/random.h"
#include "support/test_port.h"

#define TASKS      16u
#define OPERATIONS 200000u
#define US         UINT64_C(1000)
#define OK(call)   assert_int_equal((call), TACTUS_OK)

struct probe {
    struct world *world;
    char letter;
    int result;
    uint32_t runs;
    uint32_t completions;
    uint64_t cost_ns;
    uint64_t deadline_ns; /* absolute */
    uint64_t beat_ns;     /* added to it at each run */
    void (*inside)(struct probe *probe);
    enum tactus_task_state state_in_completion;
    tactus_task task;
};

struct world {
    struct test_system system;
    struct probe probes[TASKS];
    char trace[256];
    tactus_status status;
};

static int probe_run(void *data)
{
    struct probe *probe = data;
    size_t length = strlen(probe->world->trace);
    assert_true(length + 1 < sizeof probe->world->trace);
    probe->world->trace[length] = probe->letter;
    probe->world->trace[length + 1] = '\0';
    probe->runs++;
    probe->world->system.port.now_ns += probe->cost_ns;
    if (probe->inside != NULL)
        probe->inside(probe);
    probe->deadline_ns += probe->beat_ns;
    return probe->result;
}

static enum tactus_task_state state_of(struct probe *probe)
{
    enum tactus_task_state state = TACTUS_TASK_STATES;
    OK(tactus_task_state_get(probe->world->system.runtime, probe->task, &state));
    return state;
}

static void probe_complete(void *data)
{
    struct probe *probe = data;
    probe->completions++;
    probe->state_in_completion = state_of(probe);
}

static uint64_t probe_deadline_ns(void *data)
{
    return ((struct probe *)data)->deadline_ns;
}

static struct probe *probe_new(struct world *world, char letter, uint64_t deadline_ns)
{
    struct probe *probe = &world->probes[letter - 'a'];
    *probe = (struct probe){
        .world = world, .letter = letter, .result = TACTUS_COMPLETED, .deadline_ns = deadline_ns};
    struct tactus_task_config config = {.type = TACTUS_EDF,
                                        .run = probe_run,
                                        .complete = probe_complete,
                                        .deadline_ns = probe_deadline_ns,
                                        .data = probe};
    OK(tactus_task_init(world->system.runtime, &config, &probe->task));
    return probe;
}

static tactus_status schedule(struct probe *probe, uint64_t start_ns)
{
    return tactus_task_schedule(probe->world->system.runtime, probe->task, start_ns, 0);
}

static tactus_status cancel(struct probe *probe)
{
    return tactus_task_cancel(probe->world->system.runtime, probe->task);
}

/* Runs all that can be run now; the trace of it. */
static const char *run_all(struct world *world, uint64_t *next_ns)
{
    world->trace[0] = '\0';
    while (test_edf(&world->system, next_ns) != 0) {
    }
    return world->trace;
}

static int up(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    test_system_up(&world.system, TASKS);
    *state = &world;
    return 0;
}

static int down(void **state)
{
    struct world *world = *state;
    world->system.port.on_wait = NULL;
    for (uint32_t i = 0; i < TASKS; i++) {
        enum tactus_task_state task_state;
        if (tactus_task_state_get(world->system.runtime, world->probes[i].task, &task_state) ==
            TACTUS_OK)
            OK(tactus_task_free(world->system.runtime, world->probes[i].task));
    }
    test_system_down(&world->system);
    return 0;
}

static void E1_earliest_deadline_first_ties_in_order_of_scheduling(void **state)
{
    struct world *world = *state;
    uint64_t next_ns;
    uint64_t now = world->system.port.now_ns;
    OK(schedule(probe_new(world, 'e', now + 500), 0));
    OK(schedule(probe_new(world, 'c', now + 300), 0));
    OK(schedule(probe_new(world, 'd', now + 300), 0));
    OK(schedule(probe_new(world, 'a', 1), 0));
    OK(schedule(probe_new(world, 'b', now + 200), 0));
    OK(schedule(probe_new(world, 'f', 1), 10 * US));
    assert_true(world->system.port.activations >= 6);
    assert_string_equal(run_all(world, &next_ns), "abcde");
    assert_int_equal(next_ns, now + 10 * US);
    world->system.port.now_ns = next_ns;
    assert_string_equal(run_all(world, &next_ns), "f");
    assert_true(next_ns == UINT64_MAX);
}

static void E1_each_core_has_its_own_instance(void **state)
{
    (void)state;
    static struct test_system system;
    memset(&system, 0, sizeof system);
    test_system_heap(&system, 1u << 20);
    struct tactus_runtime_config config = test_system_config(&system, 3, 8);
    struct tactus_edf_config edf = {0};
    tactus_scheduler *schedulers[3];
    OK(tactus_runtime_new(&config, &system.runtime));
    for (uint32_t core = 0; core < 3; core++)
        OK(tactus_edf_register(system.runtime, core, &edf, &schedulers[core]));
    struct world world = {.system = system};
    struct probe probe = {.world = &world, .letter = 'x', .result = TACTUS_COMPLETED};
    struct tactus_task_config task = {.type = TACTUS_EDF,
                                      .core = 2,
                                      .run = probe_run,
                                      .deadline_ns = probe_deadline_ns,
                                      .data = &probe};
    uint64_t next_ns;
    OK(tactus_task_init(system.runtime, &task, &probe.task));
    OK(tactus_task_schedule(system.runtime, probe.task, 0, 0));
    assert_false(tactus_edf_run(schedulers[0], &next_ns));
    assert_true(tactus_edf_run(schedulers[2], &next_ns));
    OK(tactus_task_free(system.runtime, probe.task));
    test_system_down(&system);
}

static void schedule_another_and_itself(struct probe *probe)
{
    if (probe->runs == 1)
        OK(schedule(&probe->world->probes['b' - 'a'], 0));
    OK(schedule(probe, 5)); /* it is queued already */
    assert_int_equal(state_of(probe), TACTUS_TASK_RUNNING);
}

static void E1_a_run_is_not_interrupted_and_posts_come_after_it(void **state)
{
    struct world *world = *state;
    uint64_t next_ns;
    struct probe *a = probe_new(world, 'a', 900 * US);
    probe_new(world, 'b', 1);
    OK(schedule(a, 0));
    a->inside = schedule_another_and_itself;
    assert_string_equal(run_all(world, &next_ns), "ab");
    assert_int_equal(state_of(a), TACTUS_TASK_COMPLETED);
}

static void E2_start_is_a_delay_and_scheduling_again_moves_it(void **state)
{
    struct world *world = *state;
    uint64_t next_ns;
    uint64_t now = world->system.port.now_ns;
    struct probe *a = probe_new(world, 'a', 1);
    assert_int_equal(tactus_task_reschedule(world->system.runtime, a->task, 0), TACTUS_E_STATE);
    OK(schedule(a, 50 * US));
    assert_string_equal(run_all(world, &next_ns), "");
    assert_int_equal(next_ns, now + 50 * US);
    OK(schedule(a, 80 * US));
    assert_string_equal(run_all(world, &next_ns), "");
    assert_int_equal(next_ns, now + 80 * US);
    OK(tactus_task_reschedule(world->system.runtime, a->task, 20 * US));
    assert_string_equal(run_all(world, &next_ns), "");
    assert_int_equal(next_ns, now + 20 * US);
    assert_int_equal(tactus_task_schedule(world->system.runtime, a->task, 0, 1), TACTUS_E_PERIOD);
    world->system.port.now_ns = now + 20 * US;
    assert_string_equal(run_all(world, &next_ns), "a");
    OK(schedule(a, UINT64_MAX)); /* never, and no overflow */
    assert_string_equal(run_all(world, &next_ns), "");
}

static void E3_reschedule_queues_for_the_next_deadline_and_completion_is_called(void **state)
{
    struct world *world = *state;
    uint64_t next_ns;
    uint64_t now = world->system.port.now_ns;
    struct probe *a = probe_new(world, 'a', now + 10 * US);
    a->result = TACTUS_RESCHEDULE;
    a->beat_ns = 10 * US;
    OK(schedule(a, 0));
    assert_string_equal(run_all(world, &next_ns), "a");
    assert_int_equal(next_ns, now + 20 * US);
    assert_int_equal(state_of(a), TACTUS_TASK_QUEUED);
    /* 20 and 30 are past: at once. */
    world->system.port.now_ns = now + 35 * US;
    assert_string_equal(run_all(world, &next_ns), "aa");
    a->result = 77; /* as RESCHEDULE, counted */
    world->system.port.now_ns = now + 40 * US;
    assert_string_equal(run_all(world, &next_ns), "a");
    a->result = TACTUS_COMPLETED;
    a->cost_ns = 30 * US;
    world->system.port.now_ns = now + 50 * US;
    assert_string_equal(run_all(world, &next_ns), "a");
    assert_int_equal(a->completions, 1);
    assert_int_not_equal(a->state_in_completion, TACTUS_TASK_COMPLETED);
    assert_int_equal(state_of(a), TACTUS_TASK_COMPLETED);
    struct tactus_task_info info;
    OK(tactus_task_info_get(world->system.runtime, a->task, &info));
    assert_int_equal(info.stats.bad_returns, 1);
    assert_int_equal(info.stats.runs, 5);
    assert_true(info.stats.overruns >= 1);
    assert_int_equal(info.stats.worst_ns, 30 * US);
}

static void cancel_itself(struct probe *probe)
{
    OK(cancel(probe));
    assert_int_equal(state_of(probe), TACTUS_TASK_CANCELLED);
}

static void E4_cancel_queued_never_runs_and_running_is_not_queued_again(void **state)
{
    struct world *world = *state;
    uint64_t next_ns;
    struct probe *a = probe_new(world, 'a', 1);
    struct probe *b = probe_new(world, 'b', 2);
    struct probe *c = probe_new(world, 'c', 3);
    OK(schedule(a, 0));
    OK(cancel(a));
    OK(schedule(b, 0));
    b->inside = cancel_itself;
    b->result = TACTUS_RESCHEDULE;
    OK(schedule(c, 0));
    c->inside = cancel_itself;
    assert_string_equal(run_all(world, &next_ns), "bc");
    assert_true(next_ns == UINT64_MAX);
    assert_int_equal(c->completions, 0);
    assert_int_equal(state_of(c), TACTUS_TASK_CANCELLED);
    OK(schedule(a, 0));
    b->inside = NULL;
    b->result = TACTUS_COMPLETED;
    OK(schedule(b, 0));
    assert_string_equal(run_all(world, &next_ns), "ab");
}

static void edf_for_waiter(void *context)
{
    uint64_t next_ns;
    struct world *world = context;
    (void)test_edf(&world->system, &next_ns);
}

static void E4_free_removes_it_first(void **state)
{
    struct world *world = *state;
    uint64_t next_ns;
    struct probe *a = probe_new(world, 'a', 1);
    struct probe *b = probe_new(world, 'b', 2);
    OK(schedule(a, 10 * US));
    OK(schedule(b, 20 * US));
    (void)run_all(world, &next_ns);
    world->system.port.on_wait = edf_for_waiter;
    world->system.port.on_wait_context = world;
    tactus_task handle = a->task;
    uint64_t before_ns = world->system.port.now_ns;
    OK(tactus_task_free(world->system.runtime, a->task));
    assert_int_equal(world->system.port.now_ns, before_ns); /* the thread did it */
    assert_int_equal(tactus_task_free(world->system.runtime, handle), TACTUS_E_STALE);
    world->system.port.now_ns += 30 * US;
    assert_string_equal(run_all(world, &next_ns), "b");
    /* No thread: done by the caller, in bounded time. */
    world->system.port.on_wait = NULL;
    OK(schedule(b, 0));
    OK(tactus_task_free(world->system.runtime, b->task));
    assert_string_equal(run_all(world, &next_ns), "");
}

static void free_itself(struct probe *probe)
{
    probe->world->status = tactus_task_free(probe->world->system.runtime, probe->task);
}

static void E4_free_from_inside_is_refused(void **state)
{
    struct world *world = *state;
    uint64_t next_ns;
    struct probe *a = probe_new(world, 'a', 1);
    OK(schedule(a, 0));
    a->inside = free_itself;
    assert_string_equal(run_all(world, &next_ns), "a");
    assert_int_equal(world->status, TACTUS_E_DEADLOCK);
    assert_int_equal(state_of(a), TACTUS_TASK_COMPLETED);
}

#define TEST_OTHER_EDF ((uintptr_t)TEST_EDF + 1u)

static void count_waits(void *context)
{
    const struct world *world = context;
    assert_true(world->system.port.waits < 1000u); /* it ends */
}

static void free_the_first(struct probe *probe)
{
    probe->world->status =
        tactus_task_free(probe->world->system.runtime, probe->world->probes[0].task);
}

/* As if that core's thread ran its task meanwhile. */
static void run_other_core(struct probe *probe)
{
    uint64_t next_ns;
    struct world *world = probe->world;
    tactus_scheduler *other;
    OK(tactus_scheduler_find(world->system.runtime, TACTUS_SIDE_KERNEL, 1, TACTUS_EDF, &other));
    world->system.port.thread = TEST_OTHER_EDF;
    assert_true(tactus_edf_run(other, &next_ns));
    world->system.port.thread = TEST_EDF;
}

static void E4_tasks_that_free_each_other_do_not_wait_for_ever(void **state)
{
    (void)state;
    static struct world world;
    memset(&world, 0, sizeof world);
    test_system_heap(&world.system, 1u << 20);
    struct tactus_runtime_config config = test_system_config(&world.system, 2, 8);
    struct tactus_edf_config edf = {0};
    tactus_scheduler *other;
    uint64_t next_ns;
    OK(tactus_runtime_new(&config, &world.system.runtime));
    OK(tactus_edf_register(world.system.runtime, 0, &edf, &world.system.edf));
    OK(tactus_edf_register(world.system.runtime, 1, &edf, &other));
    struct probe *a = probe_new(&world, 'a', 1);
    struct probe *b = &world.probes[1];
    *b = (struct probe){.world = &world, .letter = 'b', .result = TACTUS_COMPLETED};
    struct tactus_task_config task = {.type = TACTUS_EDF,
                                      .core = 1,
                                      .run = probe_run,
                                      .deadline_ns = probe_deadline_ns,
                                      .data = b};
    OK(tactus_task_init(world.system.runtime, &task, &b->task));
    OK(schedule(a, 0));
    OK(schedule(b, 0));
    a->inside = run_other_core;
    b->inside = free_the_first;
    world.system.port.on_wait = count_waits;
    world.system.port.on_wait_context = &world;
    assert_string_equal(run_all(&world, &next_ns), "ab");
    assert_int_equal(world.status, TACTUS_E_TIMED_OUT);
    assert_int_equal(state_of(a), TACTUS_TASK_CANCELLED);
    OK(tactus_task_free(world.system.runtime, a->task));
    OK(tactus_task_free(world.system.runtime, b->task));
    test_system_down(&world.system);
}

static void R7_order_is_not_supported(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_new(world, 'a', 1);
    struct probe *b = probe_new(world, 'b', 1);
    OK(schedule(b, 0));
    assert_int_equal(tactus_task_schedule_before(world->system.runtime, a->task, b->task, 0, 0),
                     TACTUS_E_NOT_SUPPORTED);
    assert_int_equal(tactus_task_schedule_after(world->system.runtime, a->task, b->task, 0, 0),
                     TACTUS_E_NOT_SUPPORTED);
    assert_int_equal(state_of(a), TACTUS_TASK_INIT);
}

/* --- against a model: the queued task with the least (deadline, arrival) whose start has come --
 */

struct model_task {
    bool is_queued;
    uint64_t start_ns;
    uint64_t arrival;
};

static uint32_t model_first(const struct world *world, const struct model_task *model)
{
    uint32_t first = TASKS;
    for (uint32_t i = 0; i < TASKS; i++) {
        if (!model[i].is_queued || model[i].start_ns > world->system.port.now_ns)
            continue;
        uint64_t deadline_ns = world->probes[i].deadline_ns;
        if (first == TASKS || deadline_ns < world->probes[first].deadline_ns ||
            (deadline_ns == world->probes[first].deadline_ns &&
             model[i].arrival < model[first].arrival))
            first = i;
    }
    return first;
}

static void E1_to_E4_hold_for_random_operations(void **state)
{
    struct world *world = *state;
    struct random_source random = random_start("EDF order");
    struct model_task model[TASKS] = {{0}};
    uint64_t arrivals = 0;
    for (uint32_t i = 0; i < TASKS; i++)
        probe_new(world, (char)('a' + i), random_below(&random, 8));
    for (uint32_t operation = 0; operation < OPERATIONS; operation++) {
        uint32_t i = random_below(&random, TASKS);
        switch (random_below(&random, 5)) {
        case 0:
        case 1: {
            uint64_t start_ns = random_below(&random, 3) == 0 ? 0 : random_below(&random, 50);
            OK(schedule(&world->probes[i], start_ns));
            model[i] = (struct model_task){true, world->system.port.now_ns + start_ns, ++arrivals};
            break;
        }
        case 2:
            OK(cancel(&world->probes[i]));
            model[i].is_queued = false;
            break;
        case 3:
            world->system.port.now_ns += random_below(&random, 20);
            break;
        default: {
            uint64_t next_ns;
            uint32_t first = model_first(world, model);
            world->trace[0] = '\0';
            assert_int_equal(test_edf(&world->system, &next_ns), first != TASKS);
            if (first == TASKS)
                break;
            assert_int_equal(world->trace[0], 'a' + (int)first);
            model[first].is_queued = false;
            break;
        }
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(E1_earliest_deadline_first_ties_in_order_of_scheduling),
        cmocka_unit_test(E1_each_core_has_its_own_instance),
        TEST(E1_a_run_is_not_interrupted_and_posts_come_after_it),
        TEST(E2_start_is_a_delay_and_scheduling_again_moves_it),
        TEST(E3_reschedule_queues_for_the_next_deadline_and_completion_is_called),
        TEST(E4_cancel_queued_never_runs_and_running_is_not_queued_again),
        TEST(E4_free_removes_it_first),
        TEST(E4_free_from_inside_is_refused),
        cmocka_unit_test(E4_tasks_that_free_each_other_do_not_wait_for_ever),
        TEST(R7_order_is_not_supported),
        TEST(E1_to_E4_hold_for_random_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
