/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON, written as it goes. Keys are ours and need no escaping; strings are made valid UTF-8.
 */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *stream;
    unsigned depth;
    bool has_members; /* a comma is due before the next */
};

/* `key` is NULL for elements of an array and for the outermost value. */
void json_open(struct json *json, const char *key, char bracket);       /* '{' or '[' */
void json_close(struct json *json, char bracket);                       /* '}' or ']' */
void json_string(struct json *json, const char *key, const char *text); /* NULL: null */
void json_unsigned(struct json *json, const char *key, uint64_t value);
void json_signed(struct json *json, const char *key, int64_t value);
void json_double(struct json *json, const char *key, double value); /* null where not finite */
void json_float(struct json *json, const char *key, float value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
