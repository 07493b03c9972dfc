/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the domains of test_domain.c behave. Each writes what it did and found into its own report.
 */
#ifndef LINUX_DOMAIN_ACTORS_H
#define LINUX_DOMAIN_ACTORS_H

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tactus/domain.h>

#include "channel.h"

#define CATCH_UP_ALLOWED 11u /* ticks that may follow each other without a pause */
#define FAULT_RUN        50u

struct actor_report {
    uint64_t runs;
    uint64_t late_runs; /* of the second turn */
    uint64_t starts;
    uint64_t faults;
    uint32_t first_fault;
};

struct actor {
    const char *kind;
    tactus_domain *domain;
    struct actor_report *report;
    const volatile struct actor_report *before; /* of the domain before; NULL: none */
    tactus_atomic_u32 *done;                    /* its own done words */
    tactus_task task;
};

static inline int actor_count(void *data)
{
    ((struct actor_report *)data)->runs++;
    return TACTUS_RESCHEDULE;
}

/* The one before has run in this tick already, but has not taken its second turn. */
static inline int actor_chain(void *data)
{
    struct actor *actor = data;
    const volatile struct actor_report *before = actor->before;
    if (before != NULL &&
        (before->runs <= actor->report->runs || before->late_runs > actor->report->runs)) {
        actor->report->faults++;
    }
    return actor_count(actor->report);
}

static inline int actor_late(void *data)
{
    ((struct actor_report *)data)->late_runs++;
    return TACTUS_RESCHEDULE;
}

static inline void actor_crash(void)
{
    static volatile uintptr_t nowhere = 16;
    *(volatile int *)nowhere = 1;
}

static inline int actor_misbehave(void *data)
{
    struct actor *actor = data;
    if (actor->report->runs == FAULT_RUN && strncmp(actor->kind, "crash.", 6) == 0) {
        actor_crash();
    } else if (actor->report->runs == FAULT_RUN && strncmp(actor->kind, "exit.", 5) == 0) {
        _exit(42);
    }
    while (actor->report->runs == FAULT_RUN && strncmp(actor->kind, "hang.", 5) == 0) {
    }
    return actor_count(actor->report);
}

static inline int actor_three_times(void *data)
{
    struct actor *actor = data;
    (void)actor_count(actor->report);
    return actor->report->runs % 3 == 0 ? TACTUS_COMPLETED : TACTUS_RESCHEDULE;
}

/* --- what else goes on in a domain while its tasks run ---------------------------------------- */

static inline void *actor_guest(void *data)
{
    struct actor *actor = data;
    tactus_runtime *runtime = tactus_domain_runtime(actor->domain);
    for (;;) {
        enum tactus_task_state state = TACTUS_TASK_INIT;
        if (tactus_task_state_get(runtime, actor->task, &state) == TACTUS_OK &&
            state == TACTUS_TASK_COMPLETED) {
            actor->report->starts++;
            if (tactus_task_schedule(runtime, actor->task, 0, 0) != TACTUS_OK) {
                actor->report->faults++;
            }
        }
        (void)usleep(500);
    }
    return NULL;
}

