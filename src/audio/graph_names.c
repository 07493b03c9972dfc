/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "graph_internal.h"

#define COMPARED_BYTES 63u

bool graph_name_is_valid(const char *name)
{
    size_t length = strlen(name);
    size_t index;

    if (length == 0 || length >= GRAPH_ID_BYTES) {
        return false;
    }
    for (index = 0; index < length; index++) {
        char c = name[index];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-')) {
            return false;
        }
    }
    return true;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Edits that make one of the other, letter case aside; only the first bytes count. */
static uint32_t distance(const char *first, const char *second)
{
    uint32_t row[COMPARED_BYTES + 1u];
    size_t first_length = strnlen(first, COMPARED_BYTES);
    size_t second_length = strnlen(second, COMPARED_BYTES);
    size_t i;
    size_t j;

    for (j = 0; j <= second_length; j++) {
        row[j] = (uint32_t)j;
    }
    for (i = 1; i <= first_length; i++) {
        uint32_t diagonal = row[0];

        row[0] = (uint32_t)i;
        for (j = 1; j <= second_length; j++) {
            uint32_t above = row[j];
            bool same =
                tolower((unsigned char)first[i - 1u]) == tolower((unsigned char)second[j - 1u]);

            row[j] = smaller(diagonal + (same ? 0u : 1u), smaller(above, row[j - 1u]) + 1u);
            diagonal = above;
        }
    }
    return row[second_length];
}

static uint32_t nearest(const char *wanted, graph_name_function name, const void *context,
                        uint32_t count)
{
    uint32_t allowed = (uint32_t)strnlen(wanted, COMPARED_BYTES) / 3u + 1u;
    uint32_t best = UINT32_MAX;
    uint32_t index;

    for (index = 0; index < count; index++) {
        const char *candidate = name(context, index);
        uint32_t edits = candidate[0] != '\0' ? distance(wanted, candidate) : UINT32_MAX;

        if (edits <= allowed && edits < strnlen(candidate, COMPARED_BYTES)) {
            best = index;
            if (edits == 0) {
                break;
            }
            allowed = edits - 1u;
        }
    }
    return best;
}

const char *graph_name_hint(char *text, size_t bytes, const char *wanted, graph_name_function name,
                            const void *context, uint32_t count)
{
    uint32_t near = nearest(wanted, name, context, count);
    size_t used = 0;
    uint32_t index;

    text[0] = '\0';
    if (near != UINT32_MAX) {
        snprintf(text, bytes, "; did you mean '%s'?", name(context, near));
        return text;
    }
    for (index = 0; index < count; index++) {
        const char *candidate = name(context, index);

        if (candidate[0] == '\0') {
            continue;
        }
        if (used + strlen(candidate) + sizeof("; there is ...") > bytes) {
            snprintf(text + used, bytes - used, used == 0 ? "" : ", ...");
            break;
        }
        used += (size_t)snprintf(text + used, bytes - used, "%s%s",
                                 used == 0 ? "; there is " : ", ", candidate);
    }
    return text;
}
