/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sound files: what is read is probed, what is written is checked to harm nothing.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "graph_internal.h"

tactus_status graph_input_probe(struct graph_builder *builder, struct graph_node *node)
{
    struct tactus_message reason = {""};
    struct file_info info = {0};
    tactus_status status = file_probe(node->uri, &info, &reason);

    if (status != TACTUS_OK) {
        return graph_fail(builder, status, node->line, "'%s': %s", node->id, reason.text);
    }
    if (info.channels == 0 || info.channels > GRAPH_CHANNELS_MAX) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': %s has %u channels; 1 to %u can be read", node->id, node->uri,
                          info.channels, GRAPH_CHANNELS_MAX);
    }
    node->outputs = info.channels;
    if (builder->first_rate_hz == 0) {
        builder->first_rate_hz = info.rate_hz;
    }
    return TACTUS_OK;
}

/* What a path leads to: the file itself where there is one, else its place. */
struct place {
    bool exists;
    bool is_regular;
    dev_t device;
    ino_t number;
    char folder[PATH_MAX];
    const char *base;
};

static bool place_of(const char *path, struct place *place)
{
    const char *slash = strrchr(path, '/');
    char folder[GRAPH_PATH_BYTES];
    struct stat status;

    memset(place, 0, sizeof(*place));
    if (stat(path, &status) == 0) {
        place->exists = true;
        place->is_regular = S_ISREG(status.st_mode);
        place->device = status.st_dev;
        place->number = status.st_ino;
        return true;
    }
    place->base = slash != NULL ? slash + 1 : path;
    snprintf(folder, sizeof(folder), "%.*s", slash != NULL ? (int)(slash - path) + 1 : 1,
             slash != NULL ? path : ".");
    return realpath(folder, place->folder) != NULL;
}

static bool place_is_same(const struct place *first, const struct place *second)
{
    if (first->exists != second->exists) {
        return false;
    }
    if (first->exists) {
        return first->is_regular && first->device == second->device &&
               first->number == second->number;
    }
    return strcmp(first->folder, second->folder) == 0 && strcmp(first->base, second->base) == 0;
}

/* Whether the output `node` would replace another node's file or the graph. */
static tactus_status check_clash(struct graph_builder *builder, uint32_t index,
                                 const struct place *own)
{
    const struct graph *graph = builder->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct place other;
    uint32_t number;

    if (place_of(builder->options->graph_path, &other) && place_is_same(own, &other)) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s' would overwrite this graph file; write to another path", node->id);
    }
    for (number = 0; number < graph->nodes_count; number++) {
        const struct graph_node *candidate = &graph->nodes[number];
        bool is_input = candidate->kind == GRAPH_FILE_IN;

        if ((!is_input && candidate->kind != GRAPH_FILE_OUT) || (!is_input && number >= index) ||
            !place_of(candidate->uri, &other) || !place_is_same(own, &other)) {
            continue;
        }
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          is_input ? "'%s' would overwrite %s, which '%s' reads; write to "
                                     "another path"
                                   : "'%s' writes %s, and so does '%s'; write to another path",
                          node->id, node->uri, candidate->id);
    }
    return TACTUS_OK;
}

static tactus_status check_output(struct graph_builder *builder, uint32_t index)
{
    const struct graph *graph = builder->graph;
    const struct graph_node *node = &graph->nodes[index];
    struct tactus_message reason = {""};
    struct place place;
    tactus_status status;

    status = file_format_check(node->uri, node->format, graph->rate_hz, node->inputs, &reason);
    if (status == TACTUS_OK) {
        status = file_writable_check(node->uri, &reason);
    }
    if (status != TACTUS_OK) {
        return graph_fail(builder, status, node->line, "'%s': %s", node->id, reason.text);
    }
    return place_of(node->uri, &place) ? check_clash(builder, index, &place) : TACTUS_OK;
}

tactus_status graph_outputs_check(struct graph_builder *builder)
{
    tactus_status status = TACTUS_OK;
    uint32_t index;

    for (index = 0; index < builder->graph->nodes_count && status == TACTUS_OK; index++) {
        if (builder->graph->nodes[index].kind == GRAPH_FILE_OUT) {
            status = check_output(builder, index);
        }
    }
    return status;
}