static inline void *actor_flood(void *data)
{
    (void)data;
    static unsigned char record[4096];
    for (uint32_t i = 0; i < 20000; i++) {
        for (uint32_t j = 0; j < 16; j++) {
            record[(i * 7 + j * 31) % 64] = (unsigned char)(i * j);
        }
        size_t length = i % 3 == 0 ? sizeof(struct gate_request) : 1 + i % 4095;
        (void)!send(CHANNEL_DESCRIPTOR, record, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return NULL;
}

static inline void *actor_forge(void *data)
{
    struct actor *actor = data;
    for (uint32_t i = 0;; i++) {
        atomic_store(&actor->done[0], i * UINT32_C(2654435761));
    }
    return NULL;
}

/* --- set-up ----------------------------------------------------------------------------------- */

static inline bool actor_partitions(struct actor *actor, const char *name)
{
    char label[64];
    uint32_t own = 0;
    uint32_t done = 0;
    uint64_t bytes = 0;
    int writable = 0;
    void *memory = NULL;
    (void)snprintf(label, sizeof label, "%s:done", name);
    if (tactus_domain_partition_find(actor->domain, "report", &own) != TACTUS_OK ||
        tactus_domain_partition(actor->domain, own, &memory, &bytes, &writable) != TACTUS_OK ||
        !writable) {
        return false;
    }
    actor->report = memory;
    if (tactus_domain_partition_find(actor->domain, label, &done) != TACTUS_OK ||
        tactus_domain_partition(actor->domain, done, &memory, &bytes, &writable) != TACTUS_OK) {
        return false;
    }
    actor->done = memory;
    if (own > 2 &&
        tactus_domain_partition(actor->domain, own - 2, &memory, &bytes, &writable) == TACTUS_OK) {
        actor->before = memory;
    }
    return true;
}

static inline bool actor_task(struct actor *actor, int32_t priority, tactus_run_function run,
                              void *data)
{
    tactus_runtime *runtime = tactus_domain_runtime(actor->domain);
    struct tactus_task_config config = {
        .type = TACTUS_LL_TIMER, .priority = priority, .run = run, .data = data};
    actor->task = (tactus_task){0, 0};
    return tactus_task_init(runtime, &config, &actor->task) == TACTUS_OK &&
           tactus_task_schedule(runtime, actor->task, 0, 0) == TACTUS_OK;
}

static inline bool actor_is(const struct actor *actor, const char *kind)
{
    return strncmp(actor->kind, kind, strlen(kind)) == 0;
}

static inline bool actor_tasks(struct actor *actor)
{
    if (actor_is(actor, "chain.")) {
        return actor_task(actor, 0, actor_chain, actor);
    }
    if (actor_is(actor, "turns.")) {
        return actor_task(actor, 10, actor_late, actor->report) &&
               actor_task(actor, 0, actor_count, actor->report);
    }
    if (actor_is(actor, "guest.")) {
        actor->report->starts = 1;
        return actor_task(actor, 0, actor_three_times, actor);
    }
    return actor_task(actor, 0, actor_misbehave, actor);
}

static inline void actor_load_badly(struct actor *actor)
{
    if (actor_is(actor, "fail.load")) {
        tactus_domain_fail(actor->domain, TACTUS_E_NOT_FOUND, "no such plugin: \033[31mred");
    } else if (actor_is(actor, "crash.load")) {
        actor_crash();
    } else if (actor_is(actor, "exit.load")) {
        _exit(3);
    } else if (actor_is(actor, "close.load")) {
        close(CHANNEL_DESCRIPTOR);
    }
    while (actor_is(actor, "close.load") || actor_is(actor, "sleep.load")) {
        (void)pause();
    }
}

/* --- without the library: what a hostile program asks for --------------------------------------
 */

static inline tactus_status raw_ask(uint32_t *sequence, uint32_t operation, uint64_t argument,
                                    struct gate_reply *reply, int *descriptor)
{
    struct gate_request request = {.version = GATE_VERSION,
                                   .operation = operation,
                                   .sequence = ++*sequence,
                                   .argument = {argument}};
    *descriptor = -1;
    return channel_ask(CHANNEL_DESCRIPTOR, &request, reply, descriptor);
}

static inline bool map_is_refused(int descriptor, int protection)
{
    void *memory = mmap(NULL, 4096, protection, MAP_SHARED, descriptor, 0);
    return memory == MAP_FAILED;
}

static inline void probe(struct actor_report *report, uint32_t number, bool holds)
{
    report->runs++;
    if (!holds) {
        report->first_fault = report->faults == 0 ? number : report->first_fault;
        report->faults++;
    }
}

static inline void probe_descriptor(struct actor_report *report, uint32_t number, int descriptor)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    int again = open(path, O_RDWR | O_CLOEXEC);
    void *read_only = mmap(NULL, 4096, PROT_READ, MAP_SHARED, descriptor, 0);
    probe(report, number, map_is_refused(descriptor, PROT_READ | PROT_WRITE));
    probe(report, number + 1, pwrite(descriptor, "x", 1, 0) < 0);
    probe(report, number + 2, ftruncate(descriptor, 0) < 0 && ftruncate(descriptor, 1 << 20) < 0);
    probe(report, number + 3,
          fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) < 0);
    probe(report, number + 4, read_only != MAP_FAILED);
    probe(report, number + 5, mprotect(read_only, 4096, PROT_READ | PROT_WRITE) < 0);
    probe(report, number + 6, again < 0 || map_is_refused(again, PROT_READ | PROT_WRITE));
    probe(report, number + 7, fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE) < 0);
    close(again);
}

