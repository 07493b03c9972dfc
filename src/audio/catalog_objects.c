/* SPDX-License-Identifier: BSD-3-Clause */
/* Plugins that only their own code describes: LADSPA and native shared objects. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog_internal.h"
#include "describe.h"
#include "message.h"

static bool is_shared_object(const char *name)
{
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".so") == 0;
}

static int only_shared_objects(const struct dirent *entry)
{
    return is_shared_object(entry->d_name);
}

/* Shows every .so of the LADSPA folders; the visitor returns false to end. */
static void ladspa_files(bool (*visit)(void *context, const char *folder, const char *name),
                         void *context)
{
    char folders[4096];
    char *rest = NULL;
    bool goes_on = true;
    describe_ladspa_folders(folders, sizeof folders);
    for (char *folder = strtok_r(folders, ":", &rest); folder != NULL && goes_on;
         folder = strtok_r(NULL, ":", &rest)) {
        struct dirent **entries = NULL;
        int count = scandir(folder, &entries, only_shared_objects, alphasort);
        for (int i = 0; i < count; i++) {
            goes_on = goes_on && visit(context, folder, entries[i]->d_name);
            free(entries[i]);
        }
        free(entries);
    }
}

static bool near_visit(void *context, const char *folder, const char *name)
{
    (void)folder;
    near_name_show(context, name);
    return true;
}

static tactus_status file_missing(const char *uri, const char *file, const char *folders,
                                  struct tactus_message *message)
{
    char hint[600];
    struct near_name near = {.wanted = file, .distance = SIZE_MAX};
    if (file[0] == '/') {
        message_set(message, "there is no LADSPA plugin %s: there is no file %s", uri, file);
        return TACTUS_E_NOT_FOUND;
    }
    ladspa_files(near_visit, &near);
    near_name_text(&near, hint, sizeof hint);
    message_set(message, "there is no LADSPA plugin %s: there is no file %s in %s%s", uri, file,
                folders, hint);
    return TACTUS_E_NOT_FOUND;
}

static tactus_status label_missing(const char *uri, const char *label, const char *path,
                                   const struct plugin_list *list, size_t first,
                                   struct tactus_message *message)
{
    char hint[600];
    struct near_name near = {.wanted = uri, .distance = SIZE_MAX};
    for (size_t i = first; i < list->count; i++) {
        near_name_show(&near, list->plugins[i]->uri);
    }
    near_name_text(&near, hint, sizeof hint);
    message_set(message,
                "there is no LADSPA plugin %s: of the plugins in %s (%zu) none has the label %s%s",
                uri, path, list->count - first, label, hint);
    return TACTUS_E_NOT_FOUND;
}

tactus_status catalog_ladspa_find(const char *uri, struct plugin_list *list,
                                  struct tactus_message *message)
{
    char file[PATH_MAX];
    char path[PATH_MAX];
    const char *label = NULL;
    if (!describe_ladspa_split(uri, file, sizeof file, &label)) {
        message_set(message,
                    "\"%s\" names no LADSPA plugin; it is written file.so:label, as in "
                    "amp_1181.so:amp",
                    uri);
        return TACTUS_E_INVALID;
    }
    if (!describe_ladspa_path(file, path, sizeof path)) {
        return file_missing(uri, file, path, message);
    }
    size_t first = list->count;
    tactus_status status = probe_file(TACTUS_PLUGIN_LADSPA, path, file, list, message);
    if (status != TACTUS_OK) {
        return status;
    }
    return plugin_list_find(list, uri) == NULL
               ? label_missing(uri, label, path, list, first, message)
               : TACTUS_OK;
}

struct ladspa_all {
    struct plugin_list *list;
    tactus_status status;
    struct tactus_message *message;
};

/* A file that cannot be read is listed under its own name, with the reason as its refusal. */
static bool ladspa_all_visit(void *context, const char *folder, const char *name)
{
    struct ladspa_all *all = context;
    char path[PATH_MAX];
    struct tactus_message reason = {{0}};
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        return true;
    }
    size_t first = all->list->count;
    tactus_status status = probe_file(TACTUS_PLUGIN_LADSPA, path, name, all->list, &reason);
    if (status == TACTUS_OK) {
        return true;
    }
    if (status != TACTUS_E_INVALID && status != TACTUS_E_DIED && status != TACTUS_E_TIMED_OUT) {
        *all->message = reason;
        all->status = status;
        return false;
    }
    struct tactus_plugin_info *info = first < all->list->count ? NULL : plugin_list_add(all->list);
    if (info != NULL) {
        info->kind = TACTUS_PLUGIN_LADSPA;
        describe_text(info->uri, sizeof info->uri, name);
        describe_text(info->name, sizeof info->name, name);
        describe_text(info->bundle, sizeof info->bundle, path);
        describe_text(info->refusal, sizeof info->refusal, reason.text);
    }
    return true;
}

tactus_status catalog_ladspa_all(struct plugin_list *list, struct tactus_message *message)
{
    struct ladspa_all all = {.list = list, .status = TACTUS_OK, .message = message};
    ladspa_files(ladspa_all_visit, &all);
    return all.status;
}

static tactus_status built_in_add(struct plugin_list *list,
                                  bool (*describe)(struct tactus_plugin_info *info),
                                  struct tactus_message *message)
{
    struct tactus_plugin_info *info = plugin_list_add(list);
    if (info == NULL || !describe(info)) {
        message_set(message, "no memory for the catalog of plugins");
        return TACTUS_E_NO_MEMORY;
    }
    return TACTUS_OK;
}

tactus_status catalog_native_find(const char *uri, struct plugin_list *list,
                                  struct tactus_message *message)
{
    if (strcmp(uri, "gain") == 0) {
        return built_in_add(list, describe_gain, message);
    }
    if (strcmp(uri, "mix") == 0) {
        return built_in_add(list, describe_mix, message);
    }
    char path[PATH_MAX];
    if (realpath(uri, path) == NULL) {
        message_set(message,
                    "there is no native module %s: %s; there are \"gain\", \"mix\" and the paths "
                    "of shared objects",
                    uri, strerror(errno));
        return TACTUS_E_NOT_FOUND;
    }
    return probe_file(TACTUS_PLUGIN_NATIVE, path, uri, list, message);
}

tactus_status catalog_native_all(struct plugin_list *list, struct tactus_message *message)
{
    tactus_status status = built_in_add(list, describe_gain, message);
    return status == TACTUS_OK ? built_in_add(list, describe_mix, message) : status;
}
