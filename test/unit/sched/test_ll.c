/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The LL rows, each with ticks called by hand.
 */
#include "ll_world.h"

static void L1_lower_numbers_first_then_first_come(void **state)
{
    struct world *world = *state;
    probe_queued(world, 'c', 5);
    probe_queued(world, 'd', 5);
    probe_queued(world, 'a', INT32_MIN);
    probe_queued(world, 'e', INT32_MAX);
    probe_queued(world, 'b', -1);
    assert_string_equal(ticks(world, 2), "abcde.abcde.");
}

static void L2_anchored_tasks_are_next_to_their_reference(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    struct probe *c = probe_queued(world, 'c', 5);
    struct probe *b = probe_new(world, 'b', 100);
    struct probe *d = probe_new(world, 'd', -100);
    OK(tactus_task_schedule_before(runtime, b->task, c->task, 0, 0));
    OK(tactus_task_schedule_after(runtime, d->task, c->task, 0, 0));
    assert_int_equal(state_of(b), TACTUS_TASK_QUEUED);
    probe_queued(world, 'a', 4);
    probe_queued(world, 'e', 5);
    probe_queued(world, 'f', 6);
    assert_string_equal(ticks(world, 1), "abcdef.");
    /* Later plain tasks never come in between, the reference's leaving changes nothing. */
    probe_queued(world, 'g', 5);
    c->result = TACTUS_COMPLETED;
    assert_string_equal(ticks(world, 2), "abcdegf.abdegf.");
    probe_queued(world, 'h', 5);
    assert_string_equal(ticks(world, 1), "abdeghf.");
    probe_queued(world, 'i', 4); /* before the group, not before d */
    assert_string_equal(ticks(world, 1), "aibdeghf.");
}

static void L2_cancel_and_free_of_an_anchored_task_work(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    struct probe *a = probe_queued(world, 'a', 0);
    struct probe *b = probe_new(world, 'b', 0);
    OK(tactus_task_schedule_after(runtime, b->task, a->task, 0, 0));
    probe_queued(world, 'c', 0);
    assert_string_equal(ticks(world, 1), "abc.");
    OK(cancel(b));
    assert_int_equal(state_of(b), TACTUS_TASK_CANCELLED);
    assert_string_equal(ticks(world, 1), "ac.");
    OK(schedule(b));
    assert_string_equal(ticks(world, 1), "abc.");
    world->system.port.on_wait = tick_for_waiter;
    world->system.port.on_wait_context = world;
    OK(tactus_task_free(runtime, b->task));
    assert_string_equal(ticks(world, 1), "ac.");
}

static void L2_a_reference_that_is_not_queued_here_is_an_error(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    struct probe *a = probe_new(world, 'a', 0);
    struct probe *b = probe_new(world, 'b', 0);
    tactus_task none = {0, 0};
    assert_int_equal(tactus_task_schedule_before(runtime, a->task, b->task, 0, 0),
                     TACTUS_E_REFERENCE);
    assert_int_equal(tactus_task_schedule_after(runtime, a->task, a->task, 0, 0),
                     TACTUS_E_REFERENCE);
    assert_int_equal(tactus_task_schedule_after(runtime, a->task, none, 0, 0), TACTUS_E_REFERENCE);
    assert_int_equal(state_of(a), TACTUS_TASK_INIT);
    assert_int_equal(world->system.port.starts, 0);
    OK(schedule(b));
    OK(cancel(b));
    assert_int_equal(tactus_task_schedule_after(runtime, a->task, b->task, 0, 0),
                     TACTUS_E_REFERENCE);
}

static void schedule_others(struct probe *probe)
{
    struct world *world = probe->world;
    if (probe->runs > 1)
        return;
    world->status = schedule(&world->probes['a' - 'a']);
    assert_int_equal(schedule(&world->probes['d' - 'a']), TACTUS_OK);
}

