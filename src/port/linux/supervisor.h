/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel side's own records: everything it acts on lies here, in its private memory. Three
 * threads: the caller's (set-up, gate, deaths), the tick's, and EDF's.
 */
#ifndef LINUX_SUPERVISOR_H
#define LINUX_SUPERVISOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <tactus/domain.h>

#include "../../gate/decode.h"
#include "../../gate/relay.h"
#include "launch.h"
#include "local_heap.h"
#include "partition.h"
#include "wakeup.h"

#define PRIORITY_TICK   75 /* SCHED_FIFO of the tick's thread */
#define PRIORITY_DOMAIN 70 /* and of the domains' LL threads */
#define CATCH_UP_TICKS  TACTUS_CATCH_UP_DEFAULT

struct domain_record {
    char name[TACTUS_NAME_BYTES];
    char *program;
    struct launch launch;
    bool is_launched; /* launch is valid, and the process is not yet reaped */
    enum gate_phase phase;
    uint32_t sequence;
    bool has_closed;  /* its end of the channel, while it was loading */
    bool awaits_seal; /* its GATE_MAPPED is answered when all are mapped */

    uint32_t *partitions; /* numbers, those that it writes first; fixed at start */
    uint32_t partitions_count;
    uint32_t writable_count;
    uint32_t done_partition;
    uint32_t stages_count;
    uint32_t last_stage;
    int32_t ll_thread; /* in this process' view; 0: not known */
    int ll_state;      /* what the system says of that thread and no other one; -1: closed */
    bool realtime;

    tactus_status failure; /* what GATE_FAILED said */
    char failure_text[GATE_TEXT_BYTES];
    int32_t signal;
    int32_t exit_code;
    uint64_t gate_refusals;
    /* Written by the caller's thread (a death) and the tick's (a hang, first), read by both: the
     * first one to leave TACTUS_DOMAIN_PLAYED wins; acquire and release by the exchange. */
    atomic_int fate;
    /* Written by whoever decided the fate, read after the run. */
    _Atomic uint64_t fault_tick;

    /* The tick thread's alone; read by others after the run. */
    uint64_t passed_over;
    uint32_t overruns_in_row;
    bool is_demoted;
};

struct stage_record {
    uint32_t domain;
    uint32_t passed_tick; /* the last tick in which it was passed over; the tick thread's alone */
    uint32_t
        looked_tick; /* the last one in which it was looked who keeps the CPU from it; likewise */
};

struct tactus_supervisor {
    struct tactus_supervisor_config config;
    struct partition *partitions;
    uint32_t partitions_count;
    uint8_t *grants;               /* partition x domain */
    struct domain_record *domains; /* number n at n - 1 */
    uint32_t domains_count;
    struct stage_record *stages;
    uint32_t stages_count;
    uint32_t board_partition;
    uint32_t cpu;
    struct relay_view view;

    struct local_heap heap;
    tactus_runtime *runtime;
    tactus_scheduler *ll; /* NULL: LL_TIMER is the user side's */
    tactus_scheduler *edf;
    /* Set by the port's tick_start (release), cleared by tick_stop on the tick thread, read by that
     * (acquire). */
    atomic_bool ll_is_active;
    uint64_t ll_cycle; /* the tick thread's alone: the LL's cycles, none while it is inactive */

    pthread_t edf_thread;
    bool edf_is_running;
    /* Counts activations: anyone adds (release), the EDF thread reads (acquire) and sleeps on it.
     */
    tactus_atomic_u32 edf_activations;
    atomic_bool edf_ends;

    /* The last tick that may run: written by tactus_supervisor_allow, read by the tick thread; the
     * word beside it is what the tick thread sleeps on (release after, acquire before). */
    _Atomic uint64_t allowed;
    tactus_atomic_u32 allowances;
    /* Set by anybody, read by the tick thread; relaxed, the wake follows. */
    atomic_bool stop_is_wanted;

    /* Written by the tick thread (relaxed), read by the caller's for progress and fault ticks. */
    _Atomic uint64_t ticks_done;
    uint64_t last_tick;
    /* How many of a word's sleepers are woken: where all that belong there have real-time priority,
     * no more than those, since anybody may add sleepers of his own. Fixed at start. */
    uint32_t sleepers_max;
    bool has_slept;     /* before the present tick began; the tick thread's alone */
    uint32_t next_look; /* whose turn it is to be looked at; the tick thread's alone */
    int run_ended;      /* an event descriptor that the tick thread writes at its end */
    struct tactus_tick_status tick_status; /* the tick thread's; read by others after the run */
    struct wakeup_histogram wakeups;       /* likewise */
    bool is_started;                       /* start was called */
    bool is_ready;                         /* it succeeded; run may be called, once */
};

void supervisor_notice(struct tactus_supervisor *supervisor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* --- gate_server.c: the caller's thread ------------------------------------------------------- */

/* Waits until `until_ns` at the longest and serves requests and deaths; also returns when
 * run_ended is readable (true). */
bool gate_serve(struct tactus_supervisor *supervisor, uint64_t until_ns);

/* --- tick.c ----------------------------------------------------------------------------------- */

void *tick_thread(void *argument);

/* Takes the stages of a domain out of the relay, or in, and wakes whoever might wait for them. */
void tick_absent_set(struct tactus_supervisor *supervisor, const struct domain_record *domain,
                     bool is_absent);

#endif
