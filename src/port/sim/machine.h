/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The insides of the machine.
 *
 * The engine runs on the stack of whoever calls from outside, and every thread on its own. The
 * engine switches to a thread that has nothing left to take; the thread runs, in no time, until it
 * owes time (sim_consume), waits, or is preempted, and switches back. When no thread can run the
 * clock moves on to the next instant at which something happens: a timer, or the end of what the
 * running thread of some core owes.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stdatomic.h>

#include "../../core/list.h"
#include "fiber.h"
#include "random.h"
#include "sim.h"

#define WORD_BUCKETS 64u
#define NO_INDEX     UINT32_MAX

enum thread_state { THREAD_READY, THREAD_WAITING, THREAD_ENDED };

struct sim_thread {
    struct sim *sim;
    struct sim_fiber fiber;
    uint32_t index;
    uint32_t core;
    int32_t priority;
    enum thread_state state;
    struct list_node link; /* of its core's ready threads, or of a bucket of waiting ones */
    uint64_t owed_ns;      /* to take before it goes on */
    uint64_t used_ns;
    uint64_t used_limit_ns; /* the budget's end */
    int32_t spent_priority;
    tactus_atomic_u32 *word; /* it waits for; NULL: for its time only */
    struct sim_timer timer;  /* the end of its waiting */
    uint32_t label;
    bool label_is_new; /* no slice carries it yet */
    void (*entry)(void *data);
    void *data;
    char name[TACTUS_NAME_BYTES];
};

struct sim_core {
    struct list_node ready;     /* the most urgent first */
    struct sim_thread *running; /* whose slice is open */
    struct sim_thread *last;
    uint64_t slice_begin_ns;
    size_t slice_last; /* the index of its last slice in the record, plus one */
};

struct sim_source {
    struct sim_side *side;
    uint32_t core;
    enum tactus_scheduler_type type;
    tactus_scheduler *scheduler;
    struct sim_source_config config;
    struct sim_thread *thread;
    /* Changes whenever the source is started, stalled or goes on. Only simulated threads and the
     * engine touch it, one at a time. */
    tactus_atomic_u32 signal;
    bool is_on;
    bool is_stalled;
    uint64_t base_ns; /* the instant of cycle number base_cycle */
    uint64_t base_cycle;
    uint64_t cycle; /* asked for last */
    uint64_t stalled_ns;
};

struct sim_edf_thread {
    struct sim_side *side;
    tactus_scheduler *scheduler;
    struct sim_thread *thread;
    tactus_atomic_u32 signal; /* counts activations */
};

struct sim_side {
    struct sim *sim;
    struct sim_side *next;
    struct sim_source **sources; /* core * 2 + type */
    struct sim_edf_thread **edf; /* per core */
    char name[TACTUS_NAME_BYTES];
};

struct sim_name {
    char text[TACTUS_NAME_BYTES];
};

struct sim_record {
    struct sim_slice *slices;
    size_t count;
    size_t capacity;
    size_t max;
    struct sim_miss *misses;
    size_t misses_count;
    size_t misses_capacity;
    uint64_t lost;
    struct sim_name *labels; /* number 1 comes first */
    uint32_t labels_count;
    uint32_t labels_capacity;
};

struct sim {
    struct sim_config config;
    uint64_t now_ns;
    uint64_t settled_ns; /* up to when what threads owe and have used was brought up to date */
    /* A thread that takes time with an end before this goes on at once: nothing happens until then.
     * 0: something is to happen now. */
    uint64_t horizon_ns;
    uint64_t until_ns; /* of the run under way */
    struct sim_thread *current;
    struct sim_fiber engine;
    uint64_t random;       /* the machine's own */
    uint64_t owner_random; /* sim_random */
    struct sim_core *cores;
    uint64_t busy; /* bit per core: it has ready threads */
    struct sim_thread **threads;
    uint32_t threads_count;
    uint32_t threads_capacity;
    struct sim_timer **timers; /* a binary heap */
    uint32_t timers_count;
    uint32_t timers_capacity;
    uint64_t ties;
    uint64_t stepped_ns;
    uint64_t steps_at_instant; /* against a machine that does not get on */
    struct list_node waiting[WORD_BUCKETS];
    struct {
        tactus_atomic_u32 *word;
        struct sim_timer timer;
        bool is_done;
    } outside; /* who waits there */
    struct sim_side *sides;
    uint64_t faults_count;
    struct sim_record record;
};

/* --- engine.c -------------------------------------------------------------------------------- */

/* Something may happen before the horizon. */
static inline void horizon_lower(struct sim *sim, uint64_t at_ns)
{
    if (at_ns < sim->horizon_ns) {
        sim->horizon_ns = at_ns;
    }
}

/* Runs until the instant, or until *is_done (may be NULL) is true. */
void engine_run(struct sim *sim, uint64_t until_ns, const bool *is_done);
/* Brings what threads owe and have used up to date. */
void engine_settle(struct sim *sim);
/* By a thread: back to the engine, until that comes again. */
void engine_yield(struct sim *sim);
/* By a thread: lets a more urgent one run that has become ready. */
void engine_preempt(struct sim *sim);
void thread_make_ready(struct sim_thread *thread);
void thread_leave_core(struct sim_thread *thread);
/* Prints what is wrong with the simulated program and aborts. */
void engine_fail(const struct sim *sim, const char *what) __attribute__((noreturn));
/* True where chance wants a fault of that rate. */
bool fault_comes(struct sim *sim, uint32_t rate);
/* What a port call costs; other cores come in between, and more urgent threads. */
void call_charge(struct sim *sim);

/* --- side.c ---------------------------------------------------------------------------------- */

void side_free(struct sim_side *side);

/* --- timers.c -------------------------------------------------------------------------------- */

/* The first one, NULL where none is set. */
static inline struct sim_timer *timers_first(const struct sim *sim)
{
    return sim->timers_count > 0 ? sim->timers[0] : NULL;
}

/* --- record.c -------------------------------------------------------------------------------- */

/* Closes the open slice of the core. */
void record_close(struct sim *sim, uint32_t core, bool is_end);
void record_miss(struct sim *sim, const struct sim_miss *miss);

/* Room for one more; NULL and unchanged where there is no memory. */
void *array_grow(void *array, size_t count, size_t *capacity, size_t element_bytes);

#endif
