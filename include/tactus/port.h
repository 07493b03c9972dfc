/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the core asks of the system below it: one table of calls, bound when a runtime is made. The
 * core and the schedulers know no other way out. A port fills in every entry.
 */
#ifndef TACTUS_PORT_H
#define TACTUS_PORT_H

#include <stdint.h>

#include <tactus/atomic.h>
#include <tactus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which activation of a core is meant. The values are those of enum tactus_scheduler_type. */
typedef uint32_t tactus_activation;

struct tactus_port_ops {
    /* Monotonic time. Any thread, also in a tick; never blocks. */
    uint64_t (*clock_ns)(void *port);

    /* A number that tells the calling thread from all others of this address space, never 0. Any
     * thread, also in a tick; never blocks. */
    uintptr_t (*thread_id)(void *port);

    /* Sleeps while *word == expected, until a wake on that word or until_ns (absolute, UINT64_MAX:
     * for ever). May return early for no reason. Not in a tick. */
    void (*word_wait)(void *port, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns);

    /* Wakes every thread that waits for the word. Any thread, also in a tick; never blocks. */
    void (*word_wake)(void *port, tactus_atomic_u32 *word);

    /* Starts or stops the tick source of an LL scheduler: the first task starts it, the last one
     * that leaves stops it. From start's success to the return of stop the port calls
     * tactus_ll_run for that scheduler from one thread. tick_stop may be called from inside that
     * thread (then no further cycle follows this one) and never blocks. tick_start is never called
     * in a tick; where it fails the schedule call that needed it fails with the same status. */
    TACTUS_MUST_CHECK tactus_status (*tick_start)(void *port, uint32_t core,
                                                  tactus_activation activation);
    void (*tick_stop)(void *port, uint32_t core, tactus_activation activation);

    /* Something was posted to the EDF scheduler of the core: its thread is to call tactus_edf_run
     * soon. Any thread, also in a tick; never blocks. */
    void (*activate)(void *port, uint32_t core, tactus_activation activation);
};

struct tactus_port {
    const struct tactus_port_ops *ops;
    void *context; /* handed to every call; the port's own */
};

#ifdef __cplusplus
}
#endif

#endif
