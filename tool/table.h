/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables for people: columns line up, and give way on a narrow terminal.
 */
#ifndef TOOL_TABLE_H
#define TOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct table_column {
    const char *title;
    bool right;          /* aligned to the right: numbers */
    bool cut_front;      /* what is cut off is the beginning: paths */
    unsigned shrinks_to; /* columns that it may be cut down to; 0: is never cut */
    unsigned drop_rank;  /* where all else does not help 1 goes first; 0: never goes */
};

struct table {
    const struct table_column *columns; /* the caller's */
    size_t columns_count;
    char **cells; /* row by row */
    size_t cells_count;
    size_t cells_capacity;
};

struct table table_make(const struct table_column *columns, size_t columns_count);
/* The next cell of the row, or the first of the next row. */
void table_add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Nothing where there is no row. Width in columns, 0: no limit. */
void table_print(const struct table *table, FILE *stream, unsigned width);
void table_free(struct table *table);

#endif
