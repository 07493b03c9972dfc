/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From what a plugin says about itself to struct tactus_plugin_info. The probe, the catalog and the
 * hosts all use these, so that a graph file and the process that runs the plugin agree on symbols,
 * ranges and defaults.
 */
#ifndef AUDIO_DESCRIBE_H
#define AUDIO_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ladspa.h>

#include <tactus/module.h>
#include <tactus/pipeline.h>

#define PLUGIN_CHANNELS_MAX 64u
#define PLUGIN_CONTROLS_MAX 2048u
#define PLUGIN_PORTS_MAX    4096u

/* Copies text that may be NULL, cut to fit and always terminated; control characters become '?'. */
void describe_text(char *target, size_t bytes, const char *text);

/* Adds an audio channel; false and a refusal where there are more than PLUGIN_CHANNELS_MAX. */
bool describe_channel(struct tactus_plugin_info *info, bool is_input, const char *name);

/* Gives each control that has none a symbol made of its name, unique within the plugin. */
void describe_symbols(struct tactus_plugin_info *info);

/* Both fill *info, which the caller has zeroed; controls are allocated and the caller's to free.
 * What cannot be hosted gets a refusal. False: no memory. */
bool describe_ladspa(const LADSPA_Descriptor *descriptor, struct tactus_plugin_info *info);
bool describe_native(const struct tactus_module *module, struct tactus_plugin_info *info);

/* What `gain` and `mix` tell. */
bool describe_gain(struct tactus_plugin_info *info);
bool describe_mix(struct tactus_plugin_info *info);

/* A LADSPA name "file.so:label" in two; false where it has not that form. */
bool describe_ladspa_split(const char *uri, char *file, size_t file_bytes, const char **label);

/* Finds a LADSPA file in LADSPA_PATH or the usual folders; absolute ones as they are. False: not
 * there; `path` is then the list of folders that were searched. */
bool describe_ladspa_path(const char *file, char *path, size_t bytes);
/* The list of folders, separated by colons. */
void describe_ladspa_folders(char *list, size_t bytes);

#endif
