/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "registry.h"
#include "support/test_port.h"

#define OK(call) assert_int_equal((call), TACTUS_OK)

static tactus_status op_schedule(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                                 const struct tactus_schedule_request *request)
{
    (void)scheduler;
    (void)task;
    (void)request;
    return TACTUS_OK;
}

static tactus_status op_plain(tactus_scheduler *scheduler, struct tactus_pool_task *task)
{
    (void)scheduler;
    (void)task;
    return TACTUS_OK;
}

static const struct tactus_scheduler_ops ops = {
    .schedule = op_schedule, .cancel = op_plain, .free = op_plain};

static int up(void **state)
{
    static struct test_system system;
    memset(&system, 0, sizeof system);
    test_system_heap(&system, 1u << 18);
    *state = &system;
    return 0;
}

static int down(void **state)
{
    test_system_down(*state);
    return 0;
}

static void runtime_make(struct test_system *system, enum tactus_side side)
{
    struct tactus_runtime_config config = test_system_config(system, 4, 8);
    config.side = side;
    config.domain = side == TACTUS_SIDE_USER ? 3 : 0;
    config.ownership = tactus_ownership_default;
    OK(tactus_runtime_new(&config, &system->runtime));
    assert_int_equal(tactus_runtime_side(system->runtime), side);
}

static void R1_every_wrong_registration_has_its_own_error(void **state)
{
    struct test_system *system = *state;
    tactus_scheduler *scheduler = NULL;
    struct tactus_scheduler_ops lacking = ops;
    runtime_make(system, TACTUS_SIDE_KERNEL);
    tactus_runtime *runtime = system->runtime;
    assert_int_equal(
        tactus_scheduler_register(runtime, TACTUS_SCHEDULER_TYPES, 0, &ops, 8, &scheduler),
        TACTUS_E_INVALID);
    assert_int_equal(tactus_scheduler_register(runtime, TACTUS_EDF, 0, NULL, 8, &scheduler),
                     TACTUS_E_INVALID);
    assert_int_equal(tactus_scheduler_register(runtime, TACTUS_EDF, 4, &ops, 8, &scheduler),
                     TACTUS_E_NO_CORE);
    assert_int_equal(tactus_scheduler_register(runtime, TACTUS_LL_TIMER, 0, &ops, 8, &scheduler),
                     TACTUS_E_WRONG_SIDE);
    lacking.schedule = NULL;
    assert_int_equal(tactus_scheduler_register(runtime, TACTUS_EDF, 0, &lacking, 8, &scheduler),
                     TACTUS_E_INCOMPLETE);
    lacking = ops;
    lacking.cancel = NULL;
    assert_int_equal(tactus_scheduler_register(runtime, TACTUS_EDF, 0, &lacking, 8, &scheduler),
                     TACTUS_E_INCOMPLETE);
    lacking = ops;
    lacking.free = NULL;
    assert_int_equal(tactus_scheduler_register(runtime, TACTUS_EDF, 0, &lacking, 8, &scheduler),
                     TACTUS_E_INCOMPLETE);
    assert_null(scheduler);
    OK(tactus_scheduler_register(runtime, TACTUS_EDF, 0, &ops, 8, &scheduler));
    assert_int_equal(tactus_scheduler_register(runtime, TACTUS_EDF, 0, &ops, 8, &scheduler),
                     TACTUS_E_EXISTS);
    OK(tactus_scheduler_register(runtime, TACTUS_EDF, 3, &ops, 8, &scheduler));
}

static void R1_ownership_is_checked_on_the_user_side_too(void **state)
{
    struct test_system *system = *state;
    tactus_scheduler *scheduler;
    struct tactus_ll_config ll = {.tick_ns = TEST_TICK_NS};
    struct tactus_edf_config edf = {0};
    runtime_make(system, TACTUS_SIDE_USER);
    assert_int_equal(tactus_edf_register(system->runtime, 0, &edf, &scheduler),
                     TACTUS_E_WRONG_SIDE);
    assert_int_equal(tactus_ll_register(system->runtime, TACTUS_LL_DMA, 0, &ll, &scheduler),
                     TACTUS_E_WRONG_SIDE);
    assert_int_equal(tactus_ll_register(system->runtime, TACTUS_EDF, 0, &ll, &scheduler),
                     TACTUS_E_INVALID);
    ll.tick_ns = 100;
    assert_int_equal(tactus_ll_register(system->runtime, TACTUS_LL_TIMER, 0, &ll, &scheduler),
                     TACTUS_E_INVALID);
    ll.tick_ns = TEST_TICK_NS;
    OK(tactus_ll_register(system->runtime, TACTUS_LL_TIMER, 0, &ll, &scheduler));
    assert_int_equal(tactus_ll_register(system->runtime, TACTUS_LL_TIMER, 0, &ll, &scheduler),
                     TACTUS_E_EXISTS);
}

