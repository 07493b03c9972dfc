/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Built twice: as it is, and with points.h before core and sched.
 *
 * Random worlds in which calls take time: a call is preempted by more urgent threads, and other
 * cores come in between, wherever it goes through the port. There is a kernel side and up to two
 * user domains, each with tasks of its own on the same cores; devices stop and go on. What is
 * checked is what holds whatever comes in between.
 */
#include "sim_world.h"

#include "edf.h"
#include "explore.h"

#define TASKS_MAX    32u
#define CORES        3u
#define CONTROLS_MAX 6u
#define PARTIES      3u

struct exploration exploration;

#ifdef EXPLORE_POINTS
void explore_point(void)
{
    struct sim *sim = exploration.sim;
    if (sim != NULL && sim_thread_current(sim) != NULL && sim_random(sim, 7) == 0)
        sim_consume(sim, 1u + sim_random(sim, 300));
}
#endif

struct actor {
    struct world *world;
    struct party *party;
    enum tactus_scheduler_type type;
    uint32_t core;
    int32_t priority;
    tactus_task task;
    uint32_t label;
    struct sim_cost cost;
    uint32_t running;
    uint64_t runs;
    uint64_t run_cycle; /* in which it ran last, counting those of its scheduler */
    bool is_making;
    bool is_made;
    bool is_freeing;   /* somebody is in free, which may succeed */
    bool is_gone;      /* free returned OK */
    bool is_cancelled; /* cancel returned, and no schedule call has been begun since */
    uint64_t begun;    /* runs of its scheduler when cancel returned */
    uint32_t asking;   /* schedule calls under way */
    uint32_t asked;    /* schedule calls begun */
    bool has_deadline;
    uint64_t deadline_ns;
};

struct place {
    struct party *party;
    struct world *world;
    uint32_t core;
    enum tactus_scheduler_type type;
    tactus_scheduler *scheduler;
    uint32_t running; /* tasks of this scheduler */
    uint64_t begun;   /* runs */
    uint32_t held;    /* blocks that have been granted */
    uint64_t cycle;
    int32_t priority; /* of the last run in that cycle */
};

struct world {
    struct sim *sim;
    struct party parties[PARTIES];
    uint32_t parties_count;
    struct place places[PARTIES * CORES * 2u];
    uint32_t places_count;
    uint64_t tick_ns;
    uint32_t cores;
    uint32_t tasks;
    uint32_t operations;
    bool is_ending;
    bool has_anchors;
    uint32_t controls_running;
    struct actor actors[TASKS_MAX];
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return (uint32_t)sim_random(world->sim, bound - 1u);
}

static bool one_in(struct world *world, uint32_t bound)
{
    return below(world, bound) == 0;
}

static struct place *place_of(const struct actor *actor)
{
    struct world *world = actor->world;
    for (uint32_t i = 0; i < world->places_count; i++) {
        struct place *place = &world->places[i];
        if (place->party == actor->party && place->core == actor->core &&
            place->type == actor->type)
            return place;
    }
    return NULL;
}

static enum tactus_task_state state_of(struct actor *actor)
{
    enum tactus_task_state state = TACTUS_TASK_STATES;
    if (tactus_task_state_get(actor->party->runtime, actor->task, &state) != TACTUS_OK)
        return TACTUS_TASK_FREE;
    return state;
}

static bool is_one_of(tactus_status status, const tactus_status *allowed)
{
    while (*allowed != TACTUS_OK && *allowed != status)
        allowed++;
    return *allowed == status;
}

/* Between the decision to start a run and its first step a cancel may return: that run counts as
 * started. */
#ifdef EXPLORE_POINTS
#define START_TAKES_TIME true
#else
#define START_TAKES_TIME false
#endif

#define IS_ONE_OF(status, ...)                                                                     \
    is_one_of(status, (const tactus_status[]){__VA_ARGS__, TACTUS_E_STALE, TACTUS_OK})

/* --- calls ----------------------------------------------------------------------------------- */

static int actor_run(void *data);
static uint64_t actor_deadline_ns(void *data);

