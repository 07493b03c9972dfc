/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * User domains on Linux. The kernel side is the process that makes a supervisor; a user domain is a
 * freshly executed process of its own that shares nothing with it but the partitions it was
 * granted.
 *
 * Life of a system, kernel side: tactus_supervisor_new, then domains, partitions, grants, stages
 * and the kernel side's own tasks; tactus_supervisor_start launches and loads;
 * tactus_supervisor_run runs the ticks; tactus_supervisor_free ends every domain and returns every
 * resource. All of these from one thread. If the supervisor's process dies, however it dies, its
 * domains die with it.
 *
 * Life of a domain, in the executed program: tactus_domain_enter, load, make and schedule tasks,
 * tactus_domain_ready, tactus_domain_serve (does not return).
 *
 * The relay: within a tick the domains take their turns (stages) in the order in which the stages
 * were added. A domain that has finished its turn wakes the next one directly. One that has not
 * finished at its stage's deadline is passed over.
 */
#ifndef TACTUS_DOMAIN_H
#define TACTUS_DOMAIN_H

#include <stddef.h>
#include <stdint.h>

#include <tactus/schedule.h>
#include <tactus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TACTUS_DOMAINS_MAX         256u
#define TACTUS_PARTITIONS_MAX      4096u
#define TACTUS_PARTITION_BYTES_MAX (UINT64_C(1) << 30)
#define TACTUS_STAGES_MAX          1024u
#define TACTUS_KERNEL              0u /* the kernel side where a domain's number is asked for */

/* --- kernel side ------------------------------------------------------------------------------ */

typedef struct tactus_supervisor tactus_supervisor;

struct tactus_supervisor_config {
    uint64_t tick_ns;
    struct tactus_ownership ownership;
    uint32_t tasks_max; /* of the kernel side, and of each domain */
    int live;           /* ticks are paced by the timer; otherwise they follow each other */
    int realtime;       /* live: ask for SCHED_FIFO; a notice says where it is refused */
    /* Not live: how many ticks one domain runs before the next one takes its turn, 1 to 1024. The
     * order of runs within each domain is the same for every value. */
    uint32_t batch_ticks;
    uint64_t hang_timeout_ns; /* not live: how long a turn may take */
    uint32_t overrun_limit;   /* live: missed deadlines in a row after which a domain is killed */
    uint64_t load_timeout_ns; /* how long a domain may take from its launch to ready */
    /* Called on the tick's thread at the end of every turn of the relay with the number of the last
     * tick that is complete. Real-time. May be NULL. */
    void (*tick_end)(void *context, uint64_t tick);
    /* Called on the caller's thread of start and run. May be NULL. */
    void (*notice)(void *context, const char *line);
    /* Called about ten times a second on the thread of run. May be NULL. */
    void (*progress)(void *context, uint64_t ticks_done);
    void *context;
};

/* Raises the process' soft limit of open descriptors as far as it needs and may: each partition and
 * each domain keeps some. An ignored SIGCHLD is set to its default. TACTUS_E_INVALID: a value is
 * outside what is said above. */
TACTUS_MUST_CHECK tactus_status tactus_supervisor_new(const struct tactus_supervisor_config *config,
                                                      tactus_supervisor **supervisor);
void tactus_supervisor_free(tactus_supervisor *supervisor);

/* The kernel side's own runtime, with the schedulers that the kernel side owns registered on core 0
 * (LL_TIMER or none, EDF) and their threads. */
tactus_runtime *tactus_supervisor_runtime(tactus_supervisor *supervisor);

/* A domain that executes `program` (absolute path) with the argument `name`. Numbers start at 1. */
TACTUS_MUST_CHECK tactus_status tactus_supervisor_domain_new(tactus_supervisor *supervisor,
                                                             const char *name, const char *program,
                                                             uint32_t *domain);

/* A block of zeroed memory with one writer (a domain's number or TACTUS_KERNEL), rounded up to
 * whole pages, sealed against resizing and, once its writer has mapped it, against any further
 * writable mapping. Nobody else can read it but the kernel side and whom it is granted to. */
TACTUS_MUST_CHECK tactus_status tactus_supervisor_partition_new(tactus_supervisor *supervisor,
                                                                const char *name, uint64_t bytes,
                                                                uint32_t writer,
                                                                uint32_t *partition);
/* Lets a domain read it. */
TACTUS_MUST_CHECK tactus_status tactus_supervisor_partition_grant(tactus_supervisor *supervisor,
                                                                  uint32_t partition,
                                                                  uint32_t domain);
/* The kernel side's mapping: writable where the kernel side is the writer, read-only otherwise.
 * NULL: no such partition. What a domain wrote is hearsay. */
void *tactus_supervisor_partition_memory(tactus_supervisor *supervisor, uint32_t partition);

