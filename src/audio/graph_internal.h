/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the graph reader share. The way of a graph: text -> positions (syntax, one
 * line number per value) -> document (libcyaml, the schema) -> nodes, settings, links, files ->
 * order. Every step returns a status and, where it fails, has written the one message.
 */
#ifndef AUDIO_GRAPH_INTERNAL_H
#define AUDIO_GRAPH_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tactus/module.h>
#include <tactus/pipeline.h>

#include "graph.h"
#include "message.h"

#define GRAPH_TEXT_BYTES_MAX ((size_t)1024 * 1024)
#define GRAPH_LINKS_MAX      65536u
#define GRAPH_VARIABLES_MAX  256u
#define GRAPH_CONTROLS_MAX   256u
#define GRAPH_CHANNELS_MAX   TACTUS_MODULE_PORTS_MAX
#define GRAPH_ID_BYTES       32u /* of a node, a domain or a variable */

/* --- positions: a tree of lines ----------------------------------------------------------------
 */

struct graph_position {
    char key[32]; /* in a mapping; cut */
    uint32_t line;
    uint32_t children; /* how many */
    uint32_t first_child;
    uint32_t last_child;
    uint32_t next_sibling;
    bool is_mapping;
};

struct graph_positions {
    struct graph_position *items; /* 0 is the document, also the answer of "none" */
    uint32_t count;
    uint32_t capacity;
};

/* --- document: the file as libcyaml reads it ----------------------------------------------------
 */

struct document_variable {
    char *name;
    char *value; /* NULL: must be set */
};

struct document_domain {
    char *name;
};

struct document_control {
    char *name;
    char *value;
};

struct document_mix {
    uint32_t sources;
    uint32_t *channels; /* NULL: 1 */
};

struct document_node {
    char *id;
    char *domain;
    char *file_in; /* of these seven exactly one is there */
    char *file_out;
    char *lv2;
    char *ladspa;
    char *native;
    uint32_t *gain;
    struct document_mix *mix;
    char *format;
    uint32_t *channels;
    struct document_control *controls;
    uint32_t controls_count;
};

struct document_link {
    char *from;
    char *to;
};

struct document_schedulers {
    int *owner[TACTUS_SCHEDULER_TYPES]; /* enum tactus_side; NULL: as in the default table */
};

struct document {
    char *name;
    uint32_t *rate;
    char *tick;
    struct document_variable *variables;
    uint32_t variables_count;
    struct document_schedulers *schedulers;
    struct document_domain *domains;
    uint32_t domains_count;
    struct document_node *nodes;
    uint32_t nodes_count;
    struct document_link *links;
    uint32_t links_count;
};

/* --- the builder -------------------------------------------------------------------------------
 */

/* One link, resolved: `count` channels from from_channel on to those from to_channel on. */
struct graph_edge {
    uint32_t from_node;
    uint32_t from_channel;
    uint32_t to_node;
    uint32_t to_channel;
    uint32_t count;
    uint32_t line;
};

struct graph_builder {
    const struct tactus_pipeline_options *options;
    tactus_catalog *catalog;
    struct tactus_message *message;
    char *text;
    size_t text_bytes;
    struct graph_positions positions;
    struct document *document;
    struct graph *graph; /* nodes in the order of the file until they are ordered */
    const struct tactus_plugin_info **plugins; /* one per node; NULL: a file */
    uint32_t *nodes_by_id;                     /* indices, sorted by id */
    uint32_t first_rate_hz;                    /* of the first file_in; 0: there is none */
    struct graph_edge *edges;                  /* one per link */
    uint32_t edges_count;
};

/* Writes "FILE:LINE: ..." (no line where it is 0) and returns `status`. */
tactus_status graph_fail(struct graph_builder *builder, tactus_status status, uint32_t line,
                         const char *format, ...) __attribute__((format(printf, 4, 5)));
tactus_status graph_fail_memory(struct graph_builder *builder);
/* The same for a warning. */
void graph_notice(struct graph_builder *builder, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* graph_text.c: the whole file, zero-terminated. */
tactus_status graph_text_read(struct graph_builder *builder);

/* graph_position.c. Both look-ups answer `parent` itself where there is no such child, so that a
 * message always has some line. */
tactus_status graph_positions_read(struct graph_builder *builder);
uint32_t graph_position_key(const struct graph_positions *positions, uint32_t parent,
                            const char *key);
uint32_t graph_position_entry(const struct graph_positions *positions, uint32_t parent,
                              uint32_t index);
uint32_t graph_position_line(const struct graph_positions *positions, uint32_t position);
/* Of entry `index` of the list `list` of the document, or of its value `key` (NULL: itself). */
uint32_t graph_line_of(const struct graph_builder *builder, const char *list, uint32_t index,
                       const char *key);

/* graph_schema.c */
tactus_status graph_document_read(struct graph_builder *builder);
void graph_document_free(struct document *document);

/* graph_variables.c. Expand replaces each ${name} in `raw`; `bytes` is the room in `text`. */
tactus_status graph_variables_check(struct graph_builder *builder);
tactus_status graph_variables_expand(struct graph_builder *builder, uint32_t line, const char *what,
                                     const char *raw, char *text, size_t bytes);

/* graph_settings.c */
tactus_status graph_settings_apply(struct graph_builder *builder);

/* graph_domains.c. A domain that no node is in would be an idle process: it is dropped. */
tactus_status graph_domains_declare(struct graph_builder *builder);
tactus_status graph_domain_set(struct graph_builder *builder, struct graph_node *node,
                               const char *name, uint32_t line);
void graph_domains_drop_idle(struct graph_builder *builder);

/* graph_nodes.c */
tactus_status graph_nodes_build(struct graph_builder *builder);
uint32_t graph_node_find(const struct graph_builder *builder, const char *id);

/* graph_controls.c: once the rate is known, on which ranges may depend. */
tactus_status graph_controls_apply(struct graph_builder *builder);

/* graph_links.c */
tactus_status graph_links_build(struct graph_builder *builder);

/* graph_files.c */
tactus_status graph_input_probe(struct graph_builder *builder, struct graph_node *node);
tactus_status graph_outputs_check(struct graph_builder *builder);

/* graph_order.c */
tactus_status graph_order(struct graph_builder *builder);

/* graph_names.c: names are [A-Za-z0-9_-]{1,31}. */
bool graph_name_is_valid(const char *name);
typedef const char *(*graph_name_function)(const void *context, uint32_t index);
/* Writes "; did you mean 'x'?" where one comes near, else "; there is a, b, c" as far as they fit,
 * else "". Returns text. */
const char *graph_name_hint(char *text, size_t bytes, const char *wanted, graph_name_function name,
                            const void *context, uint32_t count);

#endif
