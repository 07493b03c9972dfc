/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a person is told on stderr, one line each, whatever is in it.
 */
#ifndef TOOL_MESSAGE_H
#define TOOL_MESSAGE_H

#include <stdbool.h>
#include <stdio.h>

#define MESSAGE_BYTES 2048u

/* "tactus: ...", one line: control characters come out as \xNN. Takes the progress bar away
 * first. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the process with a message: for the few allocations of a front end. */
void *allocate(size_t bytes);
void *reallocate(void *memory, size_t bytes);

/* Columns of the terminal behind the stream; 0 where it is none. */
unsigned terminal_width(FILE *stream);

/* Whether to use colour: a terminal that can, and no NO_COLOR. */
bool terminal_has_colour(FILE *stream);

/* Writes text with control characters as \xNN, so that a name cannot drive the terminal. */
void print_clean(FILE *stream, const char *text);

#endif
