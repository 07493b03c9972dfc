/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Module hosts: one running instance of a node. Used where the node runs, in a user domain's
 * process or (monolithic) on the kernel side. new and free at set-up, run in the tick.
 */
#ifndef AUDIO_HOST_H
#define AUDIO_HOST_H

#include <stdint.h>

#include <tactus/pipeline.h>

#include "graph.h"

struct host_control {
    char symbol[64];
    float value;
};

struct host_config {
    enum graph_kind kind; /* no endpoints */
    const char *uri;
    const char *bundle; /* of struct tactus_plugin_info; NULL or "": search for the uri (slower) */
    uint32_t rate_hz;
    uint32_t block_frames;
    uint32_t inputs; /* audio channels; checked against the plugin */
    uint32_t outputs;
    float *const *input_buffers;  /* block_frames floats each, aligned to 64 bytes; may be shared */
    float *const *output_buffers; /* likewise, never shared */
    const struct host_control *controls; /* the others keep their defaults */
    uint32_t controls_count;
};

struct host_node;

/* Loads the code, makes and activates an instance, binds the buffers. */
TACTUS_MUST_CHECK tactus_status host_node_new(const struct host_config *config,
                                              struct host_node **node,
                                              struct tactus_message *message);
/* One block from the input buffers to the output buffers. Real-time. */
void host_node_run(struct host_node *node);
/* Sets a control between two blocks; false: no such control. Real-time. */
int host_node_control_set(struct host_node *node, const char *symbol, float value);
void host_node_free(struct host_node *node);

#endif
