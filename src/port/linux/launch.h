/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Launches a domain: a new process in namespaces of its own (user, mount, pid, network, ipc, uts),
 * without the right to gain privileges, executed afresh, in a session of its own, with one
 * descriptor besides the standard ones. It is killed when the launching thread's process ends.
 */
#ifndef LINUX_LAUNCH_H
#define LINUX_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/status.h>

struct launch { /* descriptors: -1 where closed */
    int32_t pid;
    int pid_descriptor; /* readable when the process has ended */
    int socket;         /* this side's end of the control channel */
    bool isolated;      /* false: the system refused the namespaces */
};

/* Executes `program` with the one argument `name`. On failure errno tells. */
TACTUS_MUST_CHECK tactus_status launch_domain(struct launch *launch, const char *program,
                                              const char *name);
/* Waits until the process has ended, and reaps it. */
void launch_wait(const struct launch *launch);

#endif
