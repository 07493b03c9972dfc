/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph_internal.h"

static tactus_status read_all(struct graph_builder *builder, int descriptor)
{
    struct stat status;

    if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        return graph_fail(builder, TACTUS_E_INVALID, 0,
                          "this is a directory; name the graph file in it");
    }
    builder->text = malloc(GRAPH_TEXT_BYTES_MAX + 1u);
    if (builder->text == NULL) {
        return graph_fail_memory(builder);
    }
    while (builder->text_bytes <= GRAPH_TEXT_BYTES_MAX) {
        ssize_t got = read(descriptor, builder->text + builder->text_bytes,
                           GRAPH_TEXT_BYTES_MAX + 1u - builder->text_bytes);

        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return graph_fail(builder, TACTUS_E_INVALID, 0, "cannot be read: %s", strerror(errno));
        }
        builder->text_bytes += got > 0 ? (size_t)got : 0u;
    }
    if (builder->text_bytes > GRAPH_TEXT_BYTES_MAX) {
        return graph_fail(builder, TACTUS_E_INVALID, 0,
                          "larger than 1 MiB; a graph file is a few kilobytes of YAML, "
                          "is this one?");
    }
    builder->text[builder->text_bytes] = '\0';
    return TACTUS_OK;
}

tactus_status graph_text_read(struct graph_builder *builder)
{
    tactus_status status;
    int descriptor;

    descriptor = open(builder->options->graph_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return graph_fail(builder, TACTUS_E_NOT_FOUND, 0,
                              "there is no such graph file; check the path");
        }
        return graph_fail(builder, TACTUS_E_INVALID, 0, "cannot be opened: %s", strerror(errno));
    }
    status = read_all(builder, descriptor);
    close(descriptor);
    return status;
}
