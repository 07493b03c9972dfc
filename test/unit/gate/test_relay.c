/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The relay simulated: parties that look, lie down, run, publish and wake in random interleavings,
 * with a virtual clock and a virtual futex. Between any two of these steps of one party any other
 * may take some of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay.h"
#include "unit/core/random.h"

#define STAGES_MAX   8u
#define HISTORY      64u /* begins of ticks that are remembered */
#define TICK_NS      UINT64_C(1000000)
#define STEPS_WANTED 400000u

enum step { LOOK, LIE_DOWN, ASLEEP, RUN, PUBLISH, WAKE, OPEN, OVER };

struct party {
    enum step next;
    uint32_t finished; /* its own count; an honest one's done word */
    uint32_t up_to;
    struct relay_wait wait;
    uint64_t ready_ns; /* live: its run ends then */
    uint32_t looks;    /* since its last turn */
    bool is_forger;
};

struct world {
    struct random_source source;
    struct relay_board board;
    struct relay_view view;
    tactus_atomic_u32 done[STAGES_MAX];
    struct party party[STAGES_MAX + 1]; /* the last one is the kernel side */
    uint32_t stages;
    uint32_t first_tick;
    uint32_t ticks; /* how many the kernel side opens */
    uint32_t batch;
    uint64_t now_ns;
    uint64_t next_begin_ns;
    uint64_t begin_ns[HISTORY];
    uint64_t steps;
    bool is_live;
    bool wakes_at_once;   /* publishing and waking are one step */
    bool toggles_absence; /* presence changes in between */
    uint32_t toggles;     /* since the last nudge */
    uint32_t looks_most;
    uint32_t passed_over;
};

static struct world world;

static struct party *kernel(void)
{
    return &world.party[world.stages];
}

static bool is_present(uint32_t stage)
{
    return atomic_load(&world.board.stage[stage].absent) == 0;
}

static int32_t difference(uint32_t tick, uint32_t other)
{
    return (int32_t)(tick - other);
}

static void wake(const tactus_atomic_u32 *word)
{
    for (uint32_t i = 0; i <= world.stages; i++) {
        if (world.party[i].next == ASLEEP && world.party[i].wait.word == word) {
            world.party[i].next = LOOK;
        }
    }
}

static void nudge(void)
{
    world.toggles = 0;
    wake(&world.board.target);
    for (uint32_t i = 0; i < world.stages; i++) {
        wake(&world.done[i]);
    }
}

/* The properties, at the moment in which somebody is told to run. */
static void check_turn(uint32_t stages, const struct party *party)
{
    uint32_t target = atomic_load(&world.board.target);
    assert_true(difference(party->up_to, party->finished) > 0);
    assert_true(difference(target, party->up_to) >= 0);
    for (uint32_t j = 0; j < stages; j++) {
        if (!is_present(j) || world.party[j].is_forger) {
            continue;
        }
        uint32_t done = world.party[j].finished;
        for (uint32_t tick = party->finished + 1; difference(tick, party->up_to) <= 0; tick++) {
            if (difference(done, tick) >= 0) {
                continue;
            }
            /* Not finished: then it is live, and past the deadline. */
            assert_true(world.is_live);
            uint64_t deadline_ns =
                world.begin_ns[tick % HISTORY] + world.board.stage[j].deadline_offset_ns;
            assert_true(difference(target, tick) >= (int32_t)HISTORY ||
                        world.now_ns >= deadline_ns);
            world.passed_over++;
        }
    }
}

