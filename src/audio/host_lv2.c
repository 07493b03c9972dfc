/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/urid/urid.h>

#include "block.h"
#include "host_node.h"
#include "lv2_plugin.h"
#include "message.h"
#include "urid.h"

#define SEQUENCE_BYTES_LEAST 8192u
#define SEQUENCE_BYTES_MOST  (1u << 24)

struct atom_port {
    LV2_Atom_Sequence *sequence;
    uint32_t bytes; /* after the atom's head */
    bool is_input;
};

struct lv2 {
    LilvWorld *world;
    struct lv2_nodes nodes;
    const LilvPlugin *plugin;
    LilvInstance *instance;
    bool is_active;
    float *silence; /* for control voltages that nobody gives */
    float *waste;   /* for those that nobody listens to */
    struct atom_port *atoms;
    uint32_t atoms_count;
    LV2_URID chunk_type;
    LV2_URID sequence_type;
    /* what the features point at; the plugin may keep it for its life */
    int32_t block_frames;
    int32_t sequence_bytes;
    float rate_hz;
    LV2_Options_Option options[6];
    LV2_URID_Map map;
    LV2_URID_Unmap unmap;
    LV2_Feature features[5];
    const LV2_Feature *feature_list[6];
};

static tactus_status no_memory(const char *uri, struct tactus_message *message)
{
    message_set(message, "%s: no memory for it", uri);
    return TACTUS_E_NO_MEMORY;
}

static const LilvPlugin *plugin_in_world(LilvWorld *world, const char *uri)
{
    const LilvPlugins *plugins = lilv_world_get_all_plugins(world);
    LILV_FOREACH(plugins, i, plugins)
    {
        const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
        if (strcmp(lilv_node_as_uri(lilv_plugin_get_uri(plugin)), uri) == 0) {
            return plugin;
        }
    }
    return NULL;
}

/* Reads one bundle where it is known, everything that is installed otherwise. */
static bool world_load(struct lv2 *lv2, const char *bundle)
{
    if (bundle == NULL || bundle[0] == '\0') {
        lilv_world_load_all(lv2->world);
        return true;
    }
    char folder[4096];
    size_t length = strlen(bundle);
    (void)snprintf(folder, sizeof folder, "%s%s", bundle, bundle[length - 1] == '/' ? "" : "/");
    LilvNode *node = lilv_new_file_uri(lv2->world, NULL, folder);
    if (node == NULL) {
        return false;
    }
    lilv_world_load_bundle(lv2->world, node);
    lilv_node_free(node);
    return true;
}

static tactus_status lv2_open(struct host_node *node, const struct host_config *config,
                              struct tactus_message *message)
{
    struct lv2 *lv2 = calloc(1, sizeof *lv2);
    if (lv2 == NULL) {
        return no_memory(config->uri, message);
    }
    node->private_data = lv2;
    lv2->world = lilv_world_new();
    if (lv2->world == NULL || !lv2_nodes_new(lv2->world, &lv2->nodes) ||
        !world_load(lv2, config->bundle)) {
        return no_memory(config->uri, message);
    }
    lv2->plugin = plugin_in_world(lv2->world, config->uri);
    if (lv2->plugin == NULL) {
        message_set(message, "there is no LV2 plugin %s", config->uri);
        return TACTUS_E_NOT_FOUND;
    }
    return lv2_describe(&lv2->nodes, lv2->plugin, &node->info) ? TACTUS_OK
                                                               : no_memory(config->uri, message);
}

static void option_set(LV2_Options_Option *option, const char *key, const char *type,
                       const void *value)
{
    *option = (LV2_Options_Option){.context = LV2_OPTIONS_INSTANCE,
                                   .key = urid_map(NULL, key),
                                   .size = 4,
                                   .type = urid_map(NULL, type),
                                   .value = value};
}

static void features_fill(struct lv2 *lv2, const struct host_config *config)
{
    lv2->block_frames = (int32_t)config->block_frames;
    lv2->sequence_bytes = (int32_t)SEQUENCE_BYTES_LEAST;
    lv2->rate_hz = (float)config->rate_hz;
    option_set(&lv2->options[0], LV2_BUF_SIZE__minBlockLength, LV2_ATOM__Int, &lv2->block_frames);
    option_set(&lv2->options[1], LV2_BUF_SIZE__maxBlockLength, LV2_ATOM__Int, &lv2->block_frames);
    option_set(&lv2->options[2], LV2_BUF_SIZE__nominalBlockLength, LV2_ATOM__Int,
               &lv2->block_frames);
    option_set(&lv2->options[3], LV2_BUF_SIZE__sequenceSize, LV2_ATOM__Int, &lv2->sequence_bytes);
    option_set(&lv2->options[4], LV2_PARAMETERS__sampleRate, LV2_ATOM__Float, &lv2->rate_hz);
    /* options[5] stays zero: the end */
    lv2->map = (LV2_URID_Map){NULL, urid_map};
    lv2->unmap = (LV2_URID_Unmap){NULL, urid_unmap};
    lv2->features[0] = (LV2_Feature){LV2_URID__map, &lv2->map};
    lv2->features[1] = (LV2_Feature){LV2_URID__unmap, &lv2->unmap};
    lv2->features[2] = (LV2_Feature){LV2_OPTIONS__options, lv2->options};
    lv2->features[3] = (LV2_Feature){LV2_BUF_SIZE__boundedBlockLength, NULL};
    lv2->features[4] = (LV2_Feature){LV2_BUF_SIZE__fixedBlockLength, NULL};
    for (uint32_t i = 0; i < 5; i++) {
        lv2->feature_list[i] = &lv2->features[i];
    }
    lv2->chunk_type = urid_map(NULL, LV2_ATOM__Chunk);
    lv2->sequence_type = urid_map(NULL, LV2_ATOM__Sequence);
}