/* The domain's next turn in a tick: its LL tasks up to span_priority; INT32_MAX for its last turn.
 */
TACTUS_MUST_CHECK tactus_status tactus_supervisor_stage_add(tactus_supervisor *supervisor,
                                                            uint32_t domain, int32_t span_priority);

/* Launches all domains and waits until each is ready. On failure the message names the domain and
 * what it said; TACTUS_E_DIED, TACTUS_E_TIMED_OUT, TACTUS_E_OS, or the status it gave;
 * TACTUS_E_STATE: tactus_supervisor_stop was called meanwhile. */
TACTUS_MUST_CHECK tactus_status tactus_supervisor_start(tactus_supervisor *supervisor,
                                                        struct tactus_message *message);

/* Not live: ticks up to this number may run; the tick's thread waits there. Any thread. */
void tactus_supervisor_allow(tactus_supervisor *supervisor, uint64_t tick);

/* Runs ticks 1 to last_tick (UINT64_MAX: until stopped) and returns when they are complete. */
TACTUS_MUST_CHECK tactus_status tactus_supervisor_run(tactus_supervisor *supervisor,
                                                      uint64_t last_tick,
                                                      struct tactus_message *message);

/* Ends the run after the present tick. Any thread; async-signal-safe. */
void tactus_supervisor_stop(tactus_supervisor *supervisor);

enum tactus_domain_fate {
    TACTUS_DOMAIN_PLAYED,  /* to the end */
    TACTUS_DOMAIN_CRASHED, /* a signal or an exit of its own */
    TACTUS_DOMAIN_HUNG,    /* did not end its turn in time and was killed */
    TACTUS_DOMAIN_FAILED   /* could not be set up */
};

struct tactus_domain_status {
    char name[TACTUS_NAME_BYTES];
    int32_t pid;
    enum tactus_domain_fate fate;
    int32_t signal;       /* CRASHED by a signal */
    int32_t exit_code;    /* CRASHED by an exit */
    uint64_t fault_tick;  /* the tick in which it was lost, not live the first one of that turn; 0:
                             none */
    uint64_t passed_over; /* turns that its successors did not wait for */
    uint64_t gate_refusals; /* requests that were refused */
    int realtime;
};

TACTUS_MUST_CHECK tactus_status tactus_supervisor_domain_status(
    tactus_supervisor *supervisor, uint32_t domain, struct tactus_domain_status *status);

struct tactus_tick_status {
    uint64_t ticks;
    uint64_t missed_ticks;    /* live: begun late by a tick or more, and replayed */
    uint64_t skipped_ticks;   /* live: given up, time moved on without them */
    uint64_t worst_wakeup_ns; /* live */
    uint64_t p99_wakeup_ns;   /* live */
    uint64_t elapsed_ns;      /* from the first tick's begin to the last one's end */
    int realtime;
};

void tactus_supervisor_tick_status(tactus_supervisor *supervisor,
                                   struct tactus_tick_status *status);

/* --- in a domain's program -------------------------------------------------------------------- */

typedef struct tactus_domain tactus_domain;

/* True in a process that a supervisor executed as a domain. */
int tactus_domain_is_here(void);

/* First call, before any foreign code is loaded, from the main thread: maps the partitions, makes
 * the domain's runtime (with the schedulers that user domains own on core 0) and the LL thread,
 * and gives up the right to real-time priority for every later thread. */
TACTUS_MUST_CHECK tactus_status tactus_domain_enter(tactus_domain **domain);

uint32_t tactus_domain_number(const tactus_domain *domain);
tactus_runtime *tactus_domain_runtime(tactus_domain *domain);

/* The memory of a partition; `writable` tells the right. TACTUS_E_DENIED: not granted. */
TACTUS_MUST_CHECK tactus_status tactus_domain_partition(tactus_domain *domain, uint32_t partition,
                                                        void **memory, uint64_t *bytes,
                                                        int *writable);
/* The number of the first partition of that name (as cut to TACTUS_NAME_BYTES) among those that
 * this domain writes or was granted. TACTUS_E_NOT_FOUND. */
TACTUS_MUST_CHECK tactus_status tactus_domain_partition_find(tactus_domain *domain,
                                                             const char *name, uint32_t *partition);
/* The first partition that the kernel side wrote and granted to this domain. */
TACTUS_MUST_CHECK tactus_status tactus_domain_plan(tactus_domain *domain, const void **memory,
                                                   uint64_t *bytes);

TACTUS_MUST_CHECK tactus_status tactus_domain_ready(tactus_domain *domain);
/* Tells the kernel side why it cannot be ready, and exits. */
void tactus_domain_fail(tactus_domain *domain, tactus_status status, const char *text)
    __attribute__((noreturn));
/* Waits for the kernel side to end, and exits. */
void tactus_domain_serve(tactus_domain *domain) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#endif
