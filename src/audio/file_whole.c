/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "file_format.h"

#define CHUNKS_MAX        4096u
#define SIZE_UNKNOWN_FROM 0x7ffff000u /* what writers to a pipe put, who cannot know the length */
#define OGG_TAIL_BYTES    (27u + 255u + 255u * 255u)
#define OGG_LAST_PAGE     0x04u

static bool read_at(int descriptor, uint64_t offset, void *target, size_t bytes)
{
    return pread(descriptor, target, bytes, (off_t)offset) == (ssize_t)bytes;
}

static uint32_t number_of(const unsigned char *bytes, bool is_big_endian)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < 4; i++) {
        number = number << 8 | bytes[is_big_endian ? i : 3 - i];
    }
    return number;
}

/* The data size that an RF64 file keeps in its ds64 chunk. */
static uint64_t rf64_data_bytes(int descriptor, uint64_t chunk)
{
    unsigned char sizes[16];
    if (!read_at(descriptor, chunk + 8, sizes, sizeof sizes)) {
        return 0;
    }
    return (uint64_t)number_of(sizes + 12, false) << 32 | number_of(sizes + 8, false);
}

/* Walks the chunks to the one that holds the sound. */
static bool chunks_are_whole(int descriptor, uint64_t size_bytes, const char *data_name,
                             bool is_big_endian, uint64_t *missing)
{
    uint64_t offset = 12;
    uint64_t long_bytes = 0;
    for (uint32_t i = 0; i < CHUNKS_MAX; i++) {
        unsigned char head[8];
        if (!read_at(descriptor, offset, head, sizeof head)) {
            return true; /* no such chunk: libsndfile says what it thinks of that */
        }
        uint64_t bytes = number_of(head + 4, is_big_endian);
        if (memcmp(head, "ds64", 4) == 0) {
            long_bytes = rf64_data_bytes(descriptor, offset);
        }
        if (memcmp(head, data_name, 4) == 0) {
            if (bytes >= SIZE_UNKNOWN_FROM && long_bytes == 0) {
                return true;
            }
            bytes = bytes == UINT32_MAX ? long_bytes : bytes;
            uint64_t there = size_bytes - offset - 8;
            *missing = bytes > there ? bytes - there : 0;
            return bytes <= there;
        }
        offset += 8 + bytes + (bytes & 1);
    }
    return true;
}

/* The last page must be complete and be marked as the last one. */
static bool ogg_is_whole(int descriptor, uint64_t size_bytes)
{
    static _Thread_local unsigned char tail[OGG_TAIL_BYTES];
    size_t bytes = size_bytes < OGG_TAIL_BYTES ? (size_t)size_bytes : OGG_TAIL_BYTES;
    if (!read_at(descriptor, size_bytes - bytes, tail, bytes)) {
        return false;
    }
    for (size_t i = bytes - 4; i + 4 >= 4; i--) {
        if (memcmp(tail + i, "OggS", 4) == 0) {
            if (i + 27 > bytes || i + 27u + tail[i + 26] > bytes) {
                return false;
            }
            size_t page = 27u + tail[i + 26];
            for (size_t segment = 0; segment < tail[i + 26]; segment++) {
                page += tail[i + 27 + segment];
            }
            return i + page <= bytes && (tail[i + 5] & OGG_LAST_PAGE) != 0;
        }
        if (i == 0) {
            break;
        }
    }
    return true; /* no page in sight: something else follows the stream */
}

bool file_is_whole(int descriptor, uint64_t size_bytes, uint64_t *missing)
{
    unsigned char head[12];
    *missing = 0;
    if (size_bytes < sizeof head || !read_at(descriptor, 0, head, sizeof head)) {
        return true;
    }
    bool is_riff = memcmp(head, "RIFF", 4) == 0 || memcmp(head, "RF64", 4) == 0;
    if ((is_riff || memcmp(head, "RIFX", 4) == 0) && memcmp(head + 8, "WAVE", 4) == 0) {
        return chunks_are_whole(descriptor, size_bytes, "data", !is_riff, missing);
    }
    if (memcmp(head, "FORM", 4) == 0 && memcmp(head + 8, "AIF", 3) == 0) {
        return chunks_are_whole(descriptor, size_bytes, "SSND", true, missing);
    }
    return memcmp(head, "OggS", 4) != 0 || ogg_is_whole(descriptor, size_bytes);
}
