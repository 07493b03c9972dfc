/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the hosts of the several kinds share. host.c owns the controls; a kind opens the code and
 * tells what it is, makes an instance that reads and writes `values`, runs it, and takes it down.
 */
#ifndef AUDIO_HOST_NODE_H
#define AUDIO_HOST_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/pipeline.h>

#include "host.h"

struct host_kind {
    /* Loads the code and fills node->info (zeroed). close is called also after a failure. */
    tactus_status (*open)(struct host_node *node, const struct host_config *config,
                          struct tactus_message *message);
    /* The instance: values and buffers are there. Activated when it returns. */
    tactus_status (*start)(struct host_node *node, const struct host_config *config,
                           struct tactus_message *message);
    void (*run)(struct host_node *node); /* real-time */
    /* Everything that open and start made, however far they came. */
    void (*close)(struct host_node *node);
};

struct host_node {
    const struct host_kind *kind;
    struct tactus_plugin_info info;
    float *values; /* one per control of info, outputs too; the instance points at them */
    uint32_t block_frames;
    uint32_t inputs;
    uint32_t outputs;
    float **input_buffers; /* the caller's */
    float **output_buffers;
    void *private_data; /* the kind's */
};

extern const struct host_kind host_kind_lv2;
extern const struct host_kind host_kind_ladspa;
extern const struct host_kind host_kind_native;
extern const struct host_kind host_kind_gain;
extern const struct host_kind host_kind_mix;

#endif
