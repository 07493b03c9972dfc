/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The insides of a runtime: the registered schedulers per core, and the task pool.
 *
 * Everything lies in the heap of the side that owns the runtime. The lists of schedulers change
 * only while the runtime is set up and taken down, by one thread; any thread reads them.
 */
#ifndef TACTUS_CORE_REGISTRY_H
#define TACTUS_CORE_REGISTRY_H

#include <tactus/schedule.h>

#include "list.h"
#include "pool.h"
#include "post.h"

struct tactus_scheduler {
    struct list_node link; /* in its core's list */
    tactus_runtime *runtime;
    const struct tactus_scheduler_ops *ops;
    enum tactus_scheduler_type type;
    uint32_t core;
    void *data;
    struct post_list posts;

    /* The thread that is inside this scheduler's run call, 0 when none is. Writer: that thread.
     * Readers: any, which only ask whether it is their own number; relaxed, since a thread sees
     * its own stores. */
    _Atomic(uintptr_t) thread;
    /* The index of the task that runs, plus one; 0 between runs. Writer: the scheduler's thread.
     * Readers: any. Release before the run (who sees the task's effects sees it running). */
    tactus_atomic_u32 current;
    /* Numbers what asks for a place, in the order of asking. Any thread; relaxed: only the number
     * counts. Compared by difference, since it wraps. */
    tactus_atomic_u32 arrivals;
};

struct tactus_runtime {
    enum tactus_side side;
    uint32_t domain;
    uint32_t cores;
    struct tactus_ownership ownership;
    tactus_heap *heap;
    struct tactus_port port;
    struct list_node *lists;         /* one head per core */
    struct tactus_task_stats *stats; /* one per record: where they are kept unless placed */
    struct task_pool pool;
};

/* The caller is the thread that runs this scheduler, so it is inside one of its tasks. */
bool scheduler_is_mine(tactus_scheduler *scheduler);

/* The caller is inside a task of any LL scheduler: it must not wait. */
bool runtime_in_tick(tactus_runtime *runtime);

/* The caller is inside a task of any scheduler: others may wait for it. */
bool runtime_in_task(tactus_runtime *runtime);

/* NULL where there is none; `core` and `type` are in range. */
tactus_scheduler *registry_find(const tactus_runtime *runtime, uint32_t core,
                                enum tactus_scheduler_type type);

/* Takes back a registration that the policy could not complete. */
void registry_remove(tactus_scheduler *scheduler);

static inline uint64_t runtime_clock_ns(const tactus_runtime *runtime)
{
    return runtime->port.ops->clock_ns(runtime->port.context);
}

#endif
