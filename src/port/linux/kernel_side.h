/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel side's own runtime: its heap, its schedulers on core 0, its EDF thread. */
#ifndef LINUX_KERNEL_SIDE_H
#define LINUX_KERNEL_SIDE_H

#include "supervisor.h"

TACTUS_MUST_CHECK tactus_status kernel_side_init(struct tactus_supervisor *supervisor);
/* Ends the EDF thread after its present task; also after an init that failed half-way. */
void kernel_side_deinit(struct tactus_supervisor *supervisor);

#endif
