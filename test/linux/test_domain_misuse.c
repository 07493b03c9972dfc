/* SPDX-License-Identifier: BSD-3-Clause */
/* Every call of tactus/domain.h with what it does not allow. */
#include "linux/domain_fixture.h"

static void test_config_is_checked(void **state)
{
    (void)state;
    tactus_supervisor *supervisor = NULL;
    struct tactus_supervisor_config wrong[10];
    for (size_t i = 0; i < 10; i++) {
        wrong[i] = offline_config();
    }
    wrong[0].tick_ns = TACTUS_TICK_MIN_NS - 1;
    wrong[1].tick_ns = TACTUS_TICK_MAX_NS + 1;
    wrong[2].tasks_max = 0;
    wrong[3].tasks_max = 65536;
    wrong[4].batch_ticks = 0;
    wrong[5].batch_ticks = 1025;
    wrong[6].hang_timeout_ns = 0;
    wrong[7].live = 1;
    wrong[7].overrun_limit = 0;
    wrong[8].ownership.owner[TACTUS_EDF] = 2;
    wrong[9].tick_ns = 0;
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(tactus_supervisor_new(&wrong[i], &supervisor), TACTUS_E_INVALID);
        assert_null(supervisor);
    }
    struct tactus_supervisor_config config = offline_config();
    assert_int_equal(tactus_supervisor_new(NULL, &supervisor), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_new(&config, NULL), TACTUS_E_INVALID);
    tactus_supervisor_free(NULL);
}

static void misuse_of_set_up(tactus_supervisor *made, tactus_status late)
{
    uint32_t n = 0;
    tactus_status invalid = TACTUS_E_INVALID;
    assert_int_equal(tactus_supervisor_domain_new(NULL, "d", PROGRAM, &n), invalid);
    assert_int_equal(tactus_supervisor_domain_new(made, NULL, PROGRAM, &n), invalid);
    assert_int_equal(tactus_supervisor_domain_new(made, "d", NULL, &n), invalid);
    assert_int_equal(tactus_supervisor_domain_new(made, "d", "relative", &n), invalid);
    assert_int_equal(tactus_supervisor_domain_new(made, "d", PROGRAM, NULL), invalid);
    assert_int_equal(tactus_supervisor_domain_new(made, "bare.1", PROGRAM, &n), late);
    assert_int_equal(tactus_supervisor_partition_new(NULL, "p", 1, 0, &n), invalid);
    assert_int_equal(tactus_supervisor_partition_new(made, NULL, 1, 0, &n), invalid);
    assert_int_equal(tactus_supervisor_partition_new(made, "p", 0, 0, &n), invalid);
    assert_int_equal(
        tactus_supervisor_partition_new(made, "p", TACTUS_PARTITION_BYTES_MAX + 1, 0, &n), invalid);
    assert_int_equal(tactus_supervisor_partition_new(made, "p", 1, 99, &n), invalid);
    assert_int_equal(tactus_supervisor_partition_new(made, "p", 1, 0, NULL), invalid);
    assert_int_equal(tactus_supervisor_partition_new(made, "p", 1, 0, &n), late);
    assert_int_equal(tactus_supervisor_partition_grant(NULL, 1, 1), invalid);
    assert_int_equal(tactus_supervisor_partition_grant(made, 4000, 1), invalid);
    assert_int_equal(tactus_supervisor_partition_grant(made, 1, 0), invalid);
    assert_int_equal(tactus_supervisor_partition_grant(made, 1, 99), invalid);
    assert_int_equal(tactus_supervisor_partition_grant(made, 1, 1), late);
    assert_int_equal(tactus_supervisor_stage_add(NULL, 1, 0), invalid);
    assert_int_equal(tactus_supervisor_stage_add(made, 0, 0), invalid);
    assert_int_equal(tactus_supervisor_stage_add(made, 99, 0), invalid);
    assert_int_equal(tactus_supervisor_stage_add(made, 1, INT32_MAX), late);
}

static void test_misuse(void **state)
{
    (void)state;
    struct fixture fixture;
    struct tactus_supervisor_config config = offline_config();
    system_new(&fixture, &config);
    tactus_supervisor *made = fixture.supervisor;
    struct tactus_message *message = &fixture.message;
    struct tactus_domain_status status;
    actor_with_stage_add(&fixture, "count.1");
    assert_int_equal(tactus_supervisor_run(made, 1, message), TACTUS_E_STATE);
    misuse_of_set_up(made, TACTUS_OK);
    assert_null(tactus_supervisor_partition_memory(made, 4000));
    assert_null(tactus_supervisor_partition_memory(NULL, 0));
    assert_null(tactus_supervisor_runtime(NULL));
    assert_int_equal(tactus_supervisor_domain_status(NULL, 1, &status), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_domain_status(made, 0, &status), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_domain_status(made, 99, &status), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_domain_status(made, 1, NULL), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_start(NULL, message), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_start(made, NULL), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_run(NULL, 1, message), TACTUS_E_INVALID);
    assert_int_equal(tactus_supervisor_run(made, 1, NULL), TACTUS_E_INVALID);
    start(&fixture);
    assert_int_equal(tactus_supervisor_start(made, message), TACTUS_E_STATE);
    misuse_of_set_up(made, TACTUS_E_STATE);
    run(&fixture, 5);
    assert_int_equal(tactus_supervisor_run(made, 5, message), TACTUS_E_STATE);
    tactus_supervisor_free(made);

    tactus_domain *domain = NULL;
    assert_false(tactus_domain_is_here());
    assert_int_equal(tactus_domain_enter(NULL), TACTUS_E_INVALID);
    assert_int_equal(tactus_domain_enter(&domain), TACTUS_E_STATE);
    assert_int_equal(tactus_domain_ready(NULL), TACTUS_E_INVALID);
}

int main(int argc, char **argv)
{
    if (tactus_domain_is_here()) {
        return actor_main(argc > 0 ? argv[0] : "");
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_is_checked),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
