/* SPDX-License-Identifier: BSD-3-Clause */
/* What reading and writing sound files share: formats and limits. */
#ifndef AUDIO_FILE_FORMAT_H
#define AUDIO_FILE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include <sndfile.h>

#include <tactus/pipeline.h>

#define FILE_CHANNELS_MAX 64u
#define FILE_RATE_MIN_HZ  1000u
#define FILE_RATE_MAX_HZ  768000u
#define FILE_FRAMES_MAX   (1ull << 40) /* more is a broken header: 180 days at 768 kHz are less */

struct file_format {
    const char *name;
    const char *ending;
    int sndfile;
    uint32_t pcm_bits; /* 0: float */
};

/* ".wav" of "a/b.wav"; "" where there is none. */
const char *file_ending(const char *path);

/* By name, or by the path's ending where the name is NULL or "". */
TACTUS_MUST_CHECK tactus_status file_format_find(const char *path, const char *format,
                                                 uint32_t rate_hz, uint32_t channels,
                                                 const struct file_format **found,
                                                 struct tactus_message *message);

/* Whether the containers that tell their length (RIFF, RF64, AIFF, Ogg) are all there; libsndfile
 * plays what is left of a cut file without a word. False: cut off, `missing` bytes short (0: not
 * known). Moves the file's offset. Files of other kinds pass. */
bool file_is_whole(int descriptor, uint64_t size_bytes, uint64_t *missing);

#endif
