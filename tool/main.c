/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "tactus_config.h"
#include "text.h"

static const struct command {
    const char *name;
    const char *name_in_full; /* for its own messages */
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"run", "tactus run", command_run, "play sound through a graph of plugins"},
    {"plugins", "tactus plugins", command_plugins, "list the plugins that a graph can use"},
};

#define COMMANDS (sizeof commands / sizeof *commands)

int exit_code_of(tactus_status status)
{
    switch (status) {
    case TACTUS_OK:
        return EXIT_ALL_WELL;
    case TACTUS_E_INVALID:
    case TACTUS_E_NOT_FOUND:
    case TACTUS_E_PERIOD:
    case TACTUS_E_MALFORMED:
        return EXIT_BAD_INPUT;
    default:
        return EXIT_FAULTS;
    }
}

static int help(void)
{
    (void)puts("Usage: tactus COMMAND [OPTION...]\n"
               "Runs graphs of audio plugins on a hard tick, each plugin walled off where the\n"
               "graph says so: one that crashes or hangs takes nothing else with it.\n"
               "\n"
               "Commands:");
    for (size_t i = 0; i < COMMANDS; i++) {
        (void)printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    }
    (void)puts("  help       this, or 'tactus help COMMAND'\n"
               "\n"
               "Examples:\n"
               "  tactus run voice.yaml --in speech.wav --out better.wav\n"
               "  tactus plugins --search compressor\n"
               "  tactus plugins gain\n"
               "\n"
               "'tactus COMMAND --help' tells more and shows examples, 'man tactus' all of it.");
    return EXIT_ALL_WELL;
}

static const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int unknown(const char *name)
{
    const char *kind = name[0] == '-' ? "option" : "command";
    struct nearest nearest = nearest_to(name);
    for (size_t i = 0; i < COMMANDS; i++) {
        nearest_offer(&nearest, commands[i].name);
    }
    nearest_offer(&nearest, "help");
    nearest_offer(&nearest, "--help");
    nearest_offer(&nearest, "--version");
    if (nearest.best) {
        complain("there is no %s '%s' (did you mean '%s'?); see 'tactus --help'", kind, name,
                 nearest.best);
    } else {
        complain("there is no %s '%s'; see 'tactus --help'", kind, name);
    }
    return EXIT_BAD_INPUT;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        complain("what to do is missing, for example 'tactus run'; see 'tactus --help'");
        return EXIT_BAD_INPUT;
    }
    const char *word = argv[1];
    bool is_help = strcmp(word, "help") == 0;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || (is_help && argc == 2)) {
        return help();
    }
    if (strcmp(word, "--version") == 0) {
        (void)printf("tactus %s\n", TACTUS_VERSION);
        return EXIT_ALL_WELL;
    }
    const char *name = is_help ? argv[2] : word;
    const struct command *command = command_find(name);
    if (!command) {
        return unknown(name);
    }
    char full_name[32];
    (void)snprintf(full_name, sizeof full_name, "%s", command->name_in_full);
    if (is_help) {
        char help_option[] = "--help";
        char *arguments[] = {full_name, help_option, NULL};
        return command->run(2, arguments);
    }
    argv[1] = full_name;
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    int code = dispatch(argc, argv);
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        /* A reader that has gone, as in "| head", has had what it wanted. */
        if (errno != EPIPE) {
            complain("standard output: %s", errno ? strerror(errno) : "cannot be written");
        }
        if (code == EXIT_ALL_WELL) {
            code = EXIT_FAULTS;
        }
    }
    return code;
}
