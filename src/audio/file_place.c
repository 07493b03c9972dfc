/* SPDX-License-Identifier: BSD-3-Clause */
#include "file_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "message.h"

#define TRIES_MAX 100u

_Static_assert(sizeof((struct file_place *)0)->path >= PATH_MAX, "realpath fits");

static tactus_status target_check(const char *path, struct tactus_message *message)
{
    struct stat status;
    const char *reason = NULL;
    if (stat(path, &status) != 0) {
        bool is_link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
        reason = is_link ? "it is a link that leads nowhere" : NULL;
    } else if (!S_ISREG(status.st_mode)) {
        reason = S_ISDIR(status.st_mode) ? "it is a directory" : "it is no regular file";
    } else if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0) {
        reason = strerror(errno); /* a rename would not ask */
    }
    if (reason != NULL) {
        message_set(message, "%s: cannot be written: %s", path, reason);
        return TACTUS_E_INVALID;
    }
    return TACTUS_OK;
}

/* Splits into folder and name. A link is followed, so that it is its target that is replaced. */
static tactus_status path_split(struct file_place *place, const char *path, char *folder,
                                struct tactus_message *message)
{
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof place->path || path[length - 1] == '/') {
        message_set(message, "\"%s\" is no path of a file that can be written", path);
        return TACTUS_E_INVALID;
    }
    if (realpath(path, place->path) == NULL) {
        (void)snprintf(place->path, sizeof place->path, "%s", path);
    }
    const char *slash = strrchr(place->path, '/');
    const char *name = slash == NULL ? place->path : slash + 1;
    if (strlen(name) >= sizeof place->name) {
        message_set(message, "%s: cannot be written: its name is too long", path);
        return TACTUS_E_INVALID;
    }
    memcpy(place->name, name, strlen(name) + 1);
    size_t folder_length = slash == NULL ? 0 : (size_t)(slash - place->path);
    if (slash == NULL) {
        (void)snprintf(folder, PATH_MAX, ".");
    } else if (folder_length == 0) {
        (void)snprintf(folder, PATH_MAX, "/");
    } else {
        (void)snprintf(folder, PATH_MAX, "%.*s", (int)folder_length, place->path);
    }
    return TACTUS_OK;
}

static void hidden_name_next(struct file_place *place)
{
    /* Any thread adds; relaxed, since nothing but being different matters. */
    static atomic_uint counter;
    unsigned number = atomic_fetch_add_explicit(&counter, 1, memory_order_relaxed);
    (void)snprintf(place->hidden_name, sizeof place->hidden_name, ".tactus-%ld-%u", (long)getpid(),
                   number);
}

static void hidden_open(struct file_place *place)
{
    for (unsigned i = 0; i < TRIES_MAX && place->file < 0; i++) {
        hidden_name_next(place);
        place->file = openat(place->folder, place->hidden_name,
                             O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (place->file < 0 && errno != EEXIST) {
            break;
        }
    }
    if (place->file < 0) {
        place->hidden_name[0] = '\0';
    }
}

static tactus_status cannot_write(const char *path, const char *folder, int reason,
                                  struct tactus_message *message)
{
    if (reason == ENOENT || reason == ENOTDIR) {
        message_set(message, "%s: cannot be written: there is no folder %s", path, folder);
        return TACTUS_E_NOT_FOUND;
    }
    message_set(message, "%s: cannot be written: %s", path, strerror(reason));
    return TACTUS_E_INVALID;
}

tactus_status file_place_open(struct file_place *place, const char *path,
                              struct tactus_message *message)
{
    char folder[PATH_MAX];
    *place = (struct file_place){.folder = -1, .file = -1};
    tactus_status status = target_check(path, message);
    if (status == TACTUS_OK) {
        status = path_split(place, path, folder, message);
    }
    if (status != TACTUS_OK) {
        return status;
    }
    place->folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (place->folder < 0) {
        return cannot_write(path, folder, errno, message);
    }
    place->file = openat(place->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (place->file < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        hidden_open(place);
    }
    return place->file < 0 ? cannot_write(path, folder, errno, message) : TACTUS_OK;
}

static int link_as(const struct file_place *place, const char *name)
{
    char by_number[64];
    (void)snprintf(by_number, sizeof by_number, "/proc/self/fd/%d", place->file);
    int result = linkat(AT_FDCWD, by_number, place->folder, name, AT_SYMLINK_FOLLOW);
    if (result != 0 && errno == ENOENT) { /* no /proc */
        result = linkat(place->file, "", place->folder, name, AT_EMPTY_PATH);
    }
    return result;
}

/* A file without a name can be linked only where nothing is; what is there is replaced by a rename,
 * for which the file needs a name of its own for an instant. */
static bool put_into_place(struct file_place *place)
{
    if (place->hidden_name[0] == '\0') {
        if (link_as(place, place->name) == 0) {
            return true;
        }
        int result = -1;
        for (unsigned i = 0; i < TRIES_MAX && result != 0 && errno == EEXIST; i++) {
            hidden_name_next(place);
            result = link_as(place, place->hidden_name);
        }
        if (result != 0) {
            place->hidden_name[0] = '\0';
            return false;
        }
    }
    if (renameat(place->folder, place->hidden_name, place->folder, place->name) != 0) {
        return false;
    }
    place->hidden_name[0] = '\0';
    return true;
}

/* What is replaced keeps its mode and, as far as this process may give it away, its owner. */
static void rights_keep(const struct file_place *place)
{
    struct stat status;
    if (stat(place->path, &status) == 0) {
        (void)!fchown(place->file, status.st_uid, status.st_gid);
        (void)fchmod(place->file, status.st_mode & 0777);
    }
}

tactus_status file_place_commit(struct file_place *place, struct tactus_message *message)
{
    tactus_status status = target_check(place->path, message);
    if (status != TACTUS_OK) {
        return status;
    }
    rights_keep(place);
    if (fsync(place->file) != 0 || !put_into_place(place)) {
        message_set(message, "%s: cannot be written: %s", place->path, strerror(errno));
        return TACTUS_E_OS;
    }
    int folder = openat(place->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) { /* the name itself to the disk; the file is there in any case */
        (void)fsync(folder);
        (void)close(folder);
    }
    return TACTUS_OK;
}

void file_place_close(struct file_place *place)
{
    if (place->hidden_name[0] != '\0') {
        (void)unlinkat(place->folder, place->hidden_name, 0);
        place->hidden_name[0] = '\0';
    }
    if (place->file >= 0) {
        (void)close(place->file);
    }
    if (place->folder >= 0) {
        (void)close(place->folder);
    }
    place->file = -1;
    place->folder = -1;
}

tactus_status file_writable_check(const char *path, struct tactus_message *message)
{
    struct file_place place;
    tactus_status status = file_place_open(&place, path, message);
    file_place_close(&place);
    return status;
}
