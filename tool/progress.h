/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line on stderr that is redrawn, where stderr is a terminal; nothing otherwise.
 */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <tactus/pipeline.h>

void progress_start(const char *title);
void progress_show(const struct tactus_progress *progress);
/* Takes the line away, until it is shown again. */
void progress_hide(void);
/* Likewise, for good. */
void progress_end(void);

#endif
