/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an LL scheduler is to do, naively: one array in which every call takes effect at once, and a
 * copy of it per boundary. Tasks are small numbers. The caller tells what was asked and what ran,
 * each at the instant at which it happened, and asks what is to run next.
 */
#ifndef TACTUS_TEST_LL_MODEL_H
#define TACTUS_TEST_LL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/schedule.h>

#define LL_MODEL_TASKS 64u
#define LL_MODEL_NONE  UINT32_MAX

struct ll_model_task {
    bool is_live;
    bool is_freeing;
    enum tactus_task_state state; /* never RUNNING */
    int32_t priority;
    bool has_place;
    bool is_new_place; /* got since the last boundary */
    bool is_fresh;     /* scheduled since the last boundary */
    uint32_t asked;    /* grows with each schedule call that counts */
    uint64_t start;    /* in ticks, from the boundary that takes it in */
    uint64_t period;
    int32_t group_priority;
};

struct ll_model_entry {
    uint32_t number;
    uint32_t asked;
    uint64_t due;
};

struct ll_model {
    struct ll_model_task tasks[LL_MODEL_TASKS];
    uint64_t due[LL_MODEL_TASKS];
    uint32_t order[LL_MODEL_TASKS];
    uint32_t order_count;
    struct ll_model_entry run[LL_MODEL_TASKS];
    uint32_t run_count;
    uint32_t cursor;
    uint32_t catch_up;
    uint32_t blocks;
    uint64_t cycle;
    uint64_t target;
    bool is_open;
    bool is_changed; /* the next boundary has something to do */
    bool is_stopped; /* by the last boundary: nothing is left to run */
    uint64_t cycles;
    uint64_t missed;
    uint64_t skipped;
    uint64_t blocked;
};

/* A task is made, in state INIT. */
void ll_model_init(struct ll_model *model, uint32_t number, int32_t priority);
/* It was scheduled, with success. The reference is queued. */
void ll_model_schedule(struct ll_model *model, uint32_t number, enum tactus_anchor anchor,
                       uint32_t reference, uint64_t start, uint64_t period);
void ll_model_cancel(struct ll_model *model, uint32_t number);
/* Free was called, and has done its part at once; `source_runs`: the rest is the tick's. */
void ll_model_free_begin(struct ll_model *model, uint32_t number, bool source_runs);
/* It returned OK. */
void ll_model_free_end(struct ll_model *model, uint32_t number);

/* tactus_ll_run was called. */
void ll_model_run(struct ll_model *model, uint64_t target);
/* What it runs next; LL_MODEL_NONE: it returns. */
uint32_t ll_model_next(struct ll_model *model);
/* That run has returned TACTUS_COMPLETED; `asked` is what the task had been asked as it began. */
void ll_model_completed(struct ll_model *model, uint32_t number, uint32_t asked);

#endif
