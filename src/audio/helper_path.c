/* SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tactus/pipeline.h>

#include "message.h"
#include "tactus_config.h"

static bool is_there(const char *folder, const char *program, char *path, size_t bytes)
{
    int length = snprintf(path, bytes, "%s/%s", folder, program);
    return length > 0 && (size_t)length < bytes && access(path, X_OK) == 0;
}

static void own_folder(char *folder, size_t bytes)
{
    ssize_t length = readlink("/proc/self/exe", folder, bytes - 1);
    folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

tactus_status tactus_helper_path(const char *program, char *path, size_t bytes,
                                 struct tactus_message *message)
{
    const char *wanted = getenv("TACTUS_LIBEXEC");
    if (wanted != NULL && wanted[0] != '\0') {
        if (is_there(wanted, program, path, bytes)) {
            return TACTUS_OK;
        }
        message_set(message, "there is no program %s in %s, which TACTUS_LIBEXEC names", program,
                    wanted);
        return TACTUS_E_NOT_FOUND;
    }
    char folder[PATH_MAX];
    own_folder(folder, sizeof folder);
    if (is_there(folder, program, path, bytes) ||
        is_there(TACTUS_LIBEXECDIR, program, path, bytes)) {
        return TACTUS_OK;
    }
    message_set(message,
                "there is no program %s in %s nor in " TACTUS_LIBEXECDIR
                "; install tactus anew, or name its folder in TACTUS_LIBEXEC",
                program, folder);
    return TACTUS_E_NOT_FOUND;
}
