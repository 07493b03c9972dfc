/* SPDX-License-Identifier: BSD-3-Clause */
#include <tactus/schedule.h>

const struct tactus_ownership tactus_ownership_default = {.owner = {
                                                              [TACTUS_LL_TIMER] = TACTUS_SIDE_USER,
                                                              [TACTUS_LL_DMA] = TACTUS_SIDE_KERNEL,
                                                              [TACTUS_EDF] = TACTUS_SIDE_KERNEL,
                                                              [TACTUS_DP] = TACTUS_SIDE_USER,
                                                              [TACTUS_TWB] = TACTUS_SIDE_USER,
                                                          }};

const struct tactus_ownership tactus_ownership_monolithic = {
    .owner = {
        [TACTUS_LL_TIMER] = TACTUS_SIDE_KERNEL,
        [TACTUS_LL_DMA] = TACTUS_SIDE_KERNEL,
        [TACTUS_EDF] = TACTUS_SIDE_KERNEL,
        [TACTUS_DP] = TACTUS_SIDE_KERNEL,
        [TACTUS_TWB] = TACTUS_SIDE_KERNEL,
    }};

static const char *const type_names[TACTUS_SCHEDULER_TYPES] = {
    [TACTUS_LL_TIMER] = "LL_TIMER", [TACTUS_LL_DMA] = "LL_DMA",
    [TACTUS_EDF] = "EDF",           [TACTUS_DP] = "DP",
    [TACTUS_TWB] = "TWB",
};

static const char *const state_names[TACTUS_TASK_STATES] = {
    [TACTUS_TASK_INIT] = "INIT",           [TACTUS_TASK_QUEUED] = "QUEUED",
    [TACTUS_TASK_RUNNING] = "RUNNING",     [TACTUS_TASK_COMPLETED] = "COMPLETED",
    [TACTUS_TASK_CANCELLED] = "CANCELLED", [TACTUS_TASK_FREE] = "FREE",
};

const char *tactus_scheduler_type_name(enum tactus_scheduler_type type)
{
    return (unsigned)type < TACTUS_SCHEDULER_TYPES ? type_names[type] : "?";
}

const char *tactus_side_name(enum tactus_side side)
{
    if (side == TACTUS_SIDE_KERNEL) {
        return "kernel";
    }
    return side == TACTUS_SIDE_USER ? "user" : "?";
}

const char *tactus_task_state_name(enum tactus_task_state state)
{
    return (unsigned)state < TACTUS_TASK_STATES ? state_names[state] : "?";
}
