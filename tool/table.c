/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "text.h"

#define TABLE_COLUMNS_MAX 16u
#define TABLE_CELL_BYTES  1024u
#define TABLE_GAP         2u

struct layout {
    unsigned width[TABLE_COLUMNS_MAX]; /* 0: dropped */
};

struct table table_make(const struct table_column *columns, size_t columns_count)
{
    struct table table = {.columns = columns, .columns_count = columns_count};
    if (columns_count > TABLE_COLUMNS_MAX) {
        table.columns_count = TABLE_COLUMNS_MAX;
    }
    return table;
}

void table_add(struct table *table, const char *format, ...)
{
    char text[TABLE_CELL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (table->cells_count == table->cells_capacity) {
        table->cells_capacity = table->cells_capacity ? 2 * table->cells_capacity : 64;
        table->cells = reallocate(table->cells, table->cells_capacity * sizeof *table->cells);
    }
    /* A control character is printed as \xNN: keep what is measured and what is printed alike. */
    char *clean = NULL;
    size_t clean_bytes;
    FILE *memory = open_memstream(&clean, &clean_bytes);
    if (memory) {
        print_clean(memory, text);
        (void)fclose(memory);
    }
    if (!clean) {
        clean = allocate(1);
        clean[0] = '\0';
    }
    table->cells[table->cells_count++] = clean;
}

static unsigned total_width(const struct table *table, const struct layout *layout)
{
    unsigned total = 0;
    for (size_t column = 0; column < table->columns_count; column++) {
        if (layout->width[column] > 0) {
            total += layout->width[column] + (total ? TABLE_GAP : 0);
        }
    }
    return total;
}

/* Takes from the widest column that still can give. */
static void shrink(const struct table *table, struct layout *layout, unsigned limit)
{
    while (total_width(table, layout) > limit) {
        unsigned *widest = NULL;
        for (size_t column = 0; column < table->columns_count; column++) {
            unsigned floor = table->columns[column].shrinks_to;
            unsigned *width = &layout->width[column];
            if (floor > 0 && *width > floor && (!widest || *width > *widest)) {
                widest = width;
            }
        }
        if (!widest) {
            return;
        }
        (*widest)--;
    }
}

static bool drop_one(const struct table *table, struct layout *layout)
{
    size_t next = table->columns_count;
    for (size_t column = 0; column < table->columns_count; column++) {
        unsigned rank = table->columns[column].drop_rank;
        if (rank > 0 && layout->width[column] > 0 &&
            (next == table->columns_count || rank < table->columns[next].drop_rank)) {
            next = column;
        }
    }
    if (next == table->columns_count) {
        return false;
    }
    layout->width[next] = 0;
    return true;
}

static struct layout lay_out(const struct table *table, unsigned limit)
{
    struct layout natural = {0};
    for (size_t column = 0; column < table->columns_count; column++) {
        natural.width[column] = text_width(table->columns[column].title);
    }
    for (size_t row = 0; row + table->columns_count <= table->cells_count;
         row += table->columns_count) {
        for (size_t column = 0; column < table->columns_count; column++) {
            unsigned width = text_width(table->cells[row + column]);
            if (width > natural.width[column]) {
                natural.width[column] = width;
            }
        }
    }
    struct layout layout = natural;
    while (limit > 0) {
        layout = natural;
        shrink(table, &layout, limit);
        if (total_width(table, &layout) <= limit || !drop_one(table, &natural)) {
            break;
        }
    }
    return layout;
}

static void print_row(const struct table *table, const struct layout *layout, FILE *stream,
                      char *const *cells)
{
    unsigned owed = 0; /* spaces before the next text: none are left at the end of a line */
    bool first = true;
    for (size_t column = 0; column < table->columns_count; column++) {
        unsigned width = layout->width[column];
        if (width == 0) {
            continue;
        }
        char cut[4 * TABLE_CELL_BYTES + 4];
        const char *text = cells ? cells[column] : table->columns[column].title;
        text_cut(text, width, table->columns[column].cut_front, cut, sizeof cut);
        unsigned used = text_width(cut);
        unsigned pad = width > used ? width - used : 0;
        owed += first ? 0 : TABLE_GAP;
        if (table->columns[column].right) {
            owed += pad;
        }
        if (used > 0) {
            (void)fprintf(stream, "%*s%s", (int)owed, "", cut);
            owed = 0;
        }
        if (!table->columns[column].right) {
            owed += pad;
        }
        first = false;
    }
}

void table_print(const struct table *table, FILE *stream, unsigned width)
{
    if (table->columns_count == 0 || table->cells_count < table->columns_count) {
        return;
    }
    struct layout layout = lay_out(table, width);
    bool colour = terminal_has_colour(stream);
    (void)fputs(colour ? "\033[1m" : "", stream);
    print_row(table, &layout, stream, NULL);
    (void)fputs(colour ? "\033[0m\n" : "\n", stream);
    for (size_t i = 0; i + table->columns_count <= table->cells_count; i += table->columns_count) {
        print_row(table, &layout, stream, table->cells + i);
        (void)fputc('\n', stream);
    }
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->cells_count; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    *table = (struct table){0};
}
