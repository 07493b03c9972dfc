/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What tactus-probe writes: a header, then per plugin its record and its controls' records. The
 * probe runs strangers' code, so the reader believes none of it before it has checked it.
 */
#ifndef AUDIO_PROBE_RECORDS_H
#define AUDIO_PROBE_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#define PROBE_MAGIC       0x62637470u /* "ptcb" */
#define PROBE_VERSION     1u
#define PROBE_PLUGINS_MAX 1024u
#define PROBE_BYTES_MAX   (32u << 20)
#define PROBE_DESCRIPTOR  3

struct probe_header {
    uint32_t magic;
    uint32_t version;
    uint32_t plugins_count;
    uint32_t reserved;
    char failure[512]; /* "" or why nothing could be read */
};

struct probe_plugin {
    char label[256]; /* native: "" */
    char name[128];
    char refusal[128];
    uint32_t inputs;
    uint32_t outputs;
    uint32_t controls_count;
    uint32_t reserved;
    char input_names[64][32];
    char output_names[64][32];
};

struct probe_control {
    char symbol[64];
    char name[64];
    float minimum;
    float maximum;
    float initial;
    uint32_t flags;
};

_Static_assert(sizeof(struct probe_header) == 528, "one layout for writer and reader");
_Static_assert(sizeof(struct probe_plugin) == 4624, "one layout for writer and reader");
_Static_assert(offsetof(struct probe_plugin, input_names) == 528, "no padding");
_Static_assert(sizeof(struct probe_control) == 144, "one layout for writer and reader");

#endif
