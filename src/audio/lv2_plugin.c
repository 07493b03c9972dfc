/* SPDX-License-Identifier: BSD-3-Clause */
#include "lv2_plugin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/core/lv2.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/port-props/port-props.h>
#include <lv2/resize-port/resize-port.h>
#include <lv2/urid/urid.h>

#include "describe.h"

enum word {
    WORD_AUDIO_PORT,
    WORD_CONTROL_PORT,
    WORD_CV_PORT,
    WORD_ATOM_PORT,
    WORD_INPUT_PORT,
    WORD_OUTPUT_PORT,
    WORD_BUFFER_TYPE,
    WORD_SEQUENCE,
    WORD_OPTIONAL,
    WORD_INTEGER,
    WORD_TOGGLED,
    WORD_ENUMERATION,
    WORD_SAMPLE_RATE,
    WORD_LOGARITHMIC,
    WORD_MINIMUM_SIZE,
    WORD_REQUIRED_OPTION,
    WORD_DEFAULT,
    WORD_MINIMUM,
    WORD_MAXIMUM,
    WORD_COUNT
};
_Static_assert(WORD_COUNT <= LV2_NODES_COUNT, "every word has its place");

static const char *const word_uris[WORD_COUNT] = {
    [WORD_AUDIO_PORT] = LV2_CORE__AudioPort,
    [WORD_CONTROL_PORT] = LV2_CORE__ControlPort,
    [WORD_CV_PORT] = LV2_CORE__CVPort,
    [WORD_ATOM_PORT] = LV2_ATOM__AtomPort,
    [WORD_INPUT_PORT] = LV2_CORE__InputPort,
    [WORD_OUTPUT_PORT] = LV2_CORE__OutputPort,
    [WORD_BUFFER_TYPE] = LV2_ATOM__bufferType,
    [WORD_SEQUENCE] = LV2_ATOM__Sequence,
    [WORD_OPTIONAL] = LV2_CORE__connectionOptional,
    [WORD_INTEGER] = LV2_CORE__integer,
    [WORD_TOGGLED] = LV2_CORE__toggled,
    [WORD_ENUMERATION] = LV2_CORE__enumeration,
    [WORD_SAMPLE_RATE] = LV2_CORE__sampleRate,
    [WORD_LOGARITHMIC] = LV2_PORT_PROPS__logarithmic,
    [WORD_MINIMUM_SIZE] = LV2_RESIZE_PORT__minimumSize,
    [WORD_REQUIRED_OPTION] = LV2_OPTIONS__requiredOption,
    [WORD_DEFAULT] = LV2_CORE__default,
    [WORD_MINIMUM] = LV2_CORE__minimum,
    [WORD_MAXIMUM] = LV2_CORE__maximum,
};

/* What the host provides or, by what it does anyway, keeps. */
static const char *const features_kept[] = {
    LV2_URID__map,
    LV2_URID__unmap,
    LV2_OPTIONS__options,
    LV2_BUF_SIZE__boundedBlockLength,
    LV2_BUF_SIZE__fixedBlockLength,
    LV2_BUF_SIZE__coarseBlockLength,
    LV2_CORE__isLive,
    LV2_CORE__hardRTCapable,
    LV2_CORE__inPlaceBroken,
};

static const char *const options_kept[] = {
    LV2_BUF_SIZE__minBlockLength, LV2_BUF_SIZE__maxBlockLength, LV2_BUF_SIZE__nominalBlockLength,
    LV2_BUF_SIZE__sequenceSize,   LV2_PARAMETERS__sampleRate,
};

bool lv2_nodes_new(LilvWorld *world, struct lv2_nodes *nodes)
{
    memset(nodes, 0, sizeof *nodes);
    for (uint32_t i = 0; i < WORD_COUNT; i++) {
        nodes->node[i] = lilv_new_uri(world, word_uris[i]);
        if (nodes->node[i] == NULL) {
            lv2_nodes_free(nodes);
            return false;
        }
    }
    return true;
}

void lv2_nodes_free(struct lv2_nodes *nodes)
{
    for (uint32_t i = 0; i < WORD_COUNT; i++) {
        lilv_node_free(nodes->node[i]);
        nodes->node[i] = NULL;
    }
}

