/* SPDX-License-Identifier: BSD-3-Clause */
#include <tactus/time.h>

#include "ll.h"

#define FREE_WAIT_TICKS 100u

/* Start and period in ticks; TACTUS_E_PERIOD where one is no whole number of them. */
static tactus_status request_ticks(const struct ll *ll,
                                   const struct tactus_schedule_request *request,
                                   struct task_request_copy *copy)
{
    if (request->start_ns % ll->tick_ns != 0 || request->period_ns % ll->tick_ns != 0) {
        return TACTUS_E_PERIOD;
    }
    copy->start = request->start_ns / ll->tick_ns;
    copy->period = request->period_ns / ll->tick_ns;
    return TACTUS_OK;
}

static bool reference_is_queued(tactus_scheduler *scheduler, const struct tactus_pool_task *task,
                                const struct tactus_schedule_request *request)
{
    struct tactus_pool_task *reference = request->reference;
    if (reference == NULL || reference == task) {
        return false;
    }
    tactus_scheduler *of = atomic_load_explicit(&reference->scheduler, memory_order_relaxed);
    uint32_t word = atomic_load_explicit(&reference->word, memory_order_acquire);
    return of == scheduler && word_state(word) == WORD_QUEUED &&
           word_generation(word) == request->reference_generation;
}

/* The caller holds the BUSY bit. Writes the request, starts the source where it is the first task,
 * and only then changes the state: a start that fails leaves no trace. */
static tactus_status ll_schedule(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                                 const struct tactus_schedule_request *request)
{
    struct ll *ll = ll_of(scheduler);
    struct task_request_copy copy = {.anchor = request->anchor};
    tactus_status status = request_ticks(ll, request, &copy);
    if (status != TACTUS_OK) {
        return status;
    }
    if (request->anchor != TACTUS_ANCHOR_NONE) {
        if (!reference_is_queued(scheduler, task, request)) {
            return TACTUS_E_REFERENCE;
        }
        copy.reference.index = request->reference->index;
        copy.reference.generation = request->reference_generation;
        copy.reference_arrival =
            atomic_load_explicit(&request->reference->request.arrival, memory_order_acquire);
    }
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    if (word_state(word) == WORD_QUEUED) {
        return TACTUS_OK;
    }

    status = ll_source_enter(ll);
    if (status != TACTUS_OK) {
        return status;
    }
    /* A cancelled task comes back at its place, unless it is told another one. */
    bool needs_place = word_state(word) != WORD_SUSPENDED || request->anchor != TACTUS_ANCHOR_NONE;
    if (needs_place) {
        copy.arrival = atomic_fetch_add_explicit(&scheduler->arrivals, 1u, memory_order_relaxed);
    }
    request_write(&task->request, &copy, needs_place);

    bool pushed;
    status = post_move(&scheduler->posts, task, word_generation(word), EVENT_SCHEDULE, &pushed);
    if (!pushed) {
        ll_source_leave(ll, 1u);
    }
    return status;
}

/* Nothing to do: the tick thread reads the word before each run. */
static tactus_status ll_cancel(tactus_scheduler *scheduler, struct tactus_pool_task *task)
{
    (void)scheduler;
    (void)task;
    return TACTUS_OK;
}

/* The source runs and the caller has joined: posts, and waits for the acknowledgement. */
static void free_by_tick(struct ll *ll, struct tactus_pool_task *task, uint64_t until_ns)
{
    bool pushed;
    tactus_status status = post_state(&ll->scheduler->posts, task, WORD_FREEING, &pushed);
    if (!pushed) {
        ll_source_leave(ll, 1u);
    }
    if (status != TACTUS_OK) {
        return;
    }
    for (;;) {
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        if (word_state(word) != WORD_FREEING || !ll_wait(ll, &task->word, word, until_ns)) {
            return;
        }
    }
}

/* No source runs and the caller has claimed the tick side: does the boundary itself. */
static void free_by_claim(struct ll *ll, struct tactus_pool_task *task)
{
    bool pushed;
    tactus_status status = post_state(&ll->scheduler->posts, task, WORD_FREEING, &pushed);
    (void)status; /* not FREEING any more: all the better */
    ll_boundary(ll, ll->cycle + 1u, true);
    ll_source_unclaim(ll);
}

static tactus_status ll_free(tactus_scheduler *scheduler, struct tactus_pool_task *task)
{
    struct ll *ll = ll_of(scheduler);
    uint64_t until_ns = runtime_clock_ns(scheduler->runtime) + FREE_WAIT_TICKS * ll->tick_ns;
    for (;;) {
        uint32_t source;
        bool is_waiting = false;
        if (ll_source_join(ll, false, &source)) {
            free_by_tick(ll, task, until_ns);
        } else if (ll_source_claim(ll)) {
            free_by_claim(ll, task);
        } else {
            is_waiting = true; /* it is being started or stopped */
        }
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        if (word_state(word) == WORD_RELEASED) {
            return TACTUS_OK;
        }
        if (is_waiting ? !ll_wait(ll, &ll->source, source, until_ns)
                       : runtime_clock_ns(scheduler->runtime) >= until_ns) {
            return TACTUS_E_TIMED_OUT;
        }
    }
}

