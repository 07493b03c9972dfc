/* SPDX-License-Identifier: BSD-3-Clause */
#include "placement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static uint32_t domain_of(const struct placement *placement, uint32_t party)
{
    return party == LAYOUT_STREAMS ? TACTUS_KERNEL : placement->parties[party].domain;
}

static tactus_status parties_collect(struct placement *placement)
{
    const struct layout *layout = placement->layout;
    const struct graph *graph = layout->graph;
    placement->parties = calloc(layout->parties, sizeof *placement->parties);
    if (placement->parties == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t p = 1; p < layout->parties; p++) {
        struct placed_party *party = &placement->parties[p];
        party->nodes = calloc(graph->nodes_count, sizeof *party->nodes);
        if (party->nodes == NULL) {
            return TACTUS_E_NO_MEMORY;
        }
        for (uint32_t i = 0; i < graph->nodes_count; i++) {
            if (layout->party[i] == p) {
                party->nodes[party->nodes_count++] = i;
            }
        }
    }
    return TACTUS_OK;
}

static tactus_status domains_make(struct placement *placement, struct tactus_message *message)
{
    const struct layout *layout = placement->layout;
    char program[512];
    for (uint32_t p = 1; p < layout->parties && !layout->is_monolithic; p++) {
        struct placed_party *party = &placement->parties[p];
        if (party->nodes_count == 0) {
            continue;
        }
        tactus_status status =
            tactus_helper_path("tactus-domain", program, sizeof program, message);
        if (status == TACTUS_OK) {
            status = tactus_supervisor_domain_new(
                placement->supervisor, layout->graph->domains[p - 1].name, program, &party->domain);
        }
        if (status != TACTUS_OK) {
            return status;
        }
    }
    return TACTUS_OK;
}

/* Nodes of one domain that follow each other are one turn. */
static tactus_status stages_make(struct placement *placement)
{
    const struct layout *layout = placement->layout;
    uint32_t nodes_count = layout->graph->nodes_count;
    for (uint32_t i = 0; i < nodes_count && !layout->is_monolithic; i++) {
        uint32_t party = layout->party[i];
        bool ends_turn = i + 1 == nodes_count || layout->party[i + 1] != party;
        const struct placed_party *placed = &placement->parties[party];
        if (placed->nodes == NULL || !ends_turn) { /* party 0 has none: file streams */
            continue;
        }
        bool is_last = placed->nodes[placed->nodes_count - 1] == i;
        tactus_status status = tactus_supervisor_stage_add(placement->supervisor, placed->domain,
                                                           is_last ? INT32_MAX : (int32_t)i);
        if (status != TACTUS_OK) {
            return status;
        }
    }
    return TACTUS_OK;
}

/* Which links a party sees: those it sends, and those that end at a node of its own. */
static bool link_is_seen(const struct layout_link *link, uint32_t party)
{
    return link->producer_party == party || link->consumer_party == party;
}

static struct plan_header plan_count(const struct placement *placement, uint32_t p)
{
    const struct layout *layout = placement->layout;
    const struct graph *graph = layout->graph;
    const struct placed_party *party = &placement->parties[p];
    struct plan_header header = {.version = PLAN_VERSION,
                                 .rate_hz = graph->rate_hz,
                                 .block_frames = graph->block_frames,
                                 .stats_partition = party->stats_partition,
                                 .nodes = party->nodes_count};
    for (uint32_t i = 0; i < party->nodes_count; i++) {
        header.sources += graph->nodes[party->nodes[i]].inputs;
        header.controls += graph->nodes[party->nodes[i]].controls_count;
    }
    for (uint32_t i = 0; i < layout->links_count; i++) {
        header.links += link_is_seen(&layout->links[i], p) ? 1 : 0;
    }
    return header;
}

