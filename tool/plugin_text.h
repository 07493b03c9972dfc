/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One plugin as text.
 */
#ifndef TOOL_PLUGIN_TEXT_H
#define TOOL_PLUGIN_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include <tactus/pipeline.h>

#include "json.h"
#include "text.h"

const char *plugin_kind_name(enum tactus_plugin_kind kind);
/* What people call it by: the part of the URI that tells it from its siblings. */
const char *plugin_label(const struct tactus_plugin_info *info);
/* "2>2"; "any" where the graph decides. */
struct short_text plugin_channels(const struct tactus_plugin_info *info);

/* Ports, ranges, defaults, and a node to paste into a graph. */
void plugin_show(const struct tactus_plugin_info *info, FILE *stream, unsigned width);

/* One object; `whole` adds ports and controls. */
void plugin_json(const struct tactus_plugin_info *info, bool whole, struct json *json);

#endif
