/* SPDX-License-Identifier: BSD-3-Clause */
#include "ll_model.h"

#include <stddef.h>
#include <string.h>

/* --- the order ------------------------------------------------------------------------------- */

static void order_insert(struct ll_model *model, uint32_t position, uint32_t number)
{
    memmove(&model->order[position + 1], &model->order[position],
            (model->order_count - position) * sizeof model->order[0]);
    model->order[position] = number;
    model->order_count++;
    model->tasks[number].has_place = true;
    model->tasks[number].is_new_place = true;
}

static uint32_t order_position(const struct ll_model *model, uint32_t number)
{
    uint32_t position = 0;
    while (model->order[position] != number)
        position++;
    return position;
}

static void order_remove(struct ll_model *model, uint32_t number)
{
    if (!model->tasks[number].has_place)
        return;
    uint32_t position = order_position(model, number);
    model->order_count--;
    memmove(&model->order[position], &model->order[position + 1],
            (model->order_count - position) * sizeof model->order[0]);
    model->tasks[number].has_place = false;
}

static void place_by_priority(struct ll_model *model, uint32_t number)
{
    struct ll_model_task *task = &model->tasks[number];
    uint32_t position = 0;
    task->group_priority = task->priority;
    while (position < model->order_count &&
           model->tasks[model->order[position]].group_priority <= task->priority)
        position++;
    order_insert(model, position, number);
}

static void place_by_anchor(struct ll_model *model, uint32_t number, enum tactus_anchor anchor,
                            uint32_t reference)
{
    order_remove(model, number);
    model->tasks[number].group_priority = model->tasks[reference].group_priority;
    order_insert(model, order_position(model, reference) + (anchor == TACTUS_ANCHOR_AFTER ? 1u : 0),
                 number);
}

/* --- calls ----------------------------------------------------------------------------------- */

void ll_model_init(struct ll_model *model, uint32_t number, int32_t priority)
{
    struct ll_model_task *task = &model->tasks[number];
    uint32_t asked = task->asked;
    *task = (struct ll_model_task){
        .is_live = true, .state = TACTUS_TASK_INIT, .priority = priority, .asked = asked + 1u};
}

void ll_model_schedule(struct ll_model *model, uint32_t number, enum tactus_anchor anchor,
                       uint32_t reference, uint64_t start, uint64_t period)
{
    struct ll_model_task *task = &model->tasks[number];
    if (task->state == TACTUS_TASK_QUEUED)
        return;
    task->state = TACTUS_TASK_QUEUED;
    task->is_fresh = true;
    task->asked++;
    task->start = start;
    task->period = period;
    model->is_changed = true;
    if (anchor != TACTUS_ANCHOR_NONE)
        place_by_anchor(model, number, anchor, reference);
    else if (!task->has_place)
        place_by_priority(model, number);
}

void ll_model_cancel(struct ll_model *model, uint32_t number)
{
    model->tasks[number].state = TACTUS_TASK_CANCELLED;
}

/* What was asked is taken in, and what is to run is laid out. */
static void boundary(struct ll_model *model, uint64_t next_cycle)
{
    if (!model->is_changed)
        return;
    model->is_changed = false;
    model->run_count = 0;
    for (uint32_t i = 0; i < model->order_count; i++) {
        uint32_t number = model->order[i];
        struct ll_model_task *task = &model->tasks[number];
        if (task->is_fresh)
            model->due[number] = next_cycle + task->start;
        task->is_fresh = false;
        task->is_new_place = false;
        if (task->state == TACTUS_TASK_QUEUED)
            model->run[model->run_count++] = (struct ll_model_entry){
                .number = number, .asked = task->asked, .due = model->due[number]};
    }
}

void ll_model_free_begin(struct ll_model *model, uint32_t number, bool source_runs)
{
    struct ll_model_task *task = &model->tasks[number];
    task->is_freeing = true;
    order_remove(model, number);
    if (task->state == TACTUS_TASK_INIT)
        return;
    model->is_changed = true;
    if (!source_runs)
        boundary(model, model->cycle + 1u);
}

void ll_model_free_end(struct ll_model *model, uint32_t number)
{
    model->tasks[number].is_live = false;
    model->tasks[number].is_freeing = false;
}

/* --- cycles ---------------------------------------------------------------------------------- */

void ll_model_run(struct ll_model *model, uint64_t target)
{
    uint64_t missed = target - model->cycle - 1u;
    model->missed += missed;
    if (missed > model->catch_up) {
        model->skipped += missed - model->catch_up;
        model->cycle += missed - model->catch_up;
    }
    model->target = target;
    model->is_open = false;
    model->is_stopped = false;
}

static void boundary_or_stop(struct ll_model *model, uint64_t next_cycle)
{
    boundary(model, next_cycle);
    if (model->run_count > 0)
        return;
    model->is_stopped = true;
    model->cycle = model->target;
}

static void cycle_begin(struct ll_model *model)
{
    model->cycle++;
    boundary_or_stop(model, model->cycle);
    if (model->is_stopped)
        return;
    if (model->blocks > 0) {
        model->blocked++;
        return;
    }
    model->cycles++;
    model->is_open = true;
    model->cursor = 0;
}

/* Is the entry still what the task was last asked for? */
static bool entry_counts(const struct ll_model *model, const struct ll_model_entry *entry)
{
    const struct ll_model_task *task = &model->tasks[entry->number];
    return task->is_live && !task->is_freeing && task->state == TACTUS_TASK_QUEUED &&
           task->asked == entry->asked;
}

uint32_t ll_model_next(struct ll_model *model)
{
    while (!model->is_stopped && (model->is_open || model->cycle < model->target)) {
        if (!model->is_open) {
            cycle_begin(model);
            continue;
        }
        if (model->cursor == model->run_count) {
            model->is_open = false;
            boundary_or_stop(model, model->cycle + 1u);
            continue;
        }
        struct ll_model_entry *entry = &model->run[model->cursor++];
        if (!entry_counts(model, entry)) {
            model->is_changed = true;
        } else if (model->cycle >= entry->due) {
            uint64_t period = model->tasks[entry->number].period;
            while (period > 1u && entry->due <= model->cycle)
                entry->due += period;
            model->due[entry->number] = entry->due;
            return entry->number;
        }
    }
    return LL_MODEL_NONE;
}

void ll_model_completed(struct ll_model *model, uint32_t number, uint32_t asked)
{
    struct ll_model_task *task = &model->tasks[number];
    model->is_changed = true;
    if (!task->is_live || task->is_freeing || task->asked != asked ||
        task->state != TACTUS_TASK_QUEUED)
        return;
    task->state = TACTUS_TASK_COMPLETED;
    order_remove(model, number);
}
