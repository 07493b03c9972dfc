/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random worlds against naive models. Tasks of LL and EDF on some cores; control threads, and the
 * tasks themselves, make random calls at random instants while tasks run, wait and are freed; tick
 * sources fail, threads come early and late. Calls take no time here, so that the model knows what
 * each must return and what runs next, exactly. test_explore_calls.c cuts calls into pieces.
 */
#include "sim_world.h"

#include "explore.h"
#include "support/ll_model.h"

#define TASKS_MAX    40u
#define CORES        4u
#define CONTROLS_MAX 6u

struct exploration exploration;

struct actor {
    struct world *world;
    uint32_t number;
    uint32_t core;
    bool is_edf;
    tactus_task task;
    bool was_made;
    uint32_t label;
    struct sim_cost cost;
    uint32_t running; /* how many of its runs are under way */
    uint64_t runs;
    bool is_dead; /* free was called: no new run from now on */
    /* EDF: the model of one task. LL tasks are in their core's model. */
    bool is_live;
    bool is_freeing;
    enum tactus_task_state state;
    uint32_t asked;
    uint64_t start_ns;
    uint64_t deadline_ns;
    bool has_deadline;
    bool has_run;
    bool has_completed;
};

struct place {
    struct ll_model model;
    struct world *world;
    uint32_t core;
    tactus_scheduler *ll;
    tactus_scheduler *edf;
    uint32_t held; /* blocks that have been granted */
    bool in_run;   /* the tick thread is in tactus_ll_run */
    uint32_t edf_runs;
};

struct world {
    struct sim *sim;
    struct party party;
    uint64_t tick_ns;
    uint32_t cores;
    uint32_t controls;
    uint32_t tasks;
    uint32_t operations;
    bool is_ending;
    uint32_t controls_running;
    struct place places[CORES];
    struct actor actors[TASKS_MAX];
};

/* Who makes a call. */
struct caller {
    struct actor *actor; /* from inside this task; NULL: a control thread or outside */
};

static uint32_t below(struct world *world, uint32_t bound)
{
    return (uint32_t)sim_random(world->sim, bound - 1u);
}

static bool one_in(struct world *world, uint32_t bound)
{
    return below(world, bound) == 0;
}

static struct ll_model_task *ll_task(struct actor *actor)
{
    return &actor->world->places[actor->core].model.tasks[actor->number];
}

static bool actor_is_live(struct actor *actor)
{
    return actor->is_edf ? actor->is_live : ll_task(actor)->is_live;
}

static bool actor_is_freeing(struct actor *actor)
{
    return actor->is_edf ? actor->is_freeing : ll_task(actor)->is_freeing;
}

static enum tactus_task_state actor_state(struct actor *actor)
{
    return actor->is_edf ? actor->state : ll_task(actor)->state;
}

/* What calls on a task get that another one frees: it may be gone, and free not have returned. */
static bool is_refused_as_freed(tactus_status status)
{
    return status == TACTUS_E_STATE || status == TACTUS_E_STALE;
}

static bool caller_is_tick(struct caller caller)
{
    return caller.actor != NULL && !caller.actor->is_edf;
}

static bool is_ticking(struct world *world, uint32_t core)
{
    return sim_side_is_ticking(world->party.side, core, TACTUS_LL_TIMER);
}

/* Holds at every instant between two calls. */
static void invariants_check(struct world *world)
{
    for (uint32_t i = 0; i < world->tasks; i++) {
        struct actor *actor = &world->actors[i];
        if (!actor->is_edf && actor_is_live(actor) && !actor_is_freeing(actor) &&
            actor_state(actor) == TACTUS_TASK_QUEUED)
            HOLDS(is_ticking(world, actor->core));
    }
}

/* --- calls ----------------------------------------------------------------------------------- */

static int actor_run(void *data);
static void actor_complete(void *data);
static uint64_t actor_deadline_ns(void *data);

