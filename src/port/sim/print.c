/* SPDX-License-Identifier: BSD-3-Clause */
/* The record for people, and for trace viewers. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

/* One line of the text: what ran on one core under one name. */
struct row {
    uint32_t core;
    uint32_t label; /* 0: the thread's own */
    uint32_t thread;
};

static bool slice_is_of(const struct sim_slice *slice, const struct row *row)
{
    return slice->core == row->core && slice->label == row->label &&
           (row->label != 0 || slice->thread == row->thread);
}

static uint64_t overlap_ns(const struct sim_slice *slice, uint64_t begin_ns, uint64_t end_ns)
{
    uint64_t from_ns = slice->begin_ns > begin_ns ? slice->begin_ns : begin_ns;
    uint64_t to_ns = slice->end_ns < end_ns ? slice->end_ns : end_ns;
    return to_ns > from_ns ? to_ns - from_ns : 0;
}

struct grid {
    uint64_t begin_ns;
    uint64_t column_ns;
    uint32_t columns;
    uint64_t *taken_ns; /* per column */
    bool *ran;
    char *text;
};

static void row_fill(const struct sim *sim, const struct row *row, struct grid *grid)
{
    uint64_t end_ns = grid->begin_ns + grid->column_ns * grid->columns;
    memset(grid->taken_ns, 0, grid->columns * sizeof *grid->taken_ns);
    memset(grid->ran, 0, grid->columns * sizeof *grid->ran);
    for (size_t i = 0; i < sim->record.count; i++) {
        const struct sim_slice *slice = &sim->record.slices[i];
        if (!slice_is_of(slice, row) || slice->end_ns < grid->begin_ns ||
            slice->begin_ns >= end_ns) {
            continue;
        }
        uint64_t from_ns = slice->begin_ns > grid->begin_ns ? slice->begin_ns : grid->begin_ns;
        uint64_t column = (from_ns - grid->begin_ns) / grid->column_ns;
        do {
            uint64_t at_ns = grid->begin_ns + column * grid->column_ns;
            grid->taken_ns[column] += overlap_ns(slice, at_ns, at_ns + grid->column_ns);
            grid->ran[column] = true;
            column++;
        } while (column < grid->columns &&
                 grid->begin_ns + column * grid->column_ns < slice->end_ns);
    }
}

static void row_print(const struct sim *sim, FILE *file, const struct row *row, struct grid *grid)
{
    row_fill(sim, row, grid);
    for (uint32_t i = 0; i < grid->columns; i++) {
        char mark = grid->ran[i] ? '+' : '.';
        grid->text[i] = grid->taken_ns[i] * 2u > grid->column_ns ? '#' : mark;
    }
    for (size_t i = 0; row->label != 0 && i < sim->record.misses_count; i++) {
        const struct sim_miss *miss = &sim->record.misses[i];
        uint64_t column = (miss->at_ns - grid->begin_ns) / grid->column_ns;
        if (miss->label == row->label && miss->core == row->core && miss->at_ns >= grid->begin_ns &&
            column < grid->columns) {
            grid->text[column] = '!';
        }
    }
    const char *name =
        row->label != 0 ? sim_label_name(sim, row->label) : sim_thread_name(sim, row->thread);
    fprintf(file, "%2" PRIu32 " %-24.24s %.*s\n", row->core, name, (int)grid->columns, grid->text);
}

/* Every pair of core and name that the record has, by core, then as they first came. */
static struct row *rows_find(const struct sim *sim, size_t *count)
{
    struct row *rows = NULL;
    size_t capacity = 0;
    *count = 0;
    for (size_t i = 0; i < sim->record.count; i++) {
        const struct sim_slice *slice = &sim->record.slices[i];
        size_t at = 0;
        while (at < *count && !slice_is_of(slice, &rows[at])) {
            at++;
        }
        if (at < *count) {
            continue;
        }
        struct row *grown = array_grow(rows, *count, &capacity, sizeof *rows);
        if (grown == NULL) {
            break;
        }
        rows = grown;
        for (at = (*count)++; at > 0 && rows[at - 1u].core > slice->core; at--) {
            rows[at] = rows[at - 1u];
        }
        rows[at] = (struct row){slice->core, slice->label, slice->thread};
    }
    return rows;
}

void sim_record_print_text(const struct sim *sim, FILE *file, uint64_t begin_ns, uint64_t column_ns,
                           uint32_t columns)
{
    if (column_ns == 0 || columns == 0) {
        return;
    }
    size_t count;
    struct row *rows = rows_find(sim, &count);
    struct grid grid = {
        .begin_ns = begin_ns,
        .column_ns = column_ns,
        .columns = columns,
        .taken_ns = calloc(columns, sizeof *grid.taken_ns),
        .ran = calloc(columns, sizeof *grid.ran),
        .text = calloc(columns, 1u),
    };
    if (grid.taken_ns != NULL && grid.ran != NULL && grid.text != NULL) {
        for (size_t i = 0; i < count; i++) {
            row_print(sim, file, &rows[i], &grid);
        }
    }
    free(grid.taken_ns);
    free(grid.ran);
    free(grid.text);
    free(rows);
}

static void print_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20u || byte == 0x7fu) {
            fprintf(file, "\\u%04x", byte);
        } else if (byte == '"' || byte == '\\') {
            fprintf(file, "\\%c", byte);
        } else {
            fputc(byte, file);
        }
    }
    fputc('"', file);
}

static void print_time(FILE *file, const char *key, uint64_t ns)
{
    fprintf(file, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, ns / 1000u, ns % 1000u);
}

void sim_record_print_json(const struct sim *sim, FILE *file)
{
    const char *separator = "\n";
    fputc('[', file);
    for (uint32_t core = 0; core < sim->config.cores; core++) {
        fprintf(file,
                "%s{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":%" PRIu32
                ",\"args\":{\"name\":\"core %" PRIu32 "\"}}",
                separator, core, core);
        separator = ",\n";
    }
    for (uint32_t i = 0; i < sim->threads_count; i++) {
        fprintf(file,
                ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32
                ",\"args\":{\"name\":",
                sim->threads[i]->core, i);
        print_string(file, sim->threads[i]->name);
        fputs("}}", file);
    }
    for (size_t i = 0; i < sim->record.count; i++) {
        const struct sim_slice *slice = &sim->record.slices[i];
        fputs(",\n{\"name\":", file);
        print_string(file, slice->label != 0 ? sim_label_name(sim, slice->label)
                                             : sim_thread_name(sim, slice->thread));
        fprintf(file, ",\"ph\":\"X\",\"pid\":%u,\"tid\":%" PRIu32, slice->core, slice->thread);
        print_time(file, "ts", slice->begin_ns);
        print_time(file, "dur", slice->end_ns - slice->begin_ns);
        fputc('}', file);
    }
    for (size_t i = 0; i < sim->record.misses_count; i++) {
        const struct sim_miss *miss = &sim->record.misses[i];
        fputs(",\n{\"name\":", file);
        print_string(file, sim_label_name(sim, miss->label));
        fprintf(file, ",\"cat\":\"miss\",\"ph\":\"i\",\"s\":\"p\",\"pid\":%" PRIu32 ",\"tid\":0",
                miss->core);
        print_time(file, "ts", miss->at_ns);
        fputs(",\"args\":{\"running\":", file);
        print_string(file, sim_label_name(sim, miss->running_label));
        fputs("}}", file);
    }
    fputs("\n]\n", file);
}
