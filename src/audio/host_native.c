/* SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tactus/module.h>

#include "describe.h"
#include "host_node.h"
#include "message.h"

/* --- shared objects --------------------------------------------------------------------------- */

struct native {
    void *library;
    const struct tactus_module *module;
    void *instance;
};

static tactus_status no_memory(const char *uri, struct tactus_message *message)
{
    message_set(message, "%s: no memory for it", uri);
    return TACTUS_E_NO_MEMORY;
}

static tactus_status native_open(struct host_node *node, const struct host_config *config,
                                 struct tactus_message *message)
{
    struct native *native = calloc(1, sizeof *native);
    if (native == NULL) {
        return no_memory(config->uri, message);
    }
    node->private_data = native;
    bool has_path = config->bundle != NULL && config->bundle[0] != '\0';
    native->library = dlopen(has_path ? config->bundle : config->uri, RTLD_NOW | RTLD_LOCAL);
    if (native->library == NULL) {
        message_set(message, "%s cannot be loaded: %s", config->uri, dlerror());
        return TACTUS_E_NOT_FOUND;
    }
    tactus_module_function function = NULL;
    *(void **)&function = dlsym(native->library, TACTUS_MODULE_SYMBOL);
    native->module = function == NULL ? NULL : function();
    if (native->module == NULL) {
        message_set(message, "%s is no module: it exports no usable " TACTUS_MODULE_SYMBOL,
                    config->uri);
        return TACTUS_E_INVALID;
    }
    describe_text(node->info.uri, sizeof node->info.uri, config->uri);
    return describe_native(native->module, &node->info) ? TACTUS_OK
                                                        : no_memory(config->uri, message);
}

static tactus_status native_start(struct host_node *node, const struct host_config *config,
                                  struct tactus_message *message)
{
    struct native *native = node->private_data;
    native->instance =
        native->module->instance_new(config->rate_hz, config->block_frames, node->values);
    if (native->instance == NULL) {
        message_set(message, "%s refuses to run at %u Hz with blocks of %u frames", config->uri,
                    config->rate_hz, config->block_frames);
        return TACTUS_E_NOT_SUPPORTED;
    }
    return TACTUS_OK;
}

static void native_run(struct host_node *node)
{
    struct native *native = node->private_data;
    native->module->process(native->instance, (const float *const *)node->input_buffers,
                            (float *const *)node->output_buffers, node->block_frames);
}

static void native_close(struct host_node *node)
{
    struct native *native = node->private_data;
    if (native == NULL) {
        return;
    }
    if (native->instance != NULL) {
        native->module->instance_free(native->instance);
    }
    if (native->library != NULL) {
        (void)dlclose(native->library);
    }
    free(native);
}

const struct host_kind host_kind_native = {native_open, native_start, native_run, native_close};

/* --- gain --------------------------------------------------------------------------------------*/

struct gain {
    float decibels; /* what `factor` was made of */
    float factor;   /* at the end of the last block */
};

static float factor_of(float decibels)
{
    return (float)pow(10.0, (double)decibels / 20.0);
}

static void channels_as_asked(struct host_node *node, const struct host_config *config)
{
    node->info.inputs = config->inputs;
    node->info.outputs = config->outputs;
}

static tactus_status gain_open(struct host_node *node, const struct host_config *config,
                               struct tactus_message *message)
{
    if (config->inputs != config->outputs) {
        message_set(message, "gain has as many outputs as inputs, not %u and %u", config->outputs,
                    config->inputs);
        return TACTUS_E_INVALID;
    }
    node->private_data = calloc(1, sizeof(struct gain));
    if (node->private_data == NULL || !describe_gain(&node->info)) {
        return no_memory("gain", message);
    }
    channels_as_asked(node, config);
    return TACTUS_OK;
}

static tactus_status gain_start(struct host_node *node, const struct host_config *config,
                                struct tactus_message *message)
{
    (void)config;
    (void)message;
    struct gain *gain = node->private_data;
    gain->decibels = node->values[0];
    gain->factor = factor_of(gain->decibels);
    return TACTUS_OK;
}

static void gain_run(struct host_node *node)
{
    struct gain *gain = node->private_data;
    const float from = gain->factor;
    const float wanted = node->values[0];
    const uint32_t frames = node->block_frames;
    if (wanted == gain->decibels || isnan(wanted)) {
        for (uint32_t channel = 0; channel < node->outputs; channel++) {
            const float *input = node->input_buffers[channel];
            float *output = node->output_buffers[channel];
            for (uint32_t i = 0; i < frames; i++) {
                output[i] = input[i] * from;
            }
        }
        return;
    }
    const float target = factor_of(wanted);
    const float step = (target - from) / (float)frames;
    for (uint32_t channel = 0; channel < node->outputs; channel++) {
        const float *input = node->input_buffers[channel];
        float *output = node->output_buffers[channel];
        for (uint32_t i = 0; i < frames; i++) {
            output[i] = input[i] * (from + step * (float)(i + 1));
        }
    }
    gain->decibels = wanted;
    gain->factor = target;
}

static void plain_close(struct host_node *node)
{
    free(node->private_data);
}

const struct host_kind host_kind_gain = {gain_open, gain_start, gain_run, plain_close};

/* --- mix ---------------------------------------------------------------------------------------*/

static tactus_status mix_open(struct host_node *node, const struct host_config *config,
                              struct tactus_message *message)
{
    if (config->outputs == 0 || config->inputs % config->outputs != 0) {
        message_set(message, "mix: %u inputs are no whole number of sources of %u channels",
                    config->inputs, config->outputs);
        return TACTUS_E_INVALID;
    }
    if (!describe_mix(&node->info)) {
        return no_memory("mix", message);
    }
    channels_as_asked(node, config);
    return TACTUS_OK;
}

static tactus_status mix_start(struct host_node *node, const struct host_config *config,
                               struct tactus_message *message)
{
    (void)node;
    (void)config;
    (void)message;
    return TACTUS_OK;
}

/* Sources are added in their order, whatever order they arrive in: sums of floats depend on it. */
static void mix_run(struct host_node *node)
{
    const uint32_t frames = node->block_frames;
    for (uint32_t channel = 0; channel < node->outputs; channel++) {
        float *output = node->output_buffers[channel];
        if (channel < node->inputs) {
            memcpy(output, node->input_buffers[channel], frames * sizeof *output);
        } else {
            memset(output, 0, frames * sizeof *output);
        }
        for (uint32_t port = channel + node->outputs; port < node->inputs; port += node->outputs) {
            const float *input = node->input_buffers[port];
            for (uint32_t i = 0; i < frames; i++) {
                output[i] += input[i];
            }
        }
    }
}

const struct host_kind host_kind_mix = {mix_open, mix_start, mix_run, plain_close};
