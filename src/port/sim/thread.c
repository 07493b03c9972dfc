/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads, and what they wait for. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

static struct list_node *word_bucket(struct sim *sim, const tactus_atomic_u32 *word)
{
    /* The address differs from run to run; nothing depends on who shares a bucket. */
    return &sim->waiting[((uintptr_t)word >> 2) % WORD_BUCKETS];
}

static void thread_main(void *argument)
{
    struct sim_thread *thread = argument;
    thread->entry(thread->data);
    thread_leave_core(thread);
    thread->state = THREAD_ENDED;
    for (;;) {
        engine_yield(thread->sim);
    }
}

/* Its time has come: that of its waiting, or that by which it is late. */
static void timer_fires(struct sim_timer *timer)
{
    struct sim_thread *thread = timer->context;
    if (thread->word != NULL) {
        list_remove(&thread->link);
        thread->word = NULL;
    }
    thread_make_ready(thread);
}

tactus_status sim_thread_new(struct sim *sim, const char *name, uint32_t core, int32_t priority,
                             void (*entry)(void *data), void *data, struct sim_thread **thread)
{
    if (sim == NULL || name == NULL || entry == NULL || thread == NULL) {
        return TACTUS_E_INVALID;
    }
    if (core >= sim->config.cores) {
        return TACTUS_E_NO_CORE;
    }
    size_t capacity = sim->threads_capacity;
    struct sim_thread **threads =
        array_grow(sim->threads, sim->threads_count, &capacity, sizeof(struct sim_thread *));
    if (threads == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    sim->threads = threads;
    sim->threads_capacity = (uint32_t)capacity;
    struct sim_thread *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    tactus_status status = sim_fiber_init(&made->fiber, sim->config.stack_bytes, thread_main, made);
    if (status != TACTUS_OK) {
        free(made);
        return status;
    }
    made->sim = sim;
    made->index = sim->threads_count;
    made->core = core;
    made->priority = priority;
    made->used_limit_ns = UINT64_MAX;
    made->timer.fire = timer_fires;
    made->timer.context = made;
    made->entry = entry;
    made->data = data;
    (void)snprintf(made->name, sizeof made->name, "%s", name);
    sim->threads[sim->threads_count++] = made;
    *thread = made;
    thread_make_ready(made);
    engine_preempt(sim);
    return TACTUS_OK;
}

struct sim_thread *sim_thread_current(const struct sim *sim)
{
    return sim->current;
}

bool sim_thread_has_ended(const struct sim_thread *thread)
{
    return thread->state == THREAD_ENDED;
}

uint64_t sim_thread_used_ns(const struct sim_thread *thread)
{
    engine_settle(thread->sim);
    return thread->used_ns;
}

int32_t sim_thread_priority(const struct sim_thread *thread)
{
    return thread->priority;
}

void sim_thread_budget_set(struct sim_thread *thread, uint64_t budget_ns, int32_t spent_priority)
{
    engine_settle(thread->sim);
    thread->used_limit_ns =
        budget_ns < UINT64_MAX - thread->used_ns ? thread->used_ns + budget_ns : UINT64_MAX;
    thread->spent_priority = spent_priority;
    thread->sim->horizon_ns = 0;
    if (budget_ns == 0) {
        thread->used_limit_ns = UINT64_MAX;
        sim_thread_priority_set(thread, spent_priority);
    }
}

/* --- waiting --------------------------------------------------------------------------------- */

static void timer_arm(struct sim_thread *thread, uint64_t at_ns)
{
    if (at_ns != UINT64_MAX && sim_timer_set(thread->sim, &thread->timer, at_ns) != TACTUS_OK) {
        engine_fail(thread->sim, "no memory for a timer");
    }
}

static uint64_t late_draw(struct sim *sim)
{
    return sim_random_up_to(&sim->random, sim->config.faults.late_ns);
}

/* The thread that calls sleeps until the timer, or until a wake where it has a word. */
static void wait_here(struct sim_thread *thread, tactus_atomic_u32 *word, uint64_t until_ns)
{
    struct sim *sim = thread->sim;
    thread_leave_core(thread);
    thread->state = THREAD_WAITING;
    thread->word = word;
    if (word != NULL) {
        list_insert_before(word_bucket(sim, word), &thread->link);
    }
    if (until_ns != UINT64_MAX && fault_comes(sim, sim->config.faults.wake_late)) {
        until_ns += late_draw(sim);
    }
    timer_arm(thread, until_ns);
    engine_yield(sim);
}

static void outside_fires(struct sim_timer *timer)
{
    ((struct sim *)timer->context)->outside.is_done = true;
}

/* Outside: like a thread that is on no core. */
static void wait_outside(struct sim *sim, tactus_atomic_u32 *word, uint64_t until_ns)
{
    sim->outside.word = word;
    sim->outside.is_done = false;
    sim->outside.timer.fire = outside_fires;
    sim->outside.timer.context = sim;
    if (until_ns != UINT64_MAX && sim_timer_set(sim, &sim->outside.timer, until_ns) != TACTUS_OK) {
        engine_fail(sim, "no memory for a timer");
    }
    engine_run(sim, until_ns, &sim->outside.is_done);
    if (!sim->outside.is_done && until_ns == UINT64_MAX) {
        engine_fail(sim, "a wait for ever: nothing happens any more");
    }
    sim_timer_clear(sim, &sim->outside.timer);
    sim->outside.word = NULL;
}

void sim_sleep_until(struct sim *sim, uint64_t until_ns)
{
    if (sim->current == NULL) {
        sim_run_until(sim, until_ns);
    } else if (until_ns > sim->now_ns) {
        wait_here(sim->current, NULL, until_ns);
    }
}

/* Returns early: at once, or after some of the time. */
static void wait_early(struct sim *sim, uint64_t until_ns)
{
    uint64_t left_ns = until_ns - sim->now_ns;
    uint64_t most_ns = sim->config.faults.late_ns;
    uint64_t early_ns = sim_random_up_to(&sim->random, left_ns < most_ns ? left_ns : most_ns);
    if (early_ns > 0) {
        wait_here(sim->current, NULL, sim->now_ns + early_ns);
    }
}

void sim_word_wait(struct sim *sim, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns)
{
    if (until_ns <= sim->now_ns || atomic_load_explicit(word, memory_order_acquire) != expected) {
        return;
    }
    if (sim->current == NULL) {
        wait_outside(sim, word, until_ns);
    } else if (fault_comes(sim, sim->config.faults.wait_early)) {
        wait_early(sim, until_ns);
    } else {
        wait_here(sim->current, word, until_ns);
    }
}

static void thread_wake(struct sim_thread *thread)
{
    struct sim *sim = thread->sim;
    list_remove(&thread->link);
    thread->word = NULL;
    if (fault_comes(sim, sim->config.faults.wake_late)) {
        timer_arm(thread, sim->now_ns + late_draw(sim));
        return;
    }
    sim_timer_clear(sim, &thread->timer);
    thread_make_ready(thread);
}

void sim_word_wake(struct sim *sim, tactus_atomic_u32 *word)
{
    LIST_FOR_EACH(node, following, word_bucket(sim, word))
    {
        struct sim_thread *thread = LIST_ENTRY(node, struct sim_thread, link);
        if (thread->word == word) {
            thread_wake(thread);
        }
    }
    if (sim->outside.word == word) {
        sim->outside.is_done = true;
    }
    engine_preempt(sim);
}