static void do_init(struct actor *actor)
{
    struct world *world = actor->world;
    int32_t priority = (int32_t)below(world, 5) - 2;
    if (actor_is_freeing(actor))
        return; /* the handle may be another task's before free returns */
    struct tactus_task_config config = {
        .name = sim_label_name(world->sim, actor->label),
        .type = actor->is_edf ? TACTUS_EDF : TACTUS_LL_TIMER,
        .core = actor->core,
        .priority = priority,
        .run = actor_run,
        .complete = actor->is_edf ? actor_complete : NULL,
        .deadline_ns = actor->is_edf ? actor_deadline_ns : NULL,
        .data = actor,
    };
    tactus_status status = tactus_task_init(world->party.runtime, &config, &actor->task);
    if (actor_is_live(actor)) {
        HOLDS(status == TACTUS_E_EXISTS);
        return;
    }
    HOLDS(status == TACTUS_OK); /* or the pool leaks */
    actor->was_made = true;
    actor->is_dead = false;
    if (actor->is_edf) {
        actor->is_live = true;
        actor->state = TACTUS_TASK_INIT;
        actor->has_deadline = false;
        actor->has_run = false;
        actor->asked++;
    } else {
        ll_model_init(&world->places[actor->core].model, actor->number, priority);
    }
}

struct wish {
    enum tactus_anchor anchor;
    struct actor *reference;
    uint64_t start_ns;
    uint64_t period_ns;
};

static tactus_status call_schedule(struct actor *actor, const struct wish *wish)
{
    tactus_runtime *runtime = actor->world->party.runtime;
    if (wish->anchor == TACTUS_ANCHOR_BEFORE)
        return tactus_task_schedule_before(runtime, actor->task, wish->reference->task,
                                           wish->start_ns, wish->period_ns);
    if (wish->anchor == TACTUS_ANCHOR_AFTER)
        return tactus_task_schedule_after(runtime, actor->task, wish->reference->task,
                                          wish->start_ns, wish->period_ns);
    return tactus_task_schedule(runtime, actor->task, wish->start_ns, wish->period_ns);
}

static struct wish wish_draw(struct actor *actor)
{
    struct world *world = actor->world;
    struct wish wish = {.reference = &world->actors[below(world, world->tasks)]};
    if (actor->is_edf) {
        wish.start_ns = one_in(world, 3) ? 0 : sim_random(world->sim, 3u * world->tick_ns);
        wish.period_ns = one_in(world, 20) ? world->tick_ns : 0;
        wish.anchor = one_in(world, 20) ? TACTUS_ANCHOR_AFTER : TACTUS_ANCHOR_NONE;
        return wish;
    }
    wish.start_ns = one_in(world, 3) ? below(world, 4) * world->tick_ns : 0;
    wish.period_ns = one_in(world, 3) ? below(world, 4) * world->tick_ns : 0;
    if (one_in(world, 20))
        wish.start_ns += 1u + below(world, (uint32_t)world->tick_ns - 1u);
    /* Whoever moves twice within a tick takes along what was anchored to it in between: tested
     * apart. */
    if (!ll_task(actor)->is_new_place && one_in(world, 3))
        wish.anchor = one_in(world, 2) ? TACTUS_ANCHOR_BEFORE : TACTUS_ANCHOR_AFTER;
    return wish;
}

/* What an LL schedule call has to return; *effect: it changes something. */
static bool schedule_is_right(struct actor *actor, const struct wish *wish, struct caller caller,
                              bool was_ticking, tactus_status status, bool *effect)
{
    struct world *world = actor->world;
    *effect = false;
    if (!actor_is_live(actor))
        return status == TACTUS_E_STALE;
    if (actor_is_freeing(actor))
        return is_refused_as_freed(status);
    if (actor->is_edf && wish->anchor != TACTUS_ANCHOR_NONE)
        return status == TACTUS_E_NOT_SUPPORTED;
    if (actor->is_edf ? wish->period_ns != 0 : (wish->start_ns % world->tick_ns) != 0)
        return status == TACTUS_E_PERIOD;
    struct actor *reference = wish->reference;
    if (wish->anchor != TACTUS_ANCHOR_NONE &&
        (reference == actor || reference->is_edf || reference->core != actor->core ||
         !actor_is_live(reference) || actor_is_freeing(reference) ||
         actor_state(reference) != TACTUS_TASK_QUEUED))
        return status == TACTUS_E_REFERENCE;
    if (!actor->is_edf && actor_state(actor) == TACTUS_TASK_QUEUED)
        return status == TACTUS_OK;
    if (!actor->is_edf && !was_ticking && caller_is_tick(caller))
        return status == TACTUS_E_STATE;
    if (!actor->is_edf && !was_ticking && (status == TACTUS_E_OS || status == TACTUS_E_NO_MEMORY))
        return true;
    *effect = true;
    return status == TACTUS_OK;
}

