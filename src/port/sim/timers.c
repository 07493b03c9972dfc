/* SPDX-License-Identifier: BSD-3-Clause */
/* A binary heap of timers: by instant, those at the end of it last, then as they were set, or at
 * random. */
#include <stdlib.h>

#include "machine.h"

static bool is_before(const struct sim_timer *left, const struct sim_timer *right)
{
    if (left->at_ns != right->at_ns) {
        return left->at_ns < right->at_ns;
    }
    if (left->at_end_of_instant != right->at_end_of_instant) {
        return right->at_end_of_instant;
    }
    return left->tie < right->tie;
}

static void put(struct sim *sim, uint32_t index, struct sim_timer *timer)
{
    sim->timers[index] = timer;
    timer->position = index + 1u;
}

static void sift(struct sim *sim, uint32_t index, struct sim_timer *timer)
{
    while (index > 0 && is_before(timer, sim->timers[(index - 1u) / 2u])) {
        put(sim, index, sim->timers[(index - 1u) / 2u]);
        index = (index - 1u) / 2u;
    }
    for (;;) {
        uint32_t child = 2u * index + 1u;
        if (child >= sim->timers_count) {
            break;
        }
        if (child + 1u < sim->timers_count &&
            is_before(sim->timers[child + 1u], sim->timers[child])) {
            child++;
        }
        if (!is_before(sim->timers[child], timer)) {
            break;
        }
        put(sim, index, sim->timers[child]);
        index = child;
    }
    put(sim, index, timer);
}

tactus_status sim_timer_set(struct sim *sim, struct sim_timer *timer, uint64_t at_ns)
{
    if (timer->position == 0) {
        size_t capacity = sim->timers_capacity;
        struct sim_timer **grown =
            array_grow(sim->timers, sim->timers_count, &capacity, sizeof(struct sim_timer *));
        if (grown == NULL) {
            return TACTUS_E_NO_MEMORY;
        }
        sim->timers = grown;
        sim->timers_capacity = (uint32_t)capacity;
        timer->position = ++sim->timers_count;
    }
    timer->at_ns = at_ns < sim->now_ns ? sim->now_ns : at_ns;
    timer->tie = sim->config.shuffle ? sim_random_next(&sim->random) : ++sim->ties;
    sift(sim, timer->position - 1u, timer);
    horizon_lower(sim, timer->at_ns);
    return TACTUS_OK;
}

void sim_timer_clear(struct sim *sim, struct sim_timer *timer)
{
    if (timer->position == 0) {
        return;
    }
    uint32_t index = timer->position - 1u;
    struct sim_timer *last = sim->timers[--sim->timers_count];
    timer->position = 0;
    if (last != timer) {
        sift(sim, index, last);
    }
}
