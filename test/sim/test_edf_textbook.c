/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the textbooks say of EDF, on generated sets of periodic tasks with implicit deadlines, alone
 * on a core, switching free.
 *
 * EDF here runs each task to completion, so that utilisation up to 1 is not enough (it is where a
 * run can be preempted at any time: Liu and Layland 1973). What holds is K. Jeffay, D. F. Stanat,
 * C. U. Martel, "On Non-Preemptive Scheduling of Periodic and Sporadic Tasks", RTSS 1991, theorems
 * 3.2 and 4.1 with their proofs, for whole-numbered costs c and periods p, p ascending:
 *
 *   (1) sum of c/p <= 1
 *   (2) for each i > 1 and each whole L, p[1] < L < p[i]:
 *       L >= c[i] + sum over j < i of floor((L - 1) / p[j]) * c[j]
 *
 * Where both hold nothing misses, whenever the tasks are first released. Where (2) fails for some i
 * and L there are releases that miss by L: task i at 0, those with shorter periods at 1. Where (1)
 * fails a set that is released at once misses within its hyperperiod.
 */
#include "sim_world.h"

#include "explore.h"

#define TASKS_MAX  8u
#define UNIT_NS    (100 * US)
#define PERIOD_MAX 60u
#define NEVER      UINT32_MAX

struct exploration exploration;

struct periodic {
    uint32_t cost;
    uint32_t period;
    uint32_t offset; /* NEVER: is not released */
};

struct set {
    struct periodic tasks[TASKS_MAX]; /* by ascending period */
    uint32_t count;
};

static struct {
    uint64_t feasible;
    uint64_t full; /* of those: utilisation of 1 */
    uint64_t blocked;
    uint64_t overloaded;
} counts;

/* --- the theory ------------------------------------------------------------------------------ */

/* Common multiple of all the periods that are drawn. */
#define HYPERPERIOD 840u

/* Utilisation in parts of HYPERPERIOD. */
static uint32_t utilisation(const struct set *set)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < set->count; i++)
        sum += set->tasks[i].cost * (HYPERPERIOD / set->tasks[i].period);
    return sum;
}

/* The first i and L for which (2) fails. */
static bool is_blocked(const struct set *set, uint32_t *blocking, uint32_t *within)
{
    for (uint32_t i = 1; i < set->count; i++) {
        for (uint32_t length = set->tasks[0].period + 1u; length < set->tasks[i].period; length++) {
            uint32_t demand = set->tasks[i].cost;
            for (uint32_t j = 0; j < i; j++)
                demand += (length - 1u) / set->tasks[j].period * set->tasks[j].cost;
            if (demand > length) {
                *blocking = i;
                *within = length;
                return true;
            }
        }
    }
    return false;
}

/* --- the run --------------------------------------------------------------------------------- */

/* Runs the set; true where there was a miss, and which. */
static bool set_misses(const struct set *set, uint64_t seed, uint32_t until, struct sim_miss *first)
{
    struct sim_work works[TASKS_MAX] = {0};
    tactus_task tasks[TASKS_MAX];
    struct party party;
    struct sim *sim = machine_new(
        &(struct sim_config){.cores = 1, .seed = seed, .shuffle = true, .record_max = 100000});
    exploration.sim = sim;
    party_monolithic(&party, sim, 1, TASKS_MAX);
    for (uint32_t i = 0; i < set->count; i++) {
        const struct periodic *task = &set->tasks[i];
        works[i] = work_new(sim, 0, "task", task->cost * UNIT_NS);
        works[i].period_ns = task->period * UNIT_NS;
        tasks[i] = task_new(&party, TACTUS_EDF, 0, 0, &works[i]);
        if (task->offset == NEVER)
            continue;
        HOLDS(sim_work_release(&works[i], task->offset * UNIT_NS) == TACTUS_OK);
        HOLDS(tactus_task_schedule(party.runtime, tasks[i], task->offset * UNIT_NS, 0) ==
              TACTUS_OK);
    }
    /* A miss is there at its instant, and not before. */
    size_t misses = 0;
    for (uint32_t unit = 0; unit <= until && misses == 0; unit++) {
        sim_run_until(sim, unit * UNIT_NS);
        const struct sim_miss *all = sim_misses(sim, &misses);
        if (misses > 0) {
            *first = all[0];
            HOLDS(first->at_ns == unit * UNIT_NS);
        }
    }
    if (misses > 0) {
        /* It was of a job that is not done now, and something kept the core busy. */
        const struct periodic *task = &set->tasks[first->label - works[0].label];
        const struct sim_work *work = &works[first->label - works[0].label];
        HOLDS(task->period > 0);
        HOLDS((first->at_ns / UNIT_NS - task->offset) % task->period == 0);
        HOLDS(work->misses == 1 && work->release_ns < first->at_ns);
        HOLDS(first->running_label != 0);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        if (misses == 0 && set->tasks[i].offset != NEVER) {
            HOLDS(works[i].runs >= (until - set->tasks[i].offset) / set->tasks[i].period);
            HOLDS(works[i].worst_response_ns <= works[i].period_ns);
        }
        sim_work_stop(&works[i]);
        HOLDS(tactus_task_free(party.runtime, tasks[i]) == TACTUS_OK);
    }
    party_free(&party);
    sim_free(sim);
    exploration.sim = NULL;
    return misses > 0;
}

