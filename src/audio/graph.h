/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A graph as read from YAML, checked: names resolved to indices, links to single channels, nodes in
 * topological order. Nothing runs here; no plugin code is loaded into this process.
 */
#ifndef AUDIO_GRAPH_H
#define AUDIO_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/pipeline.h>
#include <tactus/schedule.h>

#define GRAPH_NAME_BYTES  64u
#define GRAPH_PATH_BYTES  512u
#define GRAPH_NODES_MAX   1024u
#define GRAPH_DOMAINS_MAX 256u
#define GRAPH_UNCONNECTED UINT32_MAX

enum graph_kind {
    GRAPH_FILE_IN,
    GRAPH_FILE_OUT,
    GRAPH_LV2,
    GRAPH_LADSPA,
    GRAPH_GAIN,  /* native, ramped: as many outputs as inputs */
    GRAPH_MIX,   /* native: `sources` groups of as many inputs as it has outputs, summed */
    GRAPH_NATIVE /* a shared object that exports tactus_module */
};

struct graph_control {
    uint32_t index; /* into the plugin's controls */
    char symbol[64];
    float value;
};

struct graph_source { /* what feeds one input channel */
    uint32_t node;    /* GRAPH_UNCONNECTED: silence */
    uint32_t channel;
};

struct graph_node {
    char id[GRAPH_NAME_BYTES];
    enum graph_kind kind;
    char uri[GRAPH_PATH_BYTES];    /* plugin URI, "file.so:label", or path; variables replaced */
    char bundle[GRAPH_PATH_BYTES]; /* of struct tactus_plugin_info; "": built in or a file */
    char format[32];               /* GRAPH_FILE_OUT */
    uint32_t line;                 /* in the graph file */
    uint32_t domain; /* index into domains; endpoints: GRAPH_UNCONNECTED (kernel side) */
    uint32_t inputs; /* audio channels */
    uint32_t outputs;
    struct graph_source *sources;   /* one per input channel */
    struct graph_control *controls; /* those that the file sets */
    uint32_t controls_count;
};

struct graph_domain {
    char name[GRAPH_NAME_BYTES];
};

struct graph {
    char name[GRAPH_NAME_BYTES];
    uint32_t rate_hz;
    uint64_t tick_ns;
    uint32_t block_frames;
    struct tactus_ownership ownership;
    struct graph_node *nodes; /* topological order, grouped by domain as far as that allows */
    uint32_t nodes_count;
    struct graph_domain *domains;
    uint32_t domains_count;
};

/* Reads, replaces variables, validates all of it (see the pipeline options). The catalog is asked
 * for every plugin; input files are probed; output files are checked to be writable and not to be
 * inputs or written twice. One message "FILE:LINE: ..." on failure. */
TACTUS_MUST_CHECK tactus_status graph_load(const struct tactus_pipeline_options *options,
                                           tactus_catalog *catalog, struct graph **graph,
                                           struct tactus_message *message);
void graph_free(struct graph *graph);

#endif