static void edf_asked(struct actor *actor, uint64_t start_ns)
{
    actor->state = TACTUS_TASK_QUEUED;
    actor->asked++;
    actor->start_ns = sim_now_ns(actor->world->sim) + start_ns;
    actor->has_deadline = false;
    actor->has_run = false;
}

static void do_schedule(struct actor *actor, struct caller caller)
{
    struct world *world = actor->world;
    struct wish wish = wish_draw(actor);
    bool was_ticking = is_ticking(world, actor->core);
    bool effect;
    tactus_status status = call_schedule(actor, &wish);
    HOLDS(schedule_is_right(actor, &wish, caller, was_ticking, status, &effect));
    if (!effect)
        return;
    if (!actor->is_edf)
        ll_model_schedule(&world->places[actor->core].model, actor->number, wish.anchor,
                          wish.reference->number, wish.start_ns / world->tick_ns,
                          wish.period_ns / world->tick_ns);
    else if (actor->running == 0 || actor->state != TACTUS_TASK_QUEUED)
        edf_asked(actor, wish.start_ns);
}

static void do_reschedule(struct actor *actor)
{
    struct world *world = actor->world;
    uint64_t start_ns = sim_random(world->sim, 3u * world->tick_ns);
    tactus_status status = tactus_task_reschedule(world->party.runtime, actor->task, start_ns);
    if (!actor_is_live(actor)) {
        HOLDS(status == TACTUS_E_STALE);
    } else if (!actor->is_edf) {
        HOLDS(status == TACTUS_E_NOT_SUPPORTED ||
              (actor_is_freeing(actor) && status == TACTUS_E_STALE));
    } else if (actor_is_freeing(actor)) {
        HOLDS(is_refused_as_freed(status));
    } else if (actor_state(actor) != TACTUS_TASK_QUEUED) {
        HOLDS(status == TACTUS_E_STATE);
    } else {
        HOLDS(status == TACTUS_OK);
        edf_asked(actor, start_ns);
    }
}

static void do_cancel(struct actor *actor)
{
    tactus_status status = tactus_task_cancel(actor->world->party.runtime, actor->task);
    if (!actor_is_live(actor)) {
        HOLDS(status == TACTUS_E_STALE);
    } else if (actor_is_freeing(actor)) {
        HOLDS(is_refused_as_freed(status));
    } else {
        HOLDS(status == TACTUS_OK);
        if (actor->is_edf)
            actor->state = TACTUS_TASK_CANCELLED;
        else
            ll_model_cancel(&actor->world->places[actor->core].model, actor->number);
    }
}

static bool free_is_refused(struct actor *actor, struct caller caller)
{
    return caller_is_tick(caller) ||
           (caller.actor != NULL && actor->is_edf && caller.actor->core == actor->core);
}

static void do_free(struct actor *actor, struct caller caller)
{
    struct world *world = actor->world;
    /* Two EDF tasks that free each other's would wait for each other. */
    if (caller.actor != NULL && caller.actor->is_edf && actor->is_edf &&
        caller.actor->core != actor->core)
        return;
    bool is_live = actor_is_live(actor);
    bool is_freeing = actor_is_freeing(actor);
    bool is_refused = free_is_refused(actor, caller);
    if (is_live && !is_freeing && !is_refused) {
        actor->is_dead = true;
        actor->asked++;
        if (actor->is_edf)
            actor->is_freeing = true;
        else
            ll_model_free_begin(&world->places[actor->core].model, actor->number,
                                is_ticking(world, actor->core));
    }
    tactus_status status = tactus_task_free(world->party.runtime, actor->task);
    if (!is_live) {
        HOLDS(status == TACTUS_E_STALE);
    } else if (is_refused) {
        HOLDS(status == TACTUS_E_DEADLOCK || (is_freeing && status == TACTUS_E_STALE));
    } else if (is_freeing) {
        HOLDS(is_refused_as_freed(status));
    } else {
        HOLDS(status == TACTUS_OK);
        HOLDS(actor->running == 0);
        if (actor->is_edf)
            actor->is_live = actor->is_freeing = false;
        else
            ll_model_free_end(&world->places[actor->core].model, actor->number);
    }
}

