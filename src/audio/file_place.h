/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that comes into its place whole or not at all. Until then it has no name where the file
 * system can do that, else a hidden one that goes away with it.
 */
#ifndef AUDIO_FILE_PLACE_H
#define AUDIO_FILE_PLACE_H

#include <stdint.h>

#include <tactus/pipeline.h>

struct file_place {
    char path[4096];      /* where it goes: links followed */
    char name[256];       /* its last part */
    char hidden_name[64]; /* "" while it has no name */
    int folder;           /* -1: not open */
    int file;             /* likewise; open for writing */
};

/* TACTUS_E_NOT_FOUND: no such folder. TACTUS_E_INVALID: cannot be written there. */
TACTUS_MUST_CHECK tactus_status file_place_open(struct file_place *place, const char *path,
                                                struct tactus_message *message);
/* Flushed, and into place; replaces what is there atomically. */
TACTUS_MUST_CHECK tactus_status file_place_commit(struct file_place *place,
                                                  struct tactus_message *message);
/* Closes; what was not committed is gone. Also after a failed open. */
void file_place_close(struct file_place *place);

#endif