static void do_init(struct actor *actor)
{
    if (actor->is_made || actor->is_making)
        return;
    actor->is_making = true;
    actor->priority = (int32_t)below(actor->world, 5) - 2;
    struct tactus_task_config config = {
        .name = sim_label_name(actor->world->sim, actor->label),
        .type = actor->type,
        .core = actor->core,
        .priority = actor->priority,
        .run = actor_run,
        .deadline_ns = actor->type == TACTUS_EDF ? actor_deadline_ns : NULL,
        .data = actor,
    };
    actor->is_gone = false;
    actor->is_cancelled = false;
    actor->has_deadline = false;
    HOLDS(tactus_task_init(actor->party->runtime, &config, &actor->task) == TACTUS_OK);
    actor->is_making = false;
    actor->is_made = true;
}

static void do_schedule(struct actor *actor)
{
    struct world *world = actor->world;
    tactus_runtime *runtime = actor->party->runtime;
    struct actor *reference = &world->actors[below(world, world->tasks)];
    uint64_t start_ns = below(world, 4) * world->tick_ns;
    uint64_t period_ns = actor->type == TACTUS_EDF ? 0 : below(world, 3) * world->tick_ns;
    tactus_status status;
    actor->asking++;
    actor->asked++;
    actor->is_cancelled = false;
    if (world->has_anchors && one_in(world, 3) && reference->party == actor->party)
        status = (one_in(world, 2) ? tactus_task_schedule_before : tactus_task_schedule_after)(
            runtime, actor->task, reference->task, start_ns, period_ns);
    else
        status = tactus_task_schedule(runtime, actor->task, start_ns, period_ns);
    actor->asking--;
    HOLDS(IS_ONE_OF(status, TACTUS_E_STATE, TACTUS_E_REFERENCE, TACTUS_E_NOT_SUPPORTED, TACTUS_E_OS,
                    TACTUS_E_NO_MEMORY, TACTUS_E_TIMED_OUT));
}

static void do_cancel(struct actor *actor)
{
    uint32_t asked = actor->asked;
    bool is_alone = actor->asking == 0;
    tactus_status status = tactus_task_cancel(actor->party->runtime, actor->task);
    HOLDS(IS_ONE_OF(status, TACTUS_E_STATE));
    if (status == TACTUS_OK && is_alone && actor->asked == asked) {
        actor->is_cancelled = true;
        actor->begun = place_of(actor)->begun;
    }
}

static void do_free(struct actor *actor, const struct actor *inside)
{
    if (!actor->is_made || actor->is_freeing)
        return;
    actor->is_freeing = true;
    tactus_status status = tactus_task_free(actor->party->runtime, actor->task);
    HOLDS(IS_ONE_OF(status, TACTUS_E_DEADLOCK, TACTUS_E_TIMED_OUT));
    HOLDS(status != TACTUS_E_STALE);
    HOLDS((status == TACTUS_E_DEADLOCK) ==
          (inside != NULL && (inside->type != TACTUS_EDF ||
                              (actor->type == TACTUS_EDF && actor->core == inside->core))));
    if (status == TACTUS_OK) {
        HOLDS(actor->running == 0);
        HOLDS(tactus_task_cancel(actor->party->runtime, actor->task) == TACTUS_E_STALE);
        actor->is_gone = true;
        actor->is_made = false;
    }
    actor->is_freeing = false;
}

static void do_block(struct world *world, const struct actor *inside)
{
    struct place *place = &world->places[below(world, world->places_count)];
    if (place->type == TACTUS_EDF || (inside != NULL && inside->type != TACTUS_EDF))
        return;
    tactus_status status = tactus_ll_block(place->scheduler);
    HOLDS(status == TACTUS_OK || status == TACTUS_E_TIMED_OUT);
    if (status != TACTUS_OK)
        return;
    HOLDS(place->running == 0);
    place->held++;
    sim_sleep_until(world->sim,
                    sim_now_ns(world->sim) + sim_random(world->sim, 2u * world->tick_ns));
    HOLDS(place->running == 0);
    place->held--;
    HOLDS(tactus_ll_unblock(place->scheduler) == TACTUS_OK);
}

