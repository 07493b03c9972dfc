/* SPDX-License-Identifier: BSD-3-Clause */
/* The entries of tactus_port_ops that are the same on both sides. */
#ifndef LINUX_PORT_COMMON_H
#define LINUX_PORT_COMMON_H

#include <tactus/port.h>

uint64_t port_clock_ns(void *context);
uintptr_t port_thread_id(void *context);
void port_word_wait(void *context, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns);
void port_word_wake(void *context, tactus_atomic_u32 *word);

#endif
