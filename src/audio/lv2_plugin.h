/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One reading of LV2 data, shared by the catalog and the host, so that both number the ports of a
 * plugin in the same way and refuse the same plugins. Data files only; no plugin code is loaded.
 */
#ifndef AUDIO_LV2_PLUGIN_H
#define AUDIO_LV2_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>

#include <lilv/lilv.h>

#include <tactus/pipeline.h>

enum lv2_port {
    LV2_PORT_AUDIO_IN,
    LV2_PORT_AUDIO_OUT,
    LV2_PORT_CONTROL_IN,
    LV2_PORT_CONTROL_OUT,
    LV2_PORT_CV_IN,   /* gets silence */
    LV2_PORT_CV_OUT,  /* is not listened to */
    LV2_PORT_ATOM_IN, /* gets an empty sequence */
    LV2_PORT_ATOM_OUT,
    LV2_PORT_OPTIONAL, /* of another kind, left unconnected */
    LV2_PORT_UNKNOWN   /* must be connected, and cannot be */
};

#define LV2_NODES_COUNT 20u

/* The words of the LV2 vocabulary that are asked for, made once per world. */
struct lv2_nodes {
    LilvNode *node[LV2_NODES_COUNT];
};

bool lv2_nodes_new(LilvWorld *world, struct lv2_nodes *nodes);
void lv2_nodes_free(struct lv2_nodes *nodes);

enum lv2_port lv2_port_kind(const struct lv2_nodes *nodes, const LilvPlugin *plugin,
                            uint32_t index);

/* The bytes that an atom port wants at least; 0: says nothing. */
uint32_t lv2_port_minimum_bytes(const struct lv2_nodes *nodes, const LilvPlugin *plugin,
                                uint32_t index);

/* Fills *info, which the caller has zeroed; controls are allocated and the caller's to free. A
 * plugin that cannot be hosted gets a refusal. False: no memory. */
bool lv2_describe(const struct lv2_nodes *nodes, const LilvPlugin *plugin,
                  struct tactus_plugin_info *info);

#endif