static void L3_a_task_added_during_a_tick_has_its_place_by_priority(void **state)
{
    struct world *world = *state;
    probe_new(world, 'a', -10);
    struct probe *b = probe_queued(world, 'b', 0);
    probe_queued(world, 'c', 1);
    probe_new(world, 'd', 0);
    b->inside = schedule_others;
    assert_string_equal(ticks(world, 3), "bc.abdc.abdc.");
    assert_int_equal(world->status, TACTUS_OK);
}

static void schedule_itself_and_the_one_before(struct probe *probe)
{
    struct world *world = probe->world;
    if (probe->runs != 2)
        return;
    OK(schedule(probe));
    OK(cancel(&world->probes[0]));
    OK(schedule(&world->probes[0]));
    OK(cancel(&world->probes[2]));
    OK(schedule(&world->probes[2]));
}

static void L4_schedule_from_inside_a_task_takes_effect_next_tick(void **state)
{
    struct world *world = *state;
    probe_queued(world, 'a', 0);
    struct probe *b = probe_queued(world, 'b', 1);
    probe_queued(world, 'c', 2);
    b->inside = schedule_itself_and_the_one_before;
    /* Neither is run twice, nor is one lost; the revived one waits for the boundary. */
    assert_string_equal(ticks(world, 4), "abc.ab.abc.abc.");
}

static void L5_start_and_period_are_ticks(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    struct probe *a = probe_new(world, 'a', 0);
    struct probe *b = probe_new(world, 'b', 1);
    OK(tactus_task_schedule(runtime, a->task, 2 * TEST_TICK_NS, 3 * TEST_TICK_NS));
    OK(tactus_task_schedule(runtime, b->task, 0, TEST_TICK_NS));
    assert_string_equal(ticks(world, 7), "b.b.ab.b.b.ab.b.");
}

static void L5_anything_but_whole_ticks_is_an_error(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    struct probe *a = probe_new(world, 'a', 0);
    assert_int_equal(tactus_task_schedule(runtime, a->task, 1, 0), TACTUS_E_PERIOD);
    assert_int_equal(tactus_task_schedule(runtime, a->task, 0, TEST_TICK_NS + 1), TACTUS_E_PERIOD);
    assert_int_equal(tactus_task_schedule(runtime, a->task, UINT64_MAX, 0), TACTUS_E_PERIOD);
    assert_int_equal(state_of(a), TACTUS_TASK_INIT);
    assert_int_equal(world->system.port.starts, 0);
}

static void L6_what_run_returns_decides(void **state)
{
    struct world *world = *state;
    struct tactus_task_info info;
    struct probe *a = probe_queued(world, 'a', 0);
    struct probe *b = probe_queued(world, 'b', 0);
    probe_queued(world, 'c', 0);
    a->result = TACTUS_COMPLETED;
    b->result = -7;
    assert_string_equal(ticks(world, 3), "abc.bc.bc.");
    assert_int_equal(state_of(a), TACTUS_TASK_COMPLETED);
    assert_int_equal(state_of(b), TACTUS_TASK_QUEUED);
    OK(tactus_task_info_get(world->system.runtime, b->task, &info));
    assert_int_equal(info.stats.bad_returns, 3);
    assert_int_equal(info.stats.runs, 3);
    /* Again: a new arrival. */
    OK(schedule(a));
    assert_string_equal(ticks(world, 2), "bca.bc.");
}

static void L7_a_queued_task_stays_and_a_cancelled_one_comes_back_to_its_place(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_queued(world, 'a', 0);
    struct probe *b = probe_queued(world, 'b', 0);
    probe_queued(world, 'c', 0);
    assert_string_equal(ticks(world, 1), "abc.");
    OK(schedule(a));
    assert_string_equal(ticks(world, 1), "abc.");
    OK(cancel(b));
    assert_string_equal(ticks(world, 2), "ac.ac.");
    OK(schedule(b));
    assert_string_equal(ticks(world, 1), "abc.");
    /* Without a boundary in between, and before the first one. */
    OK(cancel(a));
    OK(schedule(a));
    struct probe *d = probe_queued(world, 'd', 0);
    probe_queued(world, 'e', 0);
    OK(cancel(d));
    OK(schedule(d));
    assert_string_equal(ticks(world, 1), "abcde.");
}

