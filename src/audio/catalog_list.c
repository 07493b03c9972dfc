/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"

#define NEAR_LENGTH_MAX 255u

struct tactus_plugin_info *plugin_list_add(struct plugin_list *list)
{
    if (list->count == list->room) {
        size_t room = list->room == 0 ? 16 : list->room * 2;
        struct tactus_plugin_info **plugins = realloc(list->plugins, room * sizeof *list->plugins);
        if (plugins == NULL) {
            return NULL;
        }
        list->plugins = plugins;
        list->room = room;
    }
    struct tactus_plugin_info *info = calloc(1, sizeof *info);
    if (info != NULL) {
        list->plugins[list->count++] = info;
    }
    return info;
}

const struct tactus_plugin_info *plugin_list_find(const struct plugin_list *list, const char *uri)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->plugins[i]->uri, uri) == 0) {
            return list->plugins[i];
        }
    }
    return NULL;
}

static int by_uri(const void *left, const void *right)
{
    const struct tactus_plugin_info *const *a = left;
    const struct tactus_plugin_info *const *b = right;
    return strcmp((*a)->uri, (*b)->uri);
}

void plugin_list_sort(struct plugin_list *list)
{
    if (list->count > 0) {
        qsort(list->plugins, list->count, sizeof *list->plugins, by_uri);
    }
}

void plugin_list_free(struct plugin_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->plugins[i]->controls);
        free(list->plugins[i]);
    }
    free(list->plugins);
    *list = (struct plugin_list){0};
}

/* How many letters must be put in, left out or changed. */
static size_t edit_distance(const char *left, size_t left_length, const char *right,
                            size_t right_length)
{
    uint16_t row[NEAR_LENGTH_MAX + 1];
    for (size_t i = 0; i <= right_length; i++) {
        row[i] = (uint16_t)i;
    }
    for (size_t i = 1; i <= left_length; i++) {
        uint16_t diagonal = row[0];
        row[0] = (uint16_t)i;
        for (size_t k = 1; k <= right_length; k++) {
            uint16_t changed = (uint16_t)(diagonal + (left[i - 1] != right[k - 1]));
            uint16_t left_out = (uint16_t)(row[k] + 1);
            uint16_t put_in = (uint16_t)(row[k - 1] + 1);
            uint16_t least = left_out < put_in ? left_out : put_in;
            diagonal = row[k];
            row[k] = changed < least ? changed : least;
        }
    }
    return row[right_length];
}

void near_name_show(struct near_name *near, const char *name)
{
    size_t wanted_length = strlen(near->wanted);
    size_t length = strlen(name);
    if (wanted_length > NEAR_LENGTH_MAX || length > NEAR_LENGTH_MAX) {
        return;
    }
    size_t distance = edit_distance(near->wanted, wanted_length, name, length);
    if (distance < near->distance) {
        near->distance = distance;
        (void)snprintf(near->best, sizeof near->best, "%s", name);
    }
}

void near_name_text(const struct near_name *near, char *text, size_t bytes)
{
    text[0] = '\0';
    if (near->distance <= strlen(near->wanted) / 2) {
        (void)snprintf(text, bytes, "; what comes nearest is %s", near->best);
    }
}
