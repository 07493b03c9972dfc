/* SPDX-License-Identifier: BSD-3-Clause */
#include "node_set.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "message.h"

struct link {
    struct tactus_ring ring;
    float **planes;    /* in: where to read to; out: the node's outputs */
    struct link *next; /* of the same node and direction */
};

struct node {
    struct node_set *set;
    struct host_node *host;
    float **inputs;
    float **outputs;
    struct link *links_in; /* read before this node runs */
    struct link *links_out;
    tactus_task task;
    uint32_t number; /* 1 + index */
};

struct node_set {
    void *copy; /* of the plan: it outlives the partition */
    struct plan_tables plan;
    struct node_set_world world;
    struct plan_stats *stats;
    struct node *nodes;
    struct link *links;
    float *silence;
};

/* --- the tick ----------------------------------------------------------------------------------
 */

static int node_run(void *data)
{
    struct node *node = data;
    struct node_set *set = node->set;
    uint32_t frames = set->plan.header->block_frames;
    atomic_store_explicit(&set->stats->active_node, node->number, memory_order_relaxed);
    for (struct link *link = node->links_in; link != NULL; link = link->next) {
        (void)tactus_ring_read(&link->ring, link->planes, frames);
    }
    host_node_run(node->host);
    for (struct link *link = node->links_out; link != NULL; link = link->next) {
        (void)tactus_ring_write(&link->ring, (const float *const *)link->planes, frames);
    }
    atomic_store_explicit(&set->stats->active_node, 0, memory_order_relaxed);
    return TACTUS_RESCHEDULE;
}

/* --- set-up ------------------------------------------------------------------------------------
 */

static void blocks_free(float **blocks, uint32_t count)
{
    for (uint32_t i = 0; blocks != NULL && i < count; i++) {
        free(blocks[i]);
    }
    free((void *)blocks);
}

static float **blocks_new(uint32_t count, uint32_t frames)
{
    float **blocks = calloc(count + 1, sizeof *blocks);
    for (uint32_t i = 0; blocks != NULL && i < count; i++) {
        blocks[i] = block_new(frames);
        if (blocks[i] == NULL) {
            blocks_free(blocks, count);
            return NULL;
        }
    }
    return blocks;
}

static tactus_status link_init(struct node_set *set, uint32_t index)
{
    const struct plan_link *plan = &set->plan.links[index];
    struct link *link = &set->links[index];
    struct node *node = &set->nodes[plan->node];
    void *producer = set->world.partition(set->world.context, plan->producer_partition);
    void *consumer = set->world.partition(set->world.context, plan->consumer_partition);
    if (node->outputs == NULL) {
        return TACTUS_E_INVALID;
    }
    tactus_status status =
        tactus_ring_init(&link->ring, producer, consumer, plan->channels, plan->capacity_frames);
    if (status != TACTUS_OK) {
        return status;
    }
    if (plan->is_output == 0) {
        link->planes = blocks_new(plan->channels, set->plan.header->block_frames);
        link->next = node->links_in;
        node->links_in = link;
    } else {
        link->planes = calloc(plan->channels + 1, sizeof *link->planes);
        for (uint32_t c = 0; link->planes != NULL && c < plan->channels; c++) {
            link->planes[c] = node->outputs[plan->channel[c]];
        }
        link->next = node->links_out;
        node->links_out = link;
    }
    return link->planes == NULL ? TACTUS_E_NO_MEMORY : TACTUS_OK;
}

static float *source_block(const struct node_set *set, const struct plan_source *source)
{
    float **blocks = NULL;
    if (source->kind == PLAN_NODE) {
        blocks = set->nodes[source->index].outputs;
    } else if (source->kind == PLAN_LINK) {
        blocks = set->links[source->index].planes;
    }
    return blocks != NULL ? blocks[source->channel] : set->silence;
}

static tactus_status node_init(struct node_set *set, uint32_t index, struct tactus_message *message)
{
    const struct plan_node *plan = &set->plan.nodes[index];
    struct node *node = &set->nodes[index];
    for (uint32_t i = 0; i < plan->inputs; i++) {
        node->inputs[i] = source_block(set, &set->plan.sources[plan->sources_first + i]);
    }
    struct host_config config = {
        .kind = (enum graph_kind)plan->kind,
        .uri = plan->uri,
        .bundle = plan->bundle,
        .rate_hz = set->plan.header->rate_hz,
        .block_frames = set->plan.header->block_frames,
        .inputs = plan->inputs,
        .outputs = plan->outputs,
        .input_buffers = node->inputs,
        .output_buffers = node->outputs,
        .controls = &set->plan.controls[plan->controls_first],
        .controls_count = plan->controls,
    };
    struct tactus_message reason = {""};
    tactus_status status = host_node_new(&config, &node->host, &reason);
    if (status != TACTUS_OK) {
        message_set(message, "node %s: %s", plan->id, reason.text);
        return status;
    }
    struct tactus_task_config task = {.name = plan->id,
                                      .type = TACTUS_LL_TIMER,
                                      .core = 0,
                                      .priority = plan->priority,
                                      .run = node_run,
                                      .data = node};
    status = tactus_task_init(set->world.runtime, &task, &node->task);
    if (status == TACTUS_OK) {
        status = tactus_task_stats_place(set->world.runtime, node->task, &set->stats->node[index]);
    }
    return status;
}