static void cancel_neighbours(struct probe *probe)
{
    struct world *world = probe->world;
    if (probe->runs != 2)
        return;
    OK(cancel(&world->probes[0]));
    OK(cancel(&world->probes[1]));
    OK(cancel(&world->probes[2]));
    OK(tactus_task_state_get(world->system.runtime, probe->task, &world->state));
}

static void L8_cancel_is_immediate_and_delays_nothing(void **state)
{
    struct world *world = *state;
    probe_queued(world, 'a', 0);
    struct probe *b = probe_queued(world, 'b', 0);
    probe_queued(world, 'c', 0);
    probe_queued(world, 'd', 0);
    b->inside = cancel_neighbours;
    assert_string_equal(ticks(world, 3), "abcd.abd.d.");
    assert_int_equal(world->state, TACTUS_TASK_CANCELLED);
    assert_int_equal(world->system.port.waits, 0);
}

static void L8_a_cancelled_run_that_completes_stays_cancelled(void **state)
{
    struct world *world = *state;
    struct probe *b = probe_queued(world, 'b', 0);
    probe_queued(world, 'a', 1);
    probe_queued(world, 'c', 1);
    ticks(world, 1);
    b->inside = cancel_neighbours;
    b->result = TACTUS_COMPLETED;
    assert_string_equal(ticks(world, 2), "b.");
    assert_int_equal(state_of(b), TACTUS_TASK_CANCELLED);
}

static void L9_free_waits_for_the_boundary_and_the_code_never_runs_again(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_queued(world, 'a', 0);
    probe_queued(world, 'b', 0);
    tactus_task handle = a->task;
    ticks(world, 1);
    world->trace[0] = '\0';
    world->system.port.on_wait = tick_for_waiter;
    world->system.port.on_wait_context = world;
    OK(tactus_task_free(world->system.runtime, a->task));
    assert_string_equal(world->trace, "b"); /* the tick that acknowledged */
    assert_int_equal(tactus_task_free(world->system.runtime, handle), TACTUS_E_STALE);
    assert_int_equal(tactus_task_cancel(world->system.runtime, handle), TACTUS_E_STALE);
    assert_string_equal(ticks(world, 1), "b.");
}

static void L9_without_an_acknowledgement_nothing_is_freed_and_nothing_dangles(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_queued(world, 'a', 0);
    probe_queued(world, 'b', 0);
    ticks(world, 1);
    uint64_t before_ns = world->system.port.now_ns;
    assert_int_equal(tactus_task_free(world->system.runtime, a->task), TACTUS_E_TIMED_OUT);
    assert_true(world->system.port.now_ns - before_ns >= 100 * TEST_TICK_NS);
    assert_true(world->system.port.now_ns - before_ns <= 101 * TEST_TICK_NS);
    assert_int_equal(state_of(a), TACTUS_TASK_CANCELLED);
    assert_string_equal(ticks(world, 2), "b.b.");
    OK(schedule(a));
    assert_string_equal(ticks(world, 1), "ba.");
    assert_int_equal(tactus_task_free(world->system.runtime, a->task), TACTUS_E_TIMED_OUT);
    world->system.port.on_wait = tick_for_waiter;
    world->system.port.on_wait_context = world;
    OK(tactus_task_free(world->system.runtime, a->task));
}

static void free_itself(struct probe *probe)
{
    struct world *world = probe->world;
    world->status = tactus_task_free(world->system.runtime, probe->task);
    assert_int_equal(tactus_task_free(world->system.runtime, world->probes[1].task),
                     TACTUS_E_DEADLOCK);
}

static void L9_free_from_inside_is_refused(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_queued(world, 'a', 0);
    probe_queued(world, 'b', 0);
    a->inside = free_itself;
    assert_string_equal(ticks(world, 2), "ab.ab.");
    assert_int_equal(world->status, TACTUS_E_DEADLOCK);
    assert_int_equal(state_of(a), TACTUS_TASK_QUEUED);
}