/* Own partitions are numbers 0 and 1 here: the done words and the report. */
static inline int probe_main(bool forestalls_seal)
{
    uint32_t sequence = 0;
    struct gate_reply reply;
    int own[2];
    int ignored = -1;
    if (raw_ask(&sequence, GATE_HELLO, 0, &reply, &ignored) != TACTUS_OK) {
        return 1;
    }
    struct gate_hello hello = reply.body.hello;
    for (uint32_t i = 0; i < 2; i++) {
        if (raw_ask(&sequence, GATE_PARTITION, i, &reply, &own[i]) != TACTUS_OK || own[i] < 0) {
            return 1;
        }
    }
    struct actor_report *report = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, own[1], 0);
    if (report == MAP_FAILED) {
        return 1;
    }
    probe(report, 1, hello.writable == 2 && hello.partitions == 5);
    probe(report, 2, ftruncate(own[0], 0) < 0 && ftruncate(own[0], 1 << 20) < 0);
    probe(report, 3,
          raw_ask(&sequence, GATE_PARTITION, 2, &reply, &ignored) == TACTUS_E_INVALID &&
              reply.refused == 5 && reply.allowed == 1 && ignored < 0);
    probe(report, 4, raw_ask(&sequence, GATE_READY, 0, &reply, &ignored) == TACTUS_E_STATE);
    if (forestalls_seal) {
        (void)fcntl(own[0], F_ADD_SEALS, F_SEAL_SEAL);
    }
    if (raw_ask(&sequence, GATE_MAPPED, 0, &reply, &ignored) != TACTUS_OK) {
        return 1;
    }
    probe_descriptor(report, 10, own[0]);
    for (uint32_t i = 2; i < hello.partitions; i++) {
        int other = -1;
        probe(report, 20 * i,
              raw_ask(&sequence, GATE_PARTITION, i, &reply, &other) == TACTUS_OK &&
                  reply.body.partition.writable == 0);
        probe_descriptor(report, 20 * i + 1, other);
    }
    probe(report, 5,
          raw_ask(&sequence, GATE_PARTITION, 5, &reply, &ignored) == TACTUS_E_INVALID &&
              reply.allowed == 4);
    probe(report, 6, raw_ask(&sequence, GATE_READY, 0, &reply, &ignored) == TACTUS_OK);
    for (;;) {
        (void)pause();
    }
}

static inline int actor_main(const char *name)
{
    static struct actor actor;
    actor.kind = name;
    if (actor_is(&actor, "probe.rights") || actor_is(&actor, "seal.load")) {
        return probe_main(actor_is(&actor, "seal.load"));
    }
    if (tactus_domain_enter(&actor.domain) != TACTUS_OK) {
        return 1;
    }
    actor_load_badly(&actor);
    if (!actor_is(&actor, "bare.") && (!actor_partitions(&actor, name) || !actor_tasks(&actor))) {
        tactus_domain_fail(actor.domain, TACTUS_E_INVALID, "the actor cannot be set up");
    }
    if (tactus_domain_ready(actor.domain) != TACTUS_OK) {
        return 1;
    }
    pthread_t thread;
    if ((actor_is(&actor, "guest.") && pthread_create(&thread, NULL, actor_guest, &actor) != 0) ||
        (actor_is(&actor, "flood.") && pthread_create(&thread, NULL, actor_flood, &actor) != 0) ||
        (actor_is(&actor, "forge.") && pthread_create(&thread, NULL, actor_forge, &actor) != 0)) {
        return 1;
    }
    if (actor_is(&actor, "deaf.")) {
        close(CHANNEL_DESCRIPTOR);
        for (;;) {
            (void)pause();
        }
    }
    tactus_domain_serve(actor.domain);
}

#endif
