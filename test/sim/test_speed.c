/* SPDX-License-Identifier: BSD-3-Clause */
/* How fast the machine simulates: figures, which no test depends on. */
#include <inttypes.h>
#include <time.h>

#define PARTY_HEAP_BYTES ((size_t)1 << 25)
#include "sim_world.h"

#define TASKS 32u

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Prints runs per second of LL tasks; each core has TASKS of them, some below another thread. */
static void measure(const char *what, const struct sim_config *config, uint64_t ticks,
                    uint64_t edf_cost_ns)
{
    static struct sim_work works[TACTUS_CORES_MAX][TASKS + 1u];
    static tactus_task tasks[TACTUS_CORES_MAX][TASKS + 1u];
    struct sim *sim = machine_new(config);
    struct party party;
    party_monolithic(&party, sim, config->cores, config->cores * (TASKS + 1u));
    uint32_t tasks_count = edf_cost_ns > 0 ? TASKS + 1u : TASKS;
    for (uint32_t core = 0; core < config->cores; core++) {
        for (uint32_t i = 0; i < tasks_count; i++) {
            struct sim_work *work = &works[core][i];
            enum tactus_scheduler_type type = i < TASKS ? TACTUS_LL_TIMER : TACTUS_EDF;
            *work = work_new(sim, core, "work", type == TACTUS_EDF ? edf_cost_ns : 10 * US);
            work->cost.jitter_ns = 2 * US;
            work->period_ns = type == TACTUS_EDF ? 20 * MS : 0;
            tasks[core][i] = task_new(&party, type, core, (int32_t)i, work);
            OK(sim_work_release(work, 0));
            OK(tactus_task_schedule(party.runtime, tasks[core][i], 0, 0));
        }
    }
    double begin = seconds();
    sim_run_until(sim, ticks * MS);
    double elapsed = seconds() - begin;
    uint64_t runs = 0;
    for (uint32_t core = 0; core < config->cores; core++) {
        for (uint32_t i = 0; i < tasks_count; i++) {
            runs += works[core][i].runs;
            sim_work_stop(&works[core][i]);
            OK(tactus_task_free(party.runtime, tasks[core][i]));
        }
    }
    assert_true(runs >= (ticks - 1u) * TASKS * config->cores);
    print_message("%-44s %7.2f million task runs per second, %9.0f ticks per second\n", what,
                  (double)runs / elapsed / 1e6, (double)ticks / elapsed);
    party_free(&party);
    sim_free(sim);
}

static void task_runs_per_second(void **state)
{
    (void)state;
    measure("1 core", &(struct sim_config){.cores = 1}, 30000, 0);
    measure("1 core, recorded", &(struct sim_config){.cores = 1, .record_max = 1u << 20}, 30000, 0);
    measure("1 core, EDF below", &(struct sim_config){.cores = 1}, 30000, 5 * MS);
    measure("4 cores at once", &(struct sim_config){.cores = 4}, 3000, 0);
    measure("64 cores at once", &(struct sim_config){.cores = 64}, 100, 0);
    measure("1 core, port calls take time", &(struct sim_config){.cores = 1, .call_cost = {50, 50}},
            10000, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(task_runs_per_second)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