static void L9_free_completes_where_no_source_runs(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    struct probe *a = probe_new(world, 'a', 0);
    OK(tactus_task_free(runtime, a->task));
    struct probe *b = probe_queued(world, 'b', 0);
    struct probe *c = probe_queued(world, 'c', 0);
    b->result = TACTUS_COMPLETED;
    ticks(world, 1);
    OK(cancel(c));
    ticks(world, 2);
    assert_int_equal(world->system.port.stops, 1);
    OK(tactus_task_free(runtime, b->task));
    OK(tactus_task_free(runtime, c->task)); /* it still had a place */
    assert_int_equal(world->system.port.waits, 0);
}

static void control_inside(struct probe *probe)
{
    struct world *world = probe->world;
    world->system.port.thread = TEST_CONTROL; /* as if another thread came in between */
    OK(schedule(&world->probes[1]));
    OK(cancel(&world->probes[1]));
    OK(tactus_task_state_get(world->system.runtime, probe->task, &world->state));
    world->system.port.thread = TEST_TICK;
}

static void L10_control_completes_while_a_task_runs(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_queued(world, 'a', 0);
    probe_new(world, 'b', 0);
    a->inside = control_inside;
    assert_string_equal(ticks(world, 1), "a.");
    assert_int_equal(world->state, TACTUS_TASK_RUNNING);
    assert_int_equal(state_of(a), TACTUS_TASK_QUEUED);
    assert_int_equal(world->system.port.waits, 0);
}

static void run_up_to(struct world *world, uint64_t target, int32_t span, uint32_t replay_max)
{
    world->trace[0] = '\0';
    world->system.port.thread = TEST_TICK;
    tactus_ll_run(world->system.ll, target, span, replay_max);
    world->system.port.thread = TEST_CONTROL;
    world->system.cycle = target;
}

static void L11_missed_ticks_are_replayed_up_to_the_limit_and_the_rest_counted(void **state)
{
    struct world *world = *state;
    struct tactus_ll_stats stats;
    struct probe *a = probe_queued(world, 'a', 0);
    run_up_to(world, 1, INT32_MAX, 0);
    run_up_to(world, 4, INT32_MAX, 0);
    assert_int_equal(a->runs, 4);
    run_up_to(world, 4, INT32_MAX, 0); /* spurious */
    run_up_to(world, 34, INT32_MAX, 0);
    assert_int_equal(a->runs, 4 + 11);
    tactus_ll_stats_get(world->system.ll, &stats);
    assert_int_equal(stats.cycles, 15);
    assert_int_equal(stats.missed_cycles, 2 + 29);
    assert_int_equal(stats.skipped_cycles, 19);
    run_up_to(world, 134, INT32_MAX, UINT32_MAX);
    assert_int_equal(a->runs, 115);
    tactus_ll_stats_get(world->system.ll, &stats);
    assert_int_equal(stats.skipped_cycles, 19);
}

static void L11_a_period_keeps_its_beat_over_skipped_ticks(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_new(world, 'a', 0);
    OK(tactus_task_schedule(world->system.runtime, a->task, 0, 4 * TEST_TICK_NS));
    run_up_to(world, 1, INT32_MAX, 0);  /* due in 1, 5, 9, ... */
    run_up_to(world, 35, INT32_MAX, 0); /* 25 to 35 are run: 25 for 5 to 25, 29, 33 */
    assert_int_equal(a->runs, 4);
    run_up_to(world, 36, INT32_MAX, 0);
    assert_int_equal(a->runs, 4);
    run_up_to(world, 37, INT32_MAX, 0);
    assert_int_equal(a->runs, 5);
}

static void complete_at_once(struct probe *probe)
{
    probe->result = TACTUS_COMPLETED;
}

