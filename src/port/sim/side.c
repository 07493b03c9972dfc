/* SPDX-License-Identifier: BSD-3-Clause */
/* The port that a runtime on the machine is given, and the threads that drive its schedulers. */
#include <stdlib.h>

#include "machine.h"

#define SOURCES_PER_CORE 2u

/* --- tick sources ---------------------------------------------------------------------------- */

static struct sim_source *source_find(const struct sim_side *side, uint32_t core, uint32_t type)
{
    if (core >= side->sim->config.cores || type >= SOURCES_PER_CORE) {
        return NULL;
    }
    return side->sources[core * SOURCES_PER_CORE + type];
}

static void signal_change(struct sim *sim, tactus_atomic_u32 *signal)
{
    atomic_fetch_add_explicit(signal, 1u, memory_order_relaxed);
    sim_word_wake(sim, signal);
}

/* The number of the cycle whose instant was the last one, seen from now. */
static uint64_t source_due_cycle(const struct sim_source *source)
{
    uint64_t now_ns = source->is_stalled ? source->stalled_ns : source->side->sim->now_ns;
    return source->base_cycle + (now_ns - source->base_ns) / source->config.period_ns;
}

static uint64_t source_instant(const struct sim_source *source, uint64_t cycle)
{
    return source->base_ns + (cycle - source->base_cycle) * source->config.period_ns;
}

/* One activation: until the next cycle's instant, or a change of the source. */
static void source_turn(struct sim_source *source)
{
    struct sim *sim = source->side->sim;
    uint32_t signal = atomic_load_explicit(&source->signal, memory_order_relaxed);
    if (!source->is_on || source->is_stalled) {
        sim_word_wait(sim, &source->signal, signal, UINT64_MAX);
        return;
    }
    if (source_due_cycle(source) <= source->cycle) {
        uint64_t instant_ns = source_instant(source, source->cycle + 1u) +
                              sim_random_up_to(&sim->random, source->config.jitter_ns);
        do {
            sim_word_wait(sim, &source->signal, signal, instant_ns);
        } while (sim->now_ns < instant_ns &&
                 atomic_load_explicit(&source->signal, memory_order_relaxed) == signal);
        if (atomic_load_explicit(&source->signal, memory_order_relaxed) != signal) {
            return;
        }
    }
    source->cycle = source_due_cycle(source);
    uint64_t cycle = source->cycle;
    if (source->config.watch != NULL) {
        source->config.watch(source->config.watch_context, cycle, false);
    }
    tactus_ll_run(source->scheduler, cycle, INT32_MAX, source->config.replay_max);
    if (source->config.watch != NULL) {
        source->config.watch(source->config.watch_context, cycle, true);
    }
}

static void source_main(void *data)
{
    for (;;) {
        source_turn(data);
    }
}

static tactus_status tick_start(void *context, uint32_t core, tactus_activation activation)
{
    struct sim_side *side = context;
    struct sim *sim = side->sim;
    call_charge(sim);
    struct sim_source *source = source_find(side, core, activation);
    if (source == NULL) {
        return TACTUS_E_NO_DEVICE;
    }
    if (source->is_on) {
        engine_fail(sim, "a tick source is started twice");
    }
    if (fault_comes(sim, sim->config.faults.tick_start)) {
        return sim_random_up_to(&sim->random, 1u) == 0 ? TACTUS_E_OS : TACTUS_E_NO_MEMORY;
    }
    /* The last instant that is not after now counts as the last cycle. */
    uint64_t period_ns = source->config.period_ns;
    uint64_t now_ns = source->is_stalled ? source->stalled_ns : sim->now_ns;
    uint64_t since_ns = (now_ns + period_ns - source->config.phase_ns) % period_ns;
    source->base_ns = now_ns - since_ns;
    source->base_cycle = source->cycle;
    source->is_on = true;
    signal_change(sim, &source->signal);
    return TACTUS_OK;
}

static void tick_stop(void *context, uint32_t core, tactus_activation activation)
{
    struct sim_side *side = context;
    struct sim_source *source = source_find(side, core, activation);
    call_charge(side->sim);
    if (source == NULL || !source->is_on) {
        engine_fail(side->sim, "a tick source is stopped that does not run");
    }
    source->is_on = false;
    signal_change(side->sim, &source->signal);
}

bool sim_side_is_ticking(const struct sim_side *side, uint32_t core,
                         enum tactus_scheduler_type type)
{
    const struct sim_source *source = source_find(side, core, type);
    return source != NULL && source->is_on;
}

uint64_t sim_side_cycle(const struct sim_side *side, uint32_t core, enum tactus_scheduler_type type)
{
    const struct sim_source *source = source_find(side, core, type);
    return source != NULL ? source->cycle : 0;
}

void sim_side_stall(struct sim_side *side, uint32_t core, enum tactus_scheduler_type type,
                    bool is_stalled)
{
    struct sim_source *source = source_find(side, core, type);
    if (source == NULL || source->is_stalled == is_stalled) {
        return;
    }
    if (is_stalled) {
        source->stalled_ns = side->sim->now_ns;
    } else {
        source->base_ns += side->sim->now_ns - source->stalled_ns;
    }
    source->is_stalled = is_stalled;
    signal_change(side->sim, &source->signal);
}

