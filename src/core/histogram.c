/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bucket numbers of run-time histograms. Octave k >= 3 holds 2^k <= ns < 2^(k+1) in eight
 * buckets of 2^(k-3) ns each; the values below 8 come first with one bucket each.
 */
#include <tactus/task.h>

#define STEPS_LOG2 3u
#define STEPS      (1u << STEPS_LOG2)

static uint32_t floor_log2(uint64_t value)
{
    uint32_t log2 = 0;
    for (uint32_t step = 32; step > 0; step /= 2) {
        if (value >> step != 0) {
            value >>= step;
            log2 += step;
        }
    }
    return log2;
}

uint32_t tactus_histogram_bucket(uint64_t ns)
{
    if (ns < STEPS) {
        return (uint32_t)ns;
    }
    const uint32_t shift = floor_log2(ns) - STEPS_LOG2;
    /* The leading one of the shifted value counts as one octave, hence shift and not shift + 1. */
    const uint32_t bucket = shift * STEPS + (uint32_t)(ns >> shift);
    return bucket < TACTUS_HISTOGRAM_BUCKETS ? bucket : TACTUS_HISTOGRAM_BUCKETS - 1;
}

uint64_t tactus_histogram_lower_ns(uint32_t bucket)
{
    /* Nothing lies above the last bucket, so the bound that follows it is the largest time. */
    if (bucket >= TACTUS_HISTOGRAM_BUCKETS) {
        return UINT64_MAX;
    }
    if (bucket < STEPS) {
        return bucket;
    }
    const uint32_t shift = bucket / STEPS - 1;
    return (uint64_t)(STEPS + bucket % STEPS) << shift;
}
