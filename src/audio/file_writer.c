/* SPDX-License-Identifier: BSD-3-Clause */
#include "file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>

#include "file_format.h"
#include "file_place.h"
#include "message.h"

#define CHUNK_FRAMES 4096u
#define WAV_BYTES_MAX                                                                              \
    0xffff0000ull /* the chunk's length has 32 bits; the head is to fit as well                    \
                   */

struct file_writer {
    struct file_place place;
    const struct file_format *format;
    SNDFILE *sound;
    uint32_t channels;
    uint64_t frames;
    bool has_failed;
    union { /* interleaved, CHUNK_FRAMES */
        float *floats;
        int32_t *integers;
    } chunk;
};

static tactus_status sound_new(struct file_writer *writer, const char *path, uint32_t rate_hz,
                               struct tactus_message *message)
{
    SF_INFO info = {.samplerate = (int)rate_hz,
                    .channels = (int)writer->channels,
                    .format = writer->format->sndfile};
    writer->sound = sf_open_fd(writer->place.file, SFM_WRITE, &info, SF_FALSE);
    if (writer->sound == NULL) {
        message_set(message, "%s: cannot be written as %s: %s", path, writer->format->name,
                    sf_strerror(NULL));
        return TACTUS_E_INVALID;
    }
    /* The PEAK chunk holds the time of day: two equal runs would differ. */
    (void)sf_command(writer->sound, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    return TACTUS_OK;
}

tactus_status file_writer_new(const char *path, const char *format, uint32_t rate_hz,
                              uint32_t channels, struct file_writer **writer,
                              struct tactus_message *message)
{
    *writer = NULL;
    const struct file_format *found = NULL;
    tactus_status status = file_format_find(path, format, rate_hz, channels, &found, message);
    if (status != TACTUS_OK) {
        return status;
    }
    struct file_writer *made = calloc(1, sizeof *made);
    float *chunk = calloc((size_t)CHUNK_FRAMES * channels, sizeof *chunk);
    if (made == NULL || chunk == NULL) {
        message_set(message, "%s: no memory to write it", path);
        free(made);
        free(chunk);
        return TACTUS_E_NO_MEMORY;
    }
    made->format = found;
    made->channels = channels;
    made->chunk.floats = chunk;
    status = file_place_open(&made->place, path, message);
    if (status == TACTUS_OK) {
        status = sound_new(made, path, rate_hz, message);
    }
    if (status != TACTUS_OK) {
        file_writer_free(made);
        return status;
    }
    *writer = made;
    return TACTUS_OK;
}

/* To the upper bits of 32, which is how libsndfile takes integers of any width: clipped, halves to
 * even, NaN to zero. Done here so that no library's choice of rounding decides about the bits. */
static int32_t sample_of(float value, uint32_t bits)
{
    const double limit = (double)(UINT32_C(1) << (bits - 1));
    double scaled = rint((double)value * limit);
    if (isnan(scaled)) {
        return 0;
    }
    scaled = scaled < -limit ? -limit : scaled > limit - 1.0 ? limit - 1.0 : scaled;
    return (int32_t)((uint32_t)(int32_t)scaled << (32 - bits));
}

static void chunk_fill(struct file_writer *writer, const float *const *planes, uint32_t begin,
                       uint32_t frames)
{
    const uint32_t channels = writer->channels;
    const uint32_t bits = writer->format->pcm_bits;
    for (uint32_t channel = 0; channel < channels; channel++) {
        const float *plane = planes[channel] + begin;
        for (uint32_t i = 0; i < frames; i++) {
            size_t place = (size_t)i * channels + channel;
            if (bits == 0) {
                writer->chunk.floats[place] = plane[i];
            } else {
                writer->chunk.integers[place] = sample_of(plane[i], bits);
            }
        }
    }
}

static uint64_t frames_max(const struct file_format *format, uint32_t channels)
{
    bool is_wav = (format->sndfile & SF_FORMAT_TYPEMASK) == SF_FORMAT_WAV;
    uint64_t sample_bytes = format->pcm_bits == 0 ? 4 : format->pcm_bits / 8;
    return is_wav ? WAV_BYTES_MAX / (channels * sample_bytes) : UINT64_MAX;
}

tactus_status file_length_check(const char *path, const char *format, uint32_t rate_hz,
                                uint32_t channels, uint64_t frames, struct tactus_message *message)
{
    const struct file_format *found = NULL;
    tactus_status status = file_format_find(path, format, rate_hz, channels, &found, message);
    if (status == TACTUS_OK && frames > frames_max(found, channels)) {
        message_set(
            message,
            "%s: %llu frames are more than the 4 GiB of a WAV file hold (%llu); write .flac "
            "or fewer bits, or cut the input",
            path, (unsigned long long)frames, (unsigned long long)frames_max(found, channels));
        status = TACTUS_E_INVALID;
    }
    return status;
}

bool file_writer_write(struct file_writer *writer, const float *const *planes, uint32_t frames,
                       struct tactus_message *message)
{
    if (writer->has_failed) {
        return true; /* was told */
    }
    if (frames > frames_max(writer->format, writer->channels) - writer->frames) {
        writer->has_failed = true;
        message_set(message, "%s: a WAV file holds no more than 4 GiB; it ends at frame %llu",
                    writer->place.path, (unsigned long long)writer->frames);
        return false;
    }
    for (uint32_t done = 0; done < frames && !writer->has_failed;) {
        uint32_t part = frames - done < CHUNK_FRAMES ? frames - done : CHUNK_FRAMES;
        chunk_fill(writer, planes, done, part);
        errno = 0;
        sf_count_t written = writer->format->pcm_bits == 0
                                 ? sf_writef_float(writer->sound, writer->chunk.floats, part)
                                 : sf_writef_int(writer->sound, writer->chunk.integers, part);
        int reason = errno;
        writer->has_failed = written != (sf_count_t)part;
        if (writer->has_failed) {
            message_set(message, "%s: cannot be written beyond frame %llu: %s", writer->place.path,
                        (unsigned long long)writer->frames,
                        reason != 0 ? strerror(reason) : sf_strerror(writer->sound));
        }
        writer->frames += written > 0 ? (uint64_t)written : 0;
        done += part;
    }
    return !writer->has_failed;
}

tactus_status file_writer_commit(struct file_writer *writer, struct tactus_message *message)
{
    if (writer->sound == NULL) {
        message_set(message, "%s: was written already", writer->place.path);
        return TACTUS_E_STATE;
    }
    if (writer->has_failed) {
        message_set(message, "%s: is not put into its place, since its end is missing",
                    writer->place.path);
        return TACTUS_E_STATE;
    }
    errno = 0;
    int error = sf_close(writer->sound); /* writes the final header */
    int reason = errno;
    writer->sound = NULL;
    if (error != 0) {
        message_set(message, "%s: cannot be finished: %s", writer->place.path,
                    reason != 0 ? strerror(reason) : sf_error_number(error));
        return TACTUS_E_OS;
    }
    return file_place_commit(&writer->place, message);
}

void file_writer_free(struct file_writer *writer)
{
    if (writer == NULL) {
        return;
    }
    if (writer->sound != NULL) {
        (void)sf_close(writer->sound);
    }
    file_place_close(&writer->place);
    free(writer->chunk.floats);
    free(writer);
}