/* The plan comes first, so that it is the first partition that a domain is granted. */
static tactus_status plans_make(struct placement *placement)
{
    const struct layout *layout = placement->layout;
    for (uint32_t p = 1; p < layout->parties; p++) {
        struct placed_party *party = &placement->parties[p];
        if (party->nodes_count == 0) {
            continue;
        }
        char name[96];
        const char *label = layout->is_monolithic ? "kernel" : layout->graph->domains[p - 1].name;
        struct plan_header header = plan_count(placement, p);
        (void)snprintf(name, sizeof name, "%s:plan", label);
        tactus_status status =
            tactus_supervisor_partition_new(placement->supervisor, name, plan_bytes(&header),
                                            TACTUS_KERNEL, &party->plan_partition);
        if (status == TACTUS_OK && party->domain != TACTUS_KERNEL) {
            status = tactus_supervisor_partition_grant(placement->supervisor, party->plan_partition,
                                                       party->domain);
        }
        if (status == TACTUS_OK) {
            (void)snprintf(name, sizeof name, "%s:stats", label);
            uint64_t bytes = sizeof(struct plan_stats) +
                             party->nodes_count * (uint64_t)sizeof(struct tactus_task_stats);
            status = tactus_supervisor_partition_new(placement->supervisor, name, bytes,
                                                     party->domain, &party->stats_partition);
        }
        if (status != TACTUS_OK) {
            return status;
        }
    }
    return TACTUS_OK;
}

/* One end of a ring: written by one side, read by the other. */
static tactus_status ring_part_make(struct placement *placement, const struct layout_link *link,
                                    const char *what, uint64_t bytes, uint32_t writer,
                                    uint32_t reader, uint32_t *partition)
{
    char name[192];
    const struct graph_node *nodes = placement->layout->graph->nodes;
    (void)snprintf(name, sizeof name, "%s>%s:%s", nodes[link->producer].id,
                   nodes[link->consumer].id, what);
    tactus_status status =
        tactus_supervisor_partition_new(placement->supervisor, name, bytes, writer, partition);
    if (status == TACTUS_OK && reader != TACTUS_KERNEL && reader != writer) {
        status = tactus_supervisor_partition_grant(placement->supervisor, *partition, reader);
    }
    return status;
}

static tactus_status rings_make(struct placement *placement)
{
    struct layout *layout = placement->layout;
    tactus_status status = TACTUS_OK;
    for (uint32_t i = 0; i < layout->links_count && status == TACTUS_OK; i++) {
        struct layout_link *link = &layout->links[i];
        uint32_t producer = domain_of(placement, link->producer_party);
        uint32_t consumer = domain_of(placement, link->consumer_party);
        status = ring_part_make(placement, link, "audio",
                                tactus_ring_producer_bytes(link->channels, link->capacity_frames),
                                producer, consumer, &link->producer_partition);
        if (status == TACTUS_OK) {
            status =
                ring_part_make(placement, link, "read", sizeof(struct tactus_ring_consumer_part),
                               consumer, producer, &link->consumer_partition);
        }
    }
    return status;
}

/* --- filling in --------------------------------------------------------------------------------
 */

static uint32_t index_in(const struct placed_party *party, uint32_t node)
{
    uint32_t i = 0;
    while (i < party->nodes_count && party->nodes[i] != node) {
        i++;
    }
    return i;
}

static void fill_links(const struct placement *placement, uint32_t p,
                       const struct plan_tables *tables, uint32_t *link_index)
{
    const struct layout *layout = placement->layout;
    const struct placed_party *party = &placement->parties[p];
    uint32_t count = 0;
    for (uint32_t i = 0; i < layout->links_count; i++) {
        const struct layout_link *link = &layout->links[i];
        if (!link_is_seen(link, p)) {
            continue;
        }
        bool is_output = link->producer_party == p;
        struct plan_link *plan = &tables->links[count];
        *plan = (struct plan_link){
            .producer_partition = link->producer_partition,
            .consumer_partition = link->consumer_partition,
            .is_output = is_output,
            .node = index_in(party, is_output ? link->producer : link->consumer),
            .channels = link->channels,
            .capacity_frames = link->capacity_frames,
        };
        memcpy(plan->channel, link->channel, sizeof plan->channel);
        link_index[i] = count++;
    }
}