static void look(uint32_t index)
{
    struct party *party = &world.party[index];
    bool is_kernel = index == world.stages;
    party->looks++;
    switch (relay_ask(&world.view, is_kernel ? RELAY_KERNEL : index, party->finished, world.now_ns,
                      &party->up_to, &party->wait)) {
    case RELAY_STOP:
        party->next = OVER;
        break;
    case RELAY_WAIT:
        assert_true(party->wait.until_ns > world.now_ns);
        assert_true(party->wait.until_ns <= world.now_ns + RELAY_LOOK_NS);
        party->next = LIE_DOWN;
        break;
    case RELAY_RUN:
        check_turn(index, party);
        world.looks_most = party->looks > world.looks_most ? party->looks : world.looks_most;
        party->looks = 0;
        party->next = RUN;
        /* Mostly in time, now and then much too late. */
        party->ready_ns =
            world.now_ns + (world.is_live ? random_below(&world.source, 20) == 0
                                                ? random_below(&world.source, 3 * TICK_NS)
                                                : random_below(&world.source, TICK_NS / 20)
                                          : 0);
        break;
    }
}

static void kernel_open(struct party *party)
{
    uint32_t left = world.first_tick + world.ticks - party->finished;
    if (left == 0) {
        atomic_store(&world.board.stop, 1);
        nudge();
        party->next = OVER;
        return;
    }
    if (world.is_live && world.now_ns < world.next_begin_ns) {
        return;
    }
    uint32_t count = 1 + random_below(&world.source, world.batch < left ? world.batch : left);
    uint32_t tick = party->finished + count;
    world.begin_ns[tick % HISTORY] = world.now_ns;
    relay_open(&world.board, tick, world.now_ns);
    wake(&world.board.target);
    world.next_begin_ns += TICK_NS;
    party->next = LOOK;
}

static void finish_run(uint32_t index, struct party *party)
{
    if (index == world.stages) {
        party->finished = party->up_to;
        party->next = party->finished == atomic_load(&world.board.target) ? OPEN : LOOK;
    } else if (world.now_ns >= party->ready_ns) {
        party->next = PUBLISH;
    }
}

static void step_party(uint32_t index)
{
    struct party *party = &world.party[index];
    switch (party->next) {
    case LOOK:
        look(index);
        break;
    case LIE_DOWN:
        party->next = atomic_load(party->wait.word) == party->wait.expected ? ASLEEP : LOOK;
        break;
    case ASLEEP:
        party->next = world.now_ns >= party->wait.until_ns ? LOOK : ASLEEP;
        break;
    case RUN:
        finish_run(index, party);
        break;
    case PUBLISH:
        relay_finish(&world.view, index, party->up_to);
        party->finished = party->up_to;
        party->next = WAKE;
        if (!world.wakes_at_once) {
            break;
        }
        /* fall through */
    case WAKE:
        wake(&world.done[index]);
        party->next = LOOK;
        break;
    case OPEN:
        kernel_open(party);
        break;
    case OVER:
        break;
    }
}

/* Everything that a domain can do with its word, and with wakes. */
static void step_forger(uint32_t index)
{
    uint32_t target = atomic_load(&world.board.target);
    uint32_t span = random_below(&world.source, 70);
    const uint32_t words[] = {target,
                              target + 1,
                              target + span,
                              target - span,
                              target + UINT32_C(0x80000000),
                              target + UINT32_C(0x7fffffff),
                              (uint32_t)random_next(&world.source)};
    if (random_below(&world.source, 3) != 0) {
        atomic_store(&world.done[index], words[random_below(&world.source, 7)]);
    }
    if (random_below(&world.source, 3) == 0) {
        wake(&world.done[random_below(&world.source, world.stages)]);
        wake(&world.board.target);
    }
}

/* A stage leaves or comes back, as the kernel side has it: back with nothing owed. */
static void toggle(uint32_t stage)
{
    struct party *party = &world.party[stage];
    bool leaves = is_present(stage);
    if (!leaves) {
        party->finished = atomic_load(&world.board.target);
        atomic_store(&world.done[stage], party->finished);
        party->next = LOOK;
        party->looks = 0;
    }
    atomic_store(&world.board.stage[stage].absent, leaves ? 1 : 0);
    if (leaves) {
        party->next = OVER;
    }
    wake(&world.done[stage]);
    world.toggles++;
}

