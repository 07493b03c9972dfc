/* SPDX-License-Identifier: BSD-3-Clause */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "text.h"

static void begin(struct json *json, const char *key)
{
    if (json->has_members) {
        (void)fputc(',', json->stream);
    }
    if (json->depth > 0) {
        (void)fprintf(json->stream, "\n%*s", (int)(2 * json->depth), "");
    }
    if (key) {
        (void)fprintf(json->stream, "\"%s\": ", key);
    }
    json->has_members = true;
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin(json, key);
    (void)fputc(bracket, json->stream);
    json->depth++;
    json->has_members = false;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (json->has_members) {
        (void)fprintf(json->stream, "\n%*s", (int)(2 * json->depth), "");
    }
    (void)fputc(bracket, json->stream);
    json->has_members = true;
    if (json->depth == 0) {
        (void)fputc('\n', json->stream);
    }
}

/* Bytes of the UTF-8 sequence at `text`; 0 where it is none (overlong and surrogates are none). */
static size_t sequence_bytes(const unsigned char *text)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (size_t bytes = 1; bytes <= 4; bytes++) {
        if ((text[0] & forms[bytes - 1].mask) != forms[bytes - 1].lead) {
            continue;
        }
        uint32_t point = text[0] & (unsigned char)~forms[bytes - 1].mask;
        for (size_t i = 1; i < bytes; i++) {
            if ((text[i] & 0xc0) != 0x80) {
                return 0;
            }
            point = point << 6 | (text[i] & 0x3fu);
        }
        bool surrogate = point >= 0xd800 && point < 0xe000;
        return point >= forms[bytes - 1].least && point < 0x110000 && !surrogate ? bytes : 0;
    }
    return 0;
}

void json_string(struct json *json, const char *key, const char *text)
{
    if (!text) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    (void)fputc('"', json->stream);
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        size_t bytes = sequence_bytes(at);
        if (*at == '"' || *at == '\\') {
            (void)fprintf(json->stream, "\\%c", *at);
        } else if (*at < 0x20 || *at == 0x7f) {
            (void)fprintf(json->stream, "\\u%04x", *at);
        } else if (bytes == 0) {
            (void)fputs("\xef\xbf\xbd", json->stream);
        } else {
            (void)fwrite(at, 1, bytes, json->stream);
        }
        at += bytes ? bytes : 1;
    }
    (void)fputc('"', json->stream);
}

void json_unsigned(struct json *json, const char *key, uint64_t value)
{
    begin(json, key);
    (void)fprintf(json->stream, "%" PRIu64, value);
}

void json_signed(struct json *json, const char *key, int64_t value)
{
    begin(json, key);
    (void)fprintf(json->stream, "%" PRId64, value);
}

void json_double(struct json *json, const char *key, double value)
{
    if (!isfinite(value)) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    (void)fprintf(json->stream, "%.9g", value);
}

void json_float(struct json *json, const char *key, float value)
{
    if (!isfinite(value)) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    (void)fputs(float_text(value).text, json->stream);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin(json, key);
    (void)fputs(value ? "true" : "false", json->stream);
}

void json_null(struct json *json, const char *key)
{
    begin(json, key);
    (void)fputs("null", json->stream);
}
