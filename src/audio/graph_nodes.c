/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nodes, in the order of the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_internal.h"

/* --- ids ----------------------------------------------------------------------------------------
 */

static int compare_ids(const void *first, const void *second, void *context)
{
    const struct graph_node *nodes = context;
    uint32_t a = *(const uint32_t *)first;
    uint32_t b = *(const uint32_t *)second;
    int order = strcmp(nodes[a].id, nodes[b].id);

    return order != 0 ? order : (a < b ? -1 : 1);
}

static tactus_status sort_ids(struct graph_builder *builder)
{
    const struct graph *graph = builder->graph;
    uint32_t index;

    builder->nodes_by_id = calloc(graph->nodes_count, sizeof(builder->nodes_by_id[0]));
    if (builder->nodes_by_id == NULL) {
        return graph_fail_memory(builder);
    }
    for (index = 0; index < graph->nodes_count; index++) {
        builder->nodes_by_id[index] = index;
    }
    qsort_r(builder->nodes_by_id, graph->nodes_count, sizeof(builder->nodes_by_id[0]), compare_ids,
            graph->nodes);
    for (index = 1; index < graph->nodes_count; index++) {
        const struct graph_node *first = &graph->nodes[builder->nodes_by_id[index - 1u]];
        const struct graph_node *second = &graph->nodes[builder->nodes_by_id[index]];

        if (strcmp(first->id, second->id) == 0) {
            return graph_fail(builder, TACTUS_E_INVALID, second->line,
                              "the id '%s' is there twice (first on line %u); rename one",
                              second->id, first->line);
        }
    }
    return TACTUS_OK;
}

uint32_t graph_node_find(const struct graph_builder *builder, const char *id)
{
    const struct graph *graph = builder->graph;
    uint32_t low = 0;
    uint32_t high = graph->nodes_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2u;
        int order = strcmp(graph->nodes[builder->nodes_by_id[middle]].id, id);

        if (order == 0) {
            return builder->nodes_by_id[middle];
        }
        if (order < 0) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return GRAPH_UNCONNECTED;
}

/* --- kinds --------------------------------------------------------------------------------------
 */

struct kind_key {
    enum graph_kind kind;
    const char *key;
    const char *text; /* its value where that is a string */
    bool is_given;
};

/* What the node is: exactly one of the seven keys. */
static tactus_status find_kind(struct graph_builder *builder, const struct document_node *source,
                               const struct graph_node *node, struct kind_key *found)
{
    const struct kind_key keys[] = {
        {GRAPH_FILE_IN, "file_in", source->file_in, source->file_in != NULL},
        {GRAPH_FILE_OUT, "file_out", source->file_out, source->file_out != NULL},
        {GRAPH_LV2, "lv2", source->lv2, source->lv2 != NULL},
        {GRAPH_LADSPA, "ladspa", source->ladspa, source->ladspa != NULL},
        {GRAPH_GAIN, "gain", NULL, source->gain != NULL},
        {GRAPH_MIX, "mix", NULL, source->mix != NULL},
        {GRAPH_NATIVE, "native", source->native, source->native != NULL},
    };
    size_t index;

    found->is_given = false;
    for (index = 0; index < sizeof(keys) / sizeof(keys[0]); index++) {
        if (!keys[index].is_given) {
            continue;
        }
        if (found->is_given) {
            return graph_fail(builder, TACTUS_E_INVALID, node->line,
                              "'%s' is both %s and %s; make two nodes of it", node->id, found->key,
                              keys[index].key);
        }
        *found = keys[index];
    }
    if (!found->is_given) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s' does not say what it is; add one of file_in, file_out, lv2, "
                          "ladspa, gain, mix, native",
                          node->id);
    }
    if (found->kind != GRAPH_FILE_OUT && (source->format != NULL || source->channels != NULL)) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': '%s' is for file_out; remove it", node->id,
                          source->format != NULL ? "format" : "channels");
    }
    if ((found->kind == GRAPH_FILE_IN || found->kind == GRAPH_FILE_OUT) &&
        source->controls_count > 0) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': a file has no controls; remove them", node->id);
    }
    return TACTUS_OK;
}

