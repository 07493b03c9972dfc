/* SPDX-License-Identifier: BSD-3-Clause */
/* The simulated machine itself: time, priorities, waits, timers, budgets, its record and its seed.
 */
#include <inttypes.h>

#include "sim_world.h"

#define RECORD 100000u

struct script {
    struct sim *sim;
    uint32_t label;
    uint64_t sleep_until_ns;
    uint64_t consume_ns;
    uint64_t ended_ns;
    tactus_atomic_u32 word;
    struct sim_thread *thread;
};

static void script_run(void *data)
{
    struct script *script = data;
    sim_sleep_until(script->sim, script->sleep_until_ns);
    sim_label_begin(script->sim, script->label);
    sim_consume(script->sim, script->consume_ns);
    sim_label_end(script->sim);
    script->ended_ns = sim_now_ns(script->sim);
}

static struct script *script_new(struct sim *sim, const char *name, uint32_t core, int32_t priority,
                                 uint64_t sleep_until_ns, uint64_t consume_ns)
{
    static struct script scripts[64];
    static size_t next;
    struct script *script = &scripts[next++ % 64u];
    *script = (struct script){.sim = sim,
                              .label = sim_label_new(sim, name),
                              .sleep_until_ns = sleep_until_ns,
                              .consume_ns = consume_ns};
    OK(sim_thread_new(sim, name, core, priority, script_run, script, &script->thread));
    return script;
}

static void the_most_urgent_thread_of_a_core_runs(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 2, .record_max = RECORD});
    struct script *low = script_new(sim, "low", 0, 1, 0, 500 * US);
    struct script *high = script_new(sim, "high", 0, 3, 200 * US, 100 * US);
    (void)script_new(sim, "middle", 0, 2, 250 * US, 100 * US);
    (void)script_new(sim, "other", 1, 1, 100 * US, 400 * US);
    (void)script_new(sim, "equal", 0, 1, 100 * US, 50 * US);
    sim_run_until(sim, 450 * US);
    assert_int_equal(sim_now_ns(sim), 450 * US);
    assert_false(sim_thread_has_ended(low->thread));
    sim_run_until(sim, 2 * MS);
    assert_record(sim, "0:low 0-200*, 0:high 200-300, 0:middle 300-400, 1:other 100-500, "
                       "0:low 400-700, 0:equal 700-750");
    assert_int_equal(low->ended_ns, 700 * US);
    assert_int_equal(sim_thread_used_ns(low->thread), 500 * US);
    assert_int_equal(sim_thread_used_ns(high->thread), 100 * US);
    assert_true(sim_thread_has_ended(low->thread));
    sim_free(sim);
}

static void switches_and_wakeups_take_what_they_cost(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){
        .cores = 1, .record_max = RECORD, .switch_cost = {3 * US, 0}, .wake_cost = {2 * US, 0}});
    struct script *low = script_new(sim, "low", 0, 1, 0, 100 * US);
    struct script *high = script_new(sim, "high", 0, 3, 50 * US, 10 * US);
    sim_run_until(sim, MS);
    /* high comes first, waits; then it is woken, preempts, and goes. */
    assert_int_equal(high->ended_ns, (50 + 2 + 3 + 10) * US);
    assert_int_equal(low->ended_ns, (2 + 2 + 3 + 100 + 2 + 3 + 10 + 3) * US);
    sim_free(sim);
}

static void a_spent_budget_demotes_at_its_instant(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1, .record_max = RECORD});
    struct script *budgeted = script_new(sim, "budgeted", 0, 5, 0, 500 * US);
    (void)script_new(sim, "ll", 0, 9, 100 * US, 50 * US);
    (void)script_new(sim, "low", 0, 1, 0, 100 * US);
    sim_thread_budget_set(budgeted->thread, 200 * US, 0);
    sim_run_until(sim, 2 * MS);
    assert_record(sim, "0:budgeted 0-100*, 0:ll 100-150, 0:budgeted 150-250*, 0:low 250-350, "
                       "0:budgeted 350-650");
    assert_int_equal(sim_thread_priority(budgeted->thread), 0);
    sim_free(sim);
}

static void raise_at(struct sim_timer *timer)
{
    sim_thread_priority_set(((struct script *)timer->context)->thread, 7);
}

static void a_raised_priority_preempts_at_once(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1, .record_max = RECORD});
    (void)script_new(sim, "a", 0, 5, 0, 500 * US);
    struct script *second = script_new(sim, "b", 0, 4, 0, 100 * US);
    struct sim_timer timer = {.fire = raise_at, .context = second};
    OK(sim_timer_set(sim, &timer, 300 * US));
    sim_run_until(sim, 2 * MS);
    assert_record(sim, "0:a 0-300*, 0:b 300-400, 0:a 400-600");
    sim_free(sim);
}

static void waiter_run(void *data)
{
    struct script *script = data;
    sim_word_wait(script->sim, &script->word, 0, script->sleep_until_ns);
    script->ended_ns = sim_now_ns(script->sim);
}

