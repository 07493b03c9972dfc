/* SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ladspa.h>

#include "describe.h"
#include "host_node.h"
#include "message.h"

struct ladspa {
    void *library;
    const LADSPA_Descriptor *descriptor;
    LADSPA_Handle instance;
    bool is_active;
};

static tactus_status library_open(struct ladspa *ladspa, const struct host_config *config,
                                  const char *file, struct tactus_message *message)
{
    char path[4096];
    if (config->bundle != NULL && config->bundle[0] != '\0') {
        (void)snprintf(path, sizeof path, "%s", config->bundle);
    } else if (!describe_ladspa_path(file, path, sizeof path)) {
        message_set(message, "%s: there is no %s in %s", config->uri, file, path);
        return TACTUS_E_NOT_FOUND;
    }
    ladspa->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (ladspa->library == NULL) {
        message_set(message, "%s cannot be loaded: %s", config->uri, dlerror());
        return TACTUS_E_NOT_FOUND;
    }
    return TACTUS_OK;
}

static const LADSPA_Descriptor *descriptor_find(void *library, const char *label)
{
    LADSPA_Descriptor_Function function = NULL;
    *(void **)&function = dlsym(library, "ladspa_descriptor");
    if (function == NULL) {
        return NULL;
    }
    const LADSPA_Descriptor *descriptor = NULL;
    for (unsigned long i = 0; (descriptor = function(i)) != NULL; i++) {
        if (descriptor->Label != NULL && strcmp(descriptor->Label, label) == 0) {
            return descriptor;
        }
    }
    return NULL;
}

static tactus_status ladspa_open(struct host_node *node, const struct host_config *config,
                                 struct tactus_message *message)
{
    struct ladspa *ladspa = calloc(1, sizeof *ladspa);
    if (ladspa == NULL) {
        message_set(message, "%s: no memory for it", config->uri);
        return TACTUS_E_NO_MEMORY;
    }
    node->private_data = ladspa;
    char file[4096];
    const char *label = NULL;
    if (!describe_ladspa_split(config->uri, file, sizeof file, &label)) {
        message_set(message, "\"%s\" names no LADSPA plugin; it is written file.so:label",
                    config->uri);
        return TACTUS_E_INVALID;
    }
    tactus_status status = library_open(ladspa, config, file, message);
    if (status != TACTUS_OK) {
        return status;
    }
    ladspa->descriptor = descriptor_find(ladspa->library, label);
    if (ladspa->descriptor == NULL) {
        message_set(message, "%s: the file holds no plugin \"%s\"", config->uri, label);
        return TACTUS_E_NOT_FOUND;
    }
    describe_text(node->info.uri, sizeof node->info.uri, config->uri);
    if (!describe_ladspa(ladspa->descriptor, &node->info)) {
        message_set(message, "%s: no memory for it", config->uri);
        return TACTUS_E_NO_MEMORY;
    }
    return TACTUS_OK;
}

/* Ports are taken in their order, as describe_ladspa counts them. */
static void ports_connect(struct host_node *node, const struct ladspa *ladspa)
{
    const LADSPA_Descriptor *descriptor = ladspa->descriptor;
    uint32_t input = 0;
    uint32_t output = 0;
    uint32_t control = 0;
    for (unsigned long port = 0; port < descriptor->PortCount; port++) {
        LADSPA_PortDescriptor kind = descriptor->PortDescriptors[port];
        float *place = NULL;
        if (LADSPA_IS_PORT_CONTROL(kind)) {
            place = &node->values[control++];
        } else if (LADSPA_IS_PORT_INPUT(kind)) {
            place = node->input_buffers[input++];
        } else {
            place = node->output_buffers[output++];
        }
        descriptor->connect_port(ladspa->instance, port, place);
    }
}

static tactus_status ladspa_start(struct host_node *node, const struct host_config *config,
                                  struct tactus_message *message)
{
    struct ladspa *ladspa = node->private_data;
    ladspa->instance = ladspa->descriptor->instantiate(ladspa->descriptor, config->rate_hz);
    if (ladspa->instance == NULL) {
        message_set(message, "%s refuses to run at %u Hz", config->uri, config->rate_hz);
        return TACTUS_E_NOT_SUPPORTED;
    }
    ports_connect(node, ladspa);
    if (ladspa->descriptor->activate != NULL) {
        ladspa->descriptor->activate(ladspa->instance);
    }
    ladspa->is_active = true;
    return TACTUS_OK;
}

static void ladspa_run(struct host_node *node)
{
    struct ladspa *ladspa = node->private_data;
    ladspa->descriptor->run(ladspa->instance, node->block_frames);
}

static void ladspa_close(struct host_node *node)
{
    struct ladspa *ladspa = node->private_data;
    if (ladspa == NULL) {
        return;
    }
    if (ladspa->is_active && ladspa->descriptor->deactivate != NULL) {
        ladspa->descriptor->deactivate(ladspa->instance);
    }
    if (ladspa->instance != NULL) {
        ladspa->descriptor->cleanup(ladspa->instance);
    }
    if (ladspa->library != NULL) {
        (void)dlclose(ladspa->library);
    }
    free(ladspa);
}

const struct host_kind host_kind_ladspa = {ladspa_open, ladspa_start, ladspa_run, ladspa_close};
