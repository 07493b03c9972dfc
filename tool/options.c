/* SPDX-License-Identifier: BSD-3-Clause */
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "text.h"

/* Between options_parse and the parser it wraps; one command line is parsed per process. */
static struct {
    const struct argp *inner;
    bool told; /* the one message is out */
    bool helped;
} parsing;

int usage_error(const struct argp_state *state, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!parsing.told) {
        complain("%s; see '%s --help'", text, state->name);
    }
    parsing.told = true;
    return EINVAL;
}

/* The option of that exact name, or the only one that begins with it; *matches says how many. */
static const struct argp_option *option_find(const struct argp_option *options, const char *name,
                                             size_t name_bytes, size_t *matches)
{
    const struct argp_option *found = NULL;
    *matches = 0;
    for (const struct argp_option *option = options; option->name || option->doc; option++) {
        if (!option->name || strncmp(option->name, name, name_bytes) != 0) {
            continue;
        }
        found = option;
        (*matches)++;
        if (option->name[name_bytes] == '\0') {
            *matches = 1;
            break;
        }
    }
    return found;
}

static void unknown_option(const struct argp_state *state, const struct argp_option *options,
                           const char *name)
{
    struct nearest nearest = nearest_to(name);
    for (const struct argp_option *option = options; option->name || option->doc; option++) {
        nearest_offer(&nearest, option->name);
    }
    if (nearest.best) {
        (void)usage_error(state, "there is no option '--%s' (did you mean '--%s'?)", name,
                          nearest.best);
    } else {
        (void)usage_error(state, "there is no option '--%s'", name);
    }
}

/* argp knows what was wrong but keeps it for its own two-line message: find out again. */
static void diagnose(const struct argp_state *state, const struct argp_option *options)
{
    int at = state->next > 1 ? state->next - 1 : 1;
    const char *word = at < state->argc ? state->argv[at] : "";
    if (word[0] != '-' && state->next < state->argc) {
        word = state->argv[state->next];
    }
    if (strncmp(word, "--", 2) != 0) {
        (void)usage_error(state, "there is no option '%s'", word);
        return;
    }
    char name[64];
    size_t name_bytes = strcspn(word + 2, "=");
    (void)snprintf(name, sizeof name, "%.*s", (int)(name_bytes < 60 ? name_bytes : 60), word + 2);
    size_t matches;
    const struct argp_option *option = option_find(options, name, strlen(name), &matches);
    if (matches == 0) {
        unknown_option(state, options, name);
    } else if (matches > 1) {
        (void)usage_error(state, "'--%s' could be more than one option; write it out", name);
    } else if (word[2 + name_bytes] == '=' && !option->arg) {
        (void)usage_error(state, "'--%s' takes no value", option->name);
    } else {
        (void)usage_error(state, "'--%s' needs a value: --%s %s", option->name, option->name,
                          option->arg ? option->arg : "");
    }
}

static error_t parse_any(int key, char *argument, struct argp_state *state)
{
    if (key == OPTION_KEY_HELP) {
        parsing.helped = true;
        argp_help(parsing.inner, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK,
                  state->name);
        return ECANCELED;
    }
    if (key == ARGP_KEY_ERROR && !parsing.helped && !parsing.told) {
        diagnose(state, parsing.inner->options);
        return 0;
    }
    return parsing.inner->parser(key, argument, state);
}

int options_parse(const struct argp *argp, int argc, char **argv, void *input, int *code)
{
    struct argp outer = *argp;
    outer.parser = parse_any;
    parsing.inner = argp;
    parsing.told = false;
    parsing.helped = false;
    unsigned flags = ARGP_NO_ERRS | ARGP_NO_HELP | ARGP_NO_EXIT;
    error_t error = argp_parse(&outer, argc, argv, flags, NULL, input);
    *code = parsing.helped ? EXIT_ALL_WELL : EXIT_BAD_INPUT;
    if (error != 0 && error == ENOMEM) {
        *code = EXIT_FAULTS;
    }
    return error == 0;
}