/* Fails each allocation in turn: leaves room for `limit` bytes only, by a heap of every size. */
static bool everything_fits(size_t heap_bytes, struct test_system *system)
{
    struct tactus_heap_stats before;
    struct tactus_heap_stats after;
    struct tactus_ll_config ll = {.tick_ns = TEST_TICK_NS};
    struct tactus_edf_config edf = {0};
    bool fits = false;
    memset(system, 0, sizeof *system);
    test_system_heap(system, heap_bytes);
    struct tactus_runtime_config config = test_system_config(system, 2, 4);
    tactus_heap_stats_get(system->heap, &before);
    tactus_status status = tactus_runtime_new(&config, &system->runtime);
    tactus_heap_stats_get(system->heap, &after);
    if (status != TACTUS_OK) {
        assert_int_equal(status, TACTUS_E_NO_MEMORY);
        assert_null(system->runtime);
        assert_int_equal(after.live, before.live);
    }
    for (uint32_t i = 0; status == TACTUS_OK && i < 4; i++) {
        tactus_scheduler *scheduler = NULL;
        uint32_t core = i / 2;
        before = after;
        if (i % 2 == 0)
            status = tactus_ll_register(system->runtime, TACTUS_LL_TIMER, core, &ll, &scheduler);
        else
            status = tactus_edf_register(system->runtime, core, &edf, &scheduler);
        tactus_heap_stats_get(system->heap, &after);
        if (status == TACTUS_OK)
            continue;
        enum tactus_scheduler_type type = i % 2 == 0 ? TACTUS_LL_TIMER : TACTUS_EDF;
        assert_int_equal(status, TACTUS_E_NO_MEMORY);
        assert_null(scheduler);
        assert_int_equal(after.live, before.live);
        assert_int_equal(after.in_use_bytes, before.in_use_bytes);
        assert_int_equal(
            tactus_scheduler_find(system->runtime, TACTUS_SIDE_KERNEL, core, type, &scheduler),
            TACTUS_E_NO_DEVICE);
    }
    fits = status == TACTUS_OK;
    test_system_down(system);
    return fits;
}

static void R2_a_heap_that_is_exhausted_anywhere_leaves_everything_as_it_was(void **state)
{
    struct test_system system;
    uint32_t failures = 0;
    (void)state;
    for (size_t heap_bytes = 4096; heap_bytes < (1u << 16); heap_bytes += 64) {
        if (everything_fits(heap_bytes, &system))
            break;
        failures++;
    }
    assert_true(failures > 8);
    assert_true(everything_fits(1u << 16, &system));
}

static void R2_policy_data_comes_zeroed(void **state)
{
    struct test_system *system = *state;
    tactus_scheduler *scheduler;
    runtime_make(system, TACTUS_SIDE_KERNEL);
    OK(tactus_scheduler_register(system->runtime, TACTUS_EDF, 1, &ops, 500, &scheduler));
    const unsigned char *data = tactus_scheduler_data(scheduler);
    for (uint32_t i = 0; i < 500; i++)
        assert_int_equal(data[i], 0);
}

static void R3_R4_look_up_is_by_side_core_and_type(void **state)
{
    struct test_system *system = *state;
    tactus_scheduler *edf1;
    tactus_scheduler *dma1;
    tactus_scheduler *found = NULL;
    runtime_make(system, TACTUS_SIDE_KERNEL);
    tactus_runtime *runtime = system->runtime;
    OK(tactus_scheduler_register(runtime, TACTUS_EDF, 1, &ops, 8, &edf1));
    OK(tactus_scheduler_register(runtime, TACTUS_LL_DMA, 1, &ops, 8, &dma1));
    OK(tactus_scheduler_find(runtime, TACTUS_SIDE_KERNEL, 1, TACTUS_EDF, &found));
    assert_ptr_equal(found, edf1);
    OK(tactus_scheduler_find(runtime, TACTUS_SIDE_KERNEL, 1, TACTUS_LL_DMA, &found));
    assert_ptr_equal(found, dma1);
    assert_non_null(tactus_scheduler_data(found));
    assert_int_equal(tactus_scheduler_find(runtime, TACTUS_SIDE_KERNEL, 0, TACTUS_EDF, &found),
                     TACTUS_E_NO_DEVICE);
    assert_int_equal(tactus_scheduler_find(runtime, TACTUS_SIDE_KERNEL, 4, TACTUS_EDF, &found),
                     TACTUS_E_NO_CORE);
    assert_int_equal(
        tactus_scheduler_find(runtime, TACTUS_SIDE_KERNEL, 0, TACTUS_SCHEDULER_TYPES, &found),
        TACTUS_E_INVALID);
    assert_int_equal(tactus_scheduler_find(runtime, TACTUS_SIDE_USER, 1, TACTUS_LL_TIMER, &found),
                     TACTUS_E_NO_DEVICE);
}