static void L12_what_was_due_when_the_last_task_left_is_not_run_by_the_next_one(void **state)
{
    struct world *world = *state;
    struct tactus_ll_stats stats;
    struct probe *a = probe_queued(world, 'a', 0);
    run_up_to(world, 1, INT32_MAX, 0);
    a->inside = complete_at_once;
    run_up_to(world, 9, INT32_MAX, 0); /* late: 2 is run, and the task leaves */
    assert_int_equal(a->runs, 2);
    assert_int_equal(world->system.port.stops, 1);
    struct probe *b = probe_queued(world, 'b', 0);
    run_up_to(world, 10, INT32_MAX, 0);
    assert_int_equal(b->runs, 1);
    run_up_to(world, 11, INT32_MAX, 0);
    assert_int_equal(b->runs, 2);
    tactus_ll_stats_get(world->system.ll, &stats);
    assert_int_equal(stats.cycles, 4);
    assert_int_equal(stats.missed_cycles, 7);
}

static void L12_the_first_task_starts_the_timer_and_the_last_one_stops_it(void **state)
{
    struct world *world = *state;
    struct test_port *port = &world->system.port;
    struct probe *a = probe_new(world, 'a', 0);
    struct probe *b = probe_new(world, 'b', 0);
    assert_int_equal(port->starts, 0);
    OK(schedule(a));
    OK(schedule(b));
    assert_int_equal(port->starts, 1);
    a->result = TACTUS_COMPLETED;
    ticks(world, 1);
    assert_int_equal(port->stops, 0);
    OK(cancel(b));
    ticks(world, 2);
    assert_int_equal(port->stops, 1);
    assert_string_equal(ticks(world, 1), "");
    OK(schedule(a));
    assert_int_equal(port->starts, 2);
    assert_string_equal(ticks(world, 3), "a.");
    assert_int_equal(port->stops, 2);
    OK(schedule(b));
    assert_string_equal(ticks(world, 1), "b.");
}

static void L12_schedule_in_the_last_tick_keeps_the_timer(void **state)
{
    struct world *world = *state;
    struct probe *b = probe_queued(world, 'b', 0);
    probe_new(world, 'a', 0);
    probe_new(world, 'd', 0);
    b->inside = schedule_others;
    b->result = TACTUS_COMPLETED;
    assert_string_equal(ticks(world, 2), "b.ad.");
    assert_int_equal(world->system.port.stops, 0);
}

static void R8_a_source_that_does_not_start_fails_the_schedule_without_a_trace(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_new(world, 'a', 0);
    world->system.port.start_result = TACTUS_E_OS;
    assert_int_equal(schedule(a), TACTUS_E_OS);
    assert_int_equal(schedule(a), TACTUS_E_OS);
    assert_int_equal(state_of(a), TACTUS_TASK_INIT);
    world->system.port.start_result = TACTUS_OK;
    OK(schedule(a));
    assert_int_equal(world->system.port.starts, 1);
    assert_string_equal(ticks(world, 2), "a.a.");
    OK(cancel(a));
    ticks(world, 1);
    assert_int_equal(world->system.port.stops, 1);
}

static void block_inside(struct probe *probe)
{
    probe->world->status = tactus_ll_block(probe->world->system.ll);
}

static void L13_a_blocked_scheduler_sees_no_tick(void **state)
{
    struct world *world = *state;
    tactus_scheduler *ll = world->system.ll;
    struct tactus_ll_stats stats;
    struct probe *a = probe_queued(world, 'a', 0);
    assert_int_equal(tactus_ll_unblock(ll), TACTUS_E_STATE);
    OK(tactus_ll_block(ll));
    OK(tactus_ll_block(ll));
    assert_string_equal(ticks(world, 2), "..");
    OK(tactus_ll_unblock(ll));
    assert_string_equal(ticks(world, 1), ".");
    OK(tactus_ll_unblock(ll));
    a->inside = block_inside;
    assert_string_equal(ticks(world, 1), "a.");
    assert_int_equal(world->status, TACTUS_E_DEADLOCK);
    tactus_ll_stats_get(ll, &stats);
    assert_int_equal(stats.blocked_cycles, 3);
    assert_int_equal(stats.cycles, 1);
}