/* The tick thread is out for good once the source has stopped, which it does without tasks. */
static tactus_status ll_quiesce(tactus_scheduler *scheduler)
{
    struct ll *ll = ll_of(scheduler);
    uint64_t until_ns = runtime_clock_ns(scheduler->runtime) + FREE_WAIT_TICKS * ll->tick_ns;
    for (;;) {
        uint32_t word = atomic_load_explicit(&ll->source, memory_order_acquire);
        if (word >> SOURCE_SHIFT == SOURCE_STOPPED) {
            return TACTUS_OK;
        }
        if (!ll_wait(ll, &ll->source, word, until_ns)) {
            return TACTUS_E_TIMED_OUT;
        }
    }
}

static void ll_deinit(tactus_scheduler *scheduler)
{
    struct ll *ll = ll_of(scheduler);
    tactus_status status = tactus_heap_free(scheduler->runtime->heap, ll->run);
    (void)status; /* it came from there */
    ll->run = NULL;
}

static const struct tactus_scheduler_ops ll_ops = {
    .schedule = ll_schedule,
    .cancel = ll_cancel,
    .free = ll_free,
    .schedule_anchored = ll_schedule,
    .quiesce = ll_quiesce,
    .deinit = ll_deinit,
};

tactus_status tactus_ll_register(tactus_runtime *runtime, enum tactus_scheduler_type type,
                                 uint32_t core, const struct tactus_ll_config *config,
                                 tactus_scheduler **scheduler)
{
    if (runtime == NULL || config == NULL || scheduler == NULL ||
        (type != TACTUS_LL_TIMER && type != TACTUS_LL_DMA) ||
        config->tick_ns < TACTUS_TICK_MIN_NS || config->tick_ns > TACTUS_TICK_MAX_NS) {
        return TACTUS_E_INVALID;
    }
    tactus_scheduler *made;
    tactus_status status =
        tactus_scheduler_register(runtime, type, core, &ll_ops, sizeof(struct ll), &made);
    if (status != TACTUS_OK) {
        return status;
    }
    struct ll *ll = ll_of(made);
    ll->scheduler = made;
    ll->tick_ns = config->tick_ns;
    ll->catch_up = config->catch_up;
    list_init(&ll->order);
    /* All the room it will ever need, so that a tick never allocates. */
    ll->run = tactus_heap_alloc(runtime->heap, TACTUS_HEAP_ZERO,
                                runtime->pool.tasks_max * sizeof *ll->run, 64u);
    if (ll->run == NULL) {
        registry_remove(made);
        return TACTUS_E_NO_MEMORY;
    }
    *scheduler = made;
    return TACTUS_OK;
}

static bool scheduler_is_ll(const tactus_scheduler *scheduler)
{
    return scheduler != NULL && scheduler->ops == &ll_ops;
}

tactus_status tactus_ll_block(tactus_scheduler *scheduler)
{
    if (!scheduler_is_ll(scheduler)) {
        return TACTUS_E_INVALID;
    }
    if (runtime_in_tick(scheduler->runtime)) {
        return TACTUS_E_DEADLOCK;
    }
    struct ll *ll = ll_of(scheduler);
    uint64_t until_ns = runtime_clock_ns(scheduler->runtime) + FREE_WAIT_TICKS * ll->tick_ns;
    atomic_fetch_add_explicit(&ll->gate, GATE_BLOCK, memory_order_acq_rel);
    for (;;) {
        uint32_t gate = atomic_load_explicit(&ll->gate, memory_order_acquire);
        if ((gate & GATE_IN_CYCLE) == 0) {
            return TACTUS_OK;
        }
        if (!ll_wait(ll, &ll->gate, gate, until_ns)) {
            atomic_fetch_sub_explicit(&ll->gate, GATE_BLOCK, memory_order_acq_rel);
            return TACTUS_E_TIMED_OUT;
        }
    }
}

tactus_status tactus_ll_unblock(tactus_scheduler *scheduler)
{
    if (!scheduler_is_ll(scheduler)) {
        return TACTUS_E_INVALID;
    }
    struct ll *ll = ll_of(scheduler);
    uint32_t gate = atomic_load_explicit(&ll->gate, memory_order_relaxed);
    while (gate >= GATE_BLOCK) {
        if (atomic_compare_exchange_weak_explicit(&ll->gate, &gate, gate - GATE_BLOCK,
                                                  memory_order_acq_rel, memory_order_relaxed)) {
            return TACTUS_OK;
        }
    }
    return TACTUS_E_STATE;
}

uint64_t tactus_ll_running_ns(tactus_scheduler *scheduler, char name[TACTUS_NAME_BYTES])
{
    struct ll *ll = ll_of(scheduler);
    tactus_runtime *runtime = scheduler->runtime;
    uint64_t start_ns = word64_read(&ll->cycle_start_ns);
    name[0] = '\0';
    if (start_ns == 0) {
        return 0;
    }
    uint32_t current = atomic_load_explicit(&scheduler->current, memory_order_acquire);
    if (current > 0 && current <= runtime->pool.tasks_max) {
        task_name_get(&runtime->pool.tasks[current - 1u], name);
    }
    uint64_t now_ns = runtime_clock_ns(runtime);
    return now_ns > start_ns ? now_ns - start_ns : 1u;
}

void tactus_ll_stats_get(tactus_scheduler *scheduler, struct tactus_ll_stats *stats)
{
    struct ll *ll = ll_of(scheduler);
    stats->cycles = word64_read(&ll->cycles);
    stats->missed_cycles = word64_read(&ll->missed_cycles);
    stats->skipped_cycles = word64_read(&ll->skipped_cycles);
    stats->blocked_cycles = word64_read(&ll->blocked_cycles);
    stats->tasks = atomic_load_explicit(&ll->tasks, memory_order_relaxed);
}
