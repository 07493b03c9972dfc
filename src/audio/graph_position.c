/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A first pass over the YAML events: syntax, and the line of every value as a tree. It also keeps
 * from libcyaml what no graph needs and what could blow up: aliases, depth, a second document.
 */
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "graph_internal.h"

#define DEPTH_MAX     8u
#define POSITIONS_MAX 262144u
#define KEYS_MAX      64u /* in one mapping */

struct reader {
    struct graph_builder *builder;
    yaml_parser_t parser;
    uint32_t open[DEPTH_MAX]; /* positions of the collections that are open */
    uint32_t depth;
    char key[32]; /* of the mapping: read, its value is due */
    uint32_t key_line;
    bool key_is_read;
    bool document_is_read;
};

static uint32_t line_of(const yaml_mark_t *mark)
{
    return (uint32_t)mark->line + 1u;
}

static tactus_status fail_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem != NULL ? parser->problem : "unreadable text";

    if (parser->error == YAML_MEMORY_ERROR) {
        return graph_fail_memory(reader->builder);
    }
    if (parser->error == YAML_READER_ERROR) {
        return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&parser->mark),
                          "not valid YAML: %s at byte %zu; a graph is plain UTF-8 text", problem,
                          parser->problem_offset);
    }
    return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&parser->problem_mark),
                      "not valid YAML: %s%s%s (column %zu); look for a missing bracket, quote or "
                      "indent here or above",
                      parser->context != NULL ? parser->context : "",
                      parser->context != NULL ? ", " : "", problem,
                      parser->problem_mark.column + 1u);
}

static struct graph_position *position_new(struct reader *reader)
{
    struct graph_positions *positions = &reader->builder->positions;

    if (positions->count == positions->capacity) {
        uint32_t capacity = positions->capacity == 0 ? 256u : positions->capacity * 2u;
        struct graph_position *items =
            realloc(positions->items, capacity * sizeof(positions->items[0]));

        if (items == NULL) {
            return NULL;
        }
        positions->items = items;
        positions->capacity = capacity;
    }
    memset(&positions->items[positions->count], 0, sizeof(positions->items[0]));
    return &positions->items[positions->count++];
}

static tactus_status append_child(struct reader *reader, uint32_t child)
{
    struct graph_position *items = reader->builder->positions.items;
    struct graph_position *parent = &items[reader->open[reader->depth - 1u]];

    if (parent->children == 0) {
        parent->first_child = child;
    } else {
        items[parent->last_child].next_sibling = child;
    }
    parent->last_child = child;
    parent->children++;
    if (parent->is_mapping) {
        if (parent->children > KEYS_MAX) {
            return graph_fail(
                reader->builder, TACTUS_E_INVALID, items[child].line,
                "more than %u keys in one place; see doc/graph.md for those there are", KEYS_MAX);
        }
        memcpy(items[child].key, reader->key, sizeof(items[child].key));
        items[child].line = reader->key_line;
        reader->key_is_read = false;
    }
    return TACTUS_OK;
}

/* A value begins: its position, below the collection that is open. */
static tactus_status begin_value(struct reader *reader, uint32_t line, bool is_mapping,
                                 uint32_t *index)
{
    struct graph_builder *builder = reader->builder;
    struct graph_position *position;

    if (builder->positions.count >= POSITIONS_MAX) {
        return graph_fail(builder, TACTUS_E_INVALID, line, "more than %u values; split the graph",
                          POSITIONS_MAX);
    }
    position = position_new(reader);
    if (position == NULL) {
        return graph_fail_memory(builder);
    }
    *index = builder->positions.count - 1u;
    position->line = line;
    position->is_mapping = is_mapping;
    return reader->depth > 0 ? append_child(reader, *index) : TACTUS_OK;
}

static bool key_is_due(const struct reader *reader)
{
    return reader->depth > 0 && !reader->key_is_read &&
           reader->builder->positions.items[reader->open[reader->depth - 1u]].is_mapping;
}

static tactus_status take_key(struct reader *reader, const yaml_event_t *event)
{
    struct graph_builder *builder = reader->builder;
    uint32_t parent = reader->open[reader->depth - 1u];
    uint32_t line = line_of(&event->start_mark);
    uint32_t child;

    memset(reader->key, 0, sizeof(reader->key));
    strncpy(reader->key, (const char *)event->data.scalar.value, sizeof(reader->key) - 1u);
    child = graph_position_key(&builder->positions, parent, reader->key);
    if (child != parent) {
        return graph_fail(builder, TACTUS_E_INVALID, line,
                          "'%s' is there twice (first on line %u); keep one of the two",
                          reader->key, builder->positions.items[child].line);
    }
    reader->key_line = line;
    reader->key_is_read = true;
    return TACTUS_OK;
}

