/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What no domain may ask the system for, whatever code runs in it: what would undo the ways in
 * which the kernel side stops it, or reach those who sleep on the relay's words. The list of what
 * is allowed, which is much shorter than the rest, is another matter.
 */
#ifndef LINUX_FILTER_H
#define LINUX_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include <tactus/status.h>

struct filter {
    struct sock_fprog program; /* allocated */
    uint64_t token;            /* execve passes with it as fourth argument, and never without */
};

/* Compiles it, before the clone. */
TACTUS_MUST_CHECK tactus_status filter_init(struct filter *filter);
void filter_deinit(struct filter *filter);

/* For this process and all that come of it, for ever. Needs "no new privileges". Plain system
 * calls only: may be called between clone and execution. False: errno tells. */
bool filter_install(const struct filter *filter);

#endif