tactus_status sim_side_source(struct sim_side *side, uint32_t core, enum tactus_scheduler_type type,
                              tactus_scheduler *scheduler, const struct sim_source_config *config)
{
    if (side == NULL || scheduler == NULL || config == NULL || (unsigned)type >= SOURCES_PER_CORE ||
        config->period_ns == 0 || config->phase_ns >= config->period_ns ||
        config->jitter_ns >= config->period_ns) {
        return TACTUS_E_INVALID;
    }
    if (core >= side->sim->config.cores) {
        return TACTUS_E_NO_CORE;
    }
    if (source_find(side, core, type) != NULL) {
        return TACTUS_E_EXISTS;
    }
    struct sim_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    source->side = side;
    source->core = core;
    source->type = type;
    source->scheduler = scheduler;
    source->config = *config;
    char name[2u * TACTUS_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s %s %u", side->name, tactus_scheduler_type_name(type),
                   core);
    tactus_status status = sim_thread_new(side->sim, name, core, SIM_PRIORITY_LL + config->priority,
                                          source_main, source, &source->thread);
    if (status != TACTUS_OK) {
        free(source);
        return status;
    }
    side->sources[core * SOURCES_PER_CORE + type] = source;
    return TACTUS_OK;
}

/* --- EDF threads ----------------------------------------------------------------------------- */

static void edf_main(void *data)
{
    struct sim_edf_thread *edf = data;
    for (;;) {
        uint32_t signal = atomic_load_explicit(&edf->signal, memory_order_relaxed);
        uint64_t next_ns;
        if (!tactus_edf_run(edf->scheduler, &next_ns)) {
            sim_word_wait(edf->side->sim, &edf->signal, signal, next_ns);
        }
    }
}

static void activate(void *context, uint32_t core, tactus_activation activation)
{
    struct sim_side *side = context;
    call_charge(side->sim);
    if (activation == TACTUS_EDF && core < side->sim->config.cores && side->edf[core] != NULL) {
        signal_change(side->sim, &side->edf[core]->signal);
    }
}

tactus_status sim_side_edf(struct sim_side *side, uint32_t core, tactus_scheduler *scheduler)
{
    if (side == NULL || scheduler == NULL) {
        return TACTUS_E_INVALID;
    }
    if (core >= side->sim->config.cores) {
        return TACTUS_E_NO_CORE;
    }
    if (side->edf[core] != NULL) {
        return TACTUS_E_EXISTS;
    }
    struct sim_edf_thread *edf = calloc(1, sizeof *edf);
    if (edf == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    edf->side = side;
    edf->scheduler = scheduler;
    char name[2u * TACTUS_NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s EDF %u", side->name, core);
    tactus_status status =
        sim_thread_new(side->sim, name, core, SIM_PRIORITY_EDF, edf_main, edf, &edf->thread);
    if (status != TACTUS_OK) {
        free(edf);
        return status;
    }
    side->edf[core] = edf;
    return TACTUS_OK;
}

/* --- the rest of the port -------------------------------------------------------------------- */

static uint64_t clock_ns(void *context)
{
    struct sim *sim = ((struct sim_side *)context)->sim;
    call_charge(sim);
    return sim->now_ns;
}

static uintptr_t thread_id(void *context)
{
    const struct sim *sim = ((struct sim_side *)context)->sim;
    return sim->current != NULL ? sim->current->index + 2u : 1u;
}

static bool is_tick_thread(const struct sim_side *side, const struct sim_thread *thread)
{
    for (uint32_t i = 0; i < SOURCES_PER_CORE; i++) {
        const struct sim_source *source = source_find(side, thread->core, i);
        if (source != NULL && source->thread == thread) {
            return true;
        }
    }
    return false;
}

static void word_wait(void *context, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns)
{
    struct sim_side *side = context;
    call_charge(side->sim);
    if (side->sim->current != NULL && is_tick_thread(side, side->sim->current)) {
        engine_fail(side->sim, "a wait in a tick");
    }
    sim_word_wait(side->sim, word, expected, until_ns);
}

static void word_wake(void *context, tactus_atomic_u32 *word)
{
    struct sim *sim = ((struct sim_side *)context)->sim;
    call_charge(sim);
    sim_word_wake(sim, word);
}

static const struct tactus_port_ops side_ops = {
    .clock_ns = clock_ns,
    .thread_id = thread_id,
    .word_wait = word_wait,
    .word_wake = word_wake,
    .tick_start = tick_start,
    .tick_stop = tick_stop,
    .activate = activate,
};

struct tactus_port sim_side_port(struct sim_side *side)
{
    return (struct tactus_port){&side_ops, side};
}

tactus_status sim_side_new(struct sim *sim, const char *name, struct sim_side **side)
{
    struct sim_side *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    made->sim = sim;
    made->sources =
        calloc((size_t)sim->config.cores * SOURCES_PER_CORE, sizeof(struct sim_source *));
    made->edf = calloc(sim->config.cores, sizeof(struct sim_edf_thread *));
    if (made->sources == NULL || made->edf == NULL) {
        side_free(made);
        return TACTUS_E_NO_MEMORY;
    }
    (void)snprintf(made->name, sizeof made->name, "%s", name);
    made->next = sim->sides;
    sim->sides = made;
    *side = made;
    return TACTUS_OK;
}

void side_free(struct sim_side *side)
{
    const uint32_t cores = side->sim->config.cores;
    for (uint32_t i = 0; side->sources != NULL && i < cores * SOURCES_PER_CORE; i++) {
        free(side->sources[i]);
    }
    for (uint32_t i = 0; side->edf != NULL && i < cores; i++) {
        free(side->edf[i]);
    }
    free(side->sources);
    free(side->edf);
    free(side);
}
