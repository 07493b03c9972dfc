/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugin_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "message.h"
#include "table.h"

#define SHOWN_RATE_HZ   48000u
#define NODE_ID_BYTES   32u
#define CONTROLS_PASTED 256u /* more than that a graph does not take */
#define PORTS_MAX       64u

const char *plugin_kind_name(enum tactus_plugin_kind kind)
{
    switch (kind) {
    case TACTUS_PLUGIN_LV2:
        return "lv2";
    case TACTUS_PLUGIN_LADSPA:
        return "ladspa";
    case TACTUS_PLUGIN_NATIVE:
        return "native";
    }
    return "?";
}

const char *plugin_label(const struct tactus_plugin_info *info)
{
    const char *label = info->uri;
    for (const char *at = info->uri; *at; at++) {
        if (strchr("/#:", *at) && at[1]) {
            label = at + 1;
        }
    }
    return label;
}

static bool has_any_channels(const struct tactus_plugin_info *info)
{
    return info->kind == TACTUS_PLUGIN_NATIVE && info->inputs == 0 && info->outputs == 0 &&
           !*info->bundle;
}

struct short_text plugin_channels(const struct tactus_plugin_info *info)
{
    struct short_text result = {"any"};
    if (!has_any_channels(info)) {
        (void)snprintf(result.text, sizeof result.text, "%" PRIu32 ">%" PRIu32, info->inputs,
                       info->outputs);
    }
    return result;
}

/* --- for people ------------------------------------------------------------------------------- */

static void print_ports(FILE *stream, const char *title, uint32_t count, const char names[][32])
{
    (void)fprintf(stream, "%-10s %" PRIu32, title, count);
    for (uint32_t i = 0; i < count && i < PORTS_MAX; i++) {
        (void)fputs(i == 0 ? ": " : ", ", stream);
        print_clean(stream, *names[i] ? names[i] : "-");
    }
    (void)fputc('\n', stream);
}

static void control_remarks(const struct tactus_control_info *control, char *text, size_t bytes)
{
    static const struct {
        uint32_t flag;
        const char *word;
    } words[] = {{TACTUS_CONTROL_OUTPUT, "output"},
                 {TACTUS_CONTROL_TOGGLE, "on/off"},
                 {TACTUS_CONTROL_INTEGER, "whole"},
                 {TACTUS_CONTROL_LOGARITHMIC, "logarithmic"},
                 {TACTUS_CONTROL_RATE_BOUNDS, "range grows with the rate"}};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t used = strlen(text);
        if (control->flags & words[i].flag) {
            (void)snprintf(text + used, bytes - used, "%s%s", used ? ", " : "", words[i].word);
        }
    }
}

static const char *bound_text(float bound, struct short_text *room)
{
    *room = float_text(bound);
    return isfinite(bound) ? room->text : "-";
}

static void print_controls(const struct tactus_plugin_info *info, FILE *stream, unsigned width)
{
    static const struct table_column columns[] = {
        {.title = "control"},
        {.title = "minimum", .right = true},
        {.title = "maximum", .right = true},
        {.title = "default", .right = true},
        {.title = "name", .shrinks_to = 8, .drop_rank = 1},
        {.title = "remarks", .shrinks_to = 8, .drop_rank = 2},
    };
    struct table table = table_make(columns, sizeof columns / sizeof *columns);
    for (uint32_t i = 0; i < info->controls_count; i++) {
        const struct tactus_control_info *control = &info->controls[i];
        float minimum;
        float maximum;
        float initial;
        struct short_text room;
        char remarks[96];
        tactus_control_range(control, SHOWN_RATE_HZ, &minimum, &maximum, &initial);
        control_remarks(control, remarks, sizeof remarks);
        table_add(&table, "%s", control->symbol);
        table_add(&table, "%s", bound_text(minimum, &room));
        table_add(&table, "%s", bound_text(maximum, &room));
        table_add(&table, "%s",
                  control->flags & TACTUS_CONTROL_OUTPUT ? "" : bound_text(initial, &room));
        table_add(&table, "%s", strcmp(control->name, control->symbol) == 0 ? "" : control->name);
        table_add(&table, "%s", remarks);
    }
    if (info->controls_count > 0) {
        (void)fputc('\n', stream);
    }
    table_print(&table, stream, width);
    table_free(&table);
}

/* A YAML scalar, in quotes unless it is plainly a string without. */
static void print_scalar(FILE *stream, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:#+~%?=&";
    size_t length = strlen(text);
    bool is_plain = length > 0 && strspn(text, plain) == length && text[length - 1] != ':' &&
                    (isalpha((unsigned char)text[0]) || text[0] == '/');
    if (is_plain) {
        (void)fputs(text, stream);
        return;
    }
    (void)fputc('\'', stream);
    for (const char *at = text; *at; at++) {
        (void)fputs(*at == '\'' ? "''" : (char[]){*at, '\0'}, stream);
    }
    (void)fputc('\'', stream);
}

static void node_id(const struct tactus_plugin_info *info, char id[NODE_ID_BYTES])
{
    const char *label = plugin_label(info);
    size_t used = 0;
    for (; *label && used < NODE_ID_BYTES - 1; label++) {
        bool is_ending = strcmp(label, ".so") == 0 || strcmp(label, ".lv2") == 0;
        if (is_ending) {
            break;
        }
        if (isalnum((unsigned char)*label) || *label == '-') {
            id[used] = *label;
        } else {
            id[used] = '_';
        }
        used++;
    }
    id[used] = '\0';
    if (used == 0) {
        (void)snprintf(id, NODE_ID_BYTES, "%s", "node");
    }
}

