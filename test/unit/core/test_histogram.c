/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tactus/task.h>

#include "random.h"

#define LAST_BUCKET (TACTUS_HISTOGRAM_BUCKETS - 1)

static void test_bounds_are_exact_and_monotone(void **state)
{
    (void)state;
    for (uint32_t bucket = 0; bucket < TACTUS_HISTOGRAM_BUCKETS; bucket++) {
        const uint64_t lower_ns = tactus_histogram_lower_ns(bucket);
        const uint64_t next_ns = tactus_histogram_lower_ns(bucket + 1);
        assert_true(lower_ns < next_ns);
        assert_int_equal(tactus_histogram_bucket(lower_ns), bucket);
        assert_int_equal(tactus_histogram_bucket(next_ns - 1), bucket);
    }
}

static void test_small_values_have_a_bucket_each(void **state)
{
    (void)state;
    for (uint32_t ns = 0; ns < 8; ns++) {
        assert_int_equal(tactus_histogram_bucket(ns), ns);
        assert_true(tactus_histogram_lower_ns(ns) == ns);
    }
}

static void test_every_power_of_two_begins_a_bucket_and_has_eight(void **state)
{
    (void)state;
    const uint64_t end_ns = tactus_histogram_lower_ns(LAST_BUCKET);
    for (uint64_t power = 8; power * 2 <= end_ns; power *= 2) {
        const uint32_t bucket = tactus_histogram_bucket(power);
        assert_true(tactus_histogram_lower_ns(bucket) == power);
        assert_int_equal(tactus_histogram_bucket(power * 2), bucket + 8);
    }
}

static void test_top_bucket_catches_all(void **state)
{
    (void)state;
    const uint64_t top_ns = tactus_histogram_lower_ns(LAST_BUCKET);
    assert_true(top_ns > UINT64_C(10000000000)); /* beyond any run that is not a hang */
    assert_int_equal(tactus_histogram_bucket(UINT64_MAX), LAST_BUCKET);
    for (uint64_t ns = top_ns; ns < UINT64_MAX / 2; ns *= 2)
        assert_int_equal(tactus_histogram_bucket(ns), LAST_BUCKET);
    assert_true(tactus_histogram_lower_ns(TACTUS_HISTOGRAM_BUCKETS) == UINT64_MAX);
    assert_true(tactus_histogram_lower_ns(UINT32_MAX) == UINT64_MAX);
}

static void test_any_value_lies_in_its_bucket(void **state)
{
    (void)state;
    struct random_source source = random_start("test_histogram");
    for (int i = 0; i < 500000; i++) {
        const uint64_t ns = random_length(&source, 64);
        const uint32_t bucket = tactus_histogram_bucket(ns);
        assert_true(bucket < TACTUS_HISTOGRAM_BUCKETS);
        const uint64_t lower_ns = tactus_histogram_lower_ns(bucket);
        assert_true(lower_ns <= ns);
        if (bucket < LAST_BUCKET) {
            assert_true(ns < tactus_histogram_lower_ns(bucket + 1));
            assert_true(ns == lower_ns || (ns - lower_ns) * 8 < ns);
        }
        const uint64_t other_ns = random_length(&source, 64);
        if (other_ns <= ns)
            assert_true(tactus_histogram_bucket(other_ns) <= bucket);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds_are_exact_and_monotone),
        cmocka_unit_test(test_small_values_have_a_bucket_each),
        cmocka_unit_test(test_every_power_of_two_begins_a_bucket_and_has_eight),
        cmocka_unit_test(test_top_bucket_catches_all),
        cmocka_unit_test(test_any_value_lies_in_its_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
