/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <limits.h>

#include <tactus/status.h>

/* The last value listed; one more would be "unknown", which the first test would tell. */
#define LAST_STATUS TACTUS_E_NOT_FOUND

static const char *text_of(int value)
{
    return tactus_status_text((tactus_status)value);
}

static void test_every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int status = 0; status >= LAST_STATUS; status--) {
        assert_string_not_equal(text_of(status), text_of(LAST_STATUS - 1));
        for (int other = status - 1; other >= LAST_STATUS; other--)
            assert_string_not_equal(text_of(status), text_of(other));
    }
}

static void test_texts_are_one_short_line(void **state)
{
    (void)state;
    for (int status = 0; status >= LAST_STATUS; status--) {
        const char *text = text_of(status);
        const size_t length = strlen(text);
        assert_in_range(length, 3, 60);
        assert_null(strpbrk(text, "\r\n\t"));
        assert_int_not_equal(text[length - 1], '.');
        assert_int_not_equal(text[length - 1], ' ');
    }
}

static void test_values_not_listed_have_a_text(void **state)
{
    (void)state;
    const int values[] = {1, 2, 255, LAST_STATUS - 1, LAST_STATUS - 1000, INT_MIN, INT_MAX};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_non_null(text_of(values[i]));
        assert_string_equal(text_of(values[i]), text_of(LAST_STATUS - 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_a_text_of_its_own),
        cmocka_unit_test(test_texts_are_one_short_line),
        cmocka_unit_test(test_values_not_listed_have_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
