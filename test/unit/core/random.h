/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seeded random numbers for model-based tests. A run prints its seed; TACTUS_SEED replays it.
 */
#ifndef TACTUS_TEST_RANDOM_H
#define TACTUS_TEST_RANDOM_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct random_source {
    uint64_t state;
};

/* S. Vigna's splitmix64 step: full period, every seed is as good as another. */
static inline uint64_t random_next(struct random_source *source)
{
    source->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = source->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* 0 to bound - 1. */
static inline uint32_t random_below(struct random_source *source, uint32_t bound)
{
    return (uint32_t)(random_next(source) % bound);
}

/* 0 to 2^bits - 1, each length equally likely: small values are frequent, large ones come too. */
static inline uint64_t random_length(struct random_source *source, uint32_t bits)
{
    const uint32_t chosen_bits = random_below(source, bits + 1);
    return chosen_bits == 0 ? 0 : random_next(source) >> (64 - chosen_bits);
}

static inline struct random_source random_start(const char *what)
{
    const char *given = getenv("TACTUS_SEED");
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t fresh =
        (uint64_t)now.tv_nsec ^ ((uint64_t)now.tv_sec << 32) ^ ((uint64_t)getpid() << 16);
    const uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : fresh;
    printf("%s: replay with TACTUS_SEED=%" PRIu64 "\n", what, seed);
    fflush(stdout);
    return (struct random_source){seed};
}

#endif