static LV2_Atom_Sequence *atom_port_new(struct lv2 *lv2, uint32_t index, bool is_input)
{
    uint32_t bytes = lv2_port_minimum_bytes(&lv2->nodes, lv2->plugin, index);
    bytes = bytes < SEQUENCE_BYTES_LEAST ? SEQUENCE_BYTES_LEAST : bytes;
    bytes = bytes > SEQUENCE_BYTES_MOST ? SEQUENCE_BYTES_MOST : bytes;
    bytes = (bytes + 7u) & ~7u;
    struct atom_port *port = &lv2->atoms[lv2->atoms_count];
    port->sequence = calloc(1, sizeof(LV2_Atom) + bytes);
    port->bytes = bytes;
    port->is_input = is_input;
    lv2->atoms_count += port->sequence != NULL;
    return port->sequence;
}

/* Ports are taken in their order, as lv2_describe counts them. False: no memory. */
static bool ports_connect(struct host_node *node, struct lv2 *lv2)
{
    uint32_t input = 0;
    uint32_t output = 0;
    uint32_t control = 0;
    uint32_t ports = lilv_plugin_get_num_ports(lv2->plugin);
    for (uint32_t index = 0; index < ports; index++) {
        void *place = NULL;
        bool may_be_null = false;
        enum lv2_port kind = lv2_port_kind(&lv2->nodes, lv2->plugin, index);
        switch (kind) {
        case LV2_PORT_AUDIO_IN:
            place = node->input_buffers[input++];
            break;
        case LV2_PORT_AUDIO_OUT:
            place = node->output_buffers[output++];
            break;
        case LV2_PORT_CONTROL_IN:
        case LV2_PORT_CONTROL_OUT:
            place = &node->values[control++];
            break;
        case LV2_PORT_CV_IN:
            place = lv2->silence;
            break;
        case LV2_PORT_CV_OUT:
            place = lv2->waste;
            break;
        case LV2_PORT_ATOM_IN:
        case LV2_PORT_ATOM_OUT:
            place = atom_port_new(lv2, index, kind == LV2_PORT_ATOM_IN);
            break;
        case LV2_PORT_OPTIONAL:
        case LV2_PORT_UNKNOWN:
            may_be_null = true;
            break;
        }
        if (place == NULL && !may_be_null) {
            return false;
        }
        lilv_instance_connect_port(lv2->instance, index, place);
    }
    return true;
}

static tactus_status lv2_start(struct host_node *node, const struct host_config *config,
                               struct tactus_message *message)
{
    struct lv2 *lv2 = node->private_data;
    features_fill(lv2, config);
    lv2->silence = block_new(config->block_frames);
    lv2->waste = block_new(config->block_frames);
    lv2->atoms = calloc(lilv_plugin_get_num_ports(lv2->plugin) + 1u, sizeof *lv2->atoms);
    if (lv2->silence == NULL || lv2->waste == NULL || lv2->atoms == NULL) {
        return no_memory(config->uri, message);
    }
    lv2->instance =
        lilv_plugin_instantiate(lv2->plugin, (double)config->rate_hz, lv2->feature_list);
    if (lv2->instance == NULL) {
        message_set(message, "%s cannot be loaded, or refuses to run at %u Hz with blocks of %u",
                    config->uri, config->rate_hz, config->block_frames);
        return TACTUS_E_NOT_SUPPORTED;
    }
    if (!ports_connect(node, lv2)) {
        return no_memory(config->uri, message);
    }
    lilv_instance_activate(lv2->instance);
    lv2->is_active = true;
    return TACTUS_OK;
}

/* Inputs are empty sequences; outputs tell the plugin how much room there is, as LV2 has it. */
static void atoms_reset(struct lv2 *lv2)
{
    for (uint32_t i = 0; i < lv2->atoms_count; i++) {
        struct atom_port *port = &lv2->atoms[i];
        port->sequence->atom.type = port->is_input ? lv2->sequence_type : lv2->chunk_type;
        port->sequence->atom.size =
            port->is_input ? (uint32_t)sizeof(LV2_Atom_Sequence_Body) : port->bytes;
        port->sequence->body.unit = 0;
        port->sequence->body.pad = 0;
    }
}

static void lv2_run(struct host_node *node)
{
    struct lv2 *lv2 = node->private_data;
    atoms_reset(lv2);
    lilv_instance_run(lv2->instance, node->block_frames);
}

static void lv2_close(struct host_node *node)
{
    struct lv2 *lv2 = node->private_data;
    if (lv2 == NULL) {
        return;
    }
    if (lv2->is_active) {
        lilv_instance_deactivate(lv2->instance);
    }
    if (lv2->instance != NULL) {
        lilv_instance_free(lv2->instance);
    }
    for (uint32_t i = 0; i < lv2->atoms_count; i++) {
        free(lv2->atoms[i].sequence);
    }
    free(lv2->atoms);
    free(lv2->silence);
    free(lv2->waste);
    if (lv2->world != NULL) {
        lv2_nodes_free(&lv2->nodes);
        lilv_world_free(lv2->world);
    }
    free(lv2);
}

const struct host_kind host_kind_lv2 = {lv2_open, lv2_start, lv2_run, lv2_close};
