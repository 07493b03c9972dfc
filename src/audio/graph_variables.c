/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ${name}: the value of --set, else that of the file. Values are taken as they are: a ${...} inside
 * a value is no variable.
 */
#include <stdio.h>
#include <string.h>

#include "graph_internal.h"

static const char *value_of(const struct graph_builder *builder, const char *name)
{
    const struct tactus_pipeline_options *options = builder->options;
    const struct document *document = builder->document;
    uint32_t index;

    for (index = options->variables_count; index > 0; index--) { /* the last --set counts */
        if (strcmp(options->variables[index - 1u].name, name) == 0) {
            return options->variables[index - 1u].value;
        }
    }
    for (index = 0; index < document->variables_count; index++) {
        if (strcmp(document->variables[index].name, name) == 0) {
            return document->variables[index].value;
        }
    }
    return NULL;
}

static bool text_uses(const char *text, const char *reference)
{
    return text != NULL && strstr(text, reference) != NULL;
}

static bool node_uses(const struct document_node *node, const char *reference)
{
    uint32_t index;

    for (index = 0; index < node->controls_count; index++) {
        if (text_uses(node->controls[index].value, reference)) {
            return true;
        }
    }
    return text_uses(node->file_in, reference) || text_uses(node->file_out, reference) ||
           text_uses(node->lv2, reference) || text_uses(node->ladspa, reference) ||
           text_uses(node->native, reference) || text_uses(node->format, reference);
}

static bool variable_is_known(const struct graph_builder *builder, const char *name)
{
    const struct document *document = builder->document;
    char reference[GRAPH_ID_BYTES + 3u];
    uint32_t index;

    for (index = 0; index < document->variables_count; index++) {
        if (strcmp(document->variables[index].name, name) == 0) {
            return true;
        }
    }
    snprintf(reference, sizeof(reference), "${%.*s}", (int)GRAPH_ID_BYTES - 1, name);
    for (index = 0; index < document->nodes_count; index++) {
        if (node_uses(&document->nodes[index], reference)) {
            return true;
        }
    }
    return false;
}

static const char *variable_name(const void *context, uint32_t index)
{
    const struct document *document = context;

    return document->variables[index].name;
}

static tactus_status check_declared(struct graph_builder *builder, uint32_t index)
{
    const struct document *document = builder->document;
    const char *name = document->variables[index].name;
    uint32_t earlier;

    if (!graph_name_is_valid(name)) {
        return graph_fail(builder, TACTUS_E_INVALID,
                          graph_line_of(builder, "variables", index, "name"),
                          "'%s' is no name for a variable; use 1 to %u of A-Z a-z 0-9 _ -", name,
                          GRAPH_ID_BYTES - 1u);
    }
    for (earlier = 0; earlier < index; earlier++) {
        if (strcmp(document->variables[earlier].name, name) == 0) {
            return graph_fail(builder, TACTUS_E_INVALID,
                              graph_line_of(builder, "variables", index, "name"),
                              "the variable '%s' is there twice (first on line %u); remove one",
                              name, graph_line_of(builder, "variables", earlier, "name"));
        }
    }
    return TACTUS_OK;
}

tactus_status graph_variables_check(struct graph_builder *builder)
{
    const struct tactus_pipeline_options *options = builder->options;
    const struct document *document = builder->document;
    uint32_t index;

    for (index = 0; index < document->variables_count; index++) {
        tactus_status status = check_declared(builder, index);

        if (status != TACTUS_OK) {
            return status;
        }
    }
    for (index = 0; index < options->variables_count; index++) {
        const char *name = options->variables[index].name;
        char hint[256];

        if (!graph_name_is_valid(name) || !variable_is_known(builder, name)) {
            return graph_fail(builder, TACTUS_E_INVALID, 0,
                              "--set %s: the graph has no such variable%s", name,
                              graph_name_hint(hint, sizeof(hint), name, variable_name, document,
                                              document->variables_count));
        }
    }
    return TACTUS_OK;
}

/* The value of the reference that `start` begins with ("${"); *end is set behind its brace. */
static tactus_status take_reference(struct graph_builder *builder, uint32_t line, const char *what,
                                    const char *start, const char **end, const char **value)
{
    size_t length = strcspn(start + 2, "}");
    char name[GRAPH_ID_BYTES] = "";

    if (start[2u + length] != '}') {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "%s: '${' without '}' in '%s'; write ${name}", what, start);
    }
    if (length < sizeof(name)) {
        memcpy(name, start + 2, length);
        name[length] = '\0';
    }
    if (!graph_name_is_valid(name)) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "%s: '%.*s' is no variable; a name is 1 to %u of A-Z a-z 0-9 _ -", what,
                          (int)(length + 3u), start, GRAPH_ID_BYTES - 1u);
    }
    *value = value_of(builder, name);
    if (*value == NULL) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "%s: the variable '%s' has no value; run with --set %s=VALUE or add "
                          "{name: %s, value: ...} to 'variables:'",
                          what, name, name, name);
    }
    *end = start + 2u + length + 1u;
    return TACTUS_OK;
}

tactus_status graph_variables_expand(struct graph_builder *builder, uint32_t line, const char *what,
                                     const char *raw, char *text, size_t bytes)
{
    size_t used = 0;

    while (*raw != '\0') {
        const char *piece = raw;
        size_t length = 1;

        if (raw[0] == '$' && raw[1] == '{') {
            tactus_status status = take_reference(builder, line, what, raw, &raw, &piece);

            if (status != TACTUS_OK) {
                return status;
            }
            length = strlen(piece);
        } else {
            raw++;
        }
        if (length >= bytes - used) {
            return graph_fail(builder, TACTUS_E_INVALID, line,
                              "%s: too long with its variables replaced; at most %zu bytes", what,
                              bytes - 1u);
        }
        memcpy(text + used, piece, length);
        used += length;
    }
    text[used] = '\0';
    if (used == 0) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "%s: empty with its variables replaced; give them a value", what);
    }
    return TACTUS_OK;
}
