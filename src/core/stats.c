/* SPDX-License-Identifier: BSD-3-Clause */
#include "stats.h"

/* Where the machine has no 64-bit atomics the figure is written in two steps; a reader here then
 * sees by the sequence that it came between. The condition is a constant. */
static void word_store(tactus_atomic_u64 *word, uint64_t value)
{
    if (ATOMIC_LLONG_LOCK_FREE == 2) {
        atomic_store_explicit(word, value, memory_order_release);
    } else {
        *(volatile uint64_t *)(void *)word = value;
    }
}

static uint64_t word_load(tactus_atomic_u64 *word)
{
    if (ATOMIC_LLONG_LOCK_FREE == 2) {
        return atomic_load_explicit(word, memory_order_acquire);
    }
    return *(volatile uint64_t *)(void *)word;
}

void stats_zero(struct stats_view *view)
{
    word_store(&view->runs, 0);
    word_store(&view->total_ns, 0);
    word_store(&view->worst_ns, 0);
    word_store(&view->overruns, 0);
    word_store(&view->bad_returns, 0);
    for (uint32_t i = 0; i < TACTUS_HISTOGRAM_BUCKETS; i++) {
        atomic_store_explicit(&view->histogram[i], 0, memory_order_relaxed);
    }
}

void stats_run(struct stats_count *count, struct stats_view *view, uint64_t run_ns, bool overrun,
               bool bad_return)
{
    uint32_t sequence = atomic_load_explicit(&count->sequence, memory_order_relaxed);
    tactus_atomic_u32 *bucket = &view->histogram[tactus_histogram_bucket(run_ns)];
    uint32_t in_bucket = atomic_load_explicit(bucket, memory_order_relaxed);

    count->runs++;
    count->total_ns += run_ns;

    /* Odd before the figures: each of them is stored with release, so that who sees one sees that.
     */
    atomic_store_explicit(&count->sequence, sequence + 1u, memory_order_relaxed);
    atomic_store_explicit(bucket, in_bucket + 1u, memory_order_release);
    word_store(&view->runs, count->runs);
    word_store(&view->total_ns, count->total_ns);
    if (run_ns > count->worst_ns) {
        count->worst_ns = run_ns;
        word_store(&view->worst_ns, run_ns);
    }
    if (overrun) {
        word_store(&view->overruns, ++count->overruns);
    }
    if (bad_return) {
        word_store(&view->bad_returns, ++count->bad_returns);
    }
    atomic_store_explicit(&count->sequence, sequence + 2u, memory_order_release);
}

void stats_copy(struct stats_count *count, struct stats_view *view, struct tactus_task_stats *stats)
{
    for (uint32_t attempt = 0; attempt < 64u; attempt++) {
        uint32_t sequence = atomic_load_explicit(&count->sequence, memory_order_acquire);
        stats->runs = word_load(&view->runs);
        stats->total_ns = word_load(&view->total_ns);
        stats->worst_ns = word_load(&view->worst_ns);
        stats->overruns = word_load(&view->overruns);
        stats->bad_returns = word_load(&view->bad_returns);
        for (uint32_t i = 0; i < TACTUS_HISTOGRAM_BUCKETS; i++) {
            stats->histogram[i] = atomic_load_explicit(&view->histogram[i], memory_order_acquire);
        }
        if ((sequence & 1u) == 0 &&
            atomic_load_explicit(&count->sequence, memory_order_relaxed) == sequence) {
            break;
        }
    }
}
