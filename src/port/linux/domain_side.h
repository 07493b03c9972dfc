/* SPDX-License-Identifier: BSD-3-Clause */
/* What a user domain's process knows: its own memory, and what it was granted. */
#ifndef LINUX_DOMAIN_SIDE_H
#define LINUX_DOMAIN_SIDE_H

#include <pthread.h>
#include <stdbool.h>

#include <tactus/domain.h>

#include "../../gate/records.h"
#include "../../gate/relay.h"
#include "local_heap.h"

struct grant {
    struct gate_partition rights;
    void *memory;
};

struct tactus_domain {
    struct gate_hello hello;
    struct grant *grants;
    struct relay_view view;
    uint32_t turns[RELAY_STAGES_MAX]; /* its stages in order */
    uint32_t turns_count;

    struct local_heap heap;
    tactus_runtime *runtime;
    tactus_scheduler *ll;
    pthread_t ll_thread;

    /* One request at a time; guards sequence. Never taken in a tick. */
    pthread_mutex_t asking;
    uint32_t sequence;
    /* Whoever tells the kernel side that there is something to run, or nothing any more, holds it
     * from his look at is_ticking to the answer. Taken before `asking`, never in a tick. */
    pthread_mutex_t starting;

    /* Whether the LL thread has something to run: set by tick_start, cleared by tick_stop on the LL
     * thread, which sleeps on it; release and acquire order the tasks and start_tick before it. */
    tactus_atomic_u32 is_ticking;
    /* The last tick that had begun when tick_start was called: its caller writes it while
     * is_ticking is 0, the LL thread reads it (relaxed, see there). */
    tactus_atomic_u32 start_tick;

    /* The LL thread's alone: the LL's present cycle, and whether this tick has one. */
    uint64_t cycle;
    bool runs_cycle;
    int stopped; /* an event descriptor: tick_stop tells the main thread */
};

/* The LL thread: takes this domain's turns until the kernel side ends the run. */
void domain_turns_run(struct tactus_domain *domain);

#endif