/* --- the sets -------------------------------------------------------------------------------- */

static uint32_t below(uint64_t *random, uint32_t bound)
{
    HOLDS(bound > 0);
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33) % bound;
}

/* Periods divide HYPERPERIOD; costs fill up about `wanted` parts of it. */
static void set_draw(struct set *set, uint64_t *random, uint32_t wanted)
{
    static const uint32_t periods[] = {2,  3,  4,  5,  6,  7,  8,  10, 12, 14, 15,
                                       20, 21, 24, 28, 30, 35, 40, 42, 56, 60};
    set->count = 1u + below(random, TASKS_MAX);
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t period = periods[below(random, sizeof periods / sizeof periods[0])];
        uint32_t at = i;
        for (; at > 0 && set->tasks[at - 1u].period > period; at--)
            set->tasks[at] = set->tasks[at - 1u];
        set->tasks[at] = (struct periodic){1, period, below(random, 2u * PERIOD_MAX)};
    }
    for (uint32_t attempt = 0; attempt < 200u && utilisation(set) < wanted; attempt++) {
        struct periodic *task = &set->tasks[below(random, set->count)];
        uint32_t more = 1u + below(random, task->period);
        task->cost += more;
        if (task->cost > task->period || utilisation(set) > wanted)
            task->cost -= more;
    }
}

static void check_blocked(struct set *set, uint64_t seed, uint32_t blocking, uint32_t within)
{
    struct sim_miss miss;
    for (uint32_t i = 0; i < set->count; i++)
        set->tasks[i].offset = i < blocking ? 1u : NEVER;
    set->tasks[blocking].offset = 0;
    HOLDS(set_misses(set, seed, within, &miss));
    counts.blocked++;
}

static void check_overloaded(struct set *set, uint64_t seed)
{
    struct sim_miss miss;
    for (uint32_t i = 0; i < set->count; i++)
        set->tasks[i].offset = 0;
    HOLDS(set_misses(set, seed, HYPERPERIOD, &miss));
    counts.overloaded++;
}

static void explore_set(uint64_t seed)
{
    struct set set = {0};
    struct sim_miss miss;
    uint32_t blocking;
    uint32_t within;
    uint64_t random = seed;
    (void)below(&random, 2);
    uint32_t wanted = HYPERPERIOD - (below(&random, 2) == 0 ? 0 : below(&random, HYPERPERIOD));
    set_draw(&set, &random, wanted);
    if (utilisation(&set) > HYPERPERIOD) {
        check_overloaded(&set, seed);
    } else if (is_blocked(&set, &blocking, &within)) {
        check_blocked(&set, seed, blocking, within);
    } else {
        HOLDS(!set_misses(&set, seed, 2u * HYPERPERIOD, &miss));
        counts.feasible++;
        counts.full += utilisation(&set) == HYPERPERIOD;
        /* A little more than it can take. */
        set.tasks[0].cost +=
            (HYPERPERIOD - utilisation(&set)) * set.tasks[0].period / HYPERPERIOD + 1u;
        check_overloaded(&set, seed);
    }
}

int main(int argc, char **argv)
{
    int result = explore(argc, argv, 1500, explore_set);
    printf("no miss: %" PRIu64 " sets, %" PRIu64 " of them at full utilisation; blocked: %" PRIu64
           "; overloaded: %" PRIu64 "\n",
           counts.feasible, counts.full, counts.blocked, counts.overloaded);
    return result;
}
