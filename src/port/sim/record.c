/* SPDX-License-Identifier: BSD-3-Clause */
/* Who ran where and when. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

void *array_grow(void *array, size_t count, size_t *capacity, size_t element_bytes)
{
    if (count < *capacity) {
        return array;
    }
    size_t wanted = *capacity < 16u ? 16u : *capacity * 2u;
    void *grown = realloc(array, wanted * element_bytes);
    if (grown != NULL) {
        *capacity = wanted;
    }
    return grown;
}

/* A thread that waited and came back at the same instant has one slice. */
static bool slice_extend(struct sim_record *record, const struct sim_core *core,
                         const struct sim_slice *slice)
{
    if (core->slice_last == 0 || core->slice_last != record->count) {
        return false;
    }
    struct sim_slice *last = &record->slices[core->slice_last - 1u];
    if (last->end_ns != slice->begin_ns || last->thread != slice->thread ||
        last->label != slice->label || (last->flags & SIM_SLICE_END) != 0 ||
        (slice->flags & SIM_SLICE_BEGIN) != 0) {
        return false;
    }
    last->end_ns = slice->end_ns;
    last->flags |= slice->flags;
    return true;
}

void record_close(struct sim *sim, uint32_t core_index, bool is_end)
{
    struct sim_record *record = &sim->record;
    struct sim_core *core = &sim->cores[core_index];
    struct sim_thread *thread = core->running;
    struct sim_slice slice = {
        .begin_ns = core->slice_begin_ns,
        .end_ns = sim->now_ns,
        .thread = thread->index,
        .label = thread->label,
        .core = (uint16_t)core_index,
        .flags = (uint16_t)((thread->label_is_new ? SIM_SLICE_BEGIN : 0) |
                            (is_end && thread->label != 0 ? SIM_SLICE_END : 0)),
    };
    core->slice_begin_ns = sim->now_ns;
    /* A run that took no time is one all the same. */
    if (record->max == 0 || (slice.begin_ns == slice.end_ns && (slice.label == 0 || !is_end))) {
        return;
    }
    thread->label_is_new = false;
    if (slice_extend(record, core, &slice)) {
        return;
    }
    struct sim_slice *grown = NULL;
    if (record->count < record->max) {
        grown = array_grow(record->slices, record->count, &record->capacity, sizeof slice);
    }
    if (grown == NULL) {
        record->lost++;
        return;
    }
    record->slices = grown;
    record->slices[record->count++] = slice;
    core->slice_last = record->count;
}

void record_miss(struct sim *sim, const struct sim_miss *miss)
{
    struct sim_record *record = &sim->record;
    struct sim_miss *grown = NULL;
    if (record->misses_count < record->max) {
        grown = array_grow(record->misses, record->misses_count, &record->misses_capacity,
                           sizeof *miss);
    }
    if (grown == NULL) {
        record->lost++;
        return;
    }
    record->misses = grown;
    record->misses[record->misses_count++] = *miss;
}

uint32_t sim_label_new(struct sim *sim, const char *name)
{
    struct sim_record *record = &sim->record;
    size_t capacity = record->labels_capacity;
    struct sim_name *grown =
        array_grow(record->labels, record->labels_count, &capacity, sizeof *grown);
    if (grown == NULL) {
        return 0;
    }
    record->labels = grown;
    record->labels_capacity = (uint32_t)capacity;
    (void)snprintf(grown[record->labels_count].text, sizeof grown->text, "%s", name);
    return ++record->labels_count;
}

const char *sim_label_name(const struct sim *sim, uint32_t label)
{
    return label > 0 && label <= sim->record.labels_count ? sim->record.labels[label - 1u].text
                                                          : "";
}

const char *sim_thread_name(const struct sim *sim, uint32_t thread)
{
    return thread < sim->threads_count ? sim->threads[thread]->name : "";
}

static void label_set(struct sim *sim, uint32_t label, bool is_end)
{
    struct sim_thread *thread = sim->current;
    if (thread == NULL) {
        return;
    }
    record_close(sim, thread->core, is_end);
    thread->label = label;
    thread->label_is_new = label != 0;
}

void sim_label_begin(struct sim *sim, uint32_t label)
{
    label_set(sim, label, true);
}

void sim_label_end(struct sim *sim)
{
    label_set(sim, 0, true);
}

const struct sim_slice *sim_record(const struct sim *sim, size_t *count)
{
    *count = sim->record.count;
    return sim->record.slices;
}

const struct sim_miss *sim_misses(const struct sim *sim, size_t *count)
{
    *count = sim->record.misses_count;
    return sim->record.misses;
}

uint64_t sim_record_lost(const struct sim *sim)
{
    return sim->record.lost;
}
