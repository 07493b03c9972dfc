/* SPDX-License-Identifier: BSD-3-Clause */
/* What a user domain's process knows: its own memory, and what it was granted. */
#ifndef LINUX_DOMAIN_SIDE_H
#define LINUX_DOMAIN_SIDE_H

#include <pthread.h>

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

    /* One request at a time; guards sequence and ticks_wanted's way to the kernel side. Never taken
     * in a tick. */
    pthread_mutex_t asking;
    uint32_t sequence;

    /* Whether the LL thread takes its turns: set by tick_start, cleared by tick_stop on the LL
     * thread, which sleeps on it; release and acquire order the tasks before it. */
    tactus_atomic_u32 is_ticking;
    uint64_t
        cycle;   /* of the LL since tick_start, which resets it; the LL thread's alone otherwise */
    int stopped; /* an event descriptor: tick_stop tells the main thread */
};

/* The LL thread: takes this domain's turns until the kernel side ends the run. */
void domain_turns_run(struct tactus_domain *domain);

#endif
