/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan: what one domain is to build and run. Written by the kernel side into a partition that
 * the domain can only read, before the domain starts. Fixed width, no pointers: tables follow the
 * header in the order of their counts.
 *
 * The statistics partition is the other direction: written by the domain, hearsay to the kernel
 * side.
 */
#ifndef AUDIO_PLAN_H
#define AUDIO_PLAN_H

#include <stdint.h>

#include <tactus/atomic.h>
#include <tactus/buffer.h>
#include <tactus/task.h>

#include "graph.h"
#include "host.h"

#define PLAN_VERSION 1u

struct plan_header {
    uint32_t version;
    uint32_t rate_hz;
    uint32_t block_frames;
    uint32_t stats_partition;
    uint32_t nodes;    /* struct plan_node, in the order of running */
    uint32_t sources;  /* struct plan_source */
    uint32_t controls; /* struct host_control */
    uint32_t links;    /* struct plan_link */
};

struct plan_node {
    char id[GRAPH_NAME_BYTES];
    char uri[GRAPH_PATH_BYTES];
    char bundle[GRAPH_PATH_BYTES];
    uint32_t kind; /* enum graph_kind */
    int32_t priority;
    uint32_t inputs;
    uint32_t outputs;
    uint32_t sources_first; /* one per input */
    uint32_t controls_first;
    uint32_t controls;
    uint32_t reserved;
};

enum plan_source_kind { PLAN_SILENCE, PLAN_NODE, PLAN_LINK };

struct plan_source { /* what feeds one input */
    uint32_t kind;
    uint32_t index;   /* of the node or the link in this plan */
    uint32_t channel; /* output of the node, or channel of the link */
};

struct plan_link { /* a ring to or from elsewhere */
    uint32_t producer_partition;
    uint32_t consumer_partition;
    uint32_t is_output;
    uint32_t node; /* whose outputs go out, or the first one that needs what comes in */
    uint32_t channels;
    uint32_t capacity_frames;
    uint32_t channel[TACTUS_RING_CHANNELS_MAX]; /* which outputs of the node go out */
};

struct plan_stats {
    /* Written by the domain (relaxed): 1 + index of the node that is loading or running, 0: none.
     * Read by the kernel side to name a culprit. */
    tactus_atomic_u32 active_node;
    uint32_t reserved[15];
    struct tactus_task_stats node[]; /* in the plan's order */
};

/* Where the tables of a plan are. */
struct plan_tables {
    struct plan_header *header;
    struct plan_node *nodes;
    struct plan_source *sources;
    struct host_control *controls;
    struct plan_link *links;
};

static inline uint64_t plan_bytes(const struct plan_header *header)
{
    return sizeof *header + header->nodes * (uint64_t)sizeof(struct plan_node) +
           header->sources * (uint64_t)sizeof(struct plan_source) +
           header->controls * (uint64_t)sizeof(struct host_control) +
           header->links * (uint64_t)sizeof(struct plan_link);
}

/* `memory` begins with a header that is filled in. */
static inline struct plan_tables plan_tables_of(void *memory)
{
    struct plan_tables tables = {.header = memory};
    tables.nodes = (struct plan_node *)(tables.header + 1);
    tables.sources = (struct plan_source *)(tables.nodes + tables.header->nodes);
    tables.controls = (struct host_control *)(tables.sources + tables.header->sources);
    tables.links = (struct plan_link *)(tables.controls + tables.header->controls);
    return tables;
}

#endif
