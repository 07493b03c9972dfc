/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The schema of a graph file and its reading with libcyaml, whose log becomes our one message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "graph_internal.h"

/* A string that must not be empty. */
#define TEXT(key_, flags_, type_, member_, max_)                                                   \
    CYAML_FIELD_STRING_PTR(key_, CYAML_FLAG_POINTER | (flags_), type_, member_, 1, max_)
#define LIST(key_, flags_, type_, member_, entry_, max_)                                           \
    CYAML_FIELD_SEQUENCE(key_, CYAML_FLAG_POINTER_NULL | (flags_), type_, member_, entry_, 0, max_)
#define OPT              CYAML_FLAG_OPTIONAL
#define SCHEMA_DEPTH_MAX 8u /* the schema itself is five deep */

static const cyaml_schema_field_t variable_fields[] = {
    TEXT("name", 0, struct document_variable, name, GRAPH_PATH_BYTES - 1),
    CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER_NULL | OPT, struct document_variable, value,
                           0, GRAPH_PATH_BYTES - 1),
    CYAML_FIELD_END};

static const cyaml_schema_field_t domain_fields[] = {
    TEXT("name", 0, struct document_domain, name, GRAPH_PATH_BYTES - 1), CYAML_FIELD_END};

static const cyaml_schema_field_t control_fields[] = {
    TEXT("name", 0, struct document_control, name, GRAPH_PATH_BYTES - 1),
    TEXT("value", 0, struct document_control, value, GRAPH_PATH_BYTES - 1), CYAML_FIELD_END};

static const cyaml_schema_field_t mix_fields[] = {
    CYAML_FIELD_UINT("sources", 0, struct document_mix, sources),
    CYAML_FIELD_UINT_PTR("channels", CYAML_FLAG_POINTER | OPT, struct document_mix, channels),
    CYAML_FIELD_END};

static const cyaml_schema_value_t control_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_control, control_fields)};

static const cyaml_schema_field_t node_fields[] = {
    TEXT("id", 0, struct document_node, id, GRAPH_PATH_BYTES - 1),
    TEXT("domain", OPT, struct document_node, domain, GRAPH_PATH_BYTES - 1),
    TEXT("file_in", OPT, struct document_node, file_in, GRAPH_PATH_BYTES - 1),
    TEXT("file_out", OPT, struct document_node, file_out, GRAPH_PATH_BYTES - 1),
    TEXT("lv2", OPT, struct document_node, lv2, GRAPH_PATH_BYTES - 1),
    TEXT("ladspa", OPT, struct document_node, ladspa, GRAPH_PATH_BYTES - 1),
    TEXT("native", OPT, struct document_node, native, GRAPH_PATH_BYTES - 1),
    CYAML_FIELD_UINT_PTR("gain", CYAML_FLAG_POINTER | OPT, struct document_node, gain),
    CYAML_FIELD_MAPPING_PTR("mix", CYAML_FLAG_POINTER | OPT, struct document_node, mix, mix_fields),
    TEXT("format", OPT, struct document_node, format, GRAPH_PATH_BYTES - 1),
    CYAML_FIELD_UINT_PTR("channels", CYAML_FLAG_POINTER | OPT, struct document_node, channels),
    LIST("controls", OPT, struct document_node, controls, &control_schema, GRAPH_CONTROLS_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_field_t link_fields[] = {
    TEXT("from", 0, struct document_link, from, GRAPH_PATH_BYTES - 1),
    TEXT("to", 0, struct document_link, to, GRAPH_PATH_BYTES - 1), CYAML_FIELD_END};

static const cyaml_strval_t side_names[] = {{"kernel", TACTUS_SIDE_KERNEL},
                                            {"user", TACTUS_SIDE_USER}};

#define OWNER(key_, type_)                                                                         \
    CYAML_FIELD_ENUM_PTR(key_, CYAML_FLAG_POINTER | OPT | CYAML_FLAG_STRICT,                       \
                         struct document_schedulers, owner[type_], side_names, 2)

static const cyaml_schema_field_t scheduler_fields[] = {
    OWNER("LL_TIMER", TACTUS_LL_TIMER), OWNER("LL_DMA", TACTUS_LL_DMA),
    OWNER("EDF", TACTUS_EDF),           OWNER("DP", TACTUS_DP),
    OWNER("TWB", TACTUS_TWB),           CYAML_FIELD_END};

static const cyaml_schema_value_t variable_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_variable, variable_fields)};
static const cyaml_schema_value_t domain_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_domain, domain_fields)};
static const cyaml_schema_value_t node_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_node, node_fields)};
static const cyaml_schema_value_t link_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_link, link_fields)};

