/* SPDX-License-Identifier: BSD-3-Clause */
#include "layout.h"

#include <stdlib.h>

#define LIVE_BLOCKS    32u /* room for a party that is late and catches up */
#define STREAM_BATCHES 4u
#define LINK_BATCHES   2u

static bool is_endpoint(const struct graph_node *node)
{
    return node->kind == GRAPH_FILE_IN || node->kind == GRAPH_FILE_OUT;
}

static uint32_t power_of_two(uint64_t frames)
{
    uint32_t power = 16;
    while (power < frames && power < TACTUS_RING_CAPACITY_MAX_FRAMES) {
        power *= 2;
    }
    return power;
}

static void parties_set(struct layout *layout)
{
    const struct graph *graph = layout->graph;
    layout->parties = 1 + (layout->is_monolithic ? 1 : graph->domains_count);
    for (uint32_t i = 0; i < graph->nodes_count; i++) {
        const struct graph_node *node = &graph->nodes[i];
        uint32_t own = layout->is_monolithic ? 1 : node->domain + 1;
        layout->party[i] = is_endpoint(node) ? LAYOUT_STREAMS : own;
    }
}

/* The ring from `producer` to where `consumer` runs, made when it is asked for first. Every
 * file_out has rings of its own. */
static struct layout_link *link_to(struct layout *layout, uint32_t producer, uint32_t consumer)
{
    uint32_t party = layout->party[consumer];
    for (uint32_t i = 0; i < layout->links_count; i++) {
        struct layout_link *link = &layout->links[i];
        if (link->producer == producer && link->consumer_party == party &&
            (party != LAYOUT_STREAMS || link->consumer == consumer)) {
            return link;
        }
    }
    struct layout_link *link = &layout->links[layout->links_count++];
    link->producer = producer;
    link->producer_party = layout->party[producer];
    link->consumer = consumer;
    link->consumer_party = party;
    return link;
}

static uint32_t channel_in(struct layout_link *link, uint32_t channel)
{
    for (uint32_t i = 0; i < link->channels; i++) {
        if (link->channel[i] == channel) {
            return i;
        }
    }
    link->channel[link->channels] = channel;
    return link->channels++;
}

static void links_find(struct layout *layout)
{
    const struct graph *graph = layout->graph;
    for (uint32_t n = 0; n < graph->nodes_count; n++) {
        for (uint32_t i = 0; layout->inputs[n] != NULL && i < graph->nodes[n].inputs; i++) {
            const struct graph_source *source = &graph->nodes[n].sources[i];
            struct layout_input *input = &layout->inputs[n][i];
            input->link = LAYOUT_NO_LINK;
            if (source->node == GRAPH_UNCONNECTED ||
                (layout->party[n] != LAYOUT_STREAMS &&
                 layout->party[n] == layout->party[source->node])) {
                continue;
            }
            struct layout_link *link = link_to(layout, source->node, n);
            input->link = (uint32_t)(link - layout->links);
            input->channel = channel_in(link, source->channel);
        }
    }
}

static void capacities_set(struct layout *layout, bool is_live, uint32_t batch_ticks)
{
    const struct graph *graph = layout->graph;
    uint64_t block = graph->block_frames;
    for (uint32_t i = 0; i < layout->links_count; i++) {
        struct layout_link *link = &layout->links[i];
        bool streams =
            link->producer_party == LAYOUT_STREAMS || link->consumer_party == LAYOUT_STREAMS;
        uint64_t batches = streams ? STREAM_BATCHES : LINK_BATCHES;
        uint64_t frames = batches * batch_ticks * block;
        if (is_live) {
            frames = LIVE_BLOCKS * block;
        }
        if (streams && frames < graph->rate_hz / 2) {
            frames = graph->rate_hz / 2;
        }
        link->capacity_frames = power_of_two(frames);
    }
}

static tactus_status memory_new(struct layout *layout)
{
    const struct graph *graph = layout->graph;
    uint64_t inputs = 0;
    for (uint32_t i = 0; i < graph->nodes_count; i++) {
        inputs += graph->nodes[i].inputs;
    }
    layout->party = calloc(graph->nodes_count + 1, sizeof *layout->party);
    layout->inputs = calloc(graph->nodes_count + 1, sizeof *layout->inputs);
    layout->links = calloc(inputs + 1, sizeof *layout->links); /* each input asks for one at most */
    if (layout->party == NULL || layout->inputs == NULL || layout->links == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < graph->nodes_count; i++) {
        layout->inputs[i] = calloc(graph->nodes[i].inputs + 1, sizeof **layout->inputs);
        if (layout->inputs[i] == NULL) {
            return TACTUS_E_NO_MEMORY;
        }
    }
    return TACTUS_OK;
}

tactus_status layout_init(struct layout *layout, const struct graph *graph, bool is_monolithic,
                          bool is_live, uint32_t batch_ticks)
{
    *layout = (struct layout){.graph = graph, .is_monolithic = is_monolithic};
    tactus_status status = memory_new(layout);
    if (status != TACTUS_OK) {
        layout_deinit(layout);
        return status;
    }
    parties_set(layout);
    links_find(layout);
    capacities_set(layout, is_live, batch_ticks);
    return TACTUS_OK;
}

void layout_deinit(struct layout *layout)
{
    for (uint32_t i = 0; layout->inputs != NULL && i < layout->graph->nodes_count; i++) {
        free(layout->inputs[i]);
    }
    free((void *)layout->inputs);
    free(layout->links);
    free(layout->party);
    *layout = (struct layout){0};
}
