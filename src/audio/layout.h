/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who runs what, and which rings lie between: computed from a graph, before anything is made.
 * Party 0 is the kernel side's file streams, party p > 0 a set of nodes that run in one address
 * space by LL: a domain, or (monolithic) all of them.
 */
#ifndef AUDIO_LAYOUT_H
#define AUDIO_LAYOUT_H

#include <stdbool.h>

#include <tactus/buffer.h>

#include "graph.h"

#define LAYOUT_STREAMS 0u
#define LAYOUT_NO_LINK UINT32_MAX

struct layout_link {   /* one ring: the outputs of one node that one party needs */
    uint32_t producer; /* node */
    uint32_t producer_party;
    uint32_t consumer; /* the first node there that needs it, or the file_out */
    uint32_t consumer_party;
    uint32_t channels;
    uint32_t channel[TACTUS_RING_CHANNELS_MAX]; /* of the producer */
    uint32_t capacity_frames;
    uint32_t producer_partition; /* made later */
    uint32_t consumer_partition;
};

struct layout_input { /* where one input of a node comes from */
    uint32_t link;    /* LAYOUT_NO_LINK: silence, or a node of the same party */
    uint32_t channel; /* of the link */
};

struct layout {
    const struct graph *graph;
    bool is_monolithic;
    uint32_t parties; /* with party 0 */
    uint32_t *party;  /* of each node */
    struct layout_link *links;
    uint32_t links_count;
    struct layout_input **inputs; /* by node and input */
};

/* `batch_ticks` is the largest number of ticks that a party runs in one turn. */
TACTUS_MUST_CHECK tactus_status layout_init(struct layout *layout, const struct graph *graph,
                                            bool is_monolithic, bool is_live, uint32_t batch_ticks);
void layout_deinit(struct layout *layout);

#endif
