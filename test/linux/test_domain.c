/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Systems of domains from outside. The domains are this program executed again; the part of the
 * name before the dot says how one behaves, see linux/domain_actors.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/domain_fixture.h"

/* --- runs ------------------------------------------------------------------------------------- */

static void test_order_and_count(void **state)
{
    (void)state;
    static const uint32_t batches[] = {1, 7, 64};
    for (uint32_t b = 0; b < 3; b++) {
        struct fixture fixture;
        struct tactus_supervisor_config config = offline_config();
        config.batch_ticks = batches[b];
        system_new(&fixture, &config);
        actor_with_stage_add(&fixture, "chain.1");
        actor_with_stage_add(&fixture, "chain.2");
        actor_with_stage_add(&fixture, "chain.3");
        actor_with_stage_add(&fixture, "chain.4");
        start(&fixture);
        run(&fixture, 500);
        assert_int_equal(ticks_of(&fixture), 500);
        for (uint32_t domain = 1; domain <= 4; domain++) {
            assert_int_equal(fixture.report[domain]->runs, 500);
            assert_int_equal(fixture.report[domain]->faults, 0);
            struct tactus_domain_status status = status_of(&fixture, domain);
            assert_int_equal(status.fate, TACTUS_DOMAIN_PLAYED);
            assert_int_equal(status.gate_refusals, 0);
            assert_int_equal(status.passed_over, 0);
        }
        tactus_supervisor_free(fixture.supervisor);
    }
}

/* Domain 1 takes a turn before and one after domain 2, in every tick. */
static void test_turns(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    config.batch_ticks = 16;
    system_new(&fixture, &config);
    uint32_t outer = actor_add(&fixture, "turns.outer");
    uint32_t inner = actor_add(&fixture, "chain.inner");
    stage_add(&fixture, outer, 5);
    stage_add(&fixture, inner, INT32_MAX);
    stage_add(&fixture, outer, INT32_MAX);
    start(&fixture);
    run(&fixture, 300);
    assert_int_equal(fixture.report[outer]->runs, 300);
    assert_int_equal(fixture.report[outer]->late_runs, 300);
    assert_int_equal(fixture.report[inner]->runs, 300);
    assert_int_equal(fixture.report[inner]->faults, 0);
    tactus_supervisor_free(fixture.supervisor);
}

/* The task leaves after every third run and is scheduled again by another thread of its domain: the
 * source stops and starts, and those with tasks go on meanwhile. */
static void test_tick_stop_and_start(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    system_new(&fixture, &config);
    uint32_t guest = actor_add(&fixture, "guest.1");
    uint32_t host = actor_add(&fixture, "count.2");
    stage_add(&fixture, guest, INT32_MAX);
    stage_add(&fixture, host, INT32_MAX);
    start(&fixture);
    run(&fixture, 20000);
    assert_int_equal(fixture.report[host]->runs, 20000);
    assert_true(fixture.report[guest]->runs >= 6);
    assert_in_range(fixture.report[guest]->starts, 2, UINT32_MAX);
    /* Three runs for each start, but the last one may have been cut off by the end. */
    uint64_t starts = fixture.report[guest]->starts;
    assert_in_range(fixture.report[guest]->runs, (starts - 1) * 3, starts * 3);
    assert_int_equal(status_of(&fixture, guest).fate, TACTUS_DOMAIN_PLAYED);
    assert_int_equal(status_of(&fixture, guest).gate_refusals, 0);
    tactus_supervisor_free(fixture.supervisor);
}

struct pacing {
    tactus_supervisor *supervisor;
    uint64_t highest;
    uint64_t beyond;
    uint64_t allowed;
};

static void allow_more(void *context, uint64_t tick)
{
    struct pacing *pacing = context;
    pacing->beyond += tick > pacing->allowed ? 1 : 0;
    pacing->highest = tick;
    if (tick == pacing->allowed && tick < 60) {
        pacing->allowed += 10;
        tactus_supervisor_allow(pacing->supervisor, pacing->allowed);
    } else if (tick == 60) {
        tactus_supervisor_stop(pacing->supervisor);
    }
}

static void test_allowance_and_stop(void **state)
{
    (void)state;
    struct fixture fixture;
    struct pacing pacing = {.allowed = 10};
    struct tactus_supervisor_config config = offline_config();
    config.batch_ticks = 4;
    config.tick_end = allow_more;
    config.context = &pacing;
    system_new(&fixture, &config);
    pacing.supervisor = fixture.supervisor;
    actor_with_stage_add(&fixture, "chain.1");
    start(&fixture);
    tactus_supervisor_allow(fixture.supervisor, 10);
    assert_int_equal(tactus_supervisor_run(fixture.supervisor, UINT64_MAX, &fixture.message),
                     TACTUS_OK);
    assert_int_equal(ticks_of(&fixture), 60);
    assert_int_equal(pacing.highest, 60);
    assert_int_equal(pacing.beyond, 0);
    assert_int_equal(fixture.report[1]->runs, 60);
    tactus_supervisor_free(fixture.supervisor);
}