static tactus_status memory_new(struct node_set *set)
{
    const struct plan_header *header = set->plan.header;
    set->nodes = calloc(header->nodes + 1, sizeof *set->nodes);
    set->links = calloc(header->links + 1, sizeof *set->links);
    set->silence = block_new(header->block_frames);
    set->stats = set->world.partition(set->world.context, header->stats_partition);
    if (set->nodes == NULL || set->links == NULL || set->silence == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < header->nodes; i++) {
        struct node *node = &set->nodes[i];
        node->set = set;
        node->number = i + 1;
        node->inputs = calloc(set->plan.nodes[i].inputs + 1, sizeof *node->inputs);
        node->outputs = blocks_new(set->plan.nodes[i].outputs, header->block_frames);
        if (node->inputs == NULL || node->outputs == NULL) {
            return TACTUS_E_NO_MEMORY;
        }
    }
    return set->stats == NULL ? TACTUS_E_DENIED : TACTUS_OK;
}

static tactus_status nodes_init(struct node_set *set, struct tactus_message *message)
{
    const struct plan_header *header = set->plan.header;
    tactus_status status = memory_new(set);
    for (uint32_t i = 0; i < header->links && status == TACTUS_OK; i++) {
        status = link_init(set, i);
    }
    for (uint32_t i = 0; i < header->nodes && status == TACTUS_OK; i++) {
        atomic_store_explicit(&set->stats->active_node, i + 1, memory_order_relaxed);
        status = node_init(set, i, message);
    }
    if (status == TACTUS_OK) {
        atomic_store_explicit(&set->stats->active_node, 0, memory_order_relaxed);
    }
    return status;
}

static tactus_status plan_copy(struct node_set *set, const void *plan, uint64_t plan_limit_bytes)
{
    const struct plan_header *header = plan;
    size_t bytes = (size_t)plan_bytes(header);
    if (plan_limit_bytes < sizeof *header || header->version != PLAN_VERSION ||
        bytes > plan_limit_bytes) {
        return TACTUS_E_MALFORMED;
    }
    set->copy = malloc(bytes);
    if (set->copy == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    memcpy(set->copy, plan, bytes);
    set->plan = plan_tables_of(set->copy);
    return TACTUS_OK;
}

tactus_status node_set_new(const void *plan, uint64_t bytes, const struct node_set_world *world,
                           struct node_set **set, struct tactus_message *message)
{
    struct node_set *made = calloc(1, sizeof *made);
    if (made == NULL) {
        message_set(message, "out of memory");
        return TACTUS_E_NO_MEMORY;
    }
    made->world = *world;
    message->text[0] = '\0';
    tactus_status status = plan_copy(made, plan, bytes);
    if (status == TACTUS_OK) {
        status = nodes_init(made, message);
    }
    if (status != TACTUS_OK) {
        if (message->text[0] == '\0') {
            message_set(message, "cannot set up the nodes: %s", tactus_status_text(status));
        }
        node_set_free(made);
        return status;
    }
    *set = made;
    return TACTUS_OK;
}

tactus_status node_set_schedule(struct node_set *set, struct tactus_message *message)
{
    for (uint32_t i = 0; i < set->plan.header->nodes; i++) {
        tactus_status status = tactus_task_schedule(set->world.runtime, set->nodes[i].task, 0, 0);
        if (status != TACTUS_OK) {
            message_set(message, "node %s: cannot be scheduled: %s", set->plan.nodes[i].id,
                        tactus_status_text(status));
            return status;
        }
    }
    return TACTUS_OK;
}

void node_set_free(struct node_set *set)
{
    if (set == NULL) {
        return;
    }
    for (uint32_t i = 0; set->nodes != NULL && i < set->plan.header->nodes; i++) {
        struct node *node = &set->nodes[i];
        if (node->host != NULL) {
            host_node_free(node->host);
        }
        free((void *)node->inputs);
        blocks_free(node->outputs, set->plan.nodes[i].outputs);
    }
    for (uint32_t i = 0; set->links != NULL && i < set->plan.header->links; i++) {
        if (set->plan.links[i].is_output != 0) {
            free((void *)set->links[i].planes);
        } else {
            blocks_free(set->links[i].planes, set->plan.links[i].channels);
        }
    }
    free(set->copy);
    free(set->silence);
    free(set->links);
    free(set->nodes);
    free(set);
}
