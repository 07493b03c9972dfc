/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The subcommands. Each gets its own argv (argv[0] is "tactus NAME") and returns the exit code.
 */
#ifndef TOOL_COMMAND_H
#define TOOL_COMMAND_H

#include <argp.h>

#include <tactus/status.h>

enum exit_code {
    EXIT_ALL_WELL = 0,
    EXIT_FAULTS = 1,       /* the run had faults, or the machine failed */
    EXIT_BAD_INPUT = 2,    /* wrong usage or wrong input */
    EXIT_INTERRUPTED = 130 /* ended by the user */
};

int command_run(int argc, char **argv);
int command_plugins(int argc, char **argv);

/* The exit code for a call into the library that failed. */
int exit_code_of(tactus_status status);

/* What every subcommand's parser shares: --help and one-line errors instead of argp's own. */
#define OPTION_KEY_HELP 'h'

/* Parses by `argp`, whose parser handles neither --help nor errors itself: it calls usage_error
 * and returns what that returned. True: parsed; false: *code is the exit code. */
int options_parse(const struct argp *argp, int argc, char **argv, void *input, int *code);

/* One line on stderr that ends in "see 'tactus run --help'"; returns EINVAL for the parser. */
int usage_error(const struct argp_state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