static void print_what(const struct tactus_plugin_info *info, FILE *stream)
{
    if (!has_any_channels(info)) {
        (void)fprintf(stream, "    %s: ", plugin_kind_name(info->kind));
        print_scalar(stream, info->uri);
    } else if (strcmp(info->uri, "mix") == 0) {
        (void)fputs("    mix: {sources: 2, channels: 2} # sums so many groups of channels", stream);
    } else {
        (void)fprintf(stream, "    %s: 2 # channels", info->uri);
    }
    (void)fputc('\n', stream);
}

static void print_node(const struct tactus_plugin_info *info, FILE *stream)
{
    char id[NODE_ID_BYTES];
    node_id(info, id);
    (void)fprintf(stream, "\n# for the nodes: of a graph, as it is by default at %u Hz\n",
                  SHOWN_RATE_HZ);
    (void)fprintf(stream, "  - id: %s\n", id);
    print_what(info, stream);
    uint32_t pasted = 0;
    for (uint32_t i = 0; i < info->controls_count && pasted < CONTROLS_PASTED; i++) {
        const struct tactus_control_info *control = &info->controls[i];
        float initial;
        tactus_control_range(control, SHOWN_RATE_HZ, NULL, NULL, &initial);
        if (control->flags & TACTUS_CONTROL_OUTPUT || !isfinite(initial)) {
            continue;
        }
        (void)fputs(pasted++ == 0 ? "    controls:\n      - {name: " : "      - {name: ", stream);
        print_scalar(stream, control->symbol);
        (void)fprintf(stream, ", value: %s}\n", float_text(initial).text);
    }
}

void plugin_show(const struct tactus_plugin_info *info, FILE *stream, unsigned width)
{
    print_clean(stream, *info->name ? info->name : info->uri);
    (void)fprintf(stream, "\n\n%-10s %s\n%-10s ", "kind", plugin_kind_name(info->kind), "uri");
    print_clean(stream, info->uri);
    (void)fputc('\n', stream);
    if (*info->bundle) {
        (void)fprintf(stream, "%-10s ", "from");
        print_clean(stream, info->bundle);
        (void)fputc('\n', stream);
    }
    if (has_any_channels(info)) {
        (void)fprintf(stream, "%-10s as many as the graph says\n", "channels");
    } else {
        print_ports(stream, "inputs", info->inputs, info->input_names);
        print_ports(stream, "outputs", info->outputs, info->output_names);
    }
    print_controls(info, stream, width);
    if (!*info->refusal) {
        print_node(info, stream);
        return;
    }
    (void)fputs("\nCannot be hosted: ", stream);
    print_clean(stream, info->refusal);
    (void)fputc('\n', stream);
}

/* --- for programs ----------------------------------------------------------------------------- */

static void names_json(struct json *json, const char *key, uint32_t count, const char names[][32])
{
    json_open(json, key, '[');
    for (uint32_t i = 0; i < count && i < PORTS_MAX; i++) {
        json_string(json, NULL, names[i]);
    }
    json_close(json, ']');
}

static void control_json(struct json *json, const struct tactus_control_info *control)
{
    bool is_output = control->flags & TACTUS_CONTROL_OUTPUT;
    json_open(json, NULL, '{');
    json_string(json, "symbol", control->symbol);
    json_string(json, "name", control->name);
    json_float(json, "minimum", control->minimum);
    json_float(json, "maximum", control->maximum);
    json_float(json, "default", is_output ? NAN : control->initial);
    json_bool(json, "is_output", is_output);
    json_bool(json, "is_integer", control->flags & TACTUS_CONTROL_INTEGER);
    json_bool(json, "is_toggle", control->flags & TACTUS_CONTROL_TOGGLE);
    json_bool(json, "is_logarithmic", control->flags & TACTUS_CONTROL_LOGARITHMIC);
    json_bool(json, "range_times_rate", control->flags & TACTUS_CONTROL_RATE_BOUNDS);
    json_bool(json, "default_times_rate", control->flags & TACTUS_CONTROL_RATE_INITIAL);
    json_close(json, '}');
}

void plugin_json(const struct tactus_plugin_info *info, bool whole, struct json *json)
{
    json_open(json, NULL, '{');
    json_string(json, "kind", plugin_kind_name(info->kind));
    json_string(json, "uri", info->uri);
    json_string(json, "name", info->name);
    json_string(json, "path", *info->bundle ? info->bundle : NULL);
    if (has_any_channels(info)) {
        json_null(json, "inputs");
        json_null(json, "outputs");
    } else {
        json_unsigned(json, "inputs", info->inputs);
        json_unsigned(json, "outputs", info->outputs);
    }
    json_string(json, "refusal", *info->refusal ? info->refusal : NULL);
    if (whole) {
        names_json(json, "input_names", info->inputs, info->input_names);
        names_json(json, "output_names", info->outputs, info->output_names);
        json_open(json, "controls", '[');
        for (uint32_t i = 0; i < info->controls_count; i++) {
            control_json(json, &info->controls[i]);
        }
        json_close(json, ']');
    }
    json_close(json, '}');
}