/* The file, URI or format with variables replaced; --in and --out come first. */
static tactus_status set_texts(struct graph_builder *builder, uint32_t index,
                               const struct kind_key *kind)
{
    const struct tactus_pipeline_options *options = builder->options;
    const struct document_node *source = &builder->document->nodes[index];
    struct graph_node *node = &builder->graph->nodes[index];
    const char *replacement = kind->kind == GRAPH_FILE_IN    ? options->in_path
                              : kind->kind == GRAPH_FILE_OUT ? options->out_path
                                                             : NULL;
    tactus_status status = TACTUS_OK;

    if (replacement != NULL) {
        if (strlen(replacement) >= sizeof(node->uri) || replacement[0] == '\0') {
            return graph_fail(builder, TACTUS_E_INVALID, 0, "%s: give a path of 1 to %zu bytes",
                              kind->kind == GRAPH_FILE_IN ? "--in" : "--out",
                              sizeof(node->uri) - 1u);
        }
        snprintf(node->uri, sizeof(node->uri), "%s", replacement);
    } else if (kind->text != NULL) {
        status = graph_variables_expand(builder, graph_line_of(builder, "nodes", index, kind->key),
                                        kind->key, kind->text, node->uri, sizeof(node->uri));
    } else {
        snprintf(node->uri, sizeof(node->uri), "%s", kind->key);
    }
    if (status == TACTUS_OK && source->format != NULL) {
        status =
            graph_variables_expand(builder, graph_line_of(builder, "nodes", index, "format"),
                                   "format", source->format, node->format, sizeof(node->format));
    }
    return status;
}

/* The channels of a native gain or mix, from its key. */
static tactus_status size_native(struct graph_builder *builder, const struct document_node *source,
                                 struct graph_node *node)
{
    uint32_t channels = source->gain != NULL            ? *source->gain
                        : source->mix->channels != NULL ? *source->mix->channels
                                                        : 1u;
    uint32_t sources = source->mix != NULL ? source->mix->sources : 1u;

    if (channels == 0 || channels > GRAPH_CHANNELS_MAX) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': %u channels cannot be; give 1 to %u", node->id, channels,
                          GRAPH_CHANNELS_MAX);
    }
    if (sources == 0 || sources > GRAPH_CHANNELS_MAX / channels) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': %u sources of %u channels cannot be; there is 1 to %u inputs in "
                          "all, mix in two steps for more",
                          node->id, sources, channels, GRAPH_CHANNELS_MAX);
    }
    node->inputs = sources * channels;
    node->outputs = channels;
    return TACTUS_OK;
}

/* Asks the catalog and sizes the node by the plugin. */
static tactus_status resolve_plugin(struct graph_builder *builder, uint32_t index)
{
    struct graph_node *node = &builder->graph->nodes[index];
    enum tactus_plugin_kind kind = node->kind == GRAPH_LV2      ? TACTUS_PLUGIN_LV2
                                   : node->kind == GRAPH_LADSPA ? TACTUS_PLUGIN_LADSPA
                                                                : TACTUS_PLUGIN_NATIVE;
    const struct tactus_plugin_info *info = NULL;
    struct tactus_message reason = {""};
    tactus_status status;

    status = tactus_catalog_find(builder->catalog, kind, node->uri, &info, &reason);
    if (status != TACTUS_OK) {
        return graph_fail(builder, status, node->line, "'%s': %s", node->id, reason.text);
    }
    if (info->refusal[0] != '\0') {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': %s cannot be hosted: %s; choose another, see 'tactus plugins'",
                          node->id, node->uri, info->refusal);
    }
    if (node->kind != GRAPH_GAIN && node->kind != GRAPH_MIX) {
        node->inputs = info->inputs;
        node->outputs = info->outputs;
    }
    if (node->inputs > GRAPH_CHANNELS_MAX || node->outputs > GRAPH_CHANNELS_MAX) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': %s has more than %u audio channels; choose another", node->id,
                          node->uri, GRAPH_CHANNELS_MAX);
    }
    snprintf(node->bundle, sizeof(node->bundle), "%s", info->bundle);
    builder->plugins[index] = info;
    return TACTUS_OK;
}

static tactus_status size_output(struct graph_builder *builder, const struct document_node *source,
                                 struct graph_node *node)
{
    if (source->channels == NULL) {
        return TACTUS_OK; /* the links tell */
    }
    if (*source->channels == 0 || *source->channels > GRAPH_CHANNELS_MAX) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s': %u channels cannot be; give 1 to %u", node->id, *source->channels,
                          GRAPH_CHANNELS_MAX);
    }
    node->inputs = *source->channels;
    return TACTUS_OK;
}

