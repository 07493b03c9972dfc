/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Real threads: control threads that schedule, cancel and free what they own and what they share,
 * while tick threads come and go and an EDF thread runs. Meant for the thread sanitizer too; what
 * is checked does not depend on how fast anything is.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../core/random.h"
#include "support/test_port.h"

#define CONTROLS 3u
#define OWN      4u
#define SHARED   4u
#define ROUNDS   4000u
#define TICK_NS  UINT64_C(125000)

/* --- a port of threads ----------------------------------------------------------------------- */

struct thread_port {
    tactus_scheduler *ll;
    tactus_scheduler *edf;
    _Atomic uint32_t ticking; /* 1: the tick thread runs ticks */
    _Atomic uint32_t ends;
    _Atomic uint32_t edf_ends;
    _Atomic uint32_t starts;
    _Atomic uint32_t activations;
    _Atomic uint32_t inside; /* how many threads are in tactus_ll_run: never two */
};

static uint64_t clock_ns(void *port)
{
    struct timespec now;
    (void)port;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uintptr_t thread_id(void *port)
{
    static _Thread_local char mark;
    (void)port;
    return (uintptr_t)&mark;
}

static void word_wait(void *port, tactus_atomic_u32 *word, uint32_t expected, uint64_t until_ns)
{
    struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000u),
                             .tv_nsec = (long)(until_ns % 1000000000u)};
    (void)port;
    (void)syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                  until_ns == UINT64_MAX ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
}