enum lv2_port lv2_port_kind(const struct lv2_nodes *nodes, const LilvPlugin *plugin, uint32_t index)
{
    const LilvPort *port = lilv_plugin_get_port_by_index(plugin, index);
    if (port == NULL) {
        return LV2_PORT_UNKNOWN;
    }
    bool is_input = lilv_port_is_a(plugin, port, nodes->node[WORD_INPUT_PORT]);
    bool is_output = lilv_port_is_a(plugin, port, nodes->node[WORD_OUTPUT_PORT]);
    if (is_input != is_output) {
        if (lilv_port_is_a(plugin, port, nodes->node[WORD_AUDIO_PORT])) {
            return is_input ? LV2_PORT_AUDIO_IN : LV2_PORT_AUDIO_OUT;
        }
        if (lilv_port_is_a(plugin, port, nodes->node[WORD_CONTROL_PORT])) {
            return is_input ? LV2_PORT_CONTROL_IN : LV2_PORT_CONTROL_OUT;
        }
        if (lilv_port_is_a(plugin, port, nodes->node[WORD_CV_PORT])) {
            return is_input ? LV2_PORT_CV_IN : LV2_PORT_CV_OUT;
        }
        if (lilv_port_is_a(plugin, port, nodes->node[WORD_ATOM_PORT])) {
            LilvNode *type = lilv_port_get(plugin, port, nodes->node[WORD_BUFFER_TYPE]);
            bool is_sequence = lilv_node_equals(type, nodes->node[WORD_SEQUENCE]);
            lilv_node_free(type);
            if (is_sequence) {
                return is_input ? LV2_PORT_ATOM_IN : LV2_PORT_ATOM_OUT;
            }
        }
    }
    return lilv_port_has_property(plugin, port, nodes->node[WORD_OPTIONAL]) ? LV2_PORT_OPTIONAL
                                                                            : LV2_PORT_UNKNOWN;
}

uint32_t lv2_port_minimum_bytes(const struct lv2_nodes *nodes, const LilvPlugin *plugin,
                                uint32_t index)
{
    const LilvPort *port = lilv_plugin_get_port_by_index(plugin, index);
    LilvNode *size =
        port == NULL ? NULL : lilv_port_get(plugin, port, nodes->node[WORD_MINIMUM_SIZE]);
    int bytes = size != NULL && lilv_node_is_int(size) ? lilv_node_as_int(size) : 0;
    lilv_node_free(size);
    return bytes > 0 ? (uint32_t)bytes : 0;
}

