/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tactus/pipeline.h>

#include "command.h"
#include "json.h"
#include "message.h"
#include "plugin_text.h"
#include "table.h"
#include "text.h"

#define KINDS        3
#define NEAR_MAX     3u
#define NAME_COLUMNS 36u

struct plugins_options {
    const char *uri;
    const char *search;
    int kind; /* enum tactus_plugin_kind; -1: all */
    bool all;
    bool json;
};

enum { KEY_KIND = 256, KEY_SEARCH, KEY_ALL, KEY_JSON };

static const struct argp_option option_table[] = {
    {"kind", KEY_KIND, "KIND", 0, "only lv2, ladspa or native ones", 1},
    {"search", KEY_SEARCH, "WORD", 0, "only those with WORD in the name or the URI", 1},
    {"all", KEY_ALL, NULL, 0, "also those that cannot be hosted, and why", 1},
    {"json", KEY_JSON, NULL, 0, "as JSON", 2},
    {"help", OPTION_KEY_HELP, NULL, 0, "this help", -1},
    {0},
};

static const char documentation[] =
    "Lists the plugins that a graph can use: kind, audio channels in>out, name and URI. With a "
    "URI: "
    "its ports, ranges and defaults, and a node to paste into a graph."
    "\v"
    "Examples:\n"
    "  tactus plugins                          all that can be hosted\n"
    "  tactus plugins --search reverb --kind lv2\n"
    "  tactus plugins http://calf.sourceforge.net/plugins/Compressor\n"
    "  tactus plugins amp.so:amp_stereo        LADSPA: file and label\n"
    "  tactus plugins gain                     built in\n"
    "  tactus plugins ./mine.so                a native module of your own\n"
    "  tactus plugins --json | jq -r '.plugins[].uri'\n"
    "\n"
    "LV2 plugins are looked for along LV2_PATH, LADSPA plugins along LADSPA_PATH.\n"
    "\n"
    "Exit codes: 0 all well; 1 something failed; 2 the command line is wrong, or there is no such "
    "plugin.";

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct plugins_options *options = state->input;
    switch (key) {
    case KEY_KIND:
        for (options->kind = 0; options->kind < KINDS; options->kind++) {
            if (strcmp(argument, plugin_kind_name((enum tactus_plugin_kind)options->kind)) == 0) {
                return 0;
            }
        }
        return usage_error(state, "--kind '%s' is none of lv2, ladspa, native", argument);
    case KEY_SEARCH:
        options->search = argument;
        return 0;
    case KEY_ALL:
        options->all = true;
        return 0;
    case KEY_JSON:
        options->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->uri) {
            return usage_error(state, "one URI at a time: '%s' comes after '%s'", argument,
                               options->uri);
        }
        if (!*argument) {
            return usage_error(state, "the URI is empty");
        }
        options->uri = argument;
        return 0;
    case ARGP_KEY_END:
        if (options->uri && (options->search || options->all)) {
            return usage_error(state, "--search and --all are for the list, not for one URI");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int failed(tactus_status status, const struct tactus_message *message)
{
    complain("%s", *message->text ? message->text : tactus_status_text(status));
    return exit_code_of(status);
}

/* --- the list --------------------------------------------------------------------------------- */

struct listing {
    const struct plugins_options *options;
    struct table hosted;
    struct table refused;
    struct json json;
    size_t hosted_count;
    size_t refused_count;
};

static int list_one(void *context, const struct tactus_plugin_info *info)
{
    struct listing *listing = context;
    const char *search = listing->options->search;
    if (search && !strcasestr(info->name, search) && !strcasestr(info->uri, search)) {
        return 0;
    }
    bool is_refused = *info->refusal != '\0';
    listing->hosted_count += !is_refused;
    listing->refused_count += is_refused;
    if (is_refused && !listing->options->all) {
        return 0;
    }
    if (listing->options->json) {
        plugin_json(info, false, &listing->json);
        return 0;
    }
    struct table *table = is_refused ? &listing->refused : &listing->hosted;
    table_add(table, "%s", plugin_kind_name(info->kind));
    if (is_refused) {
        table_add(table, "%s", info->refusal);
    } else {
        table_add(table, "%s", plugin_channels(info).text);
    }
    /* One long name would push all URIs out of sight. */
    char name[4 * NAME_COLUMNS + 4];
    text_cut(info->name, NAME_COLUMNS, false, name, sizeof name);
    if (!is_refused) {
        table_add(table, "%s", name);
    }
    table_add(table, "%s", info->uri);
    return 0;
}

static void print_listing(const struct listing *listing)
{
    /* A URI is there to be copied: it is never cut, and stands last, where it may wrap. */
    unsigned width = terminal_width(stdout);
    table_print(&listing->hosted, stdout, width);
    if (listing->refused.cells_count > 0) {
        (void)fputs(listing->hosted_count > 0 ? "\nCannot be hosted:\n" : "Cannot be hosted:\n",
                    stdout);
        table_print(&listing->refused, stdout, width);
    }
    if (listing->hosted_count + listing->refused_count == 0) {
        complain("no plugin matches");
    } else if (listing->refused_count > 0 && !listing->options->all) {
        complain("%zu more cannot be hosted; --all tells why", listing->refused_count);
    }
}

static int list(tactus_catalog *catalog, const struct plugins_options *options)
{
    static const struct table_column hosted_columns[] = {
        {.title = "kind"},
        {.title = "in>out", .right = true},
        {.title = "name", .shrinks_to = 16},
        {.title = "uri"},
    };
    static const struct table_column refused_columns[] = {
        {.title = "kind"}, {.title = "why", .shrinks_to = 24}, {.title = "uri"}};
    struct listing listing = {
        .options = options,
        .hosted = table_make(hosted_columns, sizeof hosted_columns / sizeof *hosted_columns),
        .refused = table_make(refused_columns, sizeof refused_columns / sizeof *refused_columns),
        .json = {.stream = stdout},
    };
    int code = EXIT_ALL_WELL;
    struct tactus_message message = {0};
    if (options->json) {
        json_open(&listing.json, NULL, '{');
        json_unsigned(&listing.json, "schema", 1);
        json_open(&listing.json, "plugins", '[');
    }
    for (int kind = 0; kind < KINDS && code == EXIT_ALL_WELL; kind++) {
        if (options->kind >= 0 && options->kind != kind) {
            continue;
        }
        tactus_status status = tactus_catalog_visit(catalog, (enum tactus_plugin_kind)kind,
                                                    list_one, &listing, &message);
        if (status != TACTUS_OK) {
            code = failed(status, &message);
        }
    }
    if (options->json) {
        json_close(&listing.json, ']');
        json_close(&listing.json, '}');
    } else if (code == EXIT_ALL_WELL) {
        print_listing(&listing);
    }
    table_free(&listing.hosted);
    table_free(&listing.refused);
    return code;
}

/* --- one -------------------------------------------------------------------------------------- */

/* The three that come nearest to a word, best first. */
struct near_names {
    const char *word;
    size_t count;
    size_t distances[NEAR_MAX];
    char uris[NEAR_MAX][sizeof((struct tactus_plugin_info *)0)->uri];
};

#define SCORE_OF_AN_EDIT 8u
#define SCORE_NONE       SIZE_MAX

/* 0 is the same. A word that is the beginning of a name is nearer than one with an edit. */
static size_t score(const char *word, const char *name)
{
    const char *part = strcasestr(name, word);
    size_t edits = edit_distance(word, name);
    size_t best = SCORE_NONE;
    if (edits <= strlen(word) / 4 + 1 && edits < strlen(word)) {
        best = edits * SCORE_OF_AN_EDIT;
    }
    if (part == name && best > SCORE_OF_AN_EDIT - 1) {
        best = SCORE_OF_AN_EDIT - 1;
    }
    if (part && best > SCORE_OF_AN_EDIT + 1) {
        best = SCORE_OF_AN_EDIT + 1;
    }
    return best;
}

static int consider(void *context, const struct tactus_plugin_info *info)
{
    struct near_names *names = context;
    size_t distance = score(names->word, plugin_label(info));
    size_t by_name = score(names->word, info->name);
    distance = by_name < distance ? by_name : distance;
    if (distance == SCORE_NONE) {
        return 0;
    }
    size_t place = names->count;
    while (place > 0 && distance < names->distances[place - 1]) {
        place--;
    }
    if (*info->refusal || place == NEAR_MAX) {
        return 0;
    }
    size_t last = names->count < NEAR_MAX ? names->count : NEAR_MAX - 1;
    for (size_t i = last; i > place; i--) {
        names->distances[i] = names->distances[i - 1];
        memcpy(names->uris[i], names->uris[i - 1], sizeof names->uris[i]);
    }
    names->distances[place] = distance;
    (void)snprintf(names->uris[place], sizeof names->uris[place], "%s", info->uri);
    names->count += names->count < NEAR_MAX;
    return 0;
}

static bool looks_like_uri(const char *word)
{
    return strstr(word, "://") || strncasecmp(word, "urn:", 4) == 0;
}

/* A word that says nothing of its kind: look at all plugins for what may be meant. */
static int not_found(tactus_catalog *catalog, const struct plugins_options *options)
{
    struct near_names names = {.word = options->uri};
    struct tactus_message message;
    for (int kind = 0; kind < KINDS; kind++) {
        if (options->kind < 0 || options->kind == kind) {
            if (tactus_catalog_visit(catalog, (enum tactus_plugin_kind)kind, consider, &names,
                                     &message) != TACTUS_OK) {
                break;
            }
        }
    }
    if (names.count == 0) {
        complain("there is no plugin '%s'; 'tactus plugins' lists those that are there",
                 options->uri);
        return EXIT_BAD_INPUT;
    }
    char list[NEAR_MAX * (sizeof names.uris[0] + 2)] = "";
    for (size_t i = 0; i < names.count; i++) {
        size_t used = strlen(list);
        (void)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names.uris[i]);
    }
    complain("there is no plugin '%s'; near it: %s", options->uri, list);
    return EXIT_BAD_INPUT;
}

