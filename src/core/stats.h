/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Statistics of one task: counted by the scheduler's thread in plain words of its own, and
 * published in storage that other threads and other address spaces read.
 */
#ifndef TACTUS_CORE_STATS_H
#define TACTUS_CORE_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tactus/atomic.h>
#include <tactus/task.h>

/* struct tactus_task_stats as shared words. Writer: the scheduler's thread. Readers: any thread
 * here, which check `sequence` of the record, and other address spaces as hearsay. Release and
 * acquire, so that who reads a new figure sees the odd sequence before it. */
struct stats_view {
    tactus_atomic_u64 runs;
    tactus_atomic_u64 total_ns;
    tactus_atomic_u64 worst_ns;
    tactus_atomic_u64 overruns;
    tactus_atomic_u64 bad_returns;
    tactus_atomic_u32 histogram[TACTUS_HISTOGRAM_BUCKETS];
};

_Static_assert(sizeof(struct stats_view) == sizeof(struct tactus_task_stats), "same layout");
_Static_assert(offsetof(struct stats_view, histogram) ==
                   offsetof(struct tactus_task_stats, histogram),
               "same layout");

/* The scheduler's thread alone, but for `sequence`. */
struct stats_count {
    uint64_t runs;
    uint64_t total_ns;
    uint64_t worst_ns;
    uint64_t overruns;
    uint64_t bad_returns;
    /* Writer: the scheduler's thread; odd while it publishes. Readers: whoever copies. Release
     * after the figures, acquire before them. */
    tactus_atomic_u32 sequence;
};

void stats_zero(struct stats_view *view);

/* Counts one run and publishes it. Real-time. */
void stats_run(struct stats_count *count, struct stats_view *view, uint64_t run_ns, bool overrun,
               bool bad_return);

/* A copy of one instant; after 64 attempts in which the writer came between, of several. */
void stats_copy(struct stats_count *count, struct stats_view *view,
                struct tactus_task_stats *stats);

#endif
