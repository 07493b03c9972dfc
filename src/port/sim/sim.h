/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine in virtual time: 1 to 64 cores, threads of fixed priorities, words to wait for, timers,
 * tick sources, and a record of who ran where and when. The core and the schedulers run on it as
 * they are.
 *
 * Code takes no time of its own. A thread takes the time that it says it takes (sim_consume), what
 * the configuration declares for switches, wake-ups and port calls, and nothing else. At each
 * instant the most urgent ready thread of a core runs; it is preempted the moment a more urgent one
 * becomes ready. Equal ones run in the order in which they became ready, a preempted one first.
 *
 * One operating system thread holds a whole simulation. A call comes from inside a simulated thread
 * or from outside (the owner's code between two runs), as each call says. Everything that chance
 * decides comes from the one seed: the same calls with the same seed give the same record to the
 * bit, on every machine.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <tactus/port.h>
#include <tactus/schedule.h>

struct sim;
struct sim_thread;
struct sim_side;

/* Declared time: drawn evenly from ns - jitter_ns to ns + jitter_ns, never below 0. */
struct sim_cost {
    uint64_t ns;
    uint64_t jitter_ns;
};

/* What goes wrong, by chance: how many of a thousand. What it does is always within the contract of
 * port.h. */
struct sim_faults {
    uint32_t tick_start; /* fails with TACTUS_E_OS or TACTUS_E_NO_MEMORY, and starts nothing */
    uint32_t wait_early; /* word_wait returns for no reason, at once or somewhat later */
    uint32_t wake_late;  /* who is woken, or was to be at a time, comes up to late_ns later */
    uint64_t late_ns;
};

struct sim_config {
    uint32_t cores; /* 1 to TACTUS_CORES_MAX */
    uint64_t seed;
    struct sim_cost switch_cost; /* taken by a thread that comes onto a core after another one */
    struct sim_cost wake_cost;   /* taken by a thread when it comes back from waiting */
    struct sim_cost call_cost;   /* taken by each port call; cores interleave and preempt there */
    bool shuffle;                /* what happens at one instant on several cores: in random order */
    struct sim_faults faults;
    size_t stack_bytes; /* of each thread; 0: 64 KiB */
    size_t record_max;  /* slices recorded at most, what comes later is counted; 0: nothing */
};

/* TACTUS_E_INVALID, TACTUS_E_NO_MEMORY. Outside. */
TACTUS_MUST_CHECK tactus_status sim_new(const struct sim_config *config, struct sim **sim);
/* Threads are forgotten where they stand. NULL is nothing. Outside. */
void sim_free(struct sim *sim);

uint64_t sim_now_ns(const struct sim *sim);
/* Everything happens that is due up to that instant, included. Outside. */
void sim_run_until(struct sim *sim, uint64_t until_ns);
/* From now on; for tests that set up in peace. Anywhere. */
void sim_faults_set(struct sim *sim, const struct sim_faults *faults);
/* Faults that came, all kinds. */
uint64_t sim_faults_count(const struct sim *sim);
/* 0 to `most`, from the seed, apart from what the machine itself draws. Anywhere. */
uint64_t sim_random(struct sim *sim, uint64_t most);
uint64_t sim_cost_draw(struct sim *sim, struct sim_cost cost);

/* --- threads --------------------------------------------------------------------------------- */

/* Bands of priorities, higher is more urgent; a band is SIM_BAND wide. */
#define SIM_BAND 1000
enum sim_priority {
    SIM_PRIORITY_BACKGROUND = 0,
    SIM_PRIORITY_EDF = SIM_BAND,
    SIM_PRIORITY_TWB = 2 * SIM_BAND,
    SIM_PRIORITY_DP = 3 * SIM_BAND,
    SIM_PRIORITY_LL = 4 * SIM_BAND,
};

/* A thread that is ready to run `entry(data)`; when that returns, the thread has ended. The name is
 * copied. TACTUS_E_INVALID, TACTUS_E_NO_CORE, TACTUS_E_NO_MEMORY. Anywhere. */
TACTUS_MUST_CHECK tactus_status sim_thread_new(struct sim *sim, const char *name, uint32_t core,
                                               int32_t priority, void (*entry)(void *data),
                                               void *data, struct sim_thread **thread);
/* The one that calls; NULL outside. */
struct sim_thread *sim_thread_current(const struct sim *sim);
bool sim_thread_has_ended(const struct sim_thread *thread);
/* CPU time taken so far, without what others took that preempted it. */
uint64_t sim_thread_used_ns(const struct sim_thread *thread);
int32_t sim_thread_priority(const struct sim_thread *thread);
/* In effect at once. Anywhere. */
void sim_thread_priority_set(struct sim_thread *thread, int32_t priority);
/* At the instant at which the thread has taken this much more CPU time, it goes on with
 * `spent_priority`. UINT64_MAX: never. Replaces an earlier budget. Anywhere. */
void sim_thread_budget_set(struct sim_thread *thread, uint64_t budget_ns, int32_t spent_priority);

/* Takes CPU time. Outside nothing happens. */
void sim_consume(struct sim *sim, uint64_t ns);
/* Outside it is sim_run_until. */
void sim_sleep_until(struct sim *sim, uint64_t until_ns);
/* As word_wait and word_wake of port.h. Outside the machine runs while one waits. */
void sim_word_wait(struct sim *sim, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns);
void sim_word_wake(struct sim *sim, tactus_atomic_u32 *word);

/* --- timers ---------------------------------------------------------------------------------- */

/* `fire` is called at the instant, outside of every thread; it takes no time and may not wait. A
 * timer that looks at the end of an instant fires when all else that is due then has happened, but
 * for what follows from other such timers. The storage is the caller's; zeroed before first use. */
struct sim_timer {
    void (*fire)(struct sim_timer *timer);
    void *context;
    bool at_end_of_instant;
    /* The machine's. */
    uint64_t at_ns;
    uint64_t tie;
    uint32_t position; /* in the heap, plus one; 0: not set */
};

/* Sets or moves it; an instant that is past means now. TACTUS_E_NO_MEMORY. Anywhere. */
TACTUS_MUST_CHECK tactus_status sim_timer_set(struct sim *sim, struct sim_timer *timer,
                                              uint64_t at_ns);
void sim_timer_clear(struct sim *sim, struct sim_timer *timer);

/* --- sides: the port that a runtime is given --------------------------------------------------*/

/* One per runtime: the kernel side's or a user domain's. It lives as long as the machine.
 * TACTUS_E_NO_MEMORY. Outside. */
TACTUS_MUST_CHECK tactus_status sim_side_new(struct sim *sim, const char *name,
                                             struct sim_side **side);
/* For struct tactus_runtime_config. */
struct tactus_port sim_side_port(struct sim_side *side);

struct sim_source_config {
    uint64_t period_ns;  /* the scheduler's tick */
    uint64_t phase_ns;   /* instants are phase + n * period; below the period */
    uint64_t jitter_ns;  /* each comes 0 to this much later; below the period */
    int32_t priority;    /* of the thread, above SIM_PRIORITY_LL */
    uint32_t replay_max; /* handed to tactus_ll_run */
    /* Called before and after each tactus_ll_run, by its thread; NULL: not. */
    void (*watch)(void *context, uint64_t target_cycle, bool has_run);
    void *watch_context;
};

/* Gives an LL scheduler of the side's runtime its thread and tick source. Source starts: cycles are
 * numbered from the first instant after the start; while the device stalls its time stands still.
 * TACTUS_E_INVALID, TACTUS_E_NO_CORE, TACTUS_E_EXISTS, TACTUS_E_NO_MEMORY. Outside. */
TACTUS_MUST_CHECK tactus_status sim_side_source(struct sim_side *side, uint32_t core,
                                                enum tactus_scheduler_type type,
                                                tactus_scheduler *scheduler,
                                                const struct sim_source_config *config);
/* The source is started and not stopped. */
bool sim_side_is_ticking(const struct sim_side *side, uint32_t core,
                         enum tactus_scheduler_type type);
/* The number of the cycle that the source asked for last. */
uint64_t sim_side_cycle(const struct sim_side *side, uint32_t core,
                        enum tactus_scheduler_type type);
/* A device that stops, and goes on: no instant comes in between, and none is missed. Anywhere. */
void sim_side_stall(struct sim_side *side, uint32_t core, enum tactus_scheduler_type type,
                    bool is_stalled);

/* Gives an EDF scheduler of the side's runtime its thread. Errors as above. Outside. */
TACTUS_MUST_CHECK tactus_status sim_side_edf(struct sim_side *side, uint32_t core,
                                             tactus_scheduler *scheduler);

/* --- declared work: tasks that take time ------------------------------------------------------*/

/* To be a task's data, with sim_work_run, sim_work_complete and, for EDF, sim_work_deadline_ns as
 * its functions. For EDF a work with a period is a sequence of jobs with implicit deadlines: each
 * is released at the deadline of the one before it. */
struct sim_work {
    struct sim *sim;
    uint32_t core;
    uint32_t label; /* sim_label_new */
    struct sim_cost cost;
    uint64_t period_ns; /* 0: no deadline */
    /* After the time was taken; what it returns is what the run returns. NULL: RESCHEDULE. */
    int (*inside)(struct sim_work *work);
    void *context;
    /* The work's own. */
    uint64_t runs;
    uint64_t misses;
    uint64_t worst_response_ns; /* of a job: from its release to its end */
    uint64_t release_ns;        /* of the job that is next to end */
    bool has_run;
    struct sim_timer judge; /* looks at the end of each job's last instant */
};

int sim_work_run(void *data);
void sim_work_complete(void *data);
uint64_t sim_work_deadline_ns(void *data);
/* The first job is released at that instant (the start that the task is scheduled with). */
TACTUS_MUST_CHECK tactus_status sim_work_release(struct sim_work *work, uint64_t release_ns);
/* No job is expected any more: cancelled, freed. */
void sim_work_stop(struct sim_work *work);

/* A job that was not done at the end of its deadline, noted at that instant. */
struct sim_miss {
    uint64_t at_ns; /* the deadline */
    uint32_t label;
    uint32_t core;
    uint32_t running_label;  /* what ran on its core then, 0: nothing with a label */
    uint32_t running_thread; /* UINT32_MAX: none */
};

/* --- the record ------------------------------------------------------------------------------ */

#define SIM_SLICE_BEGIN 1u /* the label's run begins with it */
#define SIM_SLICE_END   2u /* and ends with it; without: it was preempted */

/* `thread` had `core` from begin_ns to end_ns, with that label (0: none). In the order of their
 * ends; those of one core do not overlap. */
struct sim_slice {
    uint64_t begin_ns;
    uint64_t end_ns;
    uint32_t thread;
    uint32_t label;
    uint16_t core;
    uint16_t flags;
};

/* A number for a name (copied) that slices carry; 0: no memory. */
uint32_t sim_label_new(struct sim *sim, const char *name);
const char *sim_label_name(const struct sim *sim, uint32_t label);
const char *sim_thread_name(const struct sim *sim, uint32_t thread);
/* What the calling thread does from now on carries this label, until it says 0. */
void sim_label_begin(struct sim *sim, uint32_t label);
void sim_label_end(struct sim *sim);

/* Valid until the machine runs on. */
const struct sim_slice *sim_record(const struct sim *sim, size_t *count);
const struct sim_miss *sim_misses(const struct sim *sim, size_t *count);
/* Slices and misses that found no room. */
uint64_t sim_record_lost(const struct sim *sim);

/* One row per core and what ran there, one column per column_ns from begin_ns on: '#' where it ran
 * more than half of the column's time, '+' where it ran at all, and '!' where it missed. */
void sim_record_print_text(const struct sim *sim, FILE *file, uint64_t begin_ns, uint64_t column_ns,
                           uint32_t columns);
/* The JSON array format of trace events that Chrome and Perfetto read, times in microseconds with
 * the nanoseconds behind the point. */
void sim_record_print_json(const struct sim *sim, FILE *file);

#endif
