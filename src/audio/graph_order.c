/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Topological order: A. B. Kahn, "Topological sorting of large networks", CACM 5(11), 1962. Of the
 * nodes that are ready the next one is the first in the file of the domain that is being filled;
 * where that has none, the first in the file at all. Files to read come first and files to write
 * last: they need no domain.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

#define CYCLE_NAMES_MAX 8u

struct sorter {
    struct graph_builder *builder;
    uint32_t *waits_for; /* links into a node whose begin has no place yet */
    uint32_t *place;     /* in the new order; GRAPH_UNCONNECTED: none yet */
    uint32_t placed;
};

static void place_node(struct sorter *sorter, uint32_t node)
{
    const struct graph_builder *builder = sorter->builder;
    uint32_t index;

    sorter->place[node] = sorter->placed++;
    for (index = 0; index < builder->edges_count; index++) {
        if (builder->edges[index].from_node == node) {
            sorter->waits_for[builder->edges[index].to_node]--;
        }
    }
}

static void place_kind(struct sorter *sorter, enum graph_kind kind)
{
    const struct graph *graph = sorter->builder->graph;
    uint32_t index;

    for (index = 0; index < graph->nodes_count; index++) {
        if (graph->nodes[index].kind == kind) {
            place_node(sorter, index);
        }
    }
}

static uint32_t next_ready(const struct sorter *sorter, uint32_t domain)
{
    const struct graph *graph = sorter->builder->graph;
    uint32_t first = GRAPH_UNCONNECTED;
    uint32_t index;

    for (index = 0; index < graph->nodes_count; index++) {
        if (sorter->place[index] != GRAPH_UNCONNECTED || sorter->waits_for[index] > 0 ||
            graph->nodes[index].kind == GRAPH_FILE_OUT) {
            continue;
        }
        if (graph->nodes[index].domain == domain) {
            return index;
        }
        if (first == GRAPH_UNCONNECTED) {
            first = index;
        }
    }
    return first;
}

/* A link into `node` from a node that has no place: there is one for every node on or behind a
 * cycle. */
static const struct graph_edge *waiting_edge(const struct sorter *sorter, uint32_t node)
{
    const struct graph_builder *builder = sorter->builder;
    uint32_t index;

    for (index = 0; index < builder->edges_count; index++) {
        const struct graph_edge *edge = &builder->edges[index];

        if (edge->to_node == node && sorter->place[edge->from_node] == GRAPH_UNCONNECTED) {
            return edge;
        }
    }
    return NULL;
}

/* "a -> b -> a" from what was found walking backwards: a, b. `more` names were left out. */
static void write_cycle(const struct graph *graph, const uint32_t *backwards, uint32_t count,
                        bool more, char *text, size_t bytes)
{
    size_t used =
        (size_t)snprintf(text, bytes, "%s%s", graph->nodes[backwards[0]].id, more ? " -> ..." : "");

    while (count > 0 && used < bytes) {
        count--;
        used += (size_t)snprintf(text + used, bytes - used, " -> %s",
                                 graph->nodes[backwards[count]].id);
    }
}

/* Walks links backwards from any node that waits: after as many steps as there are nodes it is on a
 * cycle, which one more round names. */
static tactus_status fail_cycle(struct sorter *sorter)
{
    struct graph_builder *builder = sorter->builder;
    const struct graph *graph = builder->graph;
    uint32_t backwards[CYCLE_NAMES_MAX];
    char names[(CYCLE_NAMES_MAX + 2u) * (GRAPH_ID_BYTES + 4u)];
    const struct graph_edge *edge;
    uint32_t count = 0;
    uint32_t node = 0;
    uint32_t steps;

    while (sorter->place[node] != GRAPH_UNCONNECTED || graph->nodes[node].kind == GRAPH_FILE_OUT) {
        node++;
    }
    for (steps = 0; steps < graph->nodes_count; steps++) {
        node = waiting_edge(sorter, node)->from_node;
    }
    edge = waiting_edge(sorter, node);
    do {
        backwards[count++] = node;
        node = waiting_edge(sorter, node)->from_node;
    } while (node != backwards[0] && count < CYCLE_NAMES_MAX);
    write_cycle(graph, backwards, count, node != backwards[0], names, sizeof(names));
    return graph_fail(builder, TACTUS_E_INVALID, edge->line,
                      "the links make a cycle: %s; remove one of them", names);
}

/* Puts the nodes into their places and renames what refers to them. */
static tactus_status rearrange(struct sorter *sorter)
{
    struct graph *graph = sorter->builder->graph;
    struct graph_node *nodes = calloc(graph->nodes_count, sizeof(nodes[0]));
    uint32_t index;
    uint32_t channel;

    if (nodes == NULL) {
        return graph_fail_memory(sorter->builder);
    }
    for (index = 0; index < graph->nodes_count; index++) {
        struct graph_node *node = &nodes[sorter->place[index]];

        *node = graph->nodes[index];
        for (channel = 0; channel < node->inputs; channel++) {
            if (node->sources[channel].node != GRAPH_UNCONNECTED) {
                node->sources[channel].node = sorter->place[node->sources[channel].node];
            }
        }
    }
    free(graph->nodes);
    graph->nodes = nodes;
    return TACTUS_OK;
}

static tactus_status sort(struct sorter *sorter)
{
    const struct graph_builder *builder = sorter->builder;
    const struct graph *graph = builder->graph;
    uint32_t domain = GRAPH_UNCONNECTED;
    uint32_t outputs = 0;
    uint32_t node;
    uint32_t index;

    for (index = 0; index < graph->nodes_count; index++) {
        sorter->place[index] = GRAPH_UNCONNECTED;
        outputs += graph->nodes[index].kind == GRAPH_FILE_OUT ? 1u : 0u;
    }
    for (index = 0; index < builder->edges_count; index++) {
        sorter->waits_for[builder->edges[index].to_node]++;
    }
    place_kind(sorter, GRAPH_FILE_IN);
    while ((node = next_ready(sorter, domain)) != GRAPH_UNCONNECTED) {
        domain = graph->nodes[node].domain;
        place_node(sorter, node);
    }
    if (sorter->placed + outputs < graph->nodes_count) {
        return fail_cycle(sorter);
    }
    place_kind(sorter, GRAPH_FILE_OUT);
    return rearrange(sorter);
}

tactus_status graph_order(struct graph_builder *builder)
{
    struct sorter sorter = {.builder = builder};
    tactus_status status;

    sorter.waits_for = calloc(builder->graph->nodes_count, sizeof(sorter.waits_for[0]));
    sorter.place = calloc(builder->graph->nodes_count, sizeof(sorter.place[0]));
    if (sorter.waits_for == NULL || sorter.place == NULL) {
        status = graph_fail_memory(builder);
    } else {
        status = sort(&sorter);
    }
    free(sorter.waits_for);
    free(sorter.place);
    return status;
}
