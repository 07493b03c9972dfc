/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <tactus/time.h>

#include "message.h"

/* --- durations -------------------------------------------------------------------------------- */

static bool add_digit(uint64_t *value, char digit)
{
    return !__builtin_mul_overflow(*value, UINT64_C(10), value) &&
           !__builtin_add_overflow(*value, (uint64_t)(digit - '0'), value);
}

static uint64_t unit_ns(const char *unit)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"ns", 1}, {"us", TACTUS_NS_PER_US}, {"ms", TACTUS_NS_PER_MS}, {"s", TACTUS_NS_PER_S}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0) {
            return units[i].ns;
        }
    }
    return 0;
}

bool duration_parse(const char *text, uint64_t *ns)
{
    const char *at = text;
    uint64_t digits = 0;
    uint64_t divisor = 1; /* what the digits are to be divided by */
    if (!isdigit((unsigned char)*at)) {
        return false;
    }
    for (; isdigit((unsigned char)*at); at++) {
        if (!add_digit(&digits, *at)) {
            return false;
        }
    }
    if (*at == '.') {
        at++;
        if (!isdigit((unsigned char)*at)) {
            return false;
        }
        for (; isdigit((unsigned char)*at); at++) {
            if (!add_digit(&digits, *at) || divisor > UINT64_MAX / 10) {
                return false;
            }
            divisor *= 10;
        }
    }
    uint64_t unit = unit_ns(at);
    uint64_t product;
    if (unit == 0 || __builtin_mul_overflow(digits, unit, &product) || product % divisor != 0) {
        return false;
    }
    *ns = product / divisor;
    return true;
}

/* Three significant digits, never "1000 us". */
static struct short_text three_digits(double value, const char *unit)
{
    struct short_text result;
    int decimals = 0;
    if (value < 9.995) {
        decimals = 2;
    } else if (value < 99.95) {
        decimals = 1;
    }
    (void)snprintf(result.text, sizeof result.text, "%.*f%s%s", decimals, value, *unit ? " " : "",
                   unit);
    return result;
}

struct short_text duration_text(double ns)
{
    if (!isfinite(ns) || ns < 0) {
        return (struct short_text){"-"};
    }
    if (ns < 999.5) {
        struct short_text result;
        (void)snprintf(result.text, sizeof result.text, "%.0f ns", ns);
        return result;
    }
    if (ns < 999.5e3) {
        return three_digits(ns / 1e3, "us");
    }
    if (ns < 999.5e6) {
        return three_digits(ns / 1e6, "ms");
    }
    return three_digits(ns < 1e21 ? ns / 1e9 : 1e12, "s");
}

struct short_text exact_duration_text(uint64_t ns)
{
    struct short_text result;
    if (ns >= TACTUS_NS_PER_MS) {
        (void)snprintf(result.text, sizeof result.text, "%.9g ms", (double)ns / 1e6);
    } else {
        (void)snprintf(result.text, sizeof result.text, "%.9g us", (double)ns / 1e3);
    }
    return result;
}

struct short_text clock_text(double seconds)
{
    struct short_text result;
    if (!isfinite(seconds) || seconds < 0 || seconds > 359999999) {
        return (struct short_text){"-"};
    }
    unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole >= 3600) {
        (void)snprintf(result.text, sizeof result.text, "%lu:%02lu:%02lu", whole / 3600,
                       whole / 60 % 60, whole % 60);
    } else {
        (void)snprintf(result.text, sizeof result.text, "%lu:%02lu", whole / 60, whole % 60);
    }
    return result;
}

struct short_text ratio_text(double ratio)
{
    if (!isfinite(ratio) || ratio < 0 || ratio > 1e15) {
        return (struct short_text){"-"};
    }
    return three_digits(ratio, "");
}

struct short_text float_text(float value)
{
    struct short_text result;
    for (int digits = 6; digits <= 9; digits++) {
        (void)snprintf(result.text, sizeof result.text, "%.*g", digits, (double)value);
        if (!isfinite(value) || strtof(result.text, NULL) == value) {
            break;
        }
    }
    return result;
}