static void test_live(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    config.live = 1;
    config.realtime = 1;
    config.overrun_limit = 1000;
    system_new(&fixture, &config);
    actor_with_stage_add(&fixture, "count.1");
    actor_with_stage_add(&fixture, "count.2");
    start(&fixture);
    run(&fixture, 200);
    struct tactus_tick_status status;
    tactus_supervisor_tick_status(fixture.supervisor, &status);
    assert_int_equal(status.ticks, 200);
    assert_true(status.elapsed_ns + (CATCH_UP_ALLOWED + status.skipped_ticks) * config.tick_ns >=
                200 * config.tick_ns);
    for (uint32_t domain = 1; domain <= 2; domain++) {
        /* One that is late at the very end may owe a few. */
        assert_in_range(fixture.report[domain]->runs + status_of(&fixture, domain).passed_over, 200,
                        UINT32_MAX);
        assert_int_equal(status_of(&fixture, domain).fate, TACTUS_DOMAIN_PLAYED);
    }
    tactus_supervisor_free(fixture.supervisor);
}

static void test_monolithic(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    config.ownership = tactus_ownership_monolithic;
    config.batch_ticks = 32;
    system_new(&fixture, &config);
    struct actor_report report = {0};
    struct tactus_task_config task_config = {
        .type = TACTUS_LL_TIMER, .run = actor_count, .data = &report};
    tactus_task task = {0, 0};
    tactus_runtime *runtime = tactus_supervisor_runtime(fixture.supervisor);
    assert_int_equal(tactus_task_init(runtime, &task_config, &task), TACTUS_OK);
    assert_int_equal(tactus_task_schedule(runtime, task, 0, 0), TACTUS_OK);
    start(&fixture);
    run(&fixture, 1000);
    assert_int_equal(report.runs, 1000);
    tactus_supervisor_free(fixture.supervisor);
}

/* --- faults ----------------------------------------------------------------------------------- */

/* A chain with the one that misbehaves in its middle: the others are served to the end. */
static struct tactus_domain_status run_beside(const char *name, uint64_t hang_timeout_ns)
{
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    config.hang_timeout_ns = hang_timeout_ns;
    config.batch_ticks = 8;
    system_new(&fixture, &config);
    actor_with_stage_add(&fixture, "count.before");
    actor_with_stage_add(&fixture, name);
    actor_with_stage_add(&fixture, "count.after");
    start(&fixture);
    run(&fixture, 1000);
    assert_int_equal(fixture.report[1]->runs, 1000);
    assert_int_equal(fixture.report[3]->runs, 1000);
    assert_int_equal(status_of(&fixture, 1).fate, TACTUS_DOMAIN_PLAYED);
    assert_int_equal(status_of(&fixture, 3).fate, TACTUS_DOMAIN_PLAYED);
    struct tactus_domain_status status = status_of(&fixture, 2);
    assert_string_equal(status.name, name);
    tactus_supervisor_free(fixture.supervisor);
    return status;
}

static void test_crash(void **state)
{
    (void)state;
    struct tactus_domain_status status = run_beside("crash.run", 5 * TACTUS_NS_PER_S);
    assert_int_equal(status.fate, TACTUS_DOMAIN_CRASHED);
    assert_int_equal(status.signal, SIGSEGV);
    assert_in_range(status.fault_tick, 1, 1001);
    status = run_beside("exit.run", 5 * TACTUS_NS_PER_S);
    assert_int_equal(status.fate, TACTUS_DOMAIN_CRASHED);
    assert_int_equal(status.signal, 0);
    assert_int_equal(status.exit_code, 42);
}

static void test_hang(void **state)
{
    (void)state;
    struct tactus_domain_status status = run_beside("hang.run", TACTUS_NS_PER_S / 3);
    assert_int_equal(status.fate, TACTUS_DOMAIN_HUNG);
    assert_in_range(status.fault_tick, 1, 1000);
}

/* Live: passed over in each tick, and killed when it has been so often enough in a row. */
static void test_overrun(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    config.live = 1;
    config.tick_ns = TACTUS_TICK_MAX_NS;
    config.overrun_limit = 20;
    system_new(&fixture, &config);
    actor_with_stage_add(&fixture, "count.before");
    actor_with_stage_add(&fixture, "hang.run");
    actor_with_stage_add(&fixture, "count.after");
    start(&fixture);
    run(&fixture, 120);
    assert_int_equal(status_of(&fixture, 2).fate, TACTUS_DOMAIN_HUNG);
    assert_in_range(status_of(&fixture, 2).passed_over, 20, 120);
    assert_int_equal(fixture.report[2]->runs, FAULT_RUN);
    assert_int_equal(status_of(&fixture, 1).fate, TACTUS_DOMAIN_PLAYED);
    assert_int_equal(status_of(&fixture, 3).fate, TACTUS_DOMAIN_PLAYED);
    tactus_supervisor_free(fixture.supervisor);
}