static void do_block(struct world *world, struct caller caller)
{
    struct place *place = &world->places[below(world, world->cores)];
    if (caller_is_tick(caller)) {
        HOLDS(tactus_ll_block(place->ll) == TACTUS_E_DEADLOCK);
        return;
    }
    place->model.blocks++;
    HOLDS(tactus_ll_block(place->ll) == TACTUS_OK);
    place->held++;
    sim_sleep_until(world->sim,
                    sim_now_ns(world->sim) + sim_random(world->sim, 3u * world->tick_ns));
    place->held--;
    place->model.blocks--;
    HOLDS(tactus_ll_unblock(place->ll) == TACTUS_OK);
}

static void check_states(struct world *world)
{
    for (uint32_t i = 0; i < world->tasks; i++) {
        struct actor *actor = &world->actors[i];
        enum tactus_task_state state;
        tactus_status status = tactus_task_state_get(world->party.runtime, actor->task, &state);
        if (!actor_is_freeing(actor))
            HOLDS(status == (actor_is_live(actor) ? TACTUS_OK : TACTUS_E_STALE));
        if (status != TACTUS_OK)
            continue;
        enum tactus_task_state expected = actor_state(actor);
        if (actor_is_freeing(actor))
            expected = TACTUS_TASK_FREE;
        else if (expected == TACTUS_TASK_QUEUED && actor->running > 0)
            expected = TACTUS_TASK_RUNNING;
        HOLDS(state == expected);
    }
}