/* --- widths ----------------------------------------------------------------------------------- */

/* Bytes of the character at `text`, 1 where it is no UTF-8; *columns is what it takes. */
static size_t character(const char *text, unsigned *columns)
{
    static locale_t utf8;
    if (!utf8) {
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    }
    *columns = 1;
    if (!((unsigned char)*text & 0x80) || !utf8) {
        return 1;
    }
    locale_t before = uselocale(utf8);
    mbstate_t state = {0};
    wchar_t wide;
    size_t bytes = mbrtowc(&wide, text, strlen(text), &state);
    int width = bytes > 0 && bytes <= 4 ? wcwidth(wide) : -1;
    (void)uselocale(before);
    if (width >= 0) {
        *columns = (unsigned)width;
    }
    return bytes > 0 && bytes <= 4 ? bytes : 1;
}

unsigned text_width(const char *text)
{
    unsigned sum = 0;
    while (*text) {
        unsigned columns;
        text += character(text, &columns);
        sum += columns;
    }
    return sum;
}

void text_cut(const char *text, unsigned columns, bool from_front, char *cut, size_t cut_bytes)
{
    unsigned width = text_width(text);
    if (width <= columns || columns == 0) {
        (void)snprintf(cut, cut_bytes, "%s", columns ? text : "");
        return;
    }
    unsigned kept = columns - 1;
    if (from_front) {
        unsigned rest = width;
        while (rest > kept) {
            unsigned each;
            text += character(text, &each);
            rest -= each;
        }
        (void)snprintf(cut, cut_bytes, "\xe2\x80\xa6%s", text);
        return;
    }
    size_t bytes = 0;
    for (unsigned used = 0;;) {
        unsigned each;
        size_t more = character(text + bytes, &each);
        if (used + each > kept) {
            break;
        }
        used += each;
        bytes += more;
    }
    (void)snprintf(cut, cut_bytes, "%.*s\xe2\x80\xa6", (int)bytes, text);
}

/* --- names that come near --------------------------------------------------------------------- */

#define EDIT_BYTES 64u

static size_t least(size_t first, size_t second)
{
    return first < second ? first : second;
}

static bool same_letter(char first, char second)
{
    return tolower((unsigned char)first) == tolower((unsigned char)second);
}

size_t edit_distance(const char *first, const char *second)
{
    size_t first_bytes = strlen(first);
    size_t second_bytes = strlen(second);
    if (first_bytes > EDIT_BYTES || second_bytes > EDIT_BYTES) {
        return SIZE_MAX;
    }
    size_t rows[3][EDIT_BYTES + 1]; /* of i, i - 1 and i - 2, by turns */
    for (size_t j = 0; j <= second_bytes; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= first_bytes; i++) {
        size_t *row = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        row[0] = i;
        for (size_t j = 1; j <= second_bytes; j++) {
            size_t changed = same_letter(first[i - 1], second[j - 1]) ? 0 : 1;
            row[j] = least(before[j - 1] + changed, least(before[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(first[i - 1], second[j - 2]) &&
                same_letter(first[i - 2], second[j - 1])) {
                row[j] = least(row[j], rows[(i + 1) % 3][j - 2] + 1);
            }
        }
    }
    return rows[first_bytes % 3][second_bytes];
}

struct nearest nearest_to(const char *word)
{
    return (struct nearest){word, NULL, strlen(word) / 3 + 2};
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    if (!candidate || !*candidate) {
        return;
    }
    size_t distance = edit_distance(nearest->word, candidate);
    if (distance < nearest->best_distance && distance < strlen(candidate)) {
        nearest->best = candidate;
        nearest->best_distance = distance;
    }
}

/* --- lists ------------------------------------------------------------------------------------ */

void text_list_add(struct text_list *list, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t bytes = strlen(text) + 1;
    list->lines = reallocate(list->lines, (list->count + 1) * sizeof *list->lines);
    list->lines[list->count] = allocate(bytes);
    memcpy(list->lines[list->count], text, bytes);
    list->count++;
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->lines[i]);
    }
    free(list->lines);
    *list = (struct text_list){0};
}
