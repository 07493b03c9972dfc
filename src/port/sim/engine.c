/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <stdlib.h>

#include "machine.h"

/* More steps than any program needs that gets on. */
#define STEPS_AT_INSTANT_MAX 50000000u

void engine_fail(const struct sim *sim, const char *what)
{
    fprintf(stderr, "sim: %s (at %" PRIu64 " ns, %s, seed %" PRIu64 ")\n", what, sim->now_ns,
            sim->current != NULL ? sim->current->name : "outside", sim->config.seed);
    abort();
}

bool fault_comes(struct sim *sim, uint32_t rate)
{
    if (rate == 0 || sim_random_up_to(&sim->random, 999u) >= rate) {
        return false;
    }
    sim->faults_count++;
    return true;
}

uint64_t sim_cost_draw(struct sim *sim, struct sim_cost cost)
{
    if (cost.jitter_ns == 0) {
        return cost.ns;
    }
    uint64_t drawn = cost.ns + sim_random_up_to(&sim->random, 2u * cost.jitter_ns);
    return drawn > cost.jitter_ns ? drawn - cost.jitter_ns : 0;
}

/* --- ready threads --------------------------------------------------------------------------- */

static struct sim_thread *thread_at(struct list_node *node)
{
    return LIST_ENTRY(node, struct sim_thread, link);
}

static struct sim_thread *core_first(const struct sim_core *core)
{
    return core->ready.next != &core->ready ? thread_at(core->ready.next) : NULL;
}

/* Behind those that are as urgent; before them where it had its turn already. */
static void ready_link(struct sim_thread *thread, bool is_first)
{
    struct sim *sim = thread->sim;
    struct sim_core *core = &sim->cores[thread->core];
    struct list_node *at = core->ready.next;
    while (at != &core->ready && (thread_at(at)->priority > thread->priority ||
                                  (thread_at(at)->priority == thread->priority && !is_first))) {
        at = at->next;
    }
    list_insert_before(at, &thread->link);
    sim->busy |= UINT64_C(1) << thread->core;
    sim->horizon_ns = 0;
}

static void ready_unlink(struct sim_thread *thread)
{
    list_remove(&thread->link);
    if (list_is_empty(&thread->sim->cores[thread->core].ready)) {
        thread->sim->busy &= ~(UINT64_C(1) << thread->core);
    }
}

/* --- time ------------------------------------------------------------------------------------ */

static void thread_take(struct sim_thread *thread, uint64_t ns)
{
    thread->used_ns += ns;
    thread->owed_ns -= ns;
    if (thread->used_ns < thread->used_limit_ns) {
        return;
    }
    thread->used_limit_ns = UINT64_MAX;
    thread->priority = thread->spent_priority;
    ready_unlink(thread);
    ready_link(thread, false);
}

void engine_settle(struct sim *sim)
{
    uint64_t passed_ns = sim->now_ns - sim->settled_ns;
    if (passed_ns == 0) {
        return;
    }
    sim->settled_ns = sim->now_ns;
    uint64_t busy = sim->busy;
    /* The one whose code runs now has seen to it itself. */
    if (sim->current != NULL) {
        busy &= ~(UINT64_C(1) << sim->current->core);
    }
    for (; busy != 0; busy &= busy - 1u) {
        thread_take(core_first(&sim->cores[__builtin_ctzll(busy)]), passed_ns);
    }
}

void thread_make_ready(struct sim_thread *thread)
{
    engine_settle(thread->sim);
    thread->state = THREAD_READY;
    thread->owed_ns += sim_cost_draw(thread->sim, thread->sim->config.wake_cost);
    ready_link(thread, false);
}

void thread_leave_core(struct sim_thread *thread)
{
    struct sim *sim = thread->sim;
    struct sim_core *core = &sim->cores[thread->core];
    engine_settle(sim);
    if (core->running == thread) {
        record_close(sim, thread->core, false);
        core->running = NULL;
    }
    ready_unlink(thread);
    sim->horizon_ns = 0;
}

void sim_thread_priority_set(struct sim_thread *thread, int32_t priority)
{
    struct sim *sim = thread->sim;
    bool is_raised = priority > thread->priority;
    engine_settle(sim);
    thread->priority = priority;
    if (thread->state != THREAD_READY) {
        return;
    }
    ready_unlink(thread);
    ready_link(thread, is_raised && sim->cores[thread->core].running == thread);
    engine_preempt(sim);
}

/* The most urgent thread comes onto the core. */
static void core_dispatch(struct sim *sim, struct sim_core *core)
{
    struct sim_thread *first = core_first(core);
    if (core->running == first) {
        return;
    }
    if (core->running != NULL) {
        record_close(sim, (uint32_t)(core - sim->cores), false);
    }
    core->running = first;
    core->slice_begin_ns = sim->now_ns;
    if (first == NULL || core->last == first) {
        return;
    }
    if (core->last != NULL) {
        first->owed_ns += sim_cost_draw(sim, sim->config.switch_cost);
    }
    core->last = first;
}

/* What the thread takes without anything of its own happening. */
static uint64_t thread_runs_ns(const struct sim_thread *thread)
{
    uint64_t budget_ns = thread->used_limit_ns - thread->used_ns;
    return thread->owed_ns < budget_ns ? thread->owed_ns : budget_ns;
}

static uint64_t instant_after(uint64_t now_ns, uint64_t ns)
{
    return ns < UINT64_MAX - now_ns ? now_ns + ns : UINT64_MAX;
}

