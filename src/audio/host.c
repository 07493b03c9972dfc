/* SPDX-License-Identifier: BSD-3-Clause */
#include "host.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "host_node.h"
#include "message.h"

static const struct host_kind *kind_of(enum graph_kind kind)
{
    switch (kind) {
    case GRAPH_LV2:
        return &host_kind_lv2;
    case GRAPH_LADSPA:
        return &host_kind_ladspa;
    case GRAPH_NATIVE:
        return &host_kind_native;
    case GRAPH_GAIN:
        return &host_kind_gain;
    case GRAPH_MIX:
        return &host_kind_mix;
    case GRAPH_FILE_IN:
    case GRAPH_FILE_OUT:
        break;
    }
    return NULL;
}

static tactus_status config_check(const struct host_config *config, struct tactus_message *message)
{
    if (kind_of(config->kind) == NULL || config->uri == NULL || config->rate_hz == 0 ||
        config->block_frames == 0 || (config->inputs > 0 && config->input_buffers == NULL) ||
        (config->outputs > 0 && config->output_buffers == NULL) ||
        (config->controls_count > 0 && config->controls == NULL)) {
        message_set(message, "a node's host was set up with an incomplete configuration");
        return TACTUS_E_INVALID;
    }
    return TACTUS_OK;
}

static tactus_status control_apply(struct host_node *node, const struct host_control *wanted,
                                   uint32_t rate_hz, struct tactus_message *message)
{
    const struct tactus_control_info *control = tactus_plugin_control(&node->info, wanted->symbol);
    if (control == NULL || (control->flags & TACTUS_CONTROL_OUTPUT) != 0) {
        message_set(message, "%s has no control \"%s\" that can be set", node->info.uri,
                    wanted->symbol);
        return TACTUS_E_INVALID;
    }
    float minimum = 0.0F;
    float maximum = 0.0F;
    tactus_control_range(control, rate_hz, &minimum, &maximum, NULL);
    if (!isfinite(wanted->value) || wanted->value < minimum || wanted->value > maximum) {
        message_set(message, "%s: control \"%s\" cannot be %g; it goes from %g to %g",
                    node->info.uri, wanted->symbol, (double)wanted->value, (double)minimum,
                    (double)maximum);
        return TACTUS_E_INVALID;
    }
    node->values[control - node->info.controls] = wanted->value;
    return TACTUS_OK;
}

/* Defaults at this rate, then what the graph sets. */
static tactus_status values_fill(struct host_node *node, const struct host_config *config,
                                 struct tactus_message *message)
{
    node->values = calloc(node->info.controls_count + 1u, sizeof *node->values);
    if (node->values == NULL) {
        message_set(message, "%s: no memory for its controls", config->uri);
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < node->info.controls_count; i++) {
        tactus_control_range(&node->info.controls[i], config->rate_hz, NULL, NULL,
                             &node->values[i]);
    }
    tactus_status status = TACTUS_OK;
    for (uint32_t i = 0; i < config->controls_count && status == TACTUS_OK; i++) {
        status = control_apply(node, &config->controls[i], config->rate_hz, message);
    }
    return status;
}

static tactus_status buffers_copy(struct host_node *node, const struct host_config *config,
                                  struct tactus_message *message)
{
    node->input_buffers = calloc(config->inputs + 1u, sizeof *node->input_buffers);
    node->output_buffers = calloc(config->outputs + 1u, sizeof *node->output_buffers);
    if (node->input_buffers == NULL || node->output_buffers == NULL) {
        message_set(message, "%s: no memory for its buffers", config->uri);
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < config->inputs; i++) {
        node->input_buffers[i] = config->input_buffers[i];
    }
    for (uint32_t i = 0; i < config->outputs; i++) {
        node->output_buffers[i] = config->output_buffers[i];
    }
    return TACTUS_OK;
}

static tactus_status node_set_up(struct host_node *node, const struct host_config *config,
                                 struct tactus_message *message)
{
    tactus_status status = node->kind->open(node, config, message);
    if (status != TACTUS_OK) {
        return status;
    }
    if (node->info.refusal[0] != '\0') {
        message_set(message, "%s cannot be hosted: it %s", config->uri, node->info.refusal);
        return TACTUS_E_NOT_SUPPORTED;
    }
    if (node->info.inputs != config->inputs || node->info.outputs != config->outputs) {
        message_set(message, "%s has %u inputs and %u outputs, not %u and %u", config->uri,
                    node->info.inputs, node->info.outputs, config->inputs, config->outputs);
        return TACTUS_E_INVALID;
    }
    status = values_fill(node, config, message);
    if (status == TACTUS_OK) {
        status = buffers_copy(node, config, message);
    }
    return status == TACTUS_OK ? node->kind->start(node, config, message) : status;
}

tactus_status host_node_new(const struct host_config *config, struct host_node **node,
                            struct tactus_message *message)
{
    *node = NULL;
    tactus_status status = config_check(config, message);
    if (status != TACTUS_OK) {
        return status;
    }
    struct host_node *made = calloc(1, sizeof *made);
    if (made == NULL) {
        message_set(message, "%s: no memory for its host", config->uri);
        return TACTUS_E_NO_MEMORY;
    }
    made->kind = kind_of(config->kind);
    made->block_frames = config->block_frames;
    made->inputs = config->inputs;
    made->outputs = config->outputs;
    status = node_set_up(made, config, message);
    if (status != TACTUS_OK) {
        host_node_free(made);
        return status;
    }
    *node = made;
    return TACTUS_OK;
}

void host_node_run(struct host_node *node)
{
    node->kind->run(node);
}

int host_node_control_set(struct host_node *node, const char *symbol, float value)
{
    const struct tactus_control_info *control = tactus_plugin_control(&node->info, symbol);
    if (control == NULL || (control->flags & TACTUS_CONTROL_OUTPUT) != 0) {
        return 0;
    }
    node->values[control - node->info.controls] = value;
    return 1;
}

void host_node_free(struct host_node *node)
{
    if (node == NULL) {
        return;
    }
    node->kind->close(node);
    free(node->info.controls);
    free(node->values);
    free(node->input_buffers);
    free(node->output_buffers);
    free(node);
}
