/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text in and out: durations, widths, names that come near.
 */
#ifndef TOOL_TEXT_H
#define TOOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "125us", "2.5ms", "5s": digits, perhaps a fraction, and one of ns, us, ms, s; nothing before,
 * between or after, and a whole number of nanoseconds. */
bool duration_parse(const char *text, uint64_t *ns);

struct short_text {
    char text[32];
};

/* Three digits and a unit: "850 ns", "12.3 us", "1.23 ms", "45.6 s". Not finite: "-". */
struct short_text duration_text(double ns);
/* "125 us", "2.5 ms": all digits, for what was set rather than measured. */
struct short_text exact_duration_text(uint64_t ns);
/* "0:07", "12:34", "1:02:03" */
struct short_text clock_text(double seconds);
/* "0.97", "14.2", "146" */
struct short_text ratio_text(double ratio);
/* A float in as few digits as give it back. */
struct short_text float_text(float value);

/* Columns on a terminal; text that is not UTF-8 counts a column per byte. */
unsigned text_width(const char *text);
/* Copies to `cut` what fits into `columns`, with an ellipsis in place of the rest, which is the
 * end or (from_front) the beginning. cut holds 4 bytes per column and 4 more. */
void text_cut(const char *text, unsigned columns, bool from_front, char *cut, size_t cut_bytes);

/* The one word out of those offered that comes nearest; NULL where none is near. */
struct nearest {
    const char *word;
    const char *best;
    size_t best_distance;
};
struct nearest nearest_to(const char *word);
void nearest_offer(struct nearest *nearest, const char *candidate); /* NULL: nothing */
/* Edits between two words (letters added, dropped, changed, or two swapped; case does not count),
 * SIZE_MAX where longer than 64. */
size_t edit_distance(const char *first, const char *second);

/* Lines that are kept for later. */
struct text_list {
    char **lines;
    size_t count;
};
void text_list_add(struct text_list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_list_free(struct text_list *list);

#endif
