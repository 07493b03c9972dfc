/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <tactus/time.h>

#include "random.h"

#define UNTOUCHED UINT32_C(0xdeadbeef)

static void check_one(uint64_t tick_ns, uint32_t rate_hz)
{
    uint32_t frames = UNTOUCHED;
    const tactus_status status = tactus_tick_frames(tick_ns, rate_hz, &frames);
    if (tick_ns < 125000 || tick_ns > 10000000 || rate_hz < 8000 || rate_hz > 384000) {
        assert_int_equal(status, TACTUS_E_INVALID);
        assert_int_equal(frames, UNTOUCHED);
        return;
    }
    if (status == TACTUS_OK) {
        /* frames / rate_hz seconds are exactly the tick. */
        assert_true((uint64_t)frames * TACTUS_NS_PER_S == tick_ns * rate_hz);
        assert_true(frames >= 1);
        return;
    }
    assert_int_equal(status, TACTUS_E_PERIOD);
    assert_int_equal(frames, UNTOUCHED);
    assert_true(tick_ns * rate_hz % TACTUS_NS_PER_S != 0);
}

static void test_any_tick_and_rate(void **state)
{
    (void)state;
    struct random_source source = random_start("test_time");
    for (int i = 0; i < 200000; i++) {
        check_one(random_below(&source, 10100000), random_below(&source, 390000));
        check_one(random_length(&source, 64), (uint32_t)random_length(&source, 32));
        /* Multiples of 125 us and 1 kHz, of which most are whole. */
        check_one(UINT64_C(125000) * random_below(&source, 82), 1000 * random_below(&source, 386));
    }
}

static void test_limits(void **state)
{
    (void)state;
    const uint64_t ticks[] = {0,       1,        124999,   125000,         125001,
                              9999999, 10000000, 10000001, UINT64_MAX / 2, UINT64_MAX};
    const uint32_t rates[] = {0,     1,      7999,   8000,   8001,      44100,
                              48000, 383999, 384000, 384001, UINT32_MAX};
    for (size_t t = 0; t < sizeof ticks / sizeof ticks[0]; t++) {
        for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++)
            check_one(ticks[t], rates[r]);
    }
}

static void test_every_frame_count_is_reached_from_its_tick(void **state)
{
    (void)state;
    const uint32_t rates[] = {8000, 16000, 32000, 40000, 48000, 96000, 192000, 384000};
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        for (uint32_t wanted = 1; wanted <= 3840; wanted++) {
            const uint64_t tick_ns = wanted * TACTUS_NS_PER_S / rates[r];
            if (wanted * TACTUS_NS_PER_S % rates[r] != 0 || tick_ns < TACTUS_TICK_MIN_NS ||
                tick_ns > TACTUS_TICK_MAX_NS)
                continue;
            uint32_t frames = 0;
            assert_int_equal(tactus_tick_frames(tick_ns, rates[r], &frames), TACTUS_OK);
            assert_int_equal(frames, wanted);
        }
    }
}

static void test_no_place_for_the_result(void **state)
{
    (void)state;
    assert_int_equal(tactus_tick_frames(TACTUS_TICK_DEFAULT_NS, 48000, NULL), TACTUS_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_tick_and_rate),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_every_frame_count_is_reached_from_its_tick),
        cmocka_unit_test(test_no_place_for_the_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