static void clock_advance(struct sim *sim, uint64_t to_ns)
{
    sim->now_ns = to_ns;
    engine_settle(sim);
}

/* Those that are due; with `at_end` one of those that look at the end of the instant. */
static bool timers_fire(struct sim *sim, bool at_end)
{
    bool have_fired = false;
    struct sim_timer *timer = timers_first(sim);
    while (timer != NULL && timer->at_ns <= sim->now_ns && timer->at_end_of_instant == at_end) {
        sim_timer_clear(sim, timer);
        timer->fire(timer);
        have_fired = true;
        timer = at_end ? NULL : timers_first(sim);
    }
    return have_fired;
}

/* --- the engine ------------------------------------------------------------------------------ */

/* A core whose thread can go on now; NO_INDEX: none. */
static uint32_t core_choose(struct sim *sim)
{
    uint64_t able = 0;
    for (uint64_t busy = sim->busy; busy != 0; busy &= busy - 1u) {
        uint32_t index = (uint32_t)__builtin_ctzll(busy);
        core_dispatch(sim, &sim->cores[index]);
        if (core_first(&sim->cores[index])->owed_ns == 0) {
            able |= UINT64_C(1) << index;
        }
    }
    if (able == 0) {
        return NO_INDEX;
    }
    if (sim->config.shuffle && (able & (able - 1u)) != 0) {
        uint64_t count = (uint64_t)__builtin_popcountll(able);
        for (uint64_t skip = sim_random_up_to(&sim->random, count - 1u); skip > 0; skip--) {
            able &= able - 1u;
        }
    }
    return (uint32_t)__builtin_ctzll(able);
}

/* When the next thing happens on any core but that one. */
static uint64_t next_instant(const struct sim *sim, uint32_t but)
{
    const struct sim_timer *timer = timers_first(sim);
    uint64_t next_ns = timer != NULL ? timer->at_ns : UINT64_MAX;
    for (uint64_t busy = sim->busy; busy != 0; busy &= busy - 1u) {
        uint32_t index = (uint32_t)__builtin_ctzll(busy);
        if (index == but) {
            continue;
        }
        uint64_t end_ns =
            instant_after(sim->now_ns, thread_runs_ns(core_first(&sim->cores[index])));
        next_ns = end_ns < next_ns ? end_ns : next_ns;
    }
    return next_ns;
}

static void thread_go_on(struct sim *sim, uint32_t core)
{
    uint64_t next_ns = next_instant(sim, core);
    sim->horizon_ns = next_ns;
    if (sim->until_ns < next_ns) {
        sim->horizon_ns = sim->until_ns + 1u;
    }
    sim->current = core_first(&sim->cores[core]);
    if (sim->stepped_ns != sim->now_ns) {
        sim->steps_at_instant = 0;
    }
    sim->stepped_ns = sim->now_ns;
    if (++sim->steps_at_instant > STEPS_AT_INSTANT_MAX) {
        engine_fail(sim, "virtual time stands still");
    }
    sim_fiber_switch(&sim->engine, &sim->current->fiber);
    engine_settle(sim);
    sim->current = NULL;
}

void engine_run(struct sim *sim, uint64_t until_ns, const bool *is_done)
{
    sim->until_ns = until_ns;
    while (is_done == NULL || !*is_done) {
        uint32_t core = core_choose(sim);
        if (core != NO_INDEX) {
            thread_go_on(sim, core);
            continue;
        }
        if (timers_fire(sim, false) || timers_fire(sim, true)) {
            continue;
        }
        uint64_t next_ns = next_instant(sim, NO_INDEX);
        if (next_ns > until_ns || next_ns == UINT64_MAX) {
            if (until_ns != UINT64_MAX) {
                clock_advance(sim, until_ns);
            }
            return;
        }
        clock_advance(sim, next_ns);
        (void)timers_fire(sim, false);
    }
}

void engine_yield(struct sim *sim)
{
    sim_fiber_switch(&sim->current->fiber, &sim->engine);
}

void engine_preempt(struct sim *sim)
{
    struct sim_thread *current = sim->current;
    if (current != NULL && core_first(&sim->cores[current->core]) != current) {
        engine_yield(sim);
    }
}

void call_charge(struct sim *sim)
{
    if (sim->current == NULL || (sim->config.call_cost.ns | sim->config.call_cost.jitter_ns) == 0) {
        return;
    }
    uint64_t cost_ns = sim_cost_draw(sim, sim->config.call_cost);
    if (cost_ns > 0) {
        sim_consume(sim, cost_ns);
    } else if (sim->config.shuffle) {
        engine_yield(sim);
    }
}

void sim_consume(struct sim *sim, uint64_t ns)
{
    struct sim_thread *thread = sim->current;
    if (thread == NULL || ns == 0) {
        return;
    }
    uint64_t end_ns = sim->now_ns + ns;
    if (end_ns < sim->horizon_ns && ns < thread->used_limit_ns - thread->used_ns) {
        sim->now_ns = end_ns;
        thread->used_ns += ns;
        return;
    }
    thread->owed_ns += ns;
    engine_yield(sim);
}

void sim_run_until(struct sim *sim, uint64_t until_ns)
{
    if (sim->current != NULL) {
        engine_fail(sim, "a simulated thread runs the machine");
    }
    if (until_ns >= sim->now_ns) {
        engine_run(sim, until_ns, NULL);
    }
}
