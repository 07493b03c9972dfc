/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What exploring has in common: one world per seed, and a failure that says how to come back to it.
 *
 *   TACTUS_SEED=N      that world alone
 *   TACTUS_SECONDS=N   new worlds for that long
 *   neither            a fixed set
 */
#ifndef TACTUS_TEST_EXPLORE_H
#define TACTUS_TEST_EXPLORE_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct exploration {
    const char *program;
    uint64_t seed;
    struct sim *sim; /* of the world under way */
};

extern struct exploration exploration;

static inline void explore_fail(const char *file, int line, const char *what)
{
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s, at %" PRIu64 " ns\nreplay with: TACTUS_SEED=%" PRIu64 " %s\n", file,
            line, what, exploration.sim != NULL ? sim_now_ns(exploration.sim) : 0, exploration.seed,
            exploration.program);
    /* Not by way of cmocka: this may be the stack of a simulated thread. */
    _exit(1);
}

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            explore_fail(__FILE__, __LINE__, #condition);                                          \
    } while (0)

/* `world` explores one seed. */
static inline int explore(int argc, char **argv, uint64_t worlds, void (*world)(uint64_t seed))
{
    (void)argc;
    const char *seed = getenv("TACTUS_SEED");
    const char *seconds = getenv("TACTUS_SECONDS");
    exploration.program = argv[0];
    uint64_t explored = 0;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t next = seconds != NULL ? (uint64_t)now.tv_sec * 1000000u : 1u;
    time_t end = seconds != NULL ? now.tv_sec + strtol(seconds, NULL, 10) : 0;
    if (seed != NULL) {
        next = strtoull(seed, NULL, 0);
        worlds = 1;
    }
    while (seconds != NULL && seed == NULL ? time(NULL) < end : explored < worlds) {
        exploration.seed = next++;
        world(exploration.seed);
        exploration.sim = NULL;
        explored++;
    }
    printf("%" PRIu64 " worlds explored, the last by seed %" PRIu64 "\n", explored,
           exploration.seed);
    return 0;
}

#endif