static bool can_step(const struct party *party)
{
    return party->next != OVER &&
           (party->next != ASLEEP || (world.is_live && world.now_ns >= party->wait.until_ns));
}

static bool anybody_can_step(void)
{
    for (uint32_t i = 0; i <= world.stages; i++) {
        if (can_step(&world.party[i])) {
            return true;
        }
    }
    return false;
}

static void forge_or_toggle(void)
{
    uint32_t stage = random_below(&world.source, world.stages);
    if (world.party[stage].is_forger) {
        step_forger(stage);
    } else if (world.toggles_absence && random_below(&world.source, 50) == 0) {
        toggle(stage);
    }
}

static bool has_forgers(void)
{
    for (uint32_t i = 0; i < world.stages; i++) {
        if (world.party[i].is_forger) {
            return true;
        }
    }
    return false;
}

/* True to the end: everything else is a party that sleeps for ever. */
static void run_world(void)
{
    uint64_t limit = world.steps + 4000000;
    while (kernel()->next != OVER) {
        assert_true(world.steps++ < limit);
        world.now_ns += world.is_live ? random_below(&world.source, 2000) : 1;
        if (random_below(&world.source, 4) == 0) {
            forge_or_toggle();
        }
        uint32_t index = random_below(&world.source, world.stages + 1);
        if (can_step(&world.party[index]) && !world.party[index].is_forger) {
            step_party(index);
        } else if (!world.is_live && !anybody_can_step()) {
            /* All asleep. Where somebody withheld a wake or left meanwhile a look is owed, from the
             * kernel side; among honest ones that is a lost wake-up. */
            assert_true(world.toggles > 0 || has_forgers());
            nudge();
        }
    }
}

static void world_make(struct random_source *source, uint32_t stages, uint32_t ticks, bool is_live)
{
    memset(&world, 0, sizeof world);
    world.source = (struct random_source){random_next(source)};
    world.stages = stages;
    world.ticks = ticks;
    world.is_live = is_live;
    world.batch = is_live ? 1 : 1 + random_below(source, 16);
    /* Half of the worlds pass the end of the 32-bit count. */
    world.first_tick = random_below(source, 2) ? UINT32_MAX - ticks / 2 : random_below(source, 3);
    world.now_ns = UINT32_MAX - random_below(source, 100000000);
    world.next_begin_ns = world.now_ns;
    world.board.stages = stages;
    world.board.live = is_live ? 1 : 0;
    world.board.tick_ns = TICK_NS;
    world.board.target = world.first_tick;
    world.view.board = &world.board;
    for (uint32_t i = 0; i < stages; i++) {
        world.board.stage[i].deadline_offset_ns =
            TICK_NS - TICK_NS * (stages - 1 - i) / (2 * stages);
        world.done[i] = world.first_tick;
        world.view.done[i] = &world.done[i];
        world.party[i].finished = world.first_tick;
    }
    world.party[stages].finished = world.first_tick;
    world.party[stages].next = OPEN;
}

static void check_all_finished(void)
{
    for (uint32_t i = 0; i < world.stages; i++) {
        if (!world.party[i].is_forger && is_present(i)) {
            assert_int_equal(world.party[i].finished, world.first_tick + world.ticks);
        }
    }
}

/* No time-out, no nudge: the wakes alone carry everybody to the end, each tick once and in order;
 * nobody looks more than twice for a turn. */
static void test_honest(void **state)
{
    (void)state;
    struct random_source source = random_start("relay, honest");
    for (uint64_t steps = 0; steps < STEPS_WANTED; steps += world.steps) {
        world_make(&source, 1 + random_below(&source, STAGES_MAX), 200, false);
        world.wakes_at_once = true;
        for (uint32_t i = 0; i < world.stages; i++) {
            atomic_store(&world.board.stage[i].absent, random_below(&source, 4) == 0);
            world.party[i].next = is_present(i) ? LOOK : OVER;
        }
        run_world();
        check_all_finished();
        assert_in_range(world.looks_most, 1, 2);
    }
}

