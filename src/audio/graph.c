/* SPDX-License-Identifier: BSD-3-Clause */
#include "graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "graph_internal.h"

/* "FILE:LINE: text" or "FILE: text". */
static void write_message(const struct graph_builder *builder, struct tactus_message *message,
                          uint32_t line, const char *format, va_list arguments)
{
    struct tactus_message text;

    vsnprintf(text.text, sizeof(text.text), format, arguments);
    if (line > 0) {
        message_set(message, "%s:%u: %s", builder->options->graph_path, line, text.text);
    } else {
        message_set(message, "%s: %s", builder->options->graph_path, text.text);
    }
}

tactus_status graph_fail(struct graph_builder *builder, tactus_status status, uint32_t line,
                         const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(builder, builder->message, line, format, arguments);
    va_end(arguments);
    return status;
}

tactus_status graph_fail_memory(struct graph_builder *builder)
{
    return graph_fail(builder, TACTUS_E_NO_MEMORY, 0, "out of memory; close something and retry");
}

void graph_notice(struct graph_builder *builder, uint32_t line, const char *format, ...)
{
    struct tactus_message message;
    va_list arguments;

    if (builder->options->notice == NULL) {
        return;
    }
    va_start(arguments, format);
    write_message(builder, &message, line, format, arguments);
    va_end(arguments);
    builder->options->notice(builder->options->context, message.text);
}

/* The file's own name where the graph has none. */
static void set_name(struct graph_builder *builder)
{
    const char *name = builder->document->name;
    const char *path = builder->options->graph_path;
    const char *character;

    if (name == NULL) {
        name = path;
        for (character = path; *character != '\0'; character++) {
            name = *character == '/' ? character + 1 : name;
        }
    }
    snprintf(builder->graph->name, sizeof(builder->graph->name), "%.*s",
             (int)sizeof(builder->graph->name) - 1, name);
}

static tactus_status build(struct graph_builder *builder)
{
    static tactus_status (*const steps[])(struct graph_builder *) = {
        graph_text_read,     graph_positions_read, graph_document_read,  graph_variables_check,
        graph_nodes_build,   graph_settings_apply, graph_controls_apply, graph_links_build,
        graph_outputs_check, graph_order,
    };
    size_t index;

    for (index = 0; index < sizeof(steps) / sizeof(steps[0]); index++) {
        tactus_status status = steps[index](builder);

        if (status != TACTUS_OK) {
            return status;
        }
    }
    set_name(builder);
    return TACTUS_OK;
}

tactus_status graph_load(const struct tactus_pipeline_options *options, tactus_catalog *catalog,
                         struct graph **graph, struct tactus_message *message)
{
    struct graph_builder builder = {.options = options, .catalog = catalog, .message = message};
    tactus_status status = TACTUS_E_NO_MEMORY;

    *graph = NULL;
    if (options->graph_path == NULL) {
        message_set(message, "no graph file is given; name one");
        return TACTUS_E_INVALID;
    }
    builder.graph = calloc(1, sizeof(*builder.graph));
    status = builder.graph != NULL ? build(&builder) : graph_fail_memory(&builder);
    if (status == TACTUS_OK) {
        *graph = builder.graph;
    } else {
        graph_free(builder.graph);
    }
    graph_document_free(builder.document);
    free(builder.positions.items);
    free(builder.plugins);
    free(builder.nodes_by_id);
    free(builder.edges);
    free(builder.text);
    return status;
}

void graph_free(struct graph *graph)
{
    uint32_t index;

    if (graph == NULL) {
        return;
    }
    for (index = 0; index < graph->nodes_count; index++) {
        free(graph->nodes[index].sources);
        free(graph->nodes[index].controls);
    }
    free(graph->nodes);
    free(graph->domains);
    free(graph);
}