static void fill_sources(const struct placement *placement, uint32_t p, uint32_t node,
                         const uint32_t *link_index, struct plan_source *sources)
{
    const struct layout *layout = placement->layout;
    const struct graph_node *graph_node = &layout->graph->nodes[node];
    for (uint32_t i = 0; i < graph_node->inputs; i++) {
        const struct graph_source *from = &graph_node->sources[i];
        const struct layout_input *input = &layout->inputs[node][i];
        if (from->node == GRAPH_UNCONNECTED) {
            sources[i] = (struct plan_source){PLAN_SILENCE, 0, 0};
        } else if (input->link == LAYOUT_NO_LINK) {
            sources[i] = (struct plan_source){
                PLAN_NODE, index_in(&placement->parties[p], from->node), from->channel};
        } else {
            sources[i] = (struct plan_source){PLAN_LINK, link_index[input->link], input->channel};
        }
    }
}

static void fill_controls(const struct graph_node *node, struct host_control *controls)
{
    for (uint32_t i = 0; i < node->controls_count; i++) {
        memcpy(controls[i].symbol, node->controls[i].symbol, sizeof controls[i].symbol);
        controls[i].value = node->controls[i].value;
    }
}

static void fill_nodes(const struct placement *placement, uint32_t p,
                       const struct plan_tables *tables, const uint32_t *link_index)
{
    const struct placed_party *party = &placement->parties[p];
    uint32_t sources = 0;
    uint32_t controls = 0;
    for (uint32_t i = 0; i < party->nodes_count; i++) {
        const struct graph_node *node = &placement->layout->graph->nodes[party->nodes[i]];
        struct plan_node *plan = &tables->nodes[i];
        *plan = (struct plan_node){.kind = (uint32_t)node->kind,
                                   .priority = (int32_t)party->nodes[i],
                                   .inputs = node->inputs,
                                   .outputs = node->outputs,
                                   .sources_first = sources,
                                   .controls_first = controls,
                                   .controls = node->controls_count};
        memcpy(plan->id, node->id, sizeof plan->id);
        memcpy(plan->uri, node->uri, sizeof plan->uri);
        memcpy(plan->bundle, node->bundle, sizeof plan->bundle);
        fill_sources(placement, p, party->nodes[i], link_index, tables->sources + sources);
        fill_controls(node, tables->controls + controls);
        sources += node->inputs;
        controls += node->controls_count;
    }
}

static tactus_status plans_fill(struct placement *placement)
{
    const struct layout *layout = placement->layout;
    uint32_t *link_index = calloc(layout->links_count + 1, sizeof *link_index);
    if (link_index == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t p = 1; p < layout->parties; p++) {
        const struct placed_party *party = &placement->parties[p];
        if (party->nodes_count == 0) {
            continue;
        }
        struct plan_header *header =
            tactus_supervisor_partition_memory(placement->supervisor, party->plan_partition);
        *header = plan_count(placement, p);
        struct plan_tables tables = plan_tables_of(header);
        fill_links(placement, p, &tables, link_index);
        fill_nodes(placement, p, &tables, link_index);
    }
    free(link_index);
    return TACTUS_OK;
}

tactus_status placement_init(struct placement *placement, struct layout *layout,
                             tactus_supervisor *supervisor, struct tactus_message *message)
{
    *placement = (struct placement){.layout = layout, .supervisor = supervisor};
    message->text[0] = '\0';
    tactus_status status = parties_collect(placement);
    if (status == TACTUS_OK) {
        status = domains_make(placement, message);
    }
    if (status == TACTUS_OK) {
        status = stages_make(placement);
    }
    if (status == TACTUS_OK) {
        status = plans_make(placement);
    }
    if (status == TACTUS_OK) {
        status = rings_make(placement);
    }
    if (status == TACTUS_OK) {
        status = plans_fill(placement);
    }
    if (status != TACTUS_OK) {
        if (message->text[0] == '\0') {
            message_set(message, "cannot place the graph: %s", tactus_status_text(status));
        }
        placement_deinit(placement);
    }
    return status;
}

void placement_deinit(struct placement *placement)
{
    for (uint32_t p = 0; placement->parties != NULL && p < placement->layout->parties; p++) {
        free(placement->parties[p].nodes);
    }
    free(placement->parties);
    *placement = (struct placement){0};
}