static bool is_among(const char *uri, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(uri, list[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether all of a set of URIs are kept; the first that is not goes into the refusal. */
static void refuse_unkept(struct tactus_plugin_info *info, LilvNodes *required,
                          const char *const *kept, size_t kept_count, const char *what)
{
    LILV_FOREACH(nodes, i, required)
    {
        const LilvNode *node = lilv_nodes_get(required, i);
        const char *uri = lilv_node_is_uri(node) ? lilv_node_as_uri(node) : "?";
        if (!is_among(uri, kept, kept_count) && info->refusal[0] == '\0') {
            (void)snprintf(info->refusal, sizeof info->refusal, "needs %s %.100s", what, uri);
        }
    }
    lilv_nodes_free(required);
}

static float number_or(const LilvPlugin *plugin, const LilvPort *port, const LilvNode *word,
                       float otherwise)
{
    LilvNode *node = lilv_port_get(plugin, port, word);
    float value = otherwise;
    if (node != NULL && (lilv_node_is_float(node) || lilv_node_is_int(node))) {
        value = lilv_node_as_float(node);
    } else if (node != NULL && lilv_node_is_bool(node)) {
        value = lilv_node_as_bool(node) ? 1.0F : 0.0F;
    }
    lilv_node_free(node);
    return isnan(value) ? otherwise : value;
}

static void describe_control(const struct lv2_nodes *nodes, const LilvPlugin *plugin,
                             uint32_t index, struct tactus_control_info *control)
{
    const LilvPort *port = lilv_plugin_get_port_by_index(plugin, index);
    LilvNode *name = lilv_port_get_name(plugin, port);
    describe_text(control->name, sizeof control->name,
                  name == NULL ? NULL : lilv_node_as_string(name));
    lilv_node_free(name);
    describe_text(control->symbol, sizeof control->symbol,
                  lilv_node_as_string(lilv_port_get_symbol(plugin, port)));

    bool is_toggle = lilv_port_has_property(plugin, port, nodes->node[WORD_TOGGLED]);
    bool is_whole = lilv_port_has_property(plugin, port, nodes->node[WORD_INTEGER]);
    bool is_log = lilv_port_has_property(plugin, port, nodes->node[WORD_LOGARITHMIC]);
    bool is_rated = lilv_port_has_property(plugin, port, nodes->node[WORD_SAMPLE_RATE]);
    control->flags |= is_toggle ? TACTUS_CONTROL_TOGGLE : 0u;
    control->flags |= is_whole ? TACTUS_CONTROL_INTEGER : 0u;
    control->flags |= is_log ? TACTUS_CONTROL_LOGARITHMIC : 0u;
    control->flags |= is_rated ? TACTUS_CONTROL_RATE_BOUNDS | TACTUS_CONTROL_RATE_INITIAL : 0u;

    control->minimum =
        number_or(plugin, port, nodes->node[WORD_MINIMUM], is_toggle ? 0.0F : -INFINITY);
    control->maximum =
        number_or(plugin, port, nodes->node[WORD_MAXIMUM], is_toggle ? 1.0F : INFINITY);
    control->initial = number_or(plugin, port, nodes->node[WORD_DEFAULT], 0.0F);
    if (control->maximum < control->minimum) { /* contradicts itself: believe neither */
        control->minimum = -INFINITY;
        control->maximum = INFINITY;
    }
}

static void describe_port(const struct lv2_nodes *nodes, const LilvPlugin *plugin, uint32_t index,
                          struct tactus_plugin_info *info)
{
    enum lv2_port kind = lv2_port_kind(nodes, plugin, index);
    const LilvPort *port = lilv_plugin_get_port_by_index(plugin, index);
    if (kind == LV2_PORT_AUDIO_IN || kind == LV2_PORT_AUDIO_OUT) {
        LilvNode *name = lilv_port_get_name(plugin, port);
        (void)describe_channel(info, kind == LV2_PORT_AUDIO_IN,
                               name == NULL ? NULL : lilv_node_as_string(name));
        lilv_node_free(name);
    } else if (kind == LV2_PORT_CONTROL_IN || kind == LV2_PORT_CONTROL_OUT) {
        struct tactus_control_info *control = &info->controls[info->controls_count++];
        control->flags = kind == LV2_PORT_CONTROL_OUT ? TACTUS_CONTROL_OUTPUT : 0u;
        describe_control(nodes, plugin, index, control);
    } else if (kind == LV2_PORT_UNKNOWN) {
        (void)snprintf(
            info->refusal, sizeof info->refusal, "port %u (%.60s) is of a kind not hosted", index,
            port == NULL ? "?" : lilv_node_as_string(lilv_port_get_symbol(plugin, port)));
    }
}

static void describe_bundle(const LilvPlugin *plugin, struct tactus_plugin_info *info)
{
    char *path = lilv_file_uri_parse(lilv_node_as_uri(lilv_plugin_get_bundle_uri(plugin)), NULL);
    if (path != NULL && strlen(path) < sizeof info->bundle) {
        (void)snprintf(info->bundle, sizeof info->bundle, "%s", path);
    }
    lilv_free(path);
}

bool lv2_describe(const struct lv2_nodes *nodes, const LilvPlugin *plugin,
                  struct tactus_plugin_info *info)
{
    info->kind = TACTUS_PLUGIN_LV2;
    const char *uri = lilv_node_as_uri(lilv_plugin_get_uri(plugin));
    describe_text(info->uri, sizeof info->uri, uri);
    describe_bundle(plugin, info);
    LilvNode *name = lilv_plugin_get_name(plugin);
    describe_text(info->name, sizeof info->name, name == NULL ? uri : lilv_node_as_string(name));
    lilv_node_free(name);

    uint32_t ports = lilv_plugin_get_num_ports(plugin);
    info->controls = calloc(ports + 1u, sizeof *info->controls);
    if (info->controls == NULL) {
        return false;
    }
    if (ports > PLUGIN_CONTROLS_MAX || strlen(uri) >= sizeof info->uri) {
        (void)snprintf(info->refusal, sizeof info->refusal, "its data are absurdly long");
        return true;
    }
    for (uint32_t port = 0; port < ports; port++) {
        describe_port(nodes, plugin, port, info);
    }
    describe_symbols(info);
    refuse_unkept(info, lilv_plugin_get_required_features(plugin), features_kept,
                  sizeof features_kept / sizeof features_kept[0], "the LV2 feature");
    refuse_unkept(info, lilv_plugin_get_value(plugin, nodes->node[WORD_REQUIRED_OPTION]),
                  options_kept, sizeof options_kept / sizeof options_kept[0], "the LV2 option");
    if (lilv_plugin_get_library_uri(plugin) == NULL && info->refusal[0] == '\0') {
        (void)snprintf(info->refusal, sizeof info->refusal, "its data name no shared object");
    }
    return true;
}