static void do_look(struct world *world, struct actor *actor)
{
    enum tactus_task_state state;
    struct tactus_task_info info;
    struct tactus_ll_stats stats;
    struct place *place = place_of(actor);
    char name[TACTUS_NAME_BYTES];
    tactus_status status = tactus_task_state_get(actor->party->runtime, actor->task, &state);
    HOLDS(status == TACTUS_E_STALE || (status == TACTUS_OK && state < TACTUS_TASK_STATES));
    status = tactus_task_info_get(actor->party->runtime, actor->task, &info);
    HOLDS(status == TACTUS_E_STALE || (status == TACTUS_OK && info.core == actor->core));
    if (place->type == TACTUS_EDF)
        return;
    tactus_ll_stats_get(place->scheduler, &stats);
    HOLDS(stats.tasks <= world->tasks);
    HOLDS(tactus_ll_running_ns(place->scheduler, name) == 0 || strlen(name) < TACTUS_NAME_BYTES);
}

static void do_stall(struct world *world)
{
    sim_side_stall(world->parties[0].side, below(world, world->cores), TACTUS_LL_DMA,
                   one_in(world, 3));
}

static void operate(struct world *world, const struct actor *inside)
{
    struct actor *actor = &world->actors[below(world, world->tasks)];
    if (world->operations == 0 || (inside != NULL && inside->party != actor->party))
        return;
    world->operations--;
    switch (below(world, 14)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
        do_schedule(actor);
        break;
    case 6:
    case 7:
        do_cancel(actor);
        break;
    case 8:
    case 9:
        do_init(actor);
        break;
    case 10:
        do_free(actor, inside);
        break;
    case 11:
        if (one_in(world, 4))
            do_block(world, inside);
        break;
    case 12:
        do_stall(world);
        break;
    default:
        do_look(world, actor);
        break;
    }
}

static void control_main(void *data)
{
    struct world *world = data;
    while (world->operations > 0) {
        sim_sleep_until(world->sim,
                        sim_now_ns(world->sim) + sim_random(world->sim, world->tick_ns));
        for (uint32_t i = below(world, 4); i > 0; i--)
            operate(world, NULL);
    }
    world->controls_running--;
}

/* --- runs ------------------------------------------------------------------------------------ */

/* It is with those whose start has come, and nothing newer was asked of it. Only the scheduler
 * itself knows that for sure, while calls are under way. */
static bool edf_is_ready(const struct actor *actor)
{
    struct tactus_pool_task *record = pool_task(&actor->party->runtime->pool, actor->task);
    if (!actor->is_made || record == NULL)
        return false;
    uint32_t word = record->word;
    return word_generation(word) == actor->task.generation && word_state(word) == WORD_QUEUED &&
           record->part.edf.where == EDF_READY && record->request.sequence == record->applied;
}

static bool edf_is_first(const struct actor *actor)
{
    const struct world *world = actor->world;
    for (uint32_t i = 0; i < world->tasks; i++) {
        const struct actor *other = &world->actors[i];
        if (other != actor && other->type == TACTUS_EDF && other->core == actor->core &&
            other->party == actor->party && edf_is_ready(other) &&
            (!other->has_deadline || other->deadline_ns < actor->deadline_ns))
            return false;
    }
    return true;
}

static void run_begins(struct actor *actor)
{
    struct place *place = place_of(actor);
    HOLDS(actor->is_made && !actor->is_gone);
    HOLDS(!actor->is_cancelled || (START_TAKES_TIME && actor->begun == place->begun));
    place->begun++;
    HOLDS(actor->running == 0 && place->running == 0 && place->held == 0);
    actor->running++;
    place->running++;
    actor->runs++;
    if (actor->type == TACTUS_EDF) {
        HOLDS(actor->has_deadline && edf_is_first(actor));
        actor->has_deadline = false;
        return;
    }
    struct tactus_ll_stats stats;
    tactus_ll_stats_get(place->scheduler, &stats);
    HOLDS(actor->run_cycle < stats.cycles); /* once per cycle */
    HOLDS(place->cycle < stats.cycles || actor->world->has_anchors ||
          actor->priority >= place->priority);
    actor->run_cycle = stats.cycles;
    place->cycle = stats.cycles;
    place->priority = actor->priority;
}

