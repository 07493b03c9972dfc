/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "message.h"

static tactus_status no_memory(struct tactus_message *message)
{
    message_set(message, "no memory for the catalog of LV2 plugins");
    return TACTUS_E_NO_MEMORY;
}

/* Reads the manifests only (some 20 ms for 350 plugins); a plugin's own data are read when it is
 * asked for. */
static bool world_read(struct tactus_catalog *catalog)
{
    if (catalog->world != NULL) {
        return true;
    }
    LilvWorld *world = lilv_world_new();
    if (world == NULL || !lv2_nodes_new(world, &catalog->nodes)) {
        lilv_world_free(world);
        return false;
    }
    lilv_world_load_all(world);
    catalog->world = world;
    return true;
}

static tactus_status plugin_add(struct tactus_catalog *catalog, const LilvPlugin *plugin,
                                struct plugin_list *list, struct tactus_message *message)
{
    struct tactus_plugin_info *info = plugin_list_add(list);
    if (info == NULL || !lv2_describe(&catalog->nodes, plugin, info)) {
        return no_memory(message);
    }
    return TACTUS_OK;
}

tactus_status catalog_lv2_find(struct tactus_catalog *catalog, const char *uri,
                               struct plugin_list *list, struct tactus_message *message)
{
    if (!world_read(catalog)) {
        return no_memory(message);
    }
    /* Compared as text: lilv complains on stderr about what is no URI. */
    struct near_name near = {.wanted = uri, .distance = SIZE_MAX};
    const LilvPlugins *plugins = lilv_world_get_all_plugins(catalog->world);
    LILV_FOREACH(plugins, i, plugins)
    {
        const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
        const char *name = lilv_node_as_uri(lilv_plugin_get_uri(plugin));
        if (strcmp(name, uri) == 0) {
            return plugin_add(catalog, plugin, list, message);
        }
        near_name_show(&near, name);
    }
    const char *path = getenv("LV2_PATH");
    char hint[600];
    near_name_text(&near, hint, sizeof hint);
    message_set(message,
                "there is no LV2 plugin %s among the %u installed ones (%s)%s; \"tactus plugins\" "
                "lists them",
                uri, lilv_plugins_size(plugins),
                path == NULL ? "/usr/lib/lv2 and the other usual folders" : path, hint);
    return TACTUS_E_NOT_FOUND;
}

tactus_status catalog_lv2_all(struct tactus_catalog *catalog, struct plugin_list *list,
                              struct tactus_message *message)
{
    if (!world_read(catalog)) {
        return no_memory(message);
    }
    const LilvPlugins *plugins = lilv_world_get_all_plugins(catalog->world);
    LILV_FOREACH(plugins, i, plugins)
    {
        tactus_status status = plugin_add(catalog, lilv_plugins_get(plugins, i), list, message);
        if (status != TACTUS_OK) {
            return status;
        }
    }
    return TACTUS_OK;
}
