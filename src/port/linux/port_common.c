/* SPDX-License-Identifier: BSD-3-Clause */
#include "port_common.h"

#include "os.h"

uint64_t port_clock_ns(void *context)
{
    (void)context;
    return os_clock_ns();
}

uintptr_t port_thread_id(void *context)
{
    (void)context;
    return os_thread_id();
}

void port_word_wait(void *context, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns)
{
    (void)context;
    os_word_wait(word, OS_PRIVATE, expected, until_ns);
}

void port_word_wake(void *context, tactus_atomic_u32 *word)
{
    (void)context;
    os_word_wake(word, OS_PRIVATE);
}
