/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LV2 URIDs: one table per process, since plugins keep what they mapped in static variables. Any
 * thread; takes a lock, so it is for set-up and for plugins' own threads.
 */
#ifndef AUDIO_URID_H
#define AUDIO_URID_H

#include <lv2/urid/urid.h>

/* 0: the table is full or there is no memory, as LV2 has it. */
LV2_URID urid_map(LV2_URID_Map_Handle handle, const char *uri);
/* NULL: not mapped. */
const char *urid_unmap(LV2_URID_Unmap_Handle handle, LV2_URID urid);

#endif