static void word_wake(void *port, tactus_atomic_u32 *word)
{
    (void)port;
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static tactus_status tick_start(void *context, uint32_t core, tactus_activation activation)
{
    struct thread_port *port = context;
    (void)core;
    (void)activation;
    uint32_t starts = atomic_fetch_add(&port->starts, 1u);
    if (starts % 16u == 7u)
        return TACTUS_E_OS; /* now and then it cannot be started */
    if (atomic_exchange(&port->ticking, 1u) != 0)
        abort();
    return TACTUS_OK;
}

static void tick_stop(void *context, uint32_t core, tactus_activation activation)
{
    struct thread_port *port = context;
    (void)core;
    (void)activation;
    if (atomic_exchange(&port->ticking, 0) != 1u)
        abort();
}

static void activate(void *context, uint32_t core, tactus_activation activation)
{
    struct thread_port *port = context;
    (void)core;
    (void)activation;
    atomic_fetch_add(&port->activations, 1u);
    word_wake(port, &port->activations);
}

static const struct tactus_port_ops ops = {clock_ns,   thread_id, word_wait, word_wake,
                                           tick_start, tick_stop, activate};

static void *tick_thread(void *context)
{
    struct thread_port *port = context;
    uint64_t cycle = 0;
    while (atomic_load(&port->ends) == 0) {
        if (atomic_load(&port->ticking) == 0) {
            sched_yield();
            continue;
        }
        if (atomic_fetch_add(&port->inside, 1u) != 0)
            abort();
        tactus_ll_run(port->ll, ++cycle, INT32_MAX, 0);
        atomic_fetch_sub(&port->inside, 1u);
        if (cycle % 8u == 0)
            sched_yield();
        if (cycle % 4000u == 0)
            usleep(20000); /* more than 100 ticks: who frees then gives up, and begins anew */
    }
    return NULL;
}

static void *edf_thread(void *context)
{
    struct thread_port *port = context;
    while (atomic_load(&port->edf_ends) == 0) {
        uint32_t seen = atomic_load(&port->activations);
        uint64_t next_ns;
        if (tactus_edf_run(port->edf, &next_ns) == 0) {
            uint64_t most_ns = clock_ns(NULL) + 1000000u;
            word_wait(port, &port->activations, seen, next_ns < most_ns ? next_ns : most_ns);
        }
    }
    return NULL;
}

/* --- the tasks ------------------------------------------------------------------------------- */

struct worker {
    struct stage *stage;
    _Atomic uint32_t is_dead; /* set when free has returned: must never run again */
    _Atomic uint32_t is_running;
    _Atomic uint32_t runs;
    tactus_task task;
};

struct stage {
    struct test_system system;
    struct thread_port port;
    tactus_task shared[SHARED];
    struct worker shared_workers[SHARED];
    uint64_t seed;
    _Atomic uint32_t timeouts;
    _Atomic uint32_t stray_runs;
};

/* Others are at it too, so that most of the answers are possible. */
static void may_fail(tactus_status status)
{
    if (status != TACTUS_OK && status != TACTUS_E_STALE && status != TACTUS_E_STATE &&
        status != TACTUS_E_OS && status != TACTUS_E_REFERENCE && status != TACTUS_E_NOT_SUPPORTED &&
        status != TACTUS_E_PERIOD && status != TACTUS_E_TIMED_OUT)
        abort();
}

static int worker_run(void *data)
{
    struct worker *worker = data;
    if (atomic_exchange(&worker->is_running, 1u) != 0 || atomic_load(&worker->is_dead) != 0)
        atomic_fetch_add(&worker->stage->stray_runs, 1u);
    uint32_t runs = atomic_fetch_add(&worker->runs, 1u);
    if (runs % 64u == 1u)
        may_fail(tactus_task_schedule(worker->stage->system.runtime,
                                      worker->stage->shared[runs / 64u % SHARED], 0, 0));
    if (runs % 97u == 0)
        may_fail(tactus_task_cancel(worker->stage->system.runtime,
                                    worker->stage->shared[runs / 97u % SHARED]));
    atomic_store(&worker->is_running, 0);
    return runs % 4u == 3u ? TACTUS_COMPLETED : TACTUS_RESCHEDULE;
}

static uint64_t worker_deadline_ns(void *data)
{
    (void)data;
    return clock_ns(NULL) + 20000u;
}

static void worker_begin(struct worker *worker, struct stage *stage,
                         enum tactus_scheduler_type type, int32_t priority)
{
    worker->stage = stage;
    atomic_store(&worker->is_dead, 0);
    worker->task = (tactus_task){0, 0};
    struct tactus_task_config config = {.name = "worker",
                                        .type = type,
                                        .priority = priority,
                                        .run = worker_run,
                                        .deadline_ns = worker_deadline_ns,
                                        .data = worker};
    if (tactus_task_init(stage->system.runtime, &config, &worker->task) != TACTUS_OK)
        abort();
}

/* Frees it for good, however often that times out on a slow machine. */
static void worker_end(struct worker *worker)
{
    for (;;) {
        tactus_status status = tactus_task_free(worker->stage->system.runtime, worker->task);
        if (status == TACTUS_OK)
            break;
        if (status != TACTUS_E_TIMED_OUT)
            abort();
        atomic_fetch_add(&worker->stage->timeouts, 1u);
    }
    atomic_store(&worker->is_dead, 1u);
}

static void look(struct stage *stage, tactus_task task)
{
    struct tactus_task_info info;
    struct tactus_ll_stats stats;
    char name[TACTUS_NAME_BYTES];
    if (tactus_task_info_get(stage->system.runtime, task, &info) == TACTUS_OK &&
        strcmp(info.name, "worker") != 0)
        abort();
    tactus_ll_stats_get(stage->system.ll, &stats);
    (void)tactus_ll_running_ns(stage->system.ll, name);
    if (tactus_ll_block(stage->system.ll) == TACTUS_OK &&
        tactus_ll_unblock(stage->system.ll) != TACTUS_OK)
        abort();
}

static void control_step(struct stage *stage, struct random_source *random, struct worker *own)
{
    tactus_runtime *runtime = stage->system.runtime;
    uint32_t i = random_below(random, OWN);
    tactus_task task =
        random_below(random, 3) == 0 ? stage->shared[random_below(random, SHARED)] : own[i].task;
    tactus_task other = own[random_below(random, OWN)].task;
    switch (random_below(random, 8)) {
    case 0:
    case 1:
    case 2:
        may_fail(tactus_task_schedule(runtime, task, 0, 0));
        break;
    case 3:
        may_fail(tactus_task_schedule_after(runtime, task, other, 0, 2 * TICK_NS));
        break;
    case 4:
        may_fail(tactus_task_schedule_before(runtime, task, other, TICK_NS, 0));
        break;
    case 5:
        may_fail(tactus_task_cancel(runtime, task));
        break;
    case 6:
        worker_end(&own[i]);
        worker_begin(&own[i], stage, i == 0 ? TACTUS_EDF : TACTUS_LL_TIMER, (int32_t)i);
        break;
    default:
        look(stage, task);
        break;
    }
}

struct control {
    struct stage *stage;
    uint32_t number;
};

static void *control_thread(void *context)
{
    struct control *control = context;
    struct stage *stage = control->stage;
    struct random_source random = {stage->seed + control->number};
    static _Thread_local struct worker own[OWN];
    for (uint32_t i = 0; i < OWN; i++)
        worker_begin(&own[i], stage, i == 0 ? TACTUS_EDF : TACTUS_LL_TIMER, (int32_t)i);
    for (uint32_t round = 0; round < ROUNDS; round++)
        control_step(stage, &random, own);
    for (uint32_t i = 0; i < OWN; i++)
        worker_end(&own[i]);
    return NULL;
}

static void stage_up(struct stage *stage)
{
    memset(stage, 0, sizeof *stage);
    test_system_heap(&stage->system, 1u << 20);
    struct tactus_runtime_config config = test_system_config(&stage->system, 1, 64);
    config.port = (struct tactus_port){&ops, &stage->port};
    struct tactus_ll_config ll = {.tick_ns = TICK_NS, .catch_up = 2};
    struct tactus_edf_config edf = {0};
    assert_int_equal(tactus_runtime_new(&config, &stage->system.runtime), TACTUS_OK);
    assert_int_equal(
        tactus_ll_register(stage->system.runtime, TACTUS_LL_TIMER, 0, &ll, &stage->system.ll),
        TACTUS_OK);
    assert_int_equal(tactus_edf_register(stage->system.runtime, 0, &edf, &stage->system.edf),
                     TACTUS_OK);
    stage->port.ll = stage->system.ll;
    stage->port.edf = stage->system.edf;
    for (uint32_t i = 0; i < SHARED; i++) {
        worker_begin(&stage->shared_workers[i], stage, TACTUS_LL_TIMER, 1);
        stage->shared[i] = stage->shared_workers[i].task;
    }
}

static void L9_L12_threads_post_cancel_and_free_while_ticks_run(void **state)
{
    (void)state;
    static struct stage stage;
    stage_up(&stage);
    stage.seed = random_start("LL threads").state;
    pthread_t tick;
    pthread_t edf;
    pthread_t threads[CONTROLS];
    struct control controls[CONTROLS];
    assert_int_equal(pthread_create(&tick, NULL, tick_thread, &stage.port), 0);
    assert_int_equal(pthread_create(&edf, NULL, edf_thread, &stage.port), 0);
    for (uint32_t i = 0; i < CONTROLS; i++) {
        controls[i] = (struct control){&stage, i};
        assert_int_equal(pthread_create(&threads[i], NULL, control_thread, &controls[i]), 0);
    }
    for (uint32_t i = 0; i < CONTROLS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (uint32_t i = 0; i < SHARED; i++)
        worker_end(&stage.shared_workers[i]);
    atomic_store(&stage.port.edf_ends, 1u);
    assert_int_equal(pthread_join(edf, NULL), 0);
    /* The last task has gone, so that the source stops, and the runtime can go at once. */
    test_system_down(&stage.system);
    assert_int_equal(stage.port.ticking, 0);
    atomic_store(&stage.port.ends, 1u);
    assert_int_equal(pthread_join(tick, NULL), 0);
    assert_int_equal(stage.stray_runs, 0);
    assert_true(stage.port.starts > 1);
    printf("starts %u, frees that timed out %u\n", (unsigned)stage.port.starts,
           (unsigned)stage.timeouts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(L9_L12_threads_post_cancel_and_free_while_ticks_run)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