static const cyaml_schema_field_t document_fields[] = {
    TEXT("name", OPT, struct document, name, GRAPH_NAME_BYTES - 1),
    CYAML_FIELD_UINT_PTR("rate", CYAML_FLAG_POINTER | OPT, struct document, rate),
    TEXT("tick", OPT, struct document, tick, GRAPH_PATH_BYTES - 1),
    LIST("variables", OPT, struct document, variables, &variable_schema, GRAPH_VARIABLES_MAX),
    CYAML_FIELD_MAPPING_PTR("schedulers", CYAML_FLAG_POINTER | OPT, struct document, schedulers,
                            scheduler_fields),
    LIST("domains", OPT, struct document, domains, &domain_schema, GRAPH_DOMAINS_MAX),
    LIST("nodes", 0, struct document, nodes, &node_schema, GRAPH_NODES_MAX),
    LIST("links", OPT, struct document, links, &link_schema, GRAPH_LINKS_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_value_t document_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, document_fields)};

/* What libcyaml logged of its first error. */
struct log {
    char text[160]; /* the error itself */
    char field[64]; /* the innermost field it lies in, "" for none */
    uint32_t line;  /* 0: not said */
};

static void take_log(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    struct log *log = context;
    char text[320];
    const char *place;

    if (level < CYAML_LOG_ERROR) {
        return;
    }
    vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = '\0';
    if (log->text[0] == '\0') {
        snprintf(log->text, sizeof(log->text), "%.*s", (int)sizeof(log->text) - 1,
                 strncmp(text, "Load: ", 6) == 0 ? text + 6 : text);
        return;
    }
    place = strstr(text, "(line: ");
    if (place != NULL && log->line == 0) {
        log->line = (uint32_t)strtoul(place + 7, NULL, 10);
    }
    place = strstr(text, "in mapping field '");
    if (place != NULL && log->field[0] == '\0') {
        place += strlen("in mapping field '");
        snprintf(log->field, sizeof(log->field), "%.*s", (int)strcspn(place, "'"), place);
    }
}

static const char *after_colon(const char *text)
{
    const char *colon = strstr(text, ": ");

    return colon != NULL ? colon + 2 : text;
}

/* Likewise, without the quotes that some of libcyaml's messages have. */
static const char *unquoted(char *text)
{
    char *value = strstr(text, ": '");
    size_t length;

    if (value == NULL) {
        return after_colon(text);
    }
    value += 3;
    length = strlen(value);
    if (length > 0 && value[length - 1u] == '\'') {
        value[length - 1u] = '\0';
    }
    return value;
}

static const char *field_name(const void *context, uint32_t index)
{
    const cyaml_schema_field_t *fields = context;

    return fields[index].key;
}

static uint32_t fields_count(const cyaml_schema_field_t *fields)
{
    uint32_t count = 0;

    while (fields[count].key != NULL) {
        count++;
    }
    return count;
}

static const cyaml_schema_field_t *field_of(const cyaml_schema_field_t *fields, const char *key)
{
    for (; fields->key != NULL; fields++) {
        if (strcmp(fields->key, key) == 0) {
            return fields;
        }
    }
    return NULL;
}

/* What the schema says of a child of `parent`; NULL: it does not know it, or has nothing to say. */
static const cyaml_schema_value_t *schema_of(const cyaml_schema_value_t *parent,
                                             bool parent_is_mapping, const char *key)
{
    const cyaml_schema_field_t *field;

    if (parent_is_mapping && parent->type == CYAML_MAPPING) {
        field = field_of(parent->mapping.fields, key);
        return field != NULL ? &field->value : NULL;
    }
    return !parent_is_mapping && parent->type == CYAML_SEQUENCE ? parent->sequence.entry : NULL;
}

/* The first key in the file that the schema does not know; 0: none. *allowed is what would have
 * been good there. */
static uint32_t find_unknown_key(const struct graph_positions *positions,
                                 const cyaml_schema_field_t **allowed)
{
    const struct graph_position *items = positions->items;
    struct {
        uint32_t child; /* the next one to look at; 0: no more */
        bool is_mapping;
        const cyaml_schema_value_t *value;
    } stack[SCHEMA_DEPTH_MAX] = {{items[0].first_child, items[0].is_mapping, &document_schema}};
    uint32_t depth = 1;

    while (depth > 0) {
        uint32_t child = stack[depth - 1u].child;
        const cyaml_schema_value_t *value = stack[depth - 1u].value;
        bool is_mapping = stack[depth - 1u].is_mapping;
        const cyaml_schema_value_t *below;

        if (child == 0) {
            depth--;
            continue;
        }
        stack[depth - 1u].child = items[child].next_sibling;
        below = schema_of(value, is_mapping, items[child].key);
        if (below == NULL && is_mapping && value->type == CYAML_MAPPING) {
            *allowed = value->mapping.fields;
            return child;
        }
        if (below != NULL && depth < SCHEMA_DEPTH_MAX) {
            stack[depth].child = items[child].first_child;
            stack[depth].is_mapping = items[child].is_mapping;
            stack[depth].value = below;
            depth++;
        }
    }
    return 0;
}

