/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The nodes of one plan, built and scheduled where they run: in a user domain's process or, in the
 * monolithic profile, on the kernel side. Each node is one LL task: it takes its inputs in, runs
 * its module, and sends its outputs on.
 */
#ifndef AUDIO_NODE_SET_H
#define AUDIO_NODE_SET_H

#include "plan.h"

struct node_set;

struct node_set_world { /* where the nodes find themselves */
    tactus_runtime *runtime;
    /* The memory of a partition of the plan; NULL: not granted. */
    void *(*partition)(void *context, uint32_t partition);
    void *context;
};

/* Loads every module; set-up only. The message names the node. TACTUS_E_MALFORMED: the plan is of
 * another version of tactus, or longer than its `bytes`. */
TACTUS_MUST_CHECK tactus_status node_set_new(const void *plan, uint64_t bytes,
                                             const struct node_set_world *world,
                                             struct node_set **set, struct tactus_message *message);
/* Every node is a queued task from now on. */
TACTUS_MUST_CHECK tactus_status node_set_schedule(struct node_set *set,
                                                  struct tactus_message *message);
/* After the runtime that ran the tasks is gone. */
void node_set_free(struct node_set *set);

#endif
