/* SPDX-License-Identifier: BSD-3-Clause */
/* The catalog's parts: a growing list of plugins, the probe, and LV2 data. */
#ifndef AUDIO_CATALOG_INTERNAL_H
#define AUDIO_CATALOG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include <lilv/lilv.h>

#include <tactus/pipeline.h>

#include "lv2_plugin.h"

/* Owns its entries, which never move. */
struct plugin_list {
    struct tactus_plugin_info **plugins;
    size_t count;
    size_t room;
};

/* A zeroed entry at the end; NULL: no memory. */
struct tactus_plugin_info *plugin_list_add(struct plugin_list *list);
const struct tactus_plugin_info *plugin_list_find(const struct plugin_list *list, const char *uri);
void plugin_list_sort(struct plugin_list *list);
void plugin_list_free(struct plugin_list *list);

/* The name that is written most like `wanted`, of those that are shown one by one. */
struct near_name {
    const char *wanted;
    char best[512];
    size_t distance; /* SIZE_MAX: none yet */
};
void near_name_show(struct near_name *near, const char *name);
/* " (close: NAME)", or "" where nothing comes near. */
void near_name_text(const struct near_name *near, char *text, size_t bytes);

/* Opens `file` in a process of its own and adds what it holds, as "file_name:label", or for native
 * ones under `file_name`. */
TACTUS_MUST_CHECK tactus_status probe_file(enum tactus_plugin_kind kind, const char *path,
                                           const char *file_name, struct plugin_list *list,
                                           struct tactus_message *message);

struct tactus_catalog {
    LilvWorld *world; /* NULL: not read yet */
    struct lv2_nodes nodes;
    struct plugin_list found[3]; /* by kind: what was asked for one by one */
    struct plugin_list all[3];   /* by kind: everything, once it was visited */
    bool has_all[3];
};

TACTUS_MUST_CHECK tactus_status catalog_lv2_find(struct tactus_catalog *catalog, const char *uri,
                                                 struct plugin_list *list,
                                                 struct tactus_message *message);
TACTUS_MUST_CHECK tactus_status catalog_lv2_all(struct tactus_catalog *catalog,
                                                struct plugin_list *list,
                                                struct tactus_message *message);
TACTUS_MUST_CHECK tactus_status catalog_ladspa_find(const char *uri, struct plugin_list *list,
                                                    struct tactus_message *message);
TACTUS_MUST_CHECK tactus_status catalog_ladspa_all(struct plugin_list *list,
                                                   struct tactus_message *message);
TACTUS_MUST_CHECK tactus_status catalog_native_find(const char *uri, struct plugin_list *list,
                                                    struct tactus_message *message);
TACTUS_MUST_CHECK tactus_status catalog_native_all(struct plugin_list *list,
                                                   struct tactus_message *message);

#endif