static tactus_status fail_unknown_key(struct graph_builder *builder, const struct log *log)
{
    const cyaml_schema_field_t *allowed = document_fields;
    const struct graph_positions *positions = &builder->positions;
    uint32_t position = find_unknown_key(positions, &allowed);
    const char *key = position != 0 ? positions->items[position].key : after_colon(log->text);
    char hint[256];

    return graph_fail(
        builder, TACTUS_E_INVALID, position != 0 ? positions->items[position].line : log->line,
        "unknown key '%s'%s", key,
        graph_name_hint(hint, sizeof(hint), key, field_name, allowed, fields_count(allowed)));
}

/* Of "Expecting SEQUENCE, got event: SCALAR" and the like. */
static const char *expectation(const char *text)
{
    size_t length = strcspn(text, ",");

    if (memmem(text, length, "SEQ", 3) != NULL) {
        return "a list: [{...}, {...}] or lines that begin with '- '";
    }
    if (memmem(text, length, "MAP", 3) != NULL) {
        return "keys with values: {key: value}";
    }
    return "a single value";
}

static tactus_status fail_schema(struct graph_builder *builder, struct log *log, cyaml_err_t error)
{
    const char *field = log->field[0] != '\0' ? log->field : "the graph";

    if (strstr(log->text, "got event") != NULL) {
        error = CYAML_ERR_UNEXPECTED_EVENT;
    }
    switch (error) {
    case CYAML_ERR_OOM:
        return graph_fail_memory(builder);
    case CYAML_ERR_INVALID_KEY:
        return fail_unknown_key(builder, log);
    case CYAML_ERR_MAPPING_FIELD_MISSING:
        return graph_fail(builder, TACTUS_E_INVALID, log->line,
                          "the key '%s' is missing here; add it, see doc/graph.md",
                          after_colon(log->text));
    case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
        return graph_fail(builder, TACTUS_E_INVALID, log->line,
                          "too many entries in '%s': %s; split the graph", field, log->text);
    case CYAML_ERR_STRING_LENGTH_MIN:
        return graph_fail(builder, TACTUS_E_INVALID, log->line,
                          "'%s' is empty; give it a value or leave the key out", field);
    case CYAML_ERR_STRING_LENGTH_MAX:
        return graph_fail(
            builder, TACTUS_E_INVALID, log->line, "the value of '%s' is too long; at most %u bytes",
            field, strcmp(field, "name") == 0 ? GRAPH_NAME_BYTES - 1u : GRAPH_PATH_BYTES - 1u);
    case CYAML_ERR_INVALID_VALUE:
        return graph_fail(builder, TACTUS_E_INVALID, log->line, "'%s' cannot be '%s'; it is %s",
                          field, unquoted(log->text),
                          strstr(log->text, "ENUM") != NULL ? "kernel or user"
                                                            : "a whole number, 0 or above");
    case CYAML_ERR_UNEXPECTED_EVENT:
        return graph_fail(builder, TACTUS_E_INVALID, log->line,
                          "the wrong kind of value in '%s'; write %s", field,
                          expectation(log->text));
    default:
        return graph_fail(builder, TACTUS_E_INVALID, log->line, "'%s': %s; see doc/graph.md", field,
                          log->text[0] != '\0' ? log->text : cyaml_strerror(error));
    }
}

static cyaml_config_t config_with(struct log *log)
{
    cyaml_config_t config = {.log_fn = take_log,
                             .log_ctx = log,
                             .mem_fn = cyaml_mem,
                             .log_level = CYAML_LOG_ERROR,
                             .flags = CYAML_CFG_NO_ALIAS};

    return config;
}

tactus_status graph_document_read(struct graph_builder *builder)
{
    struct log log = {0};
    cyaml_config_t config = config_with(&log);
    cyaml_data_t *data = NULL;
    cyaml_err_t error;

    error = cyaml_load_data((const uint8_t *)builder->text, builder->text_bytes, &config,
                            &document_schema, &data, NULL);
    if (error != CYAML_OK) {
        log.line = log.line != 0 ? log.line : graph_position_line(&builder->positions, 0);
        return fail_schema(builder, &log, error);
    }
    builder->document = data;
    return TACTUS_OK;
}

void graph_document_free(struct document *document)
{
    struct log log = {0};
    cyaml_config_t config = config_with(&log);

    if (document != NULL) {
        (void)cyaml_free(&config, &document_schema, document, 0);
    }
}
