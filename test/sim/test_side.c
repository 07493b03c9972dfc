/* SPDX-License-Identifier: BSD-3-Clause */
/* What the port of a simulated runtime does: tick sources, EDF threads, several sides. */
#include "sim_world.h"

#define RECORD 10000u

struct ticks {
    struct sim *sim;
    uint64_t at_ns[64];
    uint64_t cycle[64];
    uint32_t count;
};

static void ticks_note(void *context, uint64_t target_cycle, bool has_run)
{
    struct ticks *ticks = context;
    if (has_run || ticks->count == 64u)
        return;
    ticks->at_ns[ticks->count] = sim_now_ns(ticks->sim);
    ticks->cycle[ticks->count++] = target_cycle;
}

static void source_new(struct party *party, enum tactus_scheduler_type type,
                       const struct sim_source_config *config)
{
    struct tactus_ll_config ll = {.tick_ns = MS, .catch_up = TACTUS_CATCH_UP_DEFAULT};
    OK(tactus_ll_register(party->runtime, type, 0, &ll, &party->ll[0]));
    OK(sim_side_source(party->side, 0, type, party->ll[0], config));
}

static void L12_instants_keep_their_beat_and_numbers_go_on(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1});
    struct ticks ticks = {.sim = sim};
    struct party party;
    party_new(&party, sim, TACTUS_SIDE_KERNEL, 0, 1, 4, &tactus_ownership_monolithic);
    source_new(
        &party, TACTUS_LL_TIMER,
        &(struct sim_source_config){
            .period_ns = MS, .phase_ns = 250 * US, .watch = ticks_note, .watch_context = &ticks});
    struct sim_work work = work_new(sim, 0, "a", 10 * US);
    tactus_task task = task_new(&party, TACTUS_LL_TIMER, 0, 0, &work);
    sim_run_until(sim, 5 * MS);
    assert_int_equal(ticks.count, 0);
    OK(tactus_task_schedule(party.runtime, task, 0, 0));
    sim_run_until(sim, 7 * MS);
    OK(tactus_task_cancel(party.runtime, task));
    sim_run_until(sim, 20 * MS);
    assert_false(sim_side_is_ticking(party.side, 0, TACTUS_LL_TIMER));
    OK(tactus_task_schedule(party.runtime, task, 0, 0));
    sim_run_until(sim, 21 * MS);
    /* Two runs, the cycle in which it has gone, and one after the pause. */
    assert_int_equal(ticks.count, 4);
    const uint64_t at_us[] = {5250, 6250, 7250, 20250};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(ticks.at_ns[i], at_us[i] * US);
        assert_int_equal(ticks.cycle[i], i + 1u);
    }
    assert_int_equal(work.runs, 3);
    OK(tactus_task_free(party.runtime, task)); /* from outside: the machine runs meanwhile */
    assert_true(sim_now_ns(sim) > 21 * MS);
    party_free(&party);
    sim_free(sim);
}

static void jitter_is_within_its_bound_and_does_not_add_up(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1, .seed = 3});
    struct ticks ticks = {.sim = sim};
    struct party party;
    party_new(&party, sim, TACTUS_SIDE_KERNEL, 0, 1, 4, &tactus_ownership_monolithic);
    source_new(
        &party, TACTUS_LL_TIMER,
        &(struct sim_source_config){
            .period_ns = MS, .jitter_ns = 100 * US, .watch = ticks_note, .watch_context = &ticks});
    struct sim_work work = work_new(sim, 0, "a", 10 * US);
    tactus_task task = task_new(&party, TACTUS_LL_TIMER, 0, 0, &work);
    OK(tactus_task_schedule(party.runtime, task, 0, 0));
    sim_run_until(sim, 60 * MS + 500 * US);
    assert_int_equal(ticks.count, 60);
    bool is_late = false;
    for (uint32_t i = 0; i < 60; i++) {
        assert_in_range(ticks.at_ns[i], (i + 1u) * MS, (i + 1u) * MS + 100 * US);
        is_late |= ticks.at_ns[i] > (i + 1u) * MS + 50 * US;
    }
    assert_true(is_late);
    OK(tactus_task_free(party.runtime, task));
    party_free(&party);
    sim_free(sim);
}