/* libcyaml reads a number up to where it ends and ignores the rest of the text: `1e5` were 1. */
static tactus_status check_number(struct reader *reader, const yaml_event_t *event)
{
    static const char *const keys[] = {"rate", "gain", "sources", "channels"};
    const char *text = (const char *)event->data.scalar.value;
    size_t index;

    for (index = 0; index < sizeof(keys) / sizeof(keys[0]); index++) {
        if (strcmp(reader->key, keys[index]) == 0 &&
            (text[strspn(text, "0123456789")] != '\0' || (text[0] == '0' && text[1] != '\0'))) {
            return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&event->start_mark),
                              "'%s' cannot be '%.40s'; write a whole number, digits alone",
                              reader->key, text);
        }
    }
    return TACTUS_OK;
}

static tactus_status take_scalar(struct reader *reader, const yaml_event_t *event)
{
    uint32_t index = 0;

    if (event->data.scalar.anchor != NULL) {
        return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&event->start_mark),
                          "anchors (&name) are not for graphs; write the value out");
    }
    if (reader->depth == 0) {
        return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&event->start_mark),
                          "no graph; it begins with a key such as 'nodes:', see doc/graph.md");
    }
    if (strlen((const char *)event->data.scalar.value) != event->data.scalar.length) {
        return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&event->start_mark),
                          "a zero byte in a value; remove it");
    }
    if (key_is_due(reader)) {
        return take_key(reader, event);
    }
    if (reader->key_is_read) {
        tactus_status status = check_number(reader, event);

        if (status != TACTUS_OK) {
            return status;
        }
    }
    return begin_value(reader, line_of(&event->start_mark), false, &index);
}

static tactus_status take_collection(struct reader *reader, const yaml_event_t *event)
{
    bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *anchor =
        is_mapping ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    uint32_t line = line_of(&event->start_mark);
    tactus_status status;
    uint32_t index = 0;

    if (anchor != NULL) {
        return graph_fail(reader->builder, TACTUS_E_INVALID, line,
                          "anchors (&name) are not for graphs; write the value out");
    }
    if (key_is_due(reader)) {
        return graph_fail(reader->builder, TACTUS_E_INVALID, line,
                          "a key must be a plain word; see doc/graph.md");
    }
    if (reader->depth == DEPTH_MAX) {
        return graph_fail(reader->builder, TACTUS_E_INVALID, line,
                          "nested deeper than any graph; see doc/graph.md");
    }
    status = begin_value(reader, line, is_mapping, &index);
    if (status == TACTUS_OK) {
        reader->open[reader->depth++] = index;
    }
    return status;
}

static tactus_status take_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(reader, event);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return take_collection(reader, event);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        reader->depth--;
        return TACTUS_OK;
    case YAML_ALIAS_EVENT:
        return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&event->start_mark),
                          "aliases (*name) are not for graphs; write the value out");
    case YAML_DOCUMENT_START_EVENT:
        if (reader->document_is_read) {
            return graph_fail(reader->builder, TACTUS_E_INVALID, line_of(&event->start_mark),
                              "a second document; put each graph into a file of its own");
        }
        reader->document_is_read = true;
        return TACTUS_OK;
    default:
        return TACTUS_OK;
    }
}

tactus_status graph_positions_read(struct graph_builder *builder)
{
    struct reader reader = {.builder = builder};
    tactus_status status = TACTUS_OK;
    bool at_end = false;

    if (yaml_parser_initialize(&reader.parser) == 0) {
        return graph_fail_memory(builder);
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)builder->text,
                                 builder->text_bytes);
    while (status == TACTUS_OK && !at_end) {
        yaml_event_t event;

        if (yaml_parser_parse(&reader.parser, &event) == 0) {
            status = fail_syntax(&reader);
            break;
        }
        status = take_event(&reader, &event);
        at_end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&reader.parser);
    if (status == TACTUS_OK && builder->positions.count == 0) {
        return graph_fail(builder, TACTUS_E_INVALID, 1,
                          "empty; a graph has at least 'nodes:' and 'links:', see doc/graph.md");
    }
    return status;
}

uint32_t graph_position_key(const struct graph_positions *positions, uint32_t parent,
                            const char *key)
{
    uint32_t child = positions->items[parent].first_child;

    while (child != 0) {
        if (strncmp(positions->items[child].key, key, sizeof(positions->items[child].key) - 1u) ==
            0) {
            return child;
        }
        child = positions->items[child].next_sibling;
    }
    return parent;
}

uint32_t graph_position_entry(const struct graph_positions *positions, uint32_t parent,
                              uint32_t index)
{
    uint32_t child = positions->items[parent].first_child;

    while (child != 0 && index > 0) {
        child = positions->items[child].next_sibling;
        index--;
    }
    return child != 0 ? child : parent;
}

uint32_t graph_position_line(const struct graph_positions *positions, uint32_t position)
{
    return positions->items[position].line;
}

uint32_t graph_line_of(const struct graph_builder *builder, const char *list, uint32_t index,
                       const char *key)
{
    const struct graph_positions *positions = &builder->positions;
    uint32_t position =
        graph_position_entry(positions, graph_position_key(positions, 0, list), index);

    if (key != NULL) {
        position = graph_position_key(positions, position, key);
    }
    return graph_position_line(positions, position);
}
