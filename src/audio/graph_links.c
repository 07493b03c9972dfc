/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links: references to channels, resolved and checked.
 */
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

/* "id", "id.N" or "id.N-M" */
struct reference {
    char id[GRAPH_ID_BYTES];
    bool is_whole; /* all channels */
    uint32_t first;
    uint32_t last;
};

static const char *node_id(const void *context, uint32_t index)
{
    const struct graph *graph = context;

    return graph->nodes[index].id;
}

static bool parse_channel(const char **text, uint32_t *channel)
{
    uint32_t digits = 0;

    *channel = 0;
    for (; **text >= '0' && **text <= '9' && digits < 6; (*text)++, digits++) {
        *channel = *channel * 10u + (uint32_t)(**text - '0');
    }
    return digits > 0;
}

static bool parse_reference(const char *text, struct reference *reference)
{
    size_t length = strcspn(text, ".");

    memset(reference, 0, sizeof(*reference));
    if (length >= sizeof(reference->id)) {
        return false;
    }
    memcpy(reference->id, text, length);
    if (!graph_name_is_valid(reference->id)) {
        return false;
    }
    reference->is_whole = text[length] == '\0';
    if (reference->is_whole) {
        return true;
    }
    text += length + 1u;
    if (!parse_channel(&text, &reference->first)) {
        return false;
    }
    reference->last = reference->first;
    if (*text == '-') {
        text++;
        if (!parse_channel(&text, &reference->last)) {
            return false;
        }
    }
    return *text == '\0' && reference->last >= reference->first;
}

static tactus_status resolve(struct graph_builder *builder, uint32_t line, const char *text,
                             struct reference *reference, uint32_t *node)
{
    if (!parse_reference(text, reference)) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s' names no channel; write NODE, NODE.0 for its first channel or "
                          "NODE.0-1 for the first two",
                          text);
    }
    *node = graph_node_find(builder, reference->id);
    if (*node == GRAPH_UNCONNECTED) {
        char hint[256];

        return graph_fail(builder, TACTUS_E_INVALID, line, "there is no node '%s'%s", reference->id,
                          graph_name_hint(hint, sizeof(hint), reference->id, node_id,
                                          builder->graph, builder->graph->nodes_count));
    }
    return TACTUS_OK;
}

/* Checks one end; a whole reference becomes all channels. `what` is "output" or "input". */
static tactus_status fit_channels(struct graph_builder *builder, uint32_t line, const char *what,
                                  const struct graph_node *node, uint32_t channels,
                                  struct reference *reference)
{
    if (channels == 0) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s' has no audio %s; turn the link round or choose another node",
                          node->id, what);
    }
    if (reference->is_whole) {
        reference->first = 0;
        reference->last = channels - 1u;
    } else if (reference->last >= channels) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s' has no %s %u; it has %u, counted from 0 to %u", node->id, what,
                          reference->last, channels, channels - 1u);
    }
    return TACTUS_OK;
}

static uint32_t width(const struct reference *reference)
{
    return reference->last - reference->first + 1u;
}

/* A file_out that does not say its channels gets as many as the links ask for. */
static uint32_t destination_channels(const struct graph_builder *builder, uint32_t node,
                                     const struct reference *from, const struct reference *to)
{
    uint32_t asked;

    if (builder->graph->nodes[node].kind != GRAPH_FILE_OUT ||
        builder->document->nodes[node].channels != NULL) {
        return builder->graph->nodes[node].inputs;
    }
    asked = to->is_whole ? width(from) : to->last + 1u;
    return asked < GRAPH_CHANNELS_MAX ? asked : GRAPH_CHANNELS_MAX;
}

static tactus_status build_edge(struct graph_builder *builder, uint32_t index, uint32_t line)
{
    const struct document_link *link = &builder->document->links[index];
    struct graph_edge *edge = &builder->edges[index];
    struct graph_node *nodes = builder->graph->nodes;
    struct reference from;
    struct reference to;
    uint32_t channels;
    tactus_status status;

    edge->line = line;
    status = resolve(builder, line, link->from, &from, &edge->from_node);
    if (status == TACTUS_OK) {
        status = resolve(builder, line, link->to, &to, &edge->to_node);
    }
    if (status == TACTUS_OK) {
        status = fit_channels(builder, line, "output", &nodes[edge->from_node],
                              nodes[edge->from_node].outputs, &from);
    }
    if (status != TACTUS_OK) {
        return status;
    }
    channels = destination_channels(builder, edge->to_node, &from, &to);
    status = fit_channels(builder, line, "input", &nodes[edge->to_node], channels, &to);
    if (status != TACTUS_OK) {
        return status;
    }
    if (width(&from) != width(&to)) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s' is %u channel%s and '%s' is %u; link channel by channel, such as "
                          "from %s.0 to %s.0",
                          link->from, width(&from), width(&from) == 1 ? "" : "s", link->to,
                          width(&to), nodes[edge->from_node].id, nodes[edge->to_node].id);
    }
    if (channels > nodes[edge->to_node].inputs) {
        nodes[edge->to_node].inputs = channels;
    }
    edge->from_channel = from.first;
    edge->to_channel = to.first;
    edge->count = width(&from);
    return TACTUS_OK;
}