static void L15_a_device_that_stops_misses_no_period(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1});
    struct tactus_ll_stats stats;
    struct party party;
    party_new(&party, sim, TACTUS_SIDE_KERNEL, 0, 1, 4, &tactus_ownership_default);
    source_new(&party, TACTUS_LL_DMA, &(struct sim_source_config){.period_ns = MS});
    struct sim_work work = work_new(sim, 0, "a", 10 * US);
    tactus_task task = task_new(&party, TACTUS_LL_DMA, 0, 0, &work);
    OK(tactus_task_schedule(party.runtime, task, 0, 0));
    sim_run_until(sim, 3500 * US);
    sim_side_stall(party.side, 0, TACTUS_LL_DMA, true);
    sim_run_until(sim, 10 * MS);
    assert_int_equal(work.runs, 3);
    sim_side_stall(party.side, 0, TACTUS_LL_DMA, false);
    sim_run_until(sim, 10499 * US);
    assert_int_equal(work.runs, 3);
    sim_run_until(sim, 10510 * US);
    assert_int_equal(work.runs, 4);
    tactus_ll_stats_get(party.ll[0], &stats);
    assert_int_equal(stats.missed_cycles, 0);
    OK(tactus_task_free(party.runtime, task));
    party_free(&party);
    sim_free(sim);
}

static void LL_preempts_EDF_and_an_overrun_is_made_up_for(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1, .record_max = RECORD});
    struct tactus_ll_stats stats;
    struct party party;
    party_monolithic(&party, sim, 1, 4);
    struct sim_work ll = work_new(sim, 0, "ll", 200 * US);
    struct sim_work edf = work_new(sim, 0, "edf", 1500 * US);
    tactus_task ll_task = task_new(&party, TACTUS_LL_TIMER, 0, 0, &ll);
    tactus_task edf_task = task_new(&party, TACTUS_EDF, 0, 0, &edf);
    edf.period_ns = 2 * MS;
    OK(sim_work_release(&edf, 100 * US));
    OK(tactus_task_schedule(party.runtime, ll_task, 0, 0));
    OK(tactus_task_schedule(party.runtime, edf_task, 100 * US, 0));
    sim_run_until(sim, 2100 * US);
    assert_record(sim, "0:edf 100-1000*, 0:ll 1000-1200, 0:edf 1200-1800");
    ll.cost.ns = 2500 * US;
    sim_run_until(sim, 5400 * US);
    ll.cost.ns = 10 * US;
    sim_run_until(sim, 7900 * US);
    tactus_ll_stats_get(party.ll[0], &stats);
    assert_int_equal(stats.cycles, 7);
    assert_int_equal(stats.missed_cycles, 1);
    assert_int_equal(stats.skipped_cycles, 0);
    sim_work_stop(&edf);
    OK(tactus_task_free(party.runtime, ll_task));
    OK(tactus_task_free(party.runtime, edf_task));
    party_free(&party);
    sim_free(sim);
}

static void R8_a_source_that_fails_leaves_no_trace(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1, .faults = {.tick_start = 1000}});
    struct party party;
    party_monolithic(&party, sim, 1, 4);
    struct sim_work work = work_new(sim, 0, "a", 10 * US);
    tactus_task task = task_new(&party, TACTUS_LL_TIMER, 0, 0, &work);
    enum tactus_task_state task_state;
    tactus_status status = tactus_task_schedule(party.runtime, task, 0, 0);
    assert_true(status == TACTUS_E_OS || status == TACTUS_E_NO_MEMORY);
    OK(tactus_task_state_get(party.runtime, task, &task_state));
    assert_int_equal(task_state, TACTUS_TASK_INIT);
    sim_run_until(sim, 5 * MS);
    assert_int_equal(work.runs, 0);
    sim_faults_set(sim, &(struct sim_faults){0});
    OK(tactus_task_schedule(party.runtime, task, 0, 0));
    sim_run_until(sim, 6 * MS + 10 * US);
    assert_int_equal(work.runs, 1);
    OK(tactus_task_free(party.runtime, task));
    party_free(&party);
    sim_free(sim);
}

