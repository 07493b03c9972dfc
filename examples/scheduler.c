/* SPDX-License-Identifier: BSD-3-Clause */
/* Two periodic tasks, one on each side of the wall. The user side owns LL_TIMER: a domain (this
 * program, executed again) counts ticks into a partition that it alone can write. The kernel side
 * owns EDF: a task that is due every 100 ms reads the count and prints it. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include <tactus/domain.h>
#include <tactus/time.h>

static int count_tick(void *count) /* user side, in every tick */
{
    atomic_fetch_add((tactus_atomic_u32 *)count, 1);
    return TACTUS_RESCHEDULE;
}

static int user_side(void)
{
    struct tactus_task_config config = {.type = TACTUS_LL_TIMER, .run = count_tick};
    tactus_domain *domain = NULL;
    tactus_task task = {0, 0};
    uint32_t partition = 0;
    uint64_t bytes = 0;
    int writable = 0;
    if (tactus_domain_enter(&domain) || tactus_domain_partition_find(domain, "count", &partition) ||
        tactus_domain_partition(domain, partition, &config.data, &bytes, &writable) ||
        tactus_task_init(tactus_domain_runtime(domain), &config, &task) ||
        tactus_task_schedule(tactus_domain_runtime(domain), task, 0, 0) ||
        tactus_domain_ready(domain)) {
        return 1;
    }
    tactus_domain_serve(domain);
}

static int report(void *count) /* kernel side, whenever it is due */
{
    uint32_t ticks = atomic_load((tactus_atomic_u32 *)count);
    printf("EDF, kernel side: the domain's LL_TIMER task has run %" PRIu32 " times\n", ticks);
    return TACTUS_RESCHEDULE;
}

static uint64_t next_report_ns(void *count)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    (void)count;
    return (uint64_t)now.tv_sec * TACTUS_NS_PER_S + (uint64_t)now.tv_nsec + 100 * TACTUS_NS_PER_MS;
}

static int kernel_side(tactus_supervisor *supervisor, struct tactus_message *message)
{
    struct tactus_task_config config = {
        .type = TACTUS_EDF, .run = report, .deadline_ns = next_report_ns};
    tactus_runtime *runtime = tactus_supervisor_runtime(supervisor);
    tactus_task task = {0, 0};
    uint32_t domain = 0;
    uint32_t count = 0;
    if (tactus_supervisor_domain_new(supervisor, "counter", "/proc/self/exe", &domain) ||
        tactus_supervisor_partition_new(supervisor, "count", sizeof(uint32_t), domain, &count) ||
        tactus_supervisor_stage_add(supervisor, domain, INT32_MAX) ||
        tactus_supervisor_start(supervisor, message)) {
        return 1;
    }
    config.data = tactus_supervisor_partition_memory(supervisor, count);
    return tactus_task_init(runtime, &config, &task) || tactus_task_schedule(runtime, task, 0, 0) ||
           tactus_supervisor_run(supervisor, 1000, message); /* ticks */
}

int main(void)
{
    struct tactus_supervisor_config config = {.tick_ns = TACTUS_NS_PER_MS,
                                              .ownership = tactus_ownership_default,
                                              .tasks_max = 4,
                                              .live = 1,
                                              .overrun_limit = 1000,
                                              .load_timeout_ns = 10 * TACTUS_NS_PER_S};
    struct tactus_message message = {"cannot be set up"};
    tactus_supervisor *supervisor = NULL;
    if (tactus_domain_is_here()) {
        return user_side();
    }
    int failed = tactus_supervisor_new(&config, &supervisor) || kernel_side(supervisor, &message);
    tactus_supervisor_free(supervisor);
    if (failed) {
        fprintf(stderr, "scheduler: %s\n", message.text);
    }
    return failed;
}
