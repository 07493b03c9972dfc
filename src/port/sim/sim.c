/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a machine and taking it apart. */
#include <stdlib.h>

#include "machine.h"

#define STACK_BYTES_DEFAULT ((size_t)64 * 1024)

tactus_status sim_new(const struct sim_config *config, struct sim **sim)
{
    if (config == NULL || sim == NULL || config->cores == 0 || config->cores > TACTUS_CORES_MAX) {
        return TACTUS_E_INVALID;
    }
    struct sim *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    made->config = *config;
    if (made->config.stack_bytes == 0) {
        made->config.stack_bytes = STACK_BYTES_DEFAULT;
    }
    made->record.max = config->record_max;
    made->random = config->seed;
    made->owner_random = ~config->seed;
    made->cores = calloc(config->cores, sizeof *made->cores);
    if (made->cores == NULL) {
        free(made);
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t core = 0; core < config->cores; core++) {
        list_init(&made->cores[core].ready);
    }
    for (uint32_t bucket = 0; bucket < WORD_BUCKETS; bucket++) {
        list_init(&made->waiting[bucket]);
    }
    *sim = made;
    return TACTUS_OK;
}

void sim_free(struct sim *sim)
{
    if (sim == NULL) {
        return;
    }
    for (uint32_t i = 0; i < sim->threads_count; i++) {
        sim_fiber_deinit(&sim->threads[i]->fiber);
        free(sim->threads[i]);
    }
    while (sim->sides != NULL) {
        struct sim_side *side = sim->sides;
        sim->sides = side->next;
        side_free(side);
    }
    free(sim->record.slices);
    free(sim->record.misses);
    free(sim->record.labels);
    free(sim->timers);
    free(sim->threads);
    free(sim->cores);
    free(sim);
}

uint64_t sim_now_ns(const struct sim *sim)
{
    return sim->now_ns;
}

void sim_faults_set(struct sim *sim, const struct sim_faults *faults)
{
    sim->config.faults = *faults;
}

uint64_t sim_faults_count(const struct sim *sim)
{
    return sim->faults_count;
}

uint64_t sim_random(struct sim *sim, uint64_t most)
{
    return sim_random_up_to(&sim->owner_random, most);
}