static size_t in_use_bytes(const struct party *party)
{
    struct tactus_heap_stats stats;
    tactus_heap_stats_get(party->heap, &stats);
    return stats.in_use_bytes;
}

/* One runtime on a heap of that size; true where all of it fits. */
static bool fits(struct sim *sim, size_t heap_bytes)
{
    struct party party = {0};
    party_heap(&party, heap_bytes);
    OK(sim_side_new(sim, "small", &party.side));
    struct tactus_runtime_config config = {.cores = 2,
                                           .tasks_max = 8,
                                           .ownership = tactus_ownership_monolithic,
                                           .heap = party.heap,
                                           .port = sim_side_port(party.side)};
    struct tactus_ll_config ll = {.tick_ns = MS};
    struct tactus_edf_config edf = {0};
    tactus_status status = tactus_runtime_new(&config, &party.runtime);
    size_t before_bytes = in_use_bytes(&party);
    for (uint32_t i = 0; status == TACTUS_OK && i < 4; i++) {
        before_bytes = in_use_bytes(&party);
        status = i < 2 ? tactus_ll_register(party.runtime, TACTUS_LL_TIMER, i, &ll, &party.ll[i])
                       : tactus_edf_register(party.runtime, i - 2, &edf, &party.edf[i - 2]);
    }
    if (status != TACTUS_OK) {
        assert_int_equal(status, TACTUS_E_NO_MEMORY);
        assert_int_equal(in_use_bytes(&party), before_bytes);
        assert_true(party.runtime != NULL || before_bytes == 0);
    }
    party_free(&party);
    return status == TACTUS_OK;
}

static void R2_an_exhausted_heap_leaves_everything_as_it_was(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 2});
    size_t bytes = 4096;
    while (!fits(sim, bytes)) {
        bytes += 64;
        assert_true(bytes < (size_t)1 << 20);
    }
    assert_true(bytes > 8192); /* it did fail before */
    sim_free(sim);
}

static void several_sides_share_64_cores(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 64});
    struct party parties[3];
    static struct sim_work works[3][64];
    static tactus_task tasks[3][64];
    for (uint32_t i = 0; i < 3; i++) {
        party_new(&parties[i], sim, i == 0 ? TACTUS_SIDE_KERNEL : TACTUS_SIDE_USER, i, 64, 64,
                  &tactus_ownership_default);
        for (uint32_t core = 0; core < 64; core++) {
            if (i == 0)
                party_edf(&parties[i], core);
            else
                party_ll(&parties[i], core, MS, 0);
            works[i][core] = work_new(sim, core, "work", 100 * US);
            works[i][core].period_ns = i == 0 ? 2 * MS : 0;
            tasks[i][core] = task_new(&parties[i], i == 0 ? TACTUS_EDF : TACTUS_LL_TIMER, core, 0,
                                      &works[i][core]);
            OK(sim_work_release(&works[i][core], 0));
            OK(tactus_task_schedule(parties[i].runtime, tasks[i][core], 0, 0));
        }
    }
    sim_run_until(sim, 20 * MS + 500 * US);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t core = 0; core < 64; core++) {
            assert_int_equal(works[i][core].runs, i == 0 ? 11 : 20);
            assert_int_equal(works[i][core].misses, 0);
            sim_work_stop(&works[i][core]);
            OK(tactus_task_free(parties[i].runtime, tasks[i][core]));
        }
        party_free(&parties[i]);
    }
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(L12_instants_keep_their_beat_and_numbers_go_on),
        cmocka_unit_test(jitter_is_within_its_bound_and_does_not_add_up),
        cmocka_unit_test(L15_a_device_that_stops_misses_no_period),
        cmocka_unit_test(LL_preempts_EDF_and_an_overrun_is_made_up_for),
        cmocka_unit_test(R8_a_source_that_fails_leaves_no_trace),
        cmocka_unit_test(R2_an_exhausted_heap_leaves_everything_as_it_was),
        cmocka_unit_test(several_sides_share_64_cores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