/* The line of the link that feeds an input, for the message that it is fed twice. */
static uint32_t line_of_feed(const struct graph_builder *builder, uint32_t node, uint32_t channel)
{
    uint32_t index;

    for (index = 0; index < builder->edges_count; index++) {
        const struct graph_edge *edge = &builder->edges[index];

        if (edge->to_node == node && channel >= edge->to_channel &&
            channel - edge->to_channel < edge->count) {
            return edge->line;
        }
    }
    return 0;
}

static tactus_status connect_edge(struct graph_builder *builder, const struct graph_edge *edge)
{
    struct graph_node *node = &builder->graph->nodes[edge->to_node];
    uint32_t offset;

    for (offset = 0; offset < edge->count; offset++) {
        struct graph_source *source = &node->sources[edge->to_channel + offset];

        if (source->node != GRAPH_UNCONNECTED) {
            return graph_fail(builder, TACTUS_E_INVALID, edge->line,
                              "input %u of '%s' is fed twice (first on line %u); add the two with "
                              "a mix: {id: sum, mix: {sources: 2, channels: 1}}",
                              edge->to_channel + offset, node->id,
                              line_of_feed(builder, edge->to_node, edge->to_channel + offset));
        }
        source->node = edge->from_node;
        source->channel = edge->from_channel + offset;
    }
    return TACTUS_OK;
}

static tactus_status allocate_sources(struct graph_builder *builder)
{
    struct graph *graph = builder->graph;
    uint32_t index;
    uint32_t channel;

    for (index = 0; index < graph->nodes_count; index++) {
        struct graph_node *node = &graph->nodes[index];

        if (node->inputs == 0) {
            continue;
        }
        node->sources = calloc(node->inputs, sizeof(node->sources[0]));
        if (node->sources == NULL) {
            return graph_fail_memory(builder);
        }
        for (channel = 0; channel < node->inputs; channel++) {
            node->sources[channel].node = GRAPH_UNCONNECTED;
        }
    }
    return TACTUS_OK;
}

/* Files to write need something to write; an output that goes nowhere is worth a warning. */
static tactus_status check_loose_ends(struct graph_builder *builder)
{
    const struct graph *graph = builder->graph;
    bool feeds[GRAPH_NODES_MAX] = {false};
    bool is_fed[GRAPH_NODES_MAX] = {false};
    uint32_t index;

    for (index = 0; index < builder->edges_count; index++) {
        feeds[builder->edges[index].from_node] = true;
        is_fed[builder->edges[index].to_node] = true;
    }
    for (index = 0; index < graph->nodes_count; index++) {
        const struct graph_node *node = &graph->nodes[index];

        if (node->kind == GRAPH_FILE_OUT && !is_fed[index]) {
            return graph_fail(builder, TACTUS_E_INVALID, node->line,
                              "nothing is linked to '%s'; add {from: NODE, to: %s} to 'links:'",
                              node->id, node->id);
        }
        if (node->outputs > 0 && !feeds[index]) {
            graph_notice(builder, node->line, "the output of '%s' goes nowhere", node->id);
        }
    }
    return TACTUS_OK;
}

tactus_status graph_links_build(struct graph_builder *builder)
{
    const struct document *document = builder->document;
    const struct graph_positions *positions = &builder->positions;
    uint32_t position = graph_position_key(positions, 0, "links");
    tactus_status status = TACTUS_OK;
    uint32_t index;

    builder->edges = calloc((size_t)document->links_count + 1u, sizeof(builder->edges[0]));
    if (builder->edges == NULL) {
        return graph_fail_memory(builder);
    }
    position = positions->items[position].first_child;
    for (index = 0; index < document->links_count && status == TACTUS_OK; index++) {
        status = build_edge(builder, index, positions->items[position].line);
        position = positions->items[position].next_sibling;
        builder->edges_count++;
    }
    if (status == TACTUS_OK) {
        status = allocate_sources(builder);
    }
    for (index = 0; index < builder->edges_count && status == TACTUS_OK; index++) {
        status = connect_edge(builder, &builder->edges[index]);
    }
    return status == TACTUS_OK ? check_loose_ends(builder) : status;
}