/* In a child: starts two domains, tells their numbers and is killed while one of them hangs. */
static void start_and_die(int tell)
{
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    system_new(&fixture, &config);
    actor_with_stage_add(&fixture, "count.1");
    actor_with_stage_add(&fixture, "flood.2");
    start(&fixture);
    int32_t pids[2] = {status_of(&fixture, 1).pid, status_of(&fixture, 2).pid};
    (void)!write(tell, pids, sizeof pids);
    (void)raise(SIGKILL);
}

static void test_killed_supervisor(void **state)
{
    (void)state;
    int ends[2];
    int32_t pids[2] = {0, 0};
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        start_and_die(ends[1]);
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], pids, sizeof pids), sizeof pids);
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (uint32_t i = 0; i < 2; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "/proc/%d/maps", pids[i]);
        for (uint32_t waits = 0; kill(pids[i], 0) == 0 && waits < 1000; waits++) {
            char byte = 0;
            FILE *maps = fopen(path, "re"); /* a zombie that nobody reaps has none */
            size_t got = maps == NULL ? 0 : fread(&byte, 1, 1, maps);
            if (maps != NULL) {
                (void)fclose(maps);
            }
            if (got == 0) {
                break;
            }
            assert_true(waits < 999);
            (void)usleep(10000);
        }
    }
}

static void test_gate_abuse(void **state)
{
    (void)state;
    struct tactus_domain_status status = run_beside("flood.gate", 5 * TACTUS_NS_PER_S);
    assert_int_equal(status.fate, TACTUS_DOMAIN_PLAYED);
    assert_true(status.gate_refusals > 0);
    status = run_beside("deaf.closed", 5 * TACTUS_NS_PER_S);
    assert_int_equal(status.fate, TACTUS_DOMAIN_PLAYED);
}

static void test_forged_words(void **state)
{
    (void)state;
    (void)run_beside("forge.words", TACTUS_NS_PER_S / 3);
}

static void test_loading_fails(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        tactus_status status;
        const char *says;
    } cases[] = {
        {"fail.load", TACTUS_E_NOT_FOUND, "no such plugin: ?[31mred"},
        {"crash.load", TACTUS_E_DIED, "signal 11"},
        {"exit.load", TACTUS_E_DIED, "exit code 3"},
        {"close.load", TACTUS_E_DIED, "closed its channel"},
        {"sleep.load", TACTUS_E_TIMED_OUT, "still loading"},
        {"seal.load", TACTUS_E_DENIED, "keeps its memory from being sealed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture fixture;
        struct tactus_supervisor_config config = offline_config();
        config.load_timeout_ns = (i == 4 ? 1 : 30) * TACTUS_NS_PER_S;
        system_new(&fixture, &config);
        actor_with_stage_add(&fixture, "count.1");
        actor_with_stage_add(&fixture, cases[i].name);
        tactus_status status = tactus_supervisor_start(fixture.supervisor, &fixture.message);
        if (status != cases[i].status || strstr(fixture.message.text, cases[i].says) == NULL) {
            fail_msg("%s: %d %s", cases[i].name, (int)status, fixture.message.text);
        }
        assert_int_equal(tactus_supervisor_run(fixture.supervisor, 1, &fixture.message),
                         TACTUS_E_STATE);
        tactus_supervisor_free(fixture.supervisor);
    }
}

static void test_program_is_missing(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    system_new(&fixture, &config);
    uint32_t domain = 0;
    assert_int_equal(tactus_supervisor_domain_new(fixture.supervisor, "missing",
                                                  "/nonexistent/program", &domain),
                     TACTUS_OK);
    assert_int_equal(tactus_supervisor_start(fixture.supervisor, &fixture.message), TACTUS_E_OS);
    assert_non_null(strstr(fixture.message.text, "/nonexistent/program"));
    tactus_supervisor_free(fixture.supervisor);
}

/* Nor by this side, with the descriptors that it keeps. */
static void check_own_descriptors(void)
{
    uint32_t checked = 0;
    for (int descriptor = 3; descriptor < 64; descriptor++) {
        char path[64];
        char target[64] = "";
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        if (readlink(path, target, sizeof target - 1) > 0 &&
            strstr(target, "memfd:tactus:") != NULL) {
            assert_true(map_is_refused(descriptor, PROT_READ | PROT_WRITE));
            assert_true(ftruncate(descriptor, 0) < 0);
            checked++;
        }
    }
    assert_in_range(checked, 6, 64);
}