static void waker_run(void *data)
{
    struct script *script = data;
    sim_sleep_until(script->sim, 300 * US);
    script->word = 1;
    sim_word_wake(script->sim, &script->word);
}

static void waits_end_by_wake_or_time(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 2});
    struct script woken = {.sim = sim, .sleep_until_ns = UINT64_MAX};
    struct script timed = {.sim = sim, .sleep_until_ns = 700 * US};
    struct script refused = {.sim = sim, .sleep_until_ns = UINT64_MAX, .word = 5};
    struct sim_thread *thread;
    OK(sim_thread_new(sim, "woken", 0, 1, waiter_run, &woken, &thread));
    OK(sim_thread_new(sim, "timed", 0, 1, waiter_run, &timed, &thread));
    OK(sim_thread_new(sim, "refused", 1, 1, waiter_run, &refused, &thread));
    OK(sim_thread_new(sim, "waker", 1, 1, waker_run, &woken, &thread));
    sim_word_wait(sim, &woken.word, 0, MS); /* outside: the machine runs meanwhile */
    assert_int_equal(sim_now_ns(sim), 300 * US);
    sim_run_until(sim, MS);
    assert_int_equal(woken.ended_ns, 300 * US);
    assert_int_equal(timed.ended_ns, 700 * US);
    assert_int_equal(refused.ended_ns, 0);
    sim_word_wait(sim, &timed.word, 0, 5 * MS);
    assert_int_equal(sim_now_ns(sim), 5 * MS);
    sim_free(sim);
}

static void faults_stay_within_the_contract(void **state)
{
    (void)state;
    struct sim *sim = machine_new(
        &(struct sim_config){.cores = 1, .faults = {.wait_early = 1000, .late_ns = 100 * US}});
    struct script early = {.sim = sim, .sleep_until_ns = MS};
    struct script late = {.sim = sim, .sleep_until_ns = 3 * MS};
    struct sim_thread *thread;
    OK(sim_thread_new(sim, "early", 0, 1, waiter_run, &early, &thread));
    sim_run_until(sim, 2 * MS);
    assert_in_range(early.ended_ns, 0, 100 * US);
    sim_faults_set(sim, &(struct sim_faults){.wake_late = 1000, .late_ns = 100 * US});
    OK(sim_thread_new(sim, "late", 0, 1, waiter_run, &late, &thread));
    sim_run_until(sim, 4 * MS);
    assert_in_range(late.ended_ns, 3 * MS, 3 * MS + 100 * US);
    assert_int_equal(sim_faults_count(sim), 2);
    sim_free(sim);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    struct sim *sim = NULL;
    struct script script = {0};
    struct sim_thread *thread;
    assert_int_equal(sim_new(&(struct sim_config){.cores = 0}, &sim), TACTUS_E_INVALID);
    assert_int_equal(sim_new(&(struct sim_config){.cores = 65}, &sim), TACTUS_E_INVALID);
    sim = machine_new(&(struct sim_config){.cores = 64});
    assert_int_equal(sim_thread_new(sim, "x", 64, 0, script_run, &script, &thread),
                     TACTUS_E_NO_CORE);
    struct party party;
    party_monolithic(&party, sim, 2, 4);
    struct sim_source_config source = {.period_ns = MS, .phase_ns = MS};
    assert_int_equal(sim_side_source(party.side, 0, TACTUS_LL_DMA, party.ll[0], &source),
                     TACTUS_E_INVALID);
    source.phase_ns = 0;
    assert_int_equal(sim_side_source(party.side, 0, TACTUS_EDF, party.ll[0], &source),
                     TACTUS_E_INVALID);
    assert_int_equal(sim_side_source(party.side, 64, TACTUS_LL_DMA, party.ll[0], &source),
                     TACTUS_E_NO_CORE);
    assert_int_equal(sim_side_source(party.side, 0, TACTUS_LL_TIMER, party.ll[0], &source),
                     TACTUS_E_EXISTS);
    assert_int_equal(sim_side_edf(party.side, 0, party.edf[0]), TACTUS_E_EXISTS);
    party_free(&party);
    sim_free(sim);
}

/* --- what the record is printed as ----------------------------------------------------------- */

static char *printed(const struct sim *sim, bool is_json)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    assert_non_null(file);
    if (is_json)
        sim_record_print_json(sim, file);
    else
        sim_record_print_text(sim, file, 0, 100 * US, 8);
    fclose(file);
    return text;
}

