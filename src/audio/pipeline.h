/* SPDX-License-Identifier: BSD-3-Clause */
/* A pipeline's parts, and how its report is made from them. */
#ifndef AUDIO_PIPELINE_H
#define AUDIO_PIPELINE_H

#include "layout.h"
#include "node_set.h"
#include "placement.h"
#include "stream.h"

struct tactus_pipeline {
    struct tactus_pipeline_options options; /* its strings are not kept */
    struct graph *graph;
    struct stream_set streams;
    struct layout layout;
    /* The one that runs: written by the thread of run, read by tactus_pipeline_stop from any thread
     * and from signal handlers. Sequentially consistent, as the next word: each thread writes its
     * own and then reads the other's, and one of the two must see both. */
    _Atomic(tactus_supervisor *) supervisor;
    /* Written by tactus_pipeline_stop, read by the thread of run. */
    atomic_bool stop_is_wanted;
    struct placement placement;
    struct node_set *kernel_nodes; /* monolithic */
    uint64_t begin_ns;             /* of the run */
    struct tactus_report report;
};

/* Fills in what is known while the supervisor still is there; strings and tables are the report's
 * own. Files are added as they are put in their place. */
TACTUS_MUST_CHECK tactus_status report_init(struct tactus_pipeline *pipeline);
void report_deinit(struct tactus_pipeline *pipeline);

/* The id of the node that a party was loading or running when it was lost, "" where it cannot be
 * told. */
const char *report_culprit(const struct tactus_pipeline *pipeline, uint32_t party);

#endif