static int show(tactus_catalog *catalog, const struct plugins_options *options)
{
    int kind = options->kind;
    bool kind_is_plain = true;
    if (kind < 0 && looks_like_uri(options->uri)) {
        kind = TACTUS_PLUGIN_LV2;
    } else if (kind < 0 && strstr(options->uri, ".so:")) {
        kind = TACTUS_PLUGIN_LADSPA;
    } else if (kind < 0) {
        kind = TACTUS_PLUGIN_NATIVE;
        kind_is_plain = strpbrk(options->uri, "/.") != NULL;
    }
    const struct tactus_plugin_info *info = NULL;
    struct tactus_message message = {0};
    tactus_status status =
        tactus_catalog_find(catalog, (enum tactus_plugin_kind)kind, options->uri, &info, &message);
    if (status != TACTUS_OK && !kind_is_plain && exit_code_of(status) == EXIT_BAD_INPUT) {
        return not_found(catalog, options);
    }
    if (status != TACTUS_OK) {
        return failed(status, &message);
    }
    if (!options->json) {
        plugin_show(info, stdout, terminal_width(stdout));
        return EXIT_ALL_WELL;
    }
    struct json json = {.stream = stdout};
    json_open(&json, NULL, '{');
    json_unsigned(&json, "schema", 1);
    json_open(&json, "plugins", '[');
    plugin_json(info, true, &json);
    json_close(&json, ']');
    json_close(&json, '}');
    return EXIT_ALL_WELL;
}

int command_plugins(int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_table, .parser = parse_option, .args_doc = "[URI]", .doc = documentation};
    struct plugins_options options = {.kind = -1};
    int code;
    if (!options_parse(&argp, argc, argv, &options, &code)) {
        return code;
    }
    tactus_catalog *catalog = NULL;
    struct tactus_message message = {0};
    tactus_status status = tactus_catalog_new(&catalog, &message);
    if (status != TACTUS_OK) {
        return failed(status, &message);
    }
    code = options.uri ? show(catalog, &options) : list(catalog, &options);
    tactus_catalog_free(catalog);
    return code;
}