/* The actor checks from within and writes what it found into its report. */
static void test_rights(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    system_new(&fixture, &config);
    uint32_t secret = 0;
    actor_with_stage_add(&fixture, "count.1");
    uint32_t prober = actor_add(&fixture, "probe.rights");
    assert_int_equal(
        tactus_supervisor_partition_new(fixture.supervisor, "secret", 4096, TACTUS_KERNEL, &secret),
        TACTUS_OK);
    start(&fixture);
    if (fixture.report[prober]->faults != 0) {
        fail_msg("probe %u failed", fixture.report[prober]->first_fault);
    }
    assert_true(fixture.report[prober]->runs >= 10);
    check_own_descriptors();
    run(&fixture, 10);
    tactus_supervisor_free(fixture.supervisor);
}

/* --- resources -------------------------------------------------------------------------------- */

static uint32_t entries_of(const char *path)
{
    uint32_t count = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

static uint32_t partition_mappings(void)
{
    char line[512];
    uint32_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        count += strstr(line, "memfd:tactus") != NULL ? 1 : 0;
    }
    (void)fclose(maps);
    return count;
}

static void test_nothing_leaks(void **state)
{
    (void)state;
    uint32_t descriptors = entries_of("/proc/self/fd");
    uint32_t threads = entries_of("/proc/self/task");
    for (uint32_t i = 0; i < 200; i++) {
        struct fixture fixture;
        struct tactus_supervisor_config config = offline_config();
        system_new(&fixture, &config);
        actor_with_stage_add(&fixture, "count.1");
        if (i % 4 == 3) { /* every way out */
            actor_with_stage_add(&fixture, "crash.load");
            assert_int_equal(tactus_supervisor_start(fixture.supervisor, &fixture.message),
                             TACTUS_E_DIED);
        } else {
            actor_with_stage_add(&fixture, i % 4 == 2 ? "exit.run" : "chain.2");
            start(&fixture);
            if (i % 4 != 0) {
                run(&fixture, 60);
            }
        }
        tactus_supervisor_free(fixture.supervisor);
        assert_int_equal(entries_of("/proc/self/fd"), descriptors);
        assert_int_equal(entries_of("/proc/self/task"), threads);
        assert_int_equal(partition_mappings(), 0);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_int_equal(errno, ECHILD);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    system_new(&fixture, &config);
    tactus_supervisor *supervisor = fixture.supervisor;
    uint32_t number = 0;
    for (uint32_t i = 0; i < TACTUS_DOMAINS_MAX; i++) {
        tactus_status made = tactus_supervisor_domain_new(supervisor, "d", PROGRAM, &number);
        if (made == TACTUS_E_OS && errno == EMFILE) {
            tactus_supervisor_free(supervisor);
            skip(); /* this machine allows too few descriptors: an error as well */
        }
        assert_int_equal(made, TACTUS_OK);
    }
    assert_int_equal(tactus_supervisor_domain_new(supervisor, "d", PROGRAM, &number),
                     TACTUS_E_NO_MEMORY);
    for (uint32_t i = 0; i < TACTUS_STAGES_MAX; i++) {
        stage_add(&fixture, 1 + i % TACTUS_DOMAINS_MAX, 0);
    }
    assert_int_equal(tactus_supervisor_stage_add(supervisor, 1, 0), TACTUS_E_NO_MEMORY);
    tactus_status status = TACTUS_OK;
    uint32_t made = 1 + TACTUS_DOMAINS_MAX;
    for (; made <= TACTUS_PARTITIONS_MAX && status == TACTUS_OK; made++) {
        status = tactus_supervisor_partition_new(supervisor, "p", 1, TACTUS_KERNEL, &number);
    }
    /* Where few descriptors are allowed those end first, also with an error. */
    assert_true(status == TACTUS_E_NO_MEMORY || status == TACTUS_E_OS);
    tactus_supervisor_free(supervisor);
    assert_int_equal(partition_mappings(), 0);
}

int main(int argc, char **argv)
{
    if (tactus_domain_is_here()) {
        return actor_main(argc > 0 ? argv[0] : "");
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_count),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_tick_stop_and_start),
        cmocka_unit_test(test_allowance_and_stop),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_monolithic),
        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_hang),
        cmocka_unit_test(test_overrun),
        cmocka_unit_test(test_killed_supervisor),
        cmocka_unit_test(test_gate_abuse),
        cmocka_unit_test(test_forged_words),
        cmocka_unit_test(test_loading_fails),
        cmocka_unit_test(test_program_is_missing),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_nothing_leaks),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