static void R4_a_user_domain_finds_its_own_only(void **state)
{
    struct test_system *system = *state;
    tactus_scheduler *timer;
    tactus_scheduler *found = NULL;
    runtime_make(system, TACTUS_SIDE_USER);
    OK(tactus_scheduler_register(system->runtime, TACTUS_LL_TIMER, 2, &ops, 8, &timer));
    OK(tactus_scheduler_find(system->runtime, TACTUS_SIDE_USER, 2, TACTUS_LL_TIMER, &found));
    assert_ptr_equal(found, timer);
    assert_int_equal(
        tactus_scheduler_find(system->runtime, TACTUS_SIDE_KERNEL, 2, TACTUS_EDF, &found),
        TACTUS_E_DENIED);
}

static void runtimes_that_cannot_be_are_refused(void **state)
{
    struct test_system *system = *state;
    struct tactus_runtime_config good = test_system_config(system, 1, 1);
    struct tactus_runtime_config bad;
    tactus_runtime *runtime;
    assert_int_equal(tactus_runtime_new(NULL, &runtime), TACTUS_E_INVALID);
    assert_int_equal(tactus_runtime_new(&good, NULL), TACTUS_E_INVALID);
#define REFUSED(change)                                                                            \
    do {                                                                                           \
        bad = good;                                                                                \
        bad.change;                                                                                \
        assert_int_equal(tactus_runtime_new(&bad, &runtime), TACTUS_E_INVALID);                    \
    } while (0)
    REFUSED(cores = 0);
    REFUSED(cores = TACTUS_CORES_MAX + 1);
    REFUSED(tasks_max = 0);
    REFUSED(tasks_max = 65536);
    REFUSED(heap = NULL);
    REFUSED(port.ops = NULL);
    REFUSED(domain = 1);
    REFUSED(side = (enum tactus_side)2);
    REFUSED(ownership.owner[2] = 2);
    struct tactus_port_ops lacking = *good.port.ops;
    lacking.activate = NULL;
    REFUSED(port.ops = &lacking);
    OK(tactus_runtime_new(&good, &system->runtime));
    assert_int_equal(tactus_runtime_free(NULL), TACTUS_E_INVALID);
}

static void names_are_never_null(void **state)
{
    (void)state;
    assert_string_equal(tactus_scheduler_type_name(TACTUS_LL_TIMER), "LL_TIMER");
    assert_string_equal(tactus_scheduler_type_name(TACTUS_TWB), "TWB");
    assert_string_equal(tactus_scheduler_type_name(TACTUS_SCHEDULER_TYPES), "?");
    assert_string_equal(tactus_scheduler_type_name((enum tactus_scheduler_type) - 1), "?");
    assert_string_equal(tactus_side_name(TACTUS_SIDE_KERNEL), "kernel");
    assert_string_equal(tactus_side_name(TACTUS_SIDE_USER), "user");
    assert_string_equal(tactus_side_name((enum tactus_side)9), "?");
    assert_string_equal(tactus_task_state_name(TACTUS_TASK_FREE), "FREE");
    assert_string_equal(tactus_task_state_name(TACTUS_TASK_STATES), "?");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(R1_every_wrong_registration_has_its_own_error),
        TEST(R1_ownership_is_checked_on_the_user_side_too),
        cmocka_unit_test(R2_a_heap_that_is_exhausted_anywhere_leaves_everything_as_it_was),
        TEST(R2_policy_data_comes_zeroed),
        TEST(R3_R4_look_up_is_by_side_core_and_type),
        TEST(R4_a_user_domain_finds_its_own_only),
        TEST(runtimes_that_cannot_be_are_refused),
        cmocka_unit_test(names_are_never_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
