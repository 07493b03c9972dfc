/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two periodic tasks, one on each side of the wall. The user side owns LL_TIMER: a domain (this
 * program, executed again) counts ticks into a partition that it alone can write. The kernel side
 * owns EDF: a task that is due every 100 ms reads the count and prints it.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include <tactus/domain.h>
#include <tactus/time.h>

/* --- user side: run by the domain's LL thread in every tick ---------------------------------- */
static int count_tick(void *count)
{
    atomic_fetch_add((tactus_atomic_u32 *)count, 1);
    return TACTUS_RESCHEDULE;
}

static tactus_status domain_load(tactus_domain *domain)
{
    struct tactus_task_config config = {.type = TACTUS_LL_TIMER, .run = count_tick};
    tactus_task task = {0, 0};
    uint32_t partition = 0;
    uint64_t bytes = 0;
    int writable = 0;
    tactus_status status = tactus_domain_partition_find(domain, "count", &partition);
    if (status == TACTUS_OK)
        status = tactus_domain_partition(domain, partition, &config.data, &bytes, &writable);
    if (status == TACTUS_OK)
        status = tactus_task_init(tactus_domain_runtime(domain), &config, &task);
    if (status == TACTUS_OK)
        status = tactus_task_schedule(tactus_domain_runtime(domain), task, 0, 0);
    return status;
}

static int domain_main(void)
{
    tactus_domain *domain = NULL;
    if (tactus_domain_enter(&domain) != TACTUS_OK)
        return 1;
    tactus_status status = domain_load(domain);
    if (status != TACTUS_OK || tactus_domain_ready(domain) != TACTUS_OK)
        tactus_domain_fail(domain, status, tactus_status_text(status));
    tactus_domain_serve(domain);
}

/* --- kernel side: run by the EDF thread, again when next_report_ns says ----------------------- */
static uint64_t next_report_ns(void *count)
{
    (void)count;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t now_ns = (uint64_t)now.tv_sec * TACTUS_NS_PER_S + (uint64_t)now.tv_nsec;
    return now_ns + 100 * TACTUS_NS_PER_MS;
}

static int report(void *count)
{
    uint32_t ticks = atomic_load((tactus_atomic_u32 *)count);
    printf("EDF, kernel side: the domain's LL_TIMER task has run %" PRIu32 " times\n", ticks);
    return TACTUS_RESCHEDULE;
}

static tactus_status run(tactus_supervisor *supervisor, struct tactus_message *message)
{
    tactus_runtime *runtime = tactus_supervisor_runtime(supervisor);
    struct tactus_task_config config = {
        .type = TACTUS_EDF, .run = report, .deadline_ns = next_report_ns};
    tactus_task task = {0, 0};
    uint32_t domain = 0;
    uint32_t count = 0;
    tactus_status status =
        tactus_supervisor_domain_new(supervisor, "counter", "/proc/self/exe", &domain);
    if (status == TACTUS_OK)
        status = tactus_supervisor_partition_new(supervisor, "count", 4, domain, &count);
    if (status == TACTUS_OK)
        status = tactus_supervisor_stage_add(supervisor, domain, INT32_MAX);
    if (status == TACTUS_OK)
        status = tactus_supervisor_start(supervisor, message);
    config.data = tactus_supervisor_partition_memory(supervisor, count);
    if (status == TACTUS_OK)
        status = tactus_task_init(runtime, &config, &task);
    if (status == TACTUS_OK)
        status = tactus_task_schedule(runtime, task, 0, 0);
    if (status == TACTUS_OK)
        status = tactus_supervisor_run(supervisor, 1000, message); /* ticks */
    return status;
}

int main(void)
{
    if (tactus_domain_is_here())
        return domain_main();
    struct tactus_message message = {""};
    tactus_supervisor *supervisor = NULL;
    struct tactus_supervisor_config config = {.tick_ns = TACTUS_NS_PER_MS,
                                              .ownership = tactus_ownership_default,
                                              .tasks_max = 4,
                                              .live = 1,
                                              .overrun_limit = 1000,
                                              .load_timeout_ns = 10 * TACTUS_NS_PER_S};
    tactus_status status = tactus_supervisor_new(&config, &supervisor);
    if (status == TACTUS_OK)
        status = run(supervisor, &message);
    tactus_supervisor_free(supervisor);
    if (status != TACTUS_OK)
        fprintf(stderr, "scheduler: %s. %s\n", tactus_status_text(status), message.text);
    return status == TACTUS_OK ? 0 : 1;
}