static void L13_a_cycle_that_does_not_end_times_the_block_out(void **state)
{
    struct world *world = *state;
    probe_queued(world, 'a', 0);
    probe_queued(world, 'b', 10);
    run_up_to(world, 1, 5, 0); /* one span, the cycle is open */
    assert_string_equal(world->trace, "a");
    assert_int_equal(tactus_ll_block(world->system.ll), TACTUS_E_TIMED_OUT);
    run_up_to(world, 1, INT32_MAX, 0);
    assert_string_equal(world->trace, "b");
    assert_string_equal(ticks(world, 1), "ab.");
}

static void watch(struct probe *probe)
{
    struct world *world = probe->world;
    char name[TACTUS_NAME_BYTES];
    assert_true(tactus_ll_running_ns(world->system.ll, name) >= probe->cost_ns);
    assert_int_equal(name[0], probe->letter);
    assert_int_equal(name[1], '\0');
}

static void L14_the_watchdog_sees_who_runs_for_how_long(void **state)
{
    struct world *world = *state;
    char name[TACTUS_NAME_BYTES] = "x";
    struct tactus_task_info info;
    struct probe *a = probe_queued(world, 'a', 0);
    a->inside = watch;
    a->cost_ns = 3 * TEST_TICK_NS;
    assert_int_equal(tactus_ll_running_ns(world->system.ll, name), 0);
    ticks(world, 1);
    assert_int_equal(tactus_ll_running_ns(world->system.ll, name), 0);
    assert_string_equal(name, "");
    OK(tactus_task_info_get(world->system.runtime, a->task, &info));
    assert_int_equal(info.stats.overruns, 1);
    assert_int_equal(info.stats.worst_ns, 3 * TEST_TICK_NS);
    assert_int_equal(info.stats.histogram[tactus_histogram_bucket(3 * TEST_TICK_NS)], 1);
}

static void spans_run_each_task_once_per_cycle(void **state)
{
    struct world *world = *state;
    struct tactus_ll_stats stats;
    probe_queued(world, 'a', 1);
    probe_queued(world, 'b', 2);
    probe_queued(world, 'c', 3);
    run_up_to(world, 1, 1, 0);
    assert_string_equal(world->trace, "a");
    run_up_to(world, 1, 1, 0);
    assert_string_equal(world->trace, "");
    run_up_to(world, 1, 2, 0);
    assert_string_equal(world->trace, "b");
    run_up_to(world, 1, INT32_MAX, 0);
    assert_string_equal(world->trace, "c");
    run_up_to(world, 1, INT32_MAX, 0);
    assert_string_equal(world->trace, "");
    run_up_to(world, 2, 1, 0);
    assert_string_equal(world->trace, "a");
    run_up_to(world, 3, INT32_MAX, 0); /* the rest of 2 never came */
    assert_string_equal(world->trace, "abc");
    tactus_ll_stats_get(world->system.ll, &stats);
    assert_int_equal(stats.cycles, 3);
    assert_int_equal(stats.tasks, 3);
}

static void a_task_costs_one_look_at_the_clock(void **state)
{
    struct world *world = *state;
    probe_queued(world, 'a', 0);
    probe_queued(world, 'b', 0);
    probe_queued(world, 'c', 0);
    ticks(world, 1);
    uint32_t before = world->system.port.looks;
    uint32_t wakes = world->system.port.wakes;
    ticks(world, 1);
    assert_int_equal(world->system.port.looks - before, 4);
    assert_int_equal(world->system.port.wakes, wakes);
}

static void complete_after_revival(struct probe *probe)
{
    if (probe->runs > 1)
        return;
    OK(cancel(probe));
    OK(schedule(probe));
}

static void a_run_that_was_cancelled_does_not_complete_what_was_scheduled_since(void **state)
{
    struct world *world = *state;
    struct probe *a = probe_queued(world, 'a', 0);
    a->inside = complete_after_revival;
    a->result = TACTUS_COMPLETED;
    assert_string_equal(ticks(world, 1), "a.");
    assert_int_equal(state_of(a), TACTUS_TASK_QUEUED);
    assert_string_equal(ticks(world, 3), "a.");
    assert_int_equal(state_of(a), TACTUS_TASK_COMPLETED);
}