static void the_record_is_printed(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 2, .record_max = RECORD});
    (void)script_new(sim, "low \"1\"", 0, 1, 0, 500 * US);
    (void)script_new(sim, "high", 0, 3, 220 * US, 100 * US);
    (void)script_new(sim, "other", 1, 1, 100500, 10 * US);
    sim_run_until(sim, MS);
    char *text = printed(sim, false);
    assert_string_equal(text, " 0 low \"1\"                  ##+###..\n"
                              " 0 high                     ..#+....\n"
                              " 1 other                    .+......\n");
    free(text);
    text = printed(sim, true);
    assert_non_null(strstr(text, "{\"name\":\"low \\\"1\\\"\",\"ph\":\"X\",\"pid\":0,\"tid\":0,"
                                 "\"ts\":320.000,\"dur\":280.000}"));
    assert_non_null(strstr(text, "{\"name\":\"other\",\"ph\":\"X\",\"pid\":1,\"tid\":2,"
                                 "\"ts\":100.500,\"dur\":10.000}"));
    free(text);
    sim_free(sim);
}

static void a_full_record_counts_what_it_loses(void **state)
{
    (void)state;
    struct sim *sim = machine_new(&(struct sim_config){.cores = 1, .record_max = 2});
    for (uint32_t i = 0; i < 5; i++)
        (void)script_new(sim, "x", 0, 1, i * 100 * US, 10 * US);
    sim_run_until(sim, MS);
    size_t count;
    (void)sim_record(sim, &count);
    assert_int_equal(count, 2);
    assert_int_equal(sim_record_lost(sim), 3);
    sim_free(sim);
}

/* --- the seed -------------------------------------------------------------------------------- */

static uint64_t record_hash(const struct sim *sim)
{
    size_t count;
    uint64_t hash = UINT64_C(14695981039346656037);
    const struct sim_slice *slices = sim_record(sim, &count);
    for (size_t i = 0; i < count; i++) {
        const uint64_t fields[] = {slices[i].begin_ns, slices[i].end_ns, slices[i].thread,
                                   slices[i].label,    slices[i].core,   slices[i].flags};
        for (size_t j = 0; j < sizeof fields / sizeof fields[0]; j++)
            hash = (hash ^ fields[j]) * UINT64_C(1099511628211);
    }
    return hash;
}

static uint64_t noisy_run(uint64_t seed)
{
    struct sim *sim = machine_new(&(struct sim_config){
        .cores = 3,
        .seed = seed,
        .record_max = RECORD,
        .shuffle = true,
        .switch_cost = {2 * US, US},
        .wake_cost = {5 * US, 4 * US},
        .call_cost = {100, 100},
        .faults = {.tick_start = 100, .wait_early = 50, .wake_late = 50, .late_ns = MS},
    });
    struct party party;
    struct sim_work works[24];
    tactus_task tasks[24];
    party_new(&party, sim, TACTUS_SIDE_KERNEL, 0, 3, 24, &tactus_ownership_monolithic);
    for (uint32_t core = 0; core < 3; core++) {
        party_ll(&party, core, MS, 50 * US);
        party_edf(&party, core);
    }
    for (uint32_t i = 0; i < 24; i++) {
        works[i] = work_new(sim, i % 3, "work", 20 * US);
        works[i].cost.jitter_ns = 19 * US;
        works[i].period_ns = i % 2 == 0 ? 0 : 3 * MS;
        tasks[i] = task_new(&party, i % 2 == 0 ? TACTUS_LL_TIMER : TACTUS_EDF, i % 3, 0, &works[i]);
        OK(sim_work_release(&works[i], sim_now_ns(sim)));
        while (tactus_task_schedule(party.runtime, tasks[i], 0, 0) != TACTUS_OK)
            continue;
    }
    sim_run_until(sim, 200 * MS);
    for (uint32_t i = 0; i < 24; i++) {
        sim_work_stop(&works[i]);
        while (tactus_task_free(party.runtime, tasks[i]) != TACTUS_OK)
            continue;
    }
    uint64_t hash = record_hash(sim);
    size_t count;
    (void)sim_record(sim, &count);
    assert_true(count > 3000);
    assert_true(sim_faults_count(sim) > 50);
    party_free(&party);
    sim_free(sim);
    return hash;
}

static void a_seed_is_repeated_to_the_bit(void **state)
{
    (void)state;
    void *moved = malloc(4099); /* addresses differ from run to run, and must not matter */
    uint64_t first = noisy_run(7);
    uint64_t other = noisy_run(8);
    free(moved);
    assert_int_equal(noisy_run(7), first);
    assert_int_not_equal(first, other);
    /* The same on every machine and with every compiler. */
    print_message("record of seed 7: %016" PRIx64 "\n", first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_urgent_thread_of_a_core_runs),
        cmocka_unit_test(switches_and_wakeups_take_what_they_cost),
        cmocka_unit_test(a_spent_budget_demotes_at_its_instant),
        cmocka_unit_test(a_raised_priority_preempts_at_once),
        cmocka_unit_test(waits_end_by_wake_or_time),
        cmocka_unit_test(faults_stay_within_the_contract),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(the_record_is_printed),
        cmocka_unit_test(a_full_record_counts_what_it_loses),
        cmocka_unit_test(a_seed_is_repeated_to_the_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