static int actor_run(void *data)
{
    struct actor *actor = data;
    struct world *world = actor->world;
    run_begins(actor);
    sim_label_begin(world->sim, actor->label);
    for (uint32_t i = world->is_ending ? 0 : below(world, 3); i > 0; i--) {
        sim_consume(world->sim, sim_cost_draw(world->sim, actor->cost) / 3u);
        operate(world, actor);
    }
    sim_consume(world->sim, sim_cost_draw(world->sim, actor->cost));
    sim_label_end(world->sim);
    actor->running--;
    place_of(actor)->running--;
    if (one_in(world, 8))
        return one_in(world, 4) ? -3 : TACTUS_COMPLETED;
    return TACTUS_RESCHEDULE;
}

static uint64_t actor_deadline_ns(void *data)
{
    struct actor *actor = data;
    struct world *world = actor->world;
    actor->deadline_ns = sim_now_ns(world->sim) + sim_random(world->sim, 4u * world->tick_ns);
    /* Right after a run it names the next start. */
    actor->has_deadline = state_of(actor) != TACTUS_TASK_RUNNING;
    return actor->deadline_ns;
}

/* --- worlds ---------------------------------------------------------------------------------- */

static void place_make(struct world *world, struct party *party, enum tactus_scheduler_type type,
                       uint32_t core)
{
    struct place *place = &world->places[world->places_count++];
    *place = (struct place){.party = party, .world = world, .core = core, .type = type};
    if (type == TACTUS_EDF) {
        struct tactus_edf_config config = {0};
        HOLDS(tactus_edf_register(party->runtime, core, &config, &place->scheduler) == TACTUS_OK);
        HOLDS(sim_side_edf(party->side, core, place->scheduler) == TACTUS_OK);
        return;
    }
    struct tactus_ll_config config = {.tick_ns = world->tick_ns, .catch_up = below(world, 12)};
    struct sim_source_config source = {
        .period_ns = world->tick_ns,
        .phase_ns = sim_random(world->sim, world->tick_ns - 1u),
        .jitter_ns = one_in(world, 2) ? 0 : sim_random(world->sim, world->tick_ns / 4u),
        .priority = (int32_t)below(world, 3),
    };
    if (type == TACTUS_LL_DMA) /* its clock is the device's */
        source.period_ns += world->tick_ns / 500u;
    HOLDS(tactus_ll_register(party->runtime, type, core, &config, &place->scheduler) == TACTUS_OK);
    HOLDS(sim_side_source(party->side, core, type, place->scheduler, &source) == TACTUS_OK);
}

static void parties_make(struct world *world)
{
    world->parties_count = 1u + below(world, PARTIES);
    for (uint32_t i = 0; i < world->parties_count; i++) {
        struct party *party = &world->parties[i];
        bool is_kernel = i == 0;
        party_new(party, world->sim, is_kernel ? TACTUS_SIDE_KERNEL : TACTUS_SIDE_USER, i,
                  world->cores, TASKS_MAX,
                  world->parties_count == 1 ? &tactus_ownership_monolithic
                                            : &tactus_ownership_default);
        for (uint32_t core = 0; core < world->cores; core++) {
            if (!is_kernel || world->parties_count == 1)
                place_make(world, party, TACTUS_LL_TIMER, core);
            if (is_kernel) {
                place_make(world, party, TACTUS_LL_DMA, core);
                place_make(world, party, TACTUS_EDF, core);
            }
        }
    }
}

static void actors_make(struct world *world)
{
    for (uint32_t i = 0; i < world->tasks; i++) {
        const struct place *place = &world->places[below(world, world->places_count)];
        struct actor *actor = &world->actors[i];
        char name[16];
        (void)snprintf(name, sizeof name, "task %u", i);
        *actor = (struct actor){.world = world,
                                .party = place->party,
                                .type = place->type,
                                .core = place->core,
                                .label = sim_label_new(world->sim, name)};
        uint64_t most_ns = one_in(world, 8) ? 2u * world->tick_ns : world->tick_ns / 20u;
        actor->cost.ns = sim_random(world->sim, most_ns);
        actor->cost.jitter_ns = sim_random(world->sim, actor->cost.ns);
    }
}

