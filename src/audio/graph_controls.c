/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The controls that the file sets, against what the plugin says of them.
 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

/* Decimal numbers with a point, whatever the locale. */
static bool parse_number(const char *text, float *value)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    char *end = NULL;
    double number;

    if (plain == (locale_t)0) {
        return false;
    }
    number = strtod_l(text, &end, plain);
    freelocale(plain);
    *value = (float)number;
    return end != text && *end == '\0' && text[strspn(text, "0123456789+-.eE")] == '\0' &&
           isfinite(*value);
}

static bool parse_value(const char *text, uint32_t flags, float *value)
{
    if ((flags & TACTUS_CONTROL_TOGGLE) != 0 && strcmp(text, "true") == 0) {
        *value = 1.0f;
        return true;
    }
    if ((flags & TACTUS_CONTROL_TOGGLE) != 0 && strcmp(text, "false") == 0) {
        *value = 0.0f;
        return true;
    }
    return parse_number(text, value);
}

static const char *control_symbol(const void *context, uint32_t index)
{
    const struct tactus_plugin_info *info = context;
    const struct tactus_control_info *control = &info->controls[index];

    return (control->flags & TACTUS_CONTROL_OUTPUT) == 0 ? control->symbol : "";
}

static tactus_status check_range(struct graph_builder *builder, uint32_t line, const char *id,
                                 const struct tactus_control_info *info, const char *text,
                                 float value)
{
    float minimum;
    float maximum;
    char minimum_text[32] = "any";
    char maximum_text[32] = "any";

    tactus_control_range(info, builder->graph->rate_hz, &minimum, &maximum, NULL);
    if (value < minimum || value > maximum) {
        if (isfinite(minimum)) {
            snprintf(minimum_text, sizeof(minimum_text), "%.7g", (double)minimum);
        }
        if (isfinite(maximum)) {
            snprintf(maximum_text, sizeof(maximum_text), "%.7g", (double)maximum);
        }
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s': %s is out of range for '%s'; it takes %s to %s", id, text,
                          info->symbol, minimum_text, maximum_text);
    }
    if ((info->flags & TACTUS_CONTROL_INTEGER) != 0 && value != rintf(value)) {
        return graph_fail(builder, TACTUS_E_INVALID, line, "'%s': '%s' takes whole numbers, not %s",
                          id, info->symbol, text);
    }
    return TACTUS_OK;
}

static tactus_status find_checked(struct graph_builder *builder, uint32_t line,
                                  const struct graph_node *node,
                                  const struct tactus_plugin_info *info, const char *name,
                                  uint32_t *index)
{
    const struct tactus_control_info *control = tactus_plugin_control(info, name);
    uint32_t earlier;

    if (control == NULL) {
        char hint[384];

        return graph_fail(
            builder, TACTUS_E_INVALID, line, "'%s': %s has no control '%s'%s", node->id, node->uri,
            name,
            graph_name_hint(hint, sizeof(hint), name, control_symbol, info, info->controls_count));
    }
    *index = (uint32_t)(control - info->controls);
    if ((control->flags & TACTUS_CONTROL_OUTPUT) != 0) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s': '%s' is written by the plugin and cannot be set; remove it",
                          node->id, name);
    }
    for (earlier = 0; earlier < node->controls_count; earlier++) {
        if (node->controls[earlier].index == *index) {
            return graph_fail(builder, TACTUS_E_INVALID, line,
                              "'%s': the control '%s' is set twice; keep one", node->id, name);
        }
    }
    return TACTUS_OK;
}

static tactus_status take_control(struct graph_builder *builder, uint32_t line,
                                  struct graph_node *node, const struct tactus_plugin_info *info,
                                  const struct document_control *source)
{
    struct graph_control *control = &node->controls[node->controls_count];
    char text[64];
    float value = 0.0f;
    tactus_status status;

    status = find_checked(builder, line, node, info, source->name, &control->index);
    if (status == TACTUS_OK) {
        status =
            graph_variables_expand(builder, line, source->name, source->value, text, sizeof(text));
    }
    if (status != TACTUS_OK) {
        return status;
    }
    if (!parse_value(text, info->controls[control->index].flags, &value)) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s': '%s' is no number for '%s'; write one such as -3 or 0.5", node->id,
                          text, source->name);
    }
    status = check_range(builder, line, node->id, &info->controls[control->index], text, value);
    if (status == TACTUS_OK) {
        memcpy(control->symbol, info->controls[control->index].symbol, sizeof(control->symbol));
        control->value = value;
        node->controls_count++;
    }
    return status;
}

static tactus_status set_controls(struct graph_builder *builder, uint32_t index,
                                  uint32_t list_position)
{
    const struct graph_positions *positions = &builder->positions;
    const struct document_node *source = &builder->document->nodes[index];
    struct graph_node *node = &builder->graph->nodes[index];
    tactus_status status = TACTUS_OK;
    uint32_t number;

    if (source->controls_count == 0) {
        return TACTUS_OK;
    }
    node->controls = calloc(source->controls_count, sizeof(node->controls[0]));
    if (node->controls == NULL) {
        return graph_fail_memory(builder);
    }
    for (number = 0; number < source->controls_count && status == TACTUS_OK; number++) {
        uint32_t position = graph_position_entry(positions, list_position, number);

        status = take_control(builder, graph_position_line(positions, position), node,
                              builder->plugins[index], &source->controls[number]);
    }
    return status;
}

tactus_status graph_controls_apply(struct graph_builder *builder)
{
    const struct graph_positions *positions = &builder->positions;
    uint32_t position = graph_position_key(positions, 0, "nodes");
    tactus_status status = TACTUS_OK;
    uint32_t index;

    position = positions->items[position].first_child;
    for (index = 0; index < builder->graph->nodes_count && status == TACTUS_OK; index++) {
        status = set_controls(builder, index, graph_position_key(positions, position, "controls"));
        position = positions->items[position].next_sibling;
    }
    return status;
}
