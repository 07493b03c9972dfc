/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Domains: those that the file declares, or else those that nodes name; "main" always is.
 */
#include <stdio.h>
#include <string.h>

#include "graph_internal.h"

static const char default_domain[] = "main";

static uint32_t domain_find(const struct graph *graph, const char *name)
{
    uint32_t index;

    for (index = 0; index < graph->domains_count; index++) {
        if (strcmp(graph->domains[index].name, name) == 0) {
            return index;
        }
    }
    return GRAPH_UNCONNECTED;
}

static tactus_status domain_add(struct graph_builder *builder, const char *name, uint32_t line)
{
    struct graph *graph = builder->graph;

    if (!graph_name_is_valid(name)) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s' is no name for a domain; use 1 to %u of A-Z a-z 0-9 _ -", name,
                          GRAPH_ID_BYTES - 1u);
    }
    if (graph->domains_count == GRAPH_DOMAINS_MAX) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "more than %u domains; put more nodes into one", GRAPH_DOMAINS_MAX);
    }
    snprintf(graph->domains[graph->domains_count].name, GRAPH_ID_BYTES, "%s", name);
    graph->domains_count++;
    return TACTUS_OK;
}

tactus_status graph_domains_declare(struct graph_builder *builder)
{
    const struct document *document = builder->document;
    uint32_t index;

    for (index = 0; index < document->domains_count; index++) {
        const char *name = document->domains[index].name;
        uint32_t line = graph_line_of(builder, "domains", index, NULL);
        tactus_status status;

        if (domain_find(builder->graph, name) != GRAPH_UNCONNECTED) {
            return graph_fail(builder, TACTUS_E_INVALID, line,
                              "the domain '%s' is there twice; remove one", name);
        }
        status = domain_add(builder, name, line);
        if (status != TACTUS_OK) {
            return status;
        }
    }
    return TACTUS_OK;
}

static const char *domain_name(const void *context, uint32_t index)
{
    const struct graph *graph = context;

    return graph->domains[index].name;
}

tactus_status graph_domain_set(struct graph_builder *builder, struct graph_node *node,
                               const char *name, uint32_t line)
{
    struct graph *graph = builder->graph;
    tactus_status status = TACTUS_OK;

    if (node->kind == GRAPH_FILE_IN || node->kind == GRAPH_FILE_OUT) {
        node->domain = GRAPH_UNCONNECTED;
        if (name != NULL) {
            return graph_fail(builder, TACTUS_E_INVALID, line,
                              "'%s' is a file, and files are handled on the kernel side; remove "
                              "'domain:'",
                              node->id);
        }
        return TACTUS_OK;
    }
    name = name != NULL ? name : default_domain;
    node->domain = domain_find(graph, name);
    if (node->domain != GRAPH_UNCONNECTED) {
        return TACTUS_OK;
    }
    if (builder->document->domains_count > 0 && strcmp(name, default_domain) != 0) {
        char hint[256];

        return graph_fail(
            builder, TACTUS_E_INVALID, line, "'%s': the domain '%s' is not under 'domains:'%s",
            node->id, name,
            graph_name_hint(hint, sizeof(hint), name, domain_name, graph, graph->domains_count));
    }
    node->domain = graph->domains_count;
    status = domain_add(builder, name, line);
    return status;
}

void graph_domains_drop_idle(struct graph_builder *builder)
{
    struct graph *graph = builder->graph;
    uint32_t new_index[GRAPH_DOMAINS_MAX];
    bool used[GRAPH_DOMAINS_MAX] = {false};
    uint32_t count = 0;
    uint32_t index;

    for (index = 0; index < graph->nodes_count; index++) {
        if (graph->nodes[index].domain != GRAPH_UNCONNECTED) {
            used[graph->nodes[index].domain] = true;
        }
    }
    for (index = 0; index < graph->domains_count; index++) {
        if (used[index]) {
            new_index[index] = count;
            graph->domains[count++] = graph->domains[index];
        } else {
            graph_notice(builder, graph_line_of(builder, "domains", index, NULL),
                         "no node is in the domain '%s'; it is left out",
                         graph->domains[index].name);
        }
    }
    graph->domains_count = count;
    for (index = 0; index < graph->nodes_count; index++) {
        if (graph->nodes[index].domain != GRAPH_UNCONNECTED) {
            graph->nodes[index].domain = new_index[graph->nodes[index].domain];
        }
    }
}
