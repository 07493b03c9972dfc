/* SPDX-License-Identifier: BSD-3-Clause */
#include "ll.h"

/* One run, stamped: the end of one is the start of the next, so that a task costs one look at the
 * clock. Returns the end. */
static uint64_t entry_run(struct ll *ll, struct ll_entry *entry, uint64_t start_ns)
{
    tactus_scheduler *scheduler = ll->scheduler;
    struct tactus_pool_task *task = entry->task;
    atomic_store_explicit(&scheduler->current, task->index + 1u, memory_order_release);
    int result = entry->run(entry->data);
    if (result == TACTUS_COMPLETED) {
        /* Before `current` is cleared, so that nobody sees it QUEUED in between. */
        task_complete(task, word_generation(entry->word), entry->sequence);
        ll->is_dirty = true;
    }
    atomic_store_explicit(&scheduler->current, 0, memory_order_release);
    uint64_t end_ns = runtime_clock_ns(scheduler->runtime);
    uint64_t run_ns = end_ns > start_ns ? end_ns - start_ns : 0;
    stats_run(&task->count, entry->stats, run_ns, run_ns > ll->tick_ns,
              result != TACTUS_RESCHEDULE && result != TACTUS_COMPLETED);
    if (entry->period_cycles > 1u) {
        /* Keeps its beat also where cycles were skipped. */
        uint64_t periods = (ll->cycle - entry->due_cycle) / entry->period_cycles + 1u;
        entry->due_cycle += periods * entry->period_cycles;
        task->part.ll.due_cycle = entry->due_cycle;
    }
    return end_ns;
}

/* Runs the entries up to the span that have not had their turn in this cycle. */
static void span_run(struct ll *ll, int32_t span_priority, uint64_t now_ns)
{
    while (ll->cursor < ll->run_count && ll->run[ll->cursor].priority <= span_priority) {
        struct ll_entry *entry = &ll->run[ll->cursor++];
        /* A plain load each: nobody can stop the run once the word was read, and a request that is
         * newer than the entry (revived in this very cycle) waits for the boundary. */
        uint32_t word = atomic_load_explicit(&entry->task->word, memory_order_acquire);
        uint32_t sequence =
            atomic_load_explicit(&entry->task->request.sequence, memory_order_relaxed);
        if ((word & ~(WORD_BUSY | WORD_POSTED)) != entry->word || sequence != entry->sequence)
            ll->is_dirty = true;
        else if (ll->cycle >= entry->due_cycle)
            now_ns = entry_run(ll, entry, now_ns);
    }
}

static void cycle_close(struct ll *ll)
{
    const struct tactus_port *port = &ll->scheduler->runtime->port;
    ll->is_open = false;
    word64_write(&ll->cycle_start_ns, 0);
    uint32_t gate = atomic_fetch_and_explicit(&ll->gate, ~GATE_IN_CYCLE, memory_order_acq_rel);
    if (gate >= GATE_BLOCK)
        port->ops->word_wake(port->context, &ll->gate);
}

/* The boundary after a cycle. True: the last task has left and the source was stopped. */
static bool cycle_end(struct ll *ll)
{
    cycle_close(ll);
    ll_boundary(ll, ll->cycle + 1u, false);
    return ll_source_try_stop(ll);
}

/* The boundary before a cycle, and the cycle's begin unless it is blocked. True: stopped. */
static bool cycle_begin(struct ll *ll)
{
    ll->cycle++;
    ll_boundary(ll, ll->cycle, false);
    if (ll_source_try_stop(ll))
        return true;
    uint32_t none = 0;
    if (!atomic_compare_exchange_strong_explicit(&ll->gate, &none, GATE_IN_CYCLE,
                                                 memory_order_acq_rel, memory_order_relaxed)) {
        word64_add(&ll->blocked_cycles, 1u);
        return false;
    }
    ll->is_open = true;
    ll->cursor = 0;
    word64_add(&ll->cycles, 1u);
    return false;
}

/* Counts what is late up to cycle number `last`, and passes over what is more than `replay_max`. */
static void late_skip(struct ll *ll, uint64_t last, uint32_t replay_max)
{
    uint64_t missed = last - ll->cycle - 1u;
    word64_add(&ll->missed_cycles, missed);
    if (replay_max != UINT32_MAX && missed > replay_max) {
        word64_add(&ll->skipped_cycles, missed - replay_max);
        ll->cycle += missed - replay_max;
    }
}

/* True: the source was stopped, and the scheduler is not the caller's any more. */
static bool cycles_run(struct ll *ll, uint64_t last, int32_t span_priority, uint32_t replay_max)
{
    ll->target_cycle = last;
    if (ll->is_open && last > ll->cycle && cycle_end(ll))
        return true; /* the rest of its spans never came */
    if (last > ll->cycle) {
        late_skip(ll, last, replay_max);
    } else if (last == ll->cycle && ll->is_open) {
        span_run(ll, span_priority, runtime_clock_ns(ll->scheduler->runtime));
        return span_priority == INT32_MAX && cycle_end(ll);
    }
    while (ll->cycle < last) {
        if (cycle_begin(ll))
            return true;
        if (!ll->is_open)
            continue;
        uint64_t now_ns = runtime_clock_ns(ll->scheduler->runtime);
        word64_write(&ll->cycle_start_ns, now_ns == 0 ? 1u : now_ns);
        span_run(ll, span_priority, now_ns);
        if (span_priority == INT32_MAX && cycle_end(ll))
            return true;
    }
    return false;
}

void tactus_ll_run(tactus_scheduler *scheduler, uint64_t target_cycle, int32_t span_priority,
                   uint32_t replay_max)
{
    struct ll *ll = ll_of(scheduler);
    const struct tactus_port *port = &scheduler->runtime->port;
    uint32_t state = atomic_load_explicit(&ll->source, memory_order_acquire) >> SOURCE_SHIFT;
    if (state != SOURCE_RUNNING && state != SOURCE_STARTING)
        return; /* a call after the stop */
    atomic_store_explicit(&scheduler->thread, port->ops->thread_id(port->context),
                          memory_order_relaxed);
    uint32_t limit = replay_max == UINT32_MAX ? UINT32_MAX : ll->catch_up;
    if (span_priority != INT32_MAX)
        limit = 0;
    if (!cycles_run(ll, target_cycle, span_priority, limit))
        atomic_store_explicit(&scheduler->thread, 0, memory_order_relaxed);
}