/* The same with time between a word and its wake, which may then come late, to one who sleeps on
 * the word again already. */
static void test_honest_late_wakes(void **state)
{
    (void)state;
    struct random_source source = random_start("relay, late wakes");
    for (uint64_t steps = 0; steps < STEPS_WANTED; steps += world.steps) {
        world_make(&source, 1 + random_below(&source, STAGES_MAX), 200, false);
        run_world();
        check_all_finished();
        assert_in_range(world.looks_most, 1, 4);
    }
}

static void test_presence_changes(void **state)
{
    (void)state;
    struct random_source source = random_start("relay, presence");
    for (uint64_t steps = 0; steps < STEPS_WANTED; steps += world.steps) {
        world_make(&source, 1 + random_below(&source, STAGES_MAX), 200, false);
        world.toggles_absence = true;
        run_world();
        check_all_finished();
    }
}

static void test_live_with_late_parties(void **state)
{
    (void)state;
    struct random_source source = random_start("relay, live");
    uint64_t passed_over = 0;
    for (uint64_t steps = 0; steps < 4 * STEPS_WANTED; steps += world.steps) {
        world_make(&source, 2 + random_below(&source, STAGES_MAX - 1), 100, true);
        run_world();
        passed_over += world.passed_over;
    }
    assert_true(passed_over > 100);
}

/* check_turn holds for every honest one, whatever the forgers write; a live tick ends with its
 * deadlines, an offline one when the forger, at the latest by a nudge, says he is done. */
static void test_forgers(void **state)
{
    (void)state;
    struct random_source source = random_start("relay, forgers");
    for (uint64_t steps = 0; steps < 4 * STEPS_WANTED; steps += world.steps) {
        bool is_live = random_below(&source, 2) == 0;
        world_make(&source, 2 + random_below(&source, STAGES_MAX - 1), 100, is_live);
        world.party[random_below(&source, world.stages)].is_forger = true;
        world.party[random_below(&source, world.stages)].is_forger = true;
        run_world();
        if (!is_live) {
            check_all_finished();
        }
    }
}

/* One who stays behind, however far, is waited for: to the deadline, or until he is taken out. */
static void test_behind_is_waited_for(void **state)
{
    (void)state;
    struct random_source source = random_start("relay, behind");
    for (uint32_t i = 0; i < 100000; i++) {
        world_make(&source, 2, 10, false);
        uint32_t target = (uint32_t)random_next(&source);
        uint32_t behind = random_below(&source, 0x7ffffffe);
        world.board.target = target + 1;
        world.done[0] = target - behind;
        world.done[1] = target + 1;
        struct relay_wait wait = {0};
        uint32_t up_to = 0;
        assert_int_equal(relay_ask(&world.view, 1, target, 0, &up_to, &wait), RELAY_WAIT);
        assert_ptr_equal(wait.word, &world.done[0]);
        assert_int_equal(wait.expected, target - behind);
        assert_int_equal(relay_ask(&world.view, RELAY_KERNEL, target, 0, &up_to, &wait),
                         RELAY_WAIT);
        assert_int_equal(relay_straggler(&world.view, target + 1), 0);
        world.board.stage[0].absent = 1;
        assert_int_equal(relay_ask(&world.view, 1, target, 0, &up_to, &wait), RELAY_RUN);
        assert_int_equal(up_to, target + 1);
        assert_int_equal(relay_straggler(&world.view, target + 1), 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest),           cmocka_unit_test(test_honest_late_wakes),
        cmocka_unit_test(test_presence_changes), cmocka_unit_test(test_live_with_late_parties),
        cmocka_unit_test(test_forgers),          cmocka_unit_test(test_behind_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
