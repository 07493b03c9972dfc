/* SPDX-License-Identifier: BSD-3-Clause */
/* A simulated machine with one or more runtimes on it, each with a heap of its own. */
#ifndef TACTUS_TEST_SIM_WORLD_H
#define TACTUS_TEST_SIM_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tactus/heap.h>
#include <tactus/schedule.h>

#include "sim.h"

#define MS UINT64_C(1000000)
#define US UINT64_C(1000)
#ifndef PARTY_HEAP_BYTES
#define PARTY_HEAP_BYTES ((size_t)1 << 21)
#endif
#define OK(call) assert_int_equal((call), TACTUS_OK)

struct party {
    struct sim_side *side;
    void *memory;
    void *control;
    tactus_heap *heap;
    tactus_runtime *runtime;
    tactus_scheduler *ll[TACTUS_CORES_MAX];
    tactus_scheduler *edf[TACTUS_CORES_MAX];
};

static inline void party_heap(struct party *party, size_t bytes)
{
    size_t control_bytes = (tactus_heap_control_bytes(bytes) + 63u) / 64u * 64u;
    party->memory = aligned_alloc(64, bytes);
    party->control = aligned_alloc(64, control_bytes);
    assert_non_null(party->memory);
    assert_non_null(party->control);
    struct tactus_heap_config config = {
        .memory = party->memory,
        .memory_bytes = bytes,
        .control = party->control,
        .control_bytes = control_bytes,
        .allowed_flags = TACTUS_HEAP_ZERO,
    };
    OK(tactus_heap_init(&config, &party->heap));
}

/* A runtime without schedulers. */
static inline void party_new(struct party *party, struct sim *sim, enum tactus_side side,
                             uint32_t domain, uint32_t cores, uint32_t tasks_max,
                             const struct tactus_ownership *ownership)
{
    memset(party, 0, sizeof *party);
    party_heap(party, PARTY_HEAP_BYTES);
    OK(sim_side_new(sim, side == TACTUS_SIDE_KERNEL ? "kernel" : "user", &party->side));
    struct tactus_runtime_config config = {
        .side = side,
        .domain = domain,
        .cores = cores,
        .tasks_max = tasks_max,
        .ownership = *ownership,
        .heap = party->heap,
        .port = sim_side_port(party->side),
    };
    OK(tactus_runtime_new(&config, &party->runtime));
}

static inline void party_ll(struct party *party, uint32_t core, uint64_t tick_ns,
                            uint64_t jitter_ns)
{
    struct tactus_ll_config config = {.tick_ns = tick_ns, .catch_up = TACTUS_CATCH_UP_DEFAULT};
    struct sim_source_config source = {.period_ns = tick_ns, .jitter_ns = jitter_ns};
    OK(tactus_ll_register(party->runtime, TACTUS_LL_TIMER, core, &config, &party->ll[core]));
    OK(sim_side_source(party->side, core, TACTUS_LL_TIMER, party->ll[core], &source));
}

static inline void party_edf(struct party *party, uint32_t core)
{
    struct tactus_edf_config config = {0};
    OK(tactus_edf_register(party->runtime, core, &config, &party->edf[core]));
    OK(sim_side_edf(party->side, core, party->edf[core]));
}

/* Kernel side, everything on it, LL_TIMER of 1 ms and EDF on every core. */
static inline void party_monolithic(struct party *party, struct sim *sim, uint32_t cores,
                                    uint32_t tasks_max)
{
    party_new(party, sim, TACTUS_SIDE_KERNEL, 0, cores, tasks_max, &tactus_ownership_monolithic);
    for (uint32_t core = 0; core < cores; core++) {
        party_ll(party, core, MS, 0);
        party_edf(party, core);
    }
}

/* The runtime goes, and all that it took from its heap has come back. */
static inline void party_free(struct party *party)
{
    struct tactus_heap_stats stats;
    if (party->runtime != NULL)
        OK(tactus_runtime_free(party->runtime));
    tactus_heap_stats_get(party->heap, &stats);
    assert_int_equal(stats.live, 0);
    tactus_heap_deinit(party->heap);
    free(party->memory);
    free(party->control);
}

static inline struct sim *machine_new(const struct sim_config *config)
{
    struct sim *sim = NULL;
    OK(sim_new(config, &sim));
    return sim;
}

static inline struct sim_work work_new(struct sim *sim, uint32_t core, const char *name,
                                       uint64_t cost_ns)
{
    return (struct sim_work){
        .sim = sim, .core = core, .label = sim_label_new(sim, name), .cost = {.ns = cost_ns}};
}

static inline tactus_task task_new(struct party *party, enum tactus_scheduler_type type,
                                   uint32_t core, int32_t priority, struct sim_work *work)
{
    tactus_task task = {0};
    struct tactus_task_config config = {
        .name = sim_label_name(work->sim, work->label),
        .type = type,
        .core = core,
        .priority = priority,
        .run = sim_work_run,
        .complete = type == TACTUS_EDF ? sim_work_complete : NULL,
        .deadline_ns = type == TACTUS_EDF ? sim_work_deadline_ns : NULL,
        .data = work,
    };
    OK(tactus_task_init(party->runtime, &config, &task));
    return task;
}

/* The record as a string, "0:name 100-200, 1:name2 100-150*": core, name, microseconds, and a star
 * where the run was preempted. */
static inline void record_text(const struct sim *sim, char *text, size_t text_bytes)
{
    size_t count;
    size_t used = 0;
    const struct sim_slice *slices = sim_record(sim, &count);
    text[0] = '\0';
    for (size_t i = 0; i < count && used < text_bytes; i++) {
        const struct sim_slice *slice = &slices[i];
        const char *name = slice->label != 0 ? sim_label_name(sim, slice->label)
                                             : sim_thread_name(sim, slice->thread);
        bool is_cut = slice->label != 0 && (slice->flags & SIM_SLICE_END) == 0;
        int length = snprintf(text + used, text_bytes - used, "%s%u:%s %g-%g%s", i > 0 ? ", " : "",
                              slice->core, name, (double)slice->begin_ns / 1000.0,
                              (double)slice->end_ns / 1000.0, is_cut ? "*" : "");
        used += (size_t)length;
    }
}

static inline void assert_record(const struct sim *sim, const char *expected)
{
    char text[4096];
    record_text(sim, text, sizeof text);
    assert_string_equal(text, expected);
}

#endif