static tactus_status build_node(struct graph_builder *builder, uint32_t index)
{
    const struct document_node *source = &builder->document->nodes[index];
    struct graph_node *node = &builder->graph->nodes[index];
    struct kind_key kind = {0};
    tactus_status status;

    status = find_kind(builder, source, node, &kind);
    if (status != TACTUS_OK) {
        return status;
    }
    node->kind = kind.kind;
    status = graph_domain_set(builder, node, source->domain,
                              graph_line_of(builder, "nodes", index, "domain"));
    if (status == TACTUS_OK) {
        status = set_texts(builder, index, &kind);
    }
    if (status == TACTUS_OK && (node->kind == GRAPH_GAIN || node->kind == GRAPH_MIX)) {
        status = size_native(builder, source, node);
    }
    if (status != TACTUS_OK) {
        return status;
    }
    switch (node->kind) {
    case GRAPH_FILE_IN:
        return graph_input_probe(builder, node);
    case GRAPH_FILE_OUT:
        return size_output(builder, source, node);
    default:
        return resolve_plugin(builder, index);
    }
}

static tactus_status name_node(struct graph_builder *builder, uint32_t index)
{
    struct graph_node *node = &builder->graph->nodes[index];
    const char *id = builder->document->nodes[index].id;

    node->line = graph_line_of(builder, "nodes", index, NULL);
    if (!graph_name_is_valid(id)) {
        return graph_fail(builder, TACTUS_E_INVALID, node->line,
                          "'%s' is no id for a node; use 1 to %u of A-Z a-z 0-9 _ -", id,
                          GRAPH_ID_BYTES - 1u);
    }
    snprintf(node->id, sizeof(node->id), "%s", id);
    return TACTUS_OK;
}

/* --in and --out replace the one file of their kind; a graph that cannot be run is refused. */
static tactus_status check_endpoints(struct graph_builder *builder)
{
    const struct tactus_pipeline_options *options = builder->options;
    const struct document *document = builder->document;
    uint32_t files_in = 0;
    uint32_t files_out = 0;
    uint32_t index;

    for (index = 0; index < document->nodes_count; index++) {
        files_in += document->nodes[index].file_in != NULL ? 1u : 0u;
        files_out += document->nodes[index].file_out != NULL ? 1u : 0u;
    }
    if (options->in_path != NULL && files_in != 1) {
        return graph_fail(builder, TACTUS_E_INVALID, 0,
                          "--in is for a graph with one file_in, this one has %u; use variables "
                          "and --set",
                          files_in);
    }
    if (options->out_path != NULL && files_out != 1) {
        return graph_fail(builder, TACTUS_E_INVALID, 0,
                          "--out is for a graph with one file_out, this one has %u; use variables "
                          "and --set",
                          files_out);
    }
    if (files_out == 0) {
        return graph_fail(builder, TACTUS_E_INVALID, graph_line_of(builder, "nodes", 0, NULL),
                          "no node has 'file_out', so nothing would be heard; add {id: out, "
                          "file_out: out.wav}");
    }
    if (files_in == 0 && !options->live) {
        return graph_fail(builder, TACTUS_E_INVALID, graph_line_of(builder, "nodes", 0, NULL),
                          "no node has 'file_in', so nothing says how long to run; add {id: in, "
                          "file_in: in.wav} or run with --live");
    }
    return TACTUS_OK;
}

tactus_status graph_nodes_build(struct graph_builder *builder)
{
    struct graph *graph = builder->graph;
    tactus_status status = check_endpoints(builder);
    uint32_t index;

    if (status != TACTUS_OK) {
        return status;
    }
    graph->nodes = calloc(builder->document->nodes_count, sizeof(graph->nodes[0]));
    graph->domains = calloc(GRAPH_DOMAINS_MAX, sizeof(graph->domains[0]));
    builder->plugins = calloc(builder->document->nodes_count, sizeof(builder->plugins[0]));
    if (graph->nodes == NULL || graph->domains == NULL || builder->plugins == NULL) {
        return graph_fail_memory(builder);
    }
    graph->nodes_count = builder->document->nodes_count;
    for (index = 0; index < graph->nodes_count && status == TACTUS_OK; index++) {
        status = name_node(builder, index);
    }
    if (status == TACTUS_OK) {
        status = sort_ids(builder);
    }
    if (status == TACTUS_OK) {
        status = graph_domains_declare(builder);
    }
    for (index = 0; index < graph->nodes_count && status == TACTUS_OK; index++) {
        status = build_node(builder, index);
    }
    if (status == TACTUS_OK) {
        graph_domains_drop_idle(builder);
    }
    return status;
}