static void operate(struct world *world, struct caller caller)
{
    struct actor *actor = &world->actors[below(world, world->tasks)];
    if (world->operations == 0)
        return;
    world->operations--;
    switch (below(world, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
        do_schedule(actor, caller);
        break;
    case 7:
    case 8:
        do_cancel(actor);
        break;
    case 9:
    case 10:
        do_init(actor);
        break;
    case 11:
    case 12:
        do_free(actor, caller);
        break;
    case 13:
        do_reschedule(actor);
        break;
    case 14:
        if (one_in(world, 4))
            do_block(world, caller);
        break;
    default:
        check_states(world);
        break;
    }
    invariants_check(world);
}

/* More urgent than all tasks, so that a call that wakes one of them has returned before that runs.
 */
static void control_main(void *data)
{
    struct world *world = data;
    while (world->operations > 0) {
        sim_sleep_until(world->sim,
                        sim_now_ns(world->sim) + sim_random(world->sim, world->tick_ns));
        sim_consume(world->sim, sim_random(world->sim, 20u * US));
        for (uint32_t i = below(world, 3); i > 0; i--)
            operate(world, (struct caller){NULL});
    }
    world->controls_running--;
}

/* --- runs ------------------------------------------------------------------------------------ */

/* Is there a ready task that should have come before this one? */
static bool edf_is_first(struct actor *actor)
{
    struct world *world = actor->world;
    uint64_t now_ns = sim_now_ns(world->sim);
    for (uint32_t i = 0; i < world->tasks; i++) {
        struct actor *other = &world->actors[i];
        if (other == actor || !other->is_edf || other->core != actor->core || !other->is_live ||
            other->is_freeing || other->state != TACTUS_TASK_QUEUED || other->start_ns > now_ns)
            continue;
        if (!other->has_deadline || other->deadline_ns < actor->deadline_ns)
            return false;
    }
    return true;
}

static void run_begins(struct actor *actor)
{
    struct place *place = &actor->world->places[actor->core];
    HOLDS(!actor->is_dead);
    HOLDS(actor->running == 0);
    if (actor->is_edf) {
        HOLDS(place->edf_runs == 0);
        HOLDS(actor->is_live && actor->state == TACTUS_TASK_QUEUED && actor->has_deadline);
        HOLDS(actor->start_ns <= sim_now_ns(actor->world->sim));
        HOLDS(edf_is_first(actor));
        place->edf_runs++;
    } else {
        HOLDS(place->in_run && place->held == 0);
        HOLDS(ll_model_next(&place->model) == actor->number);
    }
    actor->running++;
    actor->runs++;
}

static bool edf_goes_on(const struct actor *actor, uint32_t asked)
{
    return actor->is_live && !actor->is_freeing && actor->state == TACTUS_TASK_QUEUED &&
           actor->asked == asked;
}

static int run_ends(struct actor *actor, uint32_t asked)
{
    struct world *world = actor->world;
    struct place *place = &world->places[actor->core];
    int result = TACTUS_RESCHEDULE;
    if (one_in(world, 6))
        result = one_in(world, 5) ? 7 : TACTUS_COMPLETED;
    actor->running--;
    if (!actor->is_edf) {
        if (result == TACTUS_COMPLETED)
            ll_model_completed(&place->model, actor->number, asked);
        return result;
    }
    place->edf_runs--;
    actor->has_completed = false;
    if (edf_goes_on(actor, asked)) {
        actor->has_deadline = false;
        actor->has_run = result != TACTUS_COMPLETED;
        actor->has_completed = result == TACTUS_COMPLETED;
        if (result == TACTUS_COMPLETED)
            actor->state = TACTUS_TASK_COMPLETED;
    }
    return result;
}

static int actor_run(void *data)
{
    struct actor *actor = data;
    struct world *world = actor->world;
    run_begins(actor);
    uint32_t asked = actor->is_edf ? actor->asked : ll_task(actor)->asked;
    sim_label_begin(world->sim, actor->label);
    for (uint32_t i = world->is_ending ? 0 : below(world, 3); i > 0; i--) {
        sim_consume(world->sim, sim_cost_draw(world->sim, actor->cost) / 3u);
        operate(world, (struct caller){actor});
    }
    sim_consume(world->sim, sim_cost_draw(world->sim, actor->cost));
    sim_label_end(world->sim);
    return run_ends(actor, asked);
}

static void actor_complete(void *data)
{
    struct actor *actor = data;
    HOLDS(actor->is_edf && actor->has_completed);
    actor->has_completed = false;
}

static uint64_t actor_deadline_ns(void *data)
{
    struct actor *actor = data;
    struct world *world = actor->world;
    uint64_t now_ns = sim_now_ns(world->sim);
    uint64_t value_ns = now_ns + sim_random(world->sim, 4u * world->tick_ns);
    if (actor->has_run) {
        actor->has_run = false;
        actor->start_ns = value_ns;
    } else {
        HOLDS(actor->start_ns <= now_ns && !actor->has_deadline);
        actor->has_deadline = true;
        actor->deadline_ns = value_ns;
    }
    return value_ns;
}

/* Before and after each tactus_ll_run. */
static void tick_watch(void *context, uint64_t target_cycle, bool has_run)
{
    struct place *place = context;
    HOLDS(place->in_run == has_run);
    place->in_run = !has_run;
    if (!has_run) {
        ll_model_run(&place->model, target_cycle);
        return;
    }
    struct tactus_ll_stats stats;
    HOLDS(ll_model_next(&place->model) == LL_MODEL_NONE); /* nothing was lost */
    HOLDS(is_ticking(place->world, place->core) == !place->model.is_stopped);
    tactus_ll_stats_get(place->ll, &stats);
    HOLDS(stats.cycles == place->model.cycles);
    HOLDS(stats.missed_cycles == place->model.missed);
    HOLDS(stats.skipped_cycles == place->model.skipped);
    HOLDS(stats.blocked_cycles == place->model.blocked);
    HOLDS(stats.tasks == place->model.run_count);
}

/* --- worlds ---------------------------------------------------------------------------------- */

static void schedulers_make(struct world *world)
{
    static const uint64_t ticks_ns[] = {125 * US, 500 * US, MS, 2 * MS};
    world->tick_ns = ticks_ns[below(world, 4)];
    for (uint32_t core = 0; core < world->cores; core++) {
        struct place *place = &world->places[core];
        place->world = world;
        place->core = core;
        place->model.catch_up = below(world, 12);
        struct tactus_ll_config ll = {.tick_ns = world->tick_ns, .catch_up = place->model.catch_up};
        struct tactus_edf_config edf = {0};
        struct sim_source_config source = {
            .period_ns = world->tick_ns,
            .phase_ns = sim_random(world->sim, world->tick_ns - 1u),
            .jitter_ns = one_in(world, 2) ? 0 : sim_random(world->sim, world->tick_ns / 4u),
            .watch = tick_watch,
            .watch_context = place,
        };
        HOLDS(tactus_ll_register(world->party.runtime, TACTUS_LL_TIMER, core, &ll, &place->ll) ==
              TACTUS_OK);
        HOLDS(tactus_edf_register(world->party.runtime, core, &edf, &place->edf) == TACTUS_OK);
        HOLDS(sim_side_source(world->party.side, core, TACTUS_LL_TIMER, place->ll, &source) ==
              TACTUS_OK);
        HOLDS(sim_side_edf(world->party.side, core, place->edf) == TACTUS_OK);
    }
}

static void actors_make(struct world *world)
{
    for (uint32_t i = 0; i < world->tasks; i++) {
        struct actor *actor = &world->actors[i];
        char name[16];
        (void)snprintf(name, sizeof name, "task %u", i);
        *actor = (struct actor){.world = world,
                                .number = i,
                                .core = below(world, world->cores),
                                .is_edf = one_in(world, 3),
                                .label = sim_label_new(world->sim, name)};
        /* Some are longer than a tick. */
        uint64_t most_ns = one_in(world, 8) ? 3u * world->tick_ns : world->tick_ns / 20u;
        actor->cost.ns = sim_random(world->sim, most_ns);
        actor->cost.jitter_ns = sim_random(world->sim, actor->cost.ns);
    }
}

static void world_make(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    struct sim_config config = {.cores = CORES + 2u, .seed = seed};
    config.faults.late_ns = 3 * MS;
    HOLDS(sim_new(&config, &world->sim) == TACTUS_OK);
    exploration.sim = world->sim;
    world->cores = 1u + below(world, CORES);
    world->tasks = 1u + below(world, one_in(world, 3) ? 4u : TASKS_MAX); /* few meet more often */
    world->operations = 200u + below(world, 2000);
    struct sim_faults faults = {.late_ns = sim_random(world->sim, 3 * MS)};
    if (one_in(world, 2))
        faults.tick_start = below(world, 300);
    if (one_in(world, 2))
        faults.wait_early = below(world, 200);
    if (one_in(world, 2))
        faults.wake_late = below(world, 200);
    party_new(&world->party, world->sim, TACTUS_SIDE_KERNEL, 0, world->cores, world->tasks,
              &tactus_ownership_monolithic);
    schedulers_make(world);
    actors_make(world);
    sim_faults_set(world->sim, &faults);
    world->controls = 1u + below(world, CONTROLS_MAX);
    for (uint32_t i = 0; i < world->controls; i++) {
        struct sim_thread *thread;
        world->controls_running++;
        HOLDS(sim_thread_new(world->sim, "control", CORES + below(world, 2),
                             SIM_PRIORITY_BACKGROUND, control_main, world, &thread) == TACTUS_OK);
    }
}

/* Whatever is queued runs: nothing was lost. */
static void world_settle(struct world *world)
{
    uint64_t runs[TASKS_MAX];
    sim_faults_set(world->sim, &(struct sim_faults){0});
    for (uint32_t i = 0; i < world->tasks; i++)
        runs[i] = world->actors[i].runs;
    /* A start lies up to 3 ticks ahead, a deadline 4, and what is overloaded takes its time. */
    sim_run_until(world->sim, sim_now_ns(world->sim) + 1000u * world->tick_ns);
    for (uint32_t i = 0; i < world->tasks; i++) {
        struct actor *actor = &world->actors[i];
        if (!actor->is_edf && actor_is_live(actor) && actor_state(actor) == TACTUS_TASK_QUEUED)
            HOLDS(actor->runs > runs[i]);
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
        if (actor_is_live(&world.actors[i]))
            do_free(&world.actors[i], (struct caller){NULL});
    }
    party_free(&world.party);
    sim_free(world.sim);
}

int main(int argc, char **argv)
{
    return explore(argc, argv, 4000, explore_world);
}
