/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems of domains for tests; the domains are the test program executed again. */
#ifndef TEST_LINUX_DOMAIN_FIXTURE_H
#define TEST_LINUX_DOMAIN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <tactus/domain.h>
#include <tactus/time.h>

#include "linux/domain_actors.h"

#define PROGRAM "/proc/self/exe"

struct fixture {
    tactus_supervisor *supervisor;
    struct tactus_message message;
    uint32_t domains;
    uint32_t last_partition;
    volatile struct actor_report *report[TACTUS_DOMAINS_MAX + 1];
};

static inline struct tactus_supervisor_config offline_config(void)
{
    return (struct tactus_supervisor_config){.tick_ns = TACTUS_TICK_DEFAULT_NS,
                                             .ownership = tactus_ownership_default,
                                             .tasks_max = 8,
                                             .batch_ticks = 1,
                                             .hang_timeout_ns = 5 * TACTUS_NS_PER_S,
                                             .overrun_limit = 10,
                                             .load_timeout_ns = 30 * TACTUS_NS_PER_S};
}

static inline void system_new(struct fixture *fixture,
                              const struct tactus_supervisor_config *config)
{
    memset(fixture, 0, sizeof *fixture);
    assert_int_equal(tactus_supervisor_new(config, &fixture->supervisor), TACTUS_OK);
}

/* A domain with a report of its own that it writes and its follower may read. */
static inline uint32_t actor_add(struct fixture *fixture, const char *name)
{
    uint32_t domain = 0;
    uint32_t partition = 0;
    assert_int_equal(tactus_supervisor_domain_new(fixture->supervisor, name, PROGRAM, &domain),
                     TACTUS_OK);
    assert_int_equal(domain, ++fixture->domains);
    assert_int_equal(tactus_supervisor_partition_new(fixture->supervisor, "report",
                                                     sizeof(struct actor_report), domain,
                                                     &partition),
                     TACTUS_OK);
    if (domain > 1) {
        assert_int_equal(
            tactus_supervisor_partition_grant(fixture->supervisor, fixture->last_partition, domain),
            TACTUS_OK);
    }
    fixture->last_partition = partition;
    fixture->report[domain] = tactus_supervisor_partition_memory(fixture->supervisor, partition);
    assert_non_null(fixture->report[domain]);
    return domain;
}

static inline void stage_add(struct fixture *fixture, uint32_t domain, int32_t span_priority)
{
    assert_int_equal(tactus_supervisor_stage_add(fixture->supervisor, domain, span_priority),
                     TACTUS_OK);
}

static inline void actor_with_stage_add(struct fixture *fixture, const char *name)
{
    stage_add(fixture, actor_add(fixture, name), INT32_MAX);
}

static inline void start(struct fixture *fixture)
{
    tactus_status status = tactus_supervisor_start(fixture->supervisor, &fixture->message);
    if (status != TACTUS_OK) {
        fail_msg("start: %s", fixture->message.text);
    }
}

static inline void run(struct fixture *fixture, uint64_t last_tick)
{
    tactus_supervisor_allow(fixture->supervisor, UINT64_MAX);
    tactus_status status = tactus_supervisor_run(fixture->supervisor, last_tick, &fixture->message);
    if (status != TACTUS_OK) {
        fail_msg("run: %s", fixture->message.text);
    }
}

static inline struct tactus_domain_status status_of(struct fixture *fixture, uint32_t domain)
{
    struct tactus_domain_status status;
    assert_int_equal(tactus_supervisor_domain_status(fixture->supervisor, domain, &status),
                     TACTUS_OK);
    return status;
}

static inline uint64_t ticks_of(struct fixture *fixture)
{
    struct tactus_tick_status status;
    tactus_supervisor_tick_status(fixture->supervisor, &status);
    return status.ticks;
}

#endif