static void L2_who_moves_twice_within_a_tick_takes_along_what_was_anchored_to_it(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    struct probe *a = probe_queued(world, 'a', 0);
    struct probe *z = probe_queued(world, 'd', 9);
    ticks(world, 1);
    struct probe *b = probe_queued(world, 'b', 5);
    struct probe *c = probe_new(world, 'c', 7);
    OK(tactus_task_schedule_after(runtime, c->task, b->task, 0, 0));
    OK(cancel(b));
    OK(tactus_task_schedule_after(runtime, b->task, z->task, 0, 0));
    assert_string_equal(ticks(world, 1), "adbc.");
    assert_int_equal(state_of(a), TACTUS_TASK_QUEUED);
}

static void L9_a_free_right_after_the_posts_leaves_those_anchored_at_its_place(void **state)
{
    struct world *world = *state;
    tactus_runtime *runtime = world->system.runtime;
    probe_queued(world, 'a', 0);
    probe_queued(world, 'd', 9);
    ticks(world, 1);
    struct probe *b = probe_queued(world, 'b', 5);
    struct probe *c = probe_new(world, 'c', 100);
    OK(tactus_task_schedule_after(runtime, c->task, b->task, 0, 0));
    world->system.port.on_wait = tick_for_waiter;
    world->system.port.on_wait_context = world;
    OK(tactus_task_free(runtime, b->task));
    assert_string_equal(ticks(world, 1), "acd.");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(L1_lower_numbers_first_then_first_come),
        TEST(L2_anchored_tasks_are_next_to_their_reference),
        TEST(L2_cancel_and_free_of_an_anchored_task_work),
        TEST(L2_a_reference_that_is_not_queued_here_is_an_error),
        TEST(L2_who_moves_twice_within_a_tick_takes_along_what_was_anchored_to_it),
        TEST(L9_a_free_right_after_the_posts_leaves_those_anchored_at_its_place),
        TEST(L3_a_task_added_during_a_tick_has_its_place_by_priority),
        TEST(L4_schedule_from_inside_a_task_takes_effect_next_tick),
        TEST(L5_start_and_period_are_ticks),
        TEST(L5_anything_but_whole_ticks_is_an_error),
        TEST(L6_what_run_returns_decides),
        TEST(L7_a_queued_task_stays_and_a_cancelled_one_comes_back_to_its_place),
        TEST(L8_cancel_is_immediate_and_delays_nothing),
        TEST(L8_a_cancelled_run_that_completes_stays_cancelled),
        TEST(L9_free_waits_for_the_boundary_and_the_code_never_runs_again),
        TEST(L9_without_an_acknowledgement_nothing_is_freed_and_nothing_dangles),
        TEST(L9_free_from_inside_is_refused),
        TEST(L9_free_completes_where_no_source_runs),
        TEST(L10_control_completes_while_a_task_runs),
        TEST(L11_missed_ticks_are_replayed_up_to_the_limit_and_the_rest_counted),
        TEST(L11_a_period_keeps_its_beat_over_skipped_ticks),
        TEST(L12_the_first_task_starts_the_timer_and_the_last_one_stops_it),
        TEST(L12_what_was_due_when_the_last_task_left_is_not_run_by_the_next_one),
        TEST(L12_schedule_in_the_last_tick_keeps_the_timer),
        TEST(R8_a_source_that_does_not_start_fails_the_schedule_without_a_trace),
        TEST(L13_a_blocked_scheduler_sees_no_tick),
        TEST(L13_a_cycle_that_does_not_end_times_the_block_out),
        TEST(L14_the_watchdog_sees_who_runs_for_how_long),
        TEST(spans_run_each_task_once_per_cycle),
        TEST(a_task_costs_one_look_at_the_clock),
        TEST(a_run_that_was_cancelled_does_not_complete_what_was_scheduled_since),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
