/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What no domain may ask the system for, whatever code runs in it: what would undo the ways in
 * which the kernel side stops it, or reach those who sleep on the relay's words. The list of what
 * is allowed, which is much shorter than the rest, is another matter.
 */
#ifndef LINUX_FILTER_H
#define LINUX_FILTER_H

#include <stdbool.h>

/* For this process and all that come of it, for ever. Needs "no new privileges". Plain system
 * calls only: may be called between clone and execution. False: errno tells. */
bool filter_install(void);

#endif
