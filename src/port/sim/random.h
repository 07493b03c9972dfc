/* SPDX-License-Identifier: BSD-3-Clause */
/* All chance in a simulation comes from here, and all of it from one seed. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdint.h>

/* S. Vigna's splitmix64 step. */
static inline uint64_t sim_random_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* 0 to `most`, inclusive. */
static inline uint64_t sim_random_up_to(uint64_t *state, uint64_t most)
{
    uint64_t value = sim_random_next(state);
    return most == UINT64_MAX ? value : value % (most + 1u);
}

#endif