static void world_make(struct world *world, uint64_t seed)
{
    static const uint64_t ticks_ns[] = {125 * US, 500 * US, MS, 2 * MS};
    memset(world, 0, sizeof *world);
    struct sim_config config = {
        .cores = CORES + 1u,
        .seed = seed,
        .shuffle = true,
        .switch_cost = {US, US},
        .wake_cost = {2 * US, 2 * US},
        .call_cost = {300, 300},
    };
    HOLDS(sim_new(&config, &world->sim) == TACTUS_OK);
    exploration.sim = world->sim;
    world->cores = 1u + below(world, CORES);
    world->tick_ns = ticks_ns[below(world, 4)];
    world->tasks = 1u + below(world, one_in(world, 3) ? 4u : TASKS_MAX); /* few meet more often */
    world->operations = 200u + below(world, 1000);
    world->has_anchors = one_in(world, 2);
    parties_make(world);
    actors_make(world);
    sim_faults_set(world->sim, &(struct sim_faults){.tick_start = below(world, 200),
                                                    .wait_early = below(world, 100),
                                                    .wake_late = below(world, 100),
                                                    .late_ns = sim_random(world->sim, 2 * MS)});
    for (uint32_t i = 1u + below(world, CONTROLS_MAX); i > 0; i--) {
        struct sim_thread *thread;
        int32_t priority = (int32_t)below(world, 6) * SIM_BAND - (int32_t)below(world, 2);
        world->controls_running++;
        HOLDS(sim_thread_new(world->sim, "control", below(world, CORES + 1u), priority,
                             control_main, world, &thread) == TACTUS_OK);
    }
}

/* At rest: what is queued runs, and a source ticks exactly where something is queued. */
static void world_settle(struct world *world)
{
    uint64_t runs[TASKS_MAX];
    uint32_t queued[PARTIES * CORES * 2u] = {0};
    sim_faults_set(world->sim, &(struct sim_faults){0});
    for (uint32_t core = 0; core < world->cores; core++)
        sim_side_stall(world->parties[0].side, core, TACTUS_LL_DMA, false);
    for (uint32_t i = 0; i < world->tasks; i++)
        runs[i] = world->actors[i].runs;
    sim_run_until(world->sim, sim_now_ns(world->sim) + 600u * world->tick_ns);
    for (uint32_t i = 0; i < world->tasks; i++) {
        struct actor *actor = &world->actors[i];
        enum tactus_task_state state = state_of(actor);
        if (state != TACTUS_TASK_QUEUED && state != TACTUS_TASK_RUNNING)
            continue;
        queued[place_of(actor) - world->places]++;
        /* What has the least urgent source may be starved by the others. */
        if (world->parties_count == 1 && actor->type == TACTUS_LL_TIMER)
            HOLDS(actor->runs > runs[i] ||
                  sim_side_cycle(actor->party->side, actor->core, TACTUS_LL_TIMER) < 600u);
    }
    for (uint32_t i = 0; i < world->places_count; i++) {
        const struct place *place = &world->places[i];
        if (place->type != TACTUS_EDF && queued[i] > 0)
            HOLDS(sim_side_is_ticking(place->party->side, place->core, place->type));
    }
}

static void explore_world(uint64_t seed)
{
    static struct world world;
    world_make(&world, seed);
    for (uint32_t i = 0; world.controls_running > 0; i++) {
        HOLDS(i < 100000u); /* every call ends */
        sim_run_until(world.sim, sim_now_ns(world.sim) + 10 * MS);
    }
    world.is_ending = true;
    world_settle(&world);
    for (uint32_t i = 0; i < world.tasks; i++) {
        struct actor *actor = &world.actors[i];
        for (uint32_t attempt = 0; actor->is_made; attempt++) {
            HOLDS(attempt < 100u);
            do_free(actor, NULL);
        }
    }
    for (uint32_t i = 0; i < world.parties_count; i++) {
        sim_run_until(world.sim, sim_now_ns(world.sim) + 100u * world.tick_ns);
        party_free(&world.parties[i]);
    }
    sim_free(world.sim);
}

int main(int argc, char **argv)
{
    return explore(argc, argv, 5000, explore_world);
}
