/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "message.h"

tactus_status tactus_catalog_new(tactus_catalog **catalog, struct tactus_message *message)
{
    *catalog = calloc(1, sizeof **catalog);
    if (*catalog == NULL) {
        message_set(message, "no memory for the catalog of plugins");
        return TACTUS_E_NO_MEMORY;
    }
    return TACTUS_OK;
}

void tactus_catalog_free(tactus_catalog *catalog)
{
    if (catalog == NULL) {
        return;
    }
    for (size_t kind = 0; kind < 3; kind++) {
        plugin_list_free(&catalog->found[kind]);
        plugin_list_free(&catalog->all[kind]);
    }
    if (catalog->world != NULL) {
        lv2_nodes_free(&catalog->nodes);
        lilv_world_free(catalog->world);
    }
    free(catalog);
}

static tactus_status kind_find(tactus_catalog *catalog, enum tactus_plugin_kind kind,
                               const char *uri, struct plugin_list *list,
                               struct tactus_message *message)
{
    switch (kind) {
    case TACTUS_PLUGIN_LV2:
        return catalog_lv2_find(catalog, uri, list, message);
    case TACTUS_PLUGIN_LADSPA:
        return catalog_ladspa_find(uri, list, message);
    case TACTUS_PLUGIN_NATIVE:
        return catalog_native_find(uri, list, message);
    }
    message_set(message, "there is no such kind of plugin");
    return TACTUS_E_INVALID;
}

tactus_status tactus_catalog_find(tactus_catalog *catalog, enum tactus_plugin_kind kind,
                                  const char *uri, const struct tactus_plugin_info **info,
                                  struct tactus_message *message)
{
    *info = NULL;
    if ((unsigned)kind > TACTUS_PLUGIN_NATIVE || uri[0] == '\0') {
        message_set(message, "a plugin needs a kind and a name");
        return TACTUS_E_INVALID;
    }
    if (strlen(uri) >= sizeof(*info)->uri) {
        message_set(message, "the plugin name %.40s... is too long", uri);
        return TACTUS_E_INVALID;
    }
    struct plugin_list *list = &catalog->found[kind];
    *info = plugin_list_find(list, uri);
    tactus_status status = TACTUS_OK;
    if (*info == NULL) {
        status = kind_find(catalog, kind, uri, list, message);
        *info = status == TACTUS_OK ? plugin_list_find(list, uri) : NULL;
    }
    if (status == TACTUS_OK && *info == NULL) {
        message_set(message, "the plugin %s was not found", uri);
        status = TACTUS_E_NOT_FOUND;
    }
    return status;
}

tactus_status tactus_catalog_visit(tactus_catalog *catalog, enum tactus_plugin_kind kind,
                                   int (*visit)(void *context,
                                                const struct tactus_plugin_info *info),
                                   void *context, struct tactus_message *message)
{
    if ((unsigned)kind > TACTUS_PLUGIN_NATIVE) {
        message_set(message, "there is no such kind of plugin");
        return TACTUS_E_INVALID;
    }
    struct plugin_list *list = &catalog->all[kind];
    if (!catalog->has_all[kind]) {
        tactus_status status = kind == TACTUS_PLUGIN_LV2 ? catalog_lv2_all(catalog, list, message)
                               : kind == TACTUS_PLUGIN_LADSPA ? catalog_ladspa_all(list, message)
                                                              : catalog_native_all(list, message);
        if (status != TACTUS_OK) {
            plugin_list_free(list);
            return status;
        }
        plugin_list_sort(list);
        catalog->has_all[kind] = true;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (visit(context, list->plugins[i]) != 0) {
            break;
        }
    }
    return TACTUS_OK;
}
