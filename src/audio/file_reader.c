/* SPDX-License-Identifier: BSD-3-Clause */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sndfile.h>
#include <soxr.h>

#include "file_format.h"
#include "message.h"

#define CHUNK_FRAMES 4096u

struct file_reader {
    char *path;
    int descriptor;
    SNDFILE *sound;
    struct file_info info; /* of the file */
    uint64_t frames;       /* at the asked rate */
    uint64_t frames_given;
    uint64_t frames_read; /* at the file's rate */
    bool has_failed;
    soxr_t resampler;      /* NULL: the rates are equal */
    float *chunk;          /* interleaved, CHUNK_FRAMES, from the file */
    size_t chunk_begin;    /* frames that the resampler has taken */
    size_t chunk_end;      /* frames that were read */
    float *output;         /* interleaved, CHUNK_FRAMES, at the asked rate */
    bool output_has_ended; /* the resampler is drained */
};

struct opened {
    int descriptor;
    SNDFILE *sound;
    struct file_info info;
};

static void opened_close(struct opened *opened)
{
    if (opened->sound != NULL) {
        (void)sf_close(opened->sound);
    }
    if (opened->descriptor >= 0) {
        (void)close(opened->descriptor);
    }
}

static tactus_status descriptor_open(const char *path, int *descriptor, uint64_t *size_bytes,
                                     struct tactus_message *message)
{
    struct stat status;
    /* Without O_NONBLOCK the open of a pipe would wait for a writer. */
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*descriptor < 0) {
        int reason = errno;
        message_set(message, "%s: cannot be read: %s", path, strerror(reason));
        bool is_missing = reason == ENOENT || reason == ENOTDIR;
        return is_missing ? TACTUS_E_NOT_FOUND : TACTUS_E_INVALID;
    }
    if (fstat(*descriptor, &status) != 0) {
        message_set(message, "%s: cannot be read: %s", path, strerror(errno));
        return TACTUS_E_OS;
    }
    const char *fault = S_ISDIR(status.st_mode)    ? "is a directory, not a sound file"
                        : !S_ISREG(status.st_mode) ? "is no regular file (a pipe or a device)"
                        : status.st_size == 0      ? "is empty (0 bytes)"
                                                   : NULL;
    if (fault != NULL) {
        message_set(message, "%s: %s", path, fault);
        return TACTUS_E_INVALID;
    }
    *size_bytes = (uint64_t)status.st_size;
    return TACTUS_OK;
}

static tactus_status info_check(const char *path, const SF_INFO *info,
                                struct tactus_message *message)
{
    if (info->channels < 1 || info->channels > (int)FILE_CHANNELS_MAX) {
        message_set(message, "%s: has %d channels; 1 to %u can be used", path, info->channels,
                    FILE_CHANNELS_MAX);
    } else if (info->samplerate < (int)FILE_RATE_MIN_HZ ||
               info->samplerate > (int)FILE_RATE_MAX_HZ) {
        message_set(message, "%s: has a rate of %d Hz; %u to %u can be used", path,
                    info->samplerate, FILE_RATE_MIN_HZ, FILE_RATE_MAX_HZ);
    } else if (info->frames == 0) {
        message_set(message, "%s: holds no sound (0 frames)", path);
    } else if (info->frames < 0 || (uint64_t)info->frames > FILE_FRAMES_MAX) {
        message_set(message, "%s: claims an absurd length or none at all; its header is broken",
                    path);
    } else {
        return TACTUS_OK;
    }
    return TACTUS_E_INVALID;
}

/* A compressed file that was cut tells only when its end is asked for. */
static tactus_status end_check(const char *path, SNDFILE *sound, const SF_INFO *info,
                               struct tactus_message *message)
{
    float frame[FILE_CHANNELS_MAX];
    int type = info->format & SF_FORMAT_TYPEMASK;
    if (!info->seekable || (type != SF_FORMAT_FLAC && type != SF_FORMAT_OGG)) {
        return TACTUS_OK;
    }
    bool has_end = sf_seek(sound, info->frames - 1, SF_SEEK_SET) == info->frames - 1 &&
                   sf_readf_float(sound, frame, 1) == 1;
    if (!has_end || sf_seek(sound, 0, SF_SEEK_SET) != 0) {
        message_set(message, "%s: is truncated or damaged: its end (frame %lld) cannot be read",
                    path, (long long)info->frames);
        return TACTUS_E_INVALID;
    }
    return TACTUS_OK;
}

static tactus_status sound_open(const char *path, struct opened *opened,
                                struct tactus_message *message)
{
    uint64_t size_bytes = 0;
    *opened = (struct opened){.descriptor = -1};
    tactus_status status = descriptor_open(path, &opened->descriptor, &size_bytes, message);
    if (status != TACTUS_OK) {
        return status;
    }
    uint64_t missing = 0;
    if (!file_is_whole(opened->descriptor, size_bytes, &missing)) {
        if (missing > 0) {
            message_set(message, "%s: is truncated: %llu bytes of sound are missing", path,
                        (unsigned long long)missing);
        } else {
            message_set(message, "%s: is truncated: its last page is not complete", path);
        }
        return TACTUS_E_INVALID;
    }
    (void)lseek(opened->descriptor, 0, SEEK_SET);
    SF_INFO info = {0};
    opened->sound = sf_open_fd(opened->descriptor, SFM_READ, &info, SF_FALSE);
    if (opened->sound == NULL) {
        message_set(message, "%s: is no sound file that can be read: %s", path, sf_strerror(NULL));
        return TACTUS_E_INVALID;
    }
    status = info_check(path, &info, message);
    if (status != TACTUS_OK) {
        return status;
    }
    opened->info = (struct file_info){.rate_hz = (uint32_t)info.samplerate,
                                      .channels = (uint32_t)info.channels,
                                      .frames = (uint64_t)info.frames};
    return end_check(path, opened->sound, &info, message);
}

tactus_status file_probe(const char *path, struct file_info *info, struct tactus_message *message)
{
    struct opened opened;
    tactus_status status = sound_open(path, &opened, message);
    if (status == TACTUS_OK) {
        *info = opened.info;
    }
    opened_close(&opened);
    return status;
}

static tactus_status resampler_new(struct file_reader *reader, uint32_t rate_hz,
                                   struct tactus_message *message)
{
    soxr_error_t error = NULL;
    soxr_io_spec_t layout = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    reader->resampler = soxr_create(reader->info.rate_hz, rate_hz, reader->info.channels, &error,
                                    &layout, &quality, &runtime);
    if (reader->resampler == NULL || error != NULL) {
        message_set(message, "%s: cannot be converted from %u to %u Hz: %s", reader->path,
                    reader->info.rate_hz, rate_hz, error == NULL ? "no memory" : error);
        return TACTUS_E_INVALID;
    }
    return TACTUS_OK;
}

/* frames * rate_hz / file rate, to the nearest whole. The product fits: 2^40 * 768000 < 2^60. */
static uint64_t frames_at(const struct file_info *info, uint32_t rate_hz)
{
    return (info->frames * rate_hz + info->rate_hz / 2) / info->rate_hz;
}

tactus_status file_reader_new(const char *path, uint32_t rate_hz, struct file_reader **reader,
                              struct tactus_message *message)
{
    *reader = NULL;
    if (rate_hz < FILE_RATE_MIN_HZ || rate_hz > FILE_RATE_MAX_HZ) {
        message_set(message, "%s: cannot be read at %u Hz", path, rate_hz);
        return TACTUS_E_INVALID;
    }
    struct file_reader *made = calloc(1, sizeof *made);
    if (made == NULL) {
        message_set(message, "%s: no memory to read it", path);
        return TACTUS_E_NO_MEMORY;
    }
    struct opened opened;
    tactus_status status = sound_open(path, &opened, message);
    made->descriptor = opened.descriptor;
    made->sound = opened.sound;
    made->info = opened.info;
    if (status != TACTUS_OK) {
        file_reader_free(made);
        return status;
    }
    made->path = strdup(path);
    made->frames = frames_at(&made->info, rate_hz);
    made->chunk = calloc((size_t)CHUNK_FRAMES * made->info.channels, sizeof *made->chunk);
    made->output = calloc((size_t)CHUNK_FRAMES * made->info.channels, sizeof *made->output);
    if (made->path == NULL || made->chunk == NULL || made->output == NULL) {
        message_set(message, "%s: no memory to read it", path);
        status = TACTUS_E_NO_MEMORY;
    } else if (made->frames == 0) {
        message_set(message, "%s: is too short: at %u Hz nothing is left of its %llu frames", path,
                    rate_hz, (unsigned long long)made->info.frames);
        status = TACTUS_E_INVALID;
    } else if (made->info.rate_hz != rate_hz) {
        status = resampler_new(made, rate_hz, message);
    }
    if (status != TACTUS_OK) {
        file_reader_free(made);
        return status;
    }
    *reader = made;
    return TACTUS_OK;
}

uint64_t file_reader_frames(const struct file_reader *reader)
{
    return reader->frames;
}

uint32_t file_reader_rate_hz(const struct file_reader *reader)
{
    return reader->info.rate_hz;
}

uint32_t file_reader_channels(const struct file_reader *reader)
{
    return reader->info.channels;
}

bool file_reader_is_resampled(const struct file_reader *reader)
{
    return reader->resampler != NULL;
}

/* Reads up to `frames` of what is left, interleaved; 0: the end, or a failure. */
static size_t sound_read(struct file_reader *reader, float *target, size_t frames,
                         struct tactus_message *message)
{
    uint64_t left = reader->info.frames - reader->frames_read;
    sf_count_t wanted = (sf_count_t)(left < frames ? left : frames);
    if (wanted == 0 || reader->has_failed) {
        return 0;
    }
    sf_count_t got = sf_readf_float(reader->sound, target, wanted);
    got = got < 0 ? 0 : got;
    reader->frames_read += (uint64_t)got;
    if (got < wanted) {
        reader->has_failed = true;
        int error = sf_error(reader->sound);
        message_set(message, "%s: cannot be read beyond frame %llu of %llu: %s", reader->path,
                    (unsigned long long)reader->frames_read,
                    (unsigned long long)reader->info.frames,
                    error == SF_ERR_NO_ERROR ? "it ends there" : sf_strerror(reader->sound));
    }
    return (size_t)got;
}

/* Up to `frames` at the asked rate into reader->output; 0: no more will come. */
static size_t output_fill(struct file_reader *reader, size_t frames, struct tactus_message *message)
{
    if (reader->resampler == NULL) {
        return sound_read(reader, reader->output, frames, message);
    }
    while (!reader->output_has_ended) {
        if (reader->chunk_begin == reader->chunk_end) {
            reader->chunk_begin = 0;
            reader->chunk_end = sound_read(reader, reader->chunk, CHUNK_FRAMES, message);
        }
        size_t given = reader->chunk_end - reader->chunk_begin;
        const float *input =
            given == 0 ? NULL : reader->chunk + reader->chunk_begin * reader->info.channels;
        size_t taken = 0;
        size_t made = 0;
        soxr_error_t error =
            soxr_process(reader->resampler, input, given, &taken, reader->output, frames, &made);
        if (error != NULL && !reader->has_failed) {
            reader->has_failed = true;
            message_set(message, "%s: cannot be converted to another rate: %s", reader->path,
                        error);
        }
        reader->chunk_begin += taken;
        if (made > 0) {
            return made;
        }
        reader->output_has_ended = given == 0 || taken == 0 || error != NULL;
    }
    return 0;
}

bool file_reader_read(struct file_reader *reader, float *const *planes, uint32_t frames,
                      struct tactus_message *message)
{
    const bool had_failed = reader->has_failed;
    const uint32_t channels = reader->info.channels;
    uint32_t done = 0;
    while (done < frames && reader->frames_given < reader->frames && !had_failed) {
        uint64_t left = reader->frames - reader->frames_given;
        size_t wanted = frames - done < CHUNK_FRAMES ? frames - done : CHUNK_FRAMES;
        wanted = left < wanted ? (size_t)left : wanted;
        size_t got = output_fill(reader, wanted, message);
        if (got == 0) {
            break;
        }
        for (uint32_t channel = 0; channel < channels; channel++) {
            for (size_t i = 0; i < got; i++) {
                planes[channel][done + i] = reader->output[i * channels + channel];
            }
        }
        done += (uint32_t)got;
        reader->frames_given += got;
    }
    for (uint32_t channel = 0; channel < channels; channel++) {
        memset(planes[channel] + done, 0, (frames - done) * sizeof(float));
    }
    return reader->has_failed == had_failed;
}

void file_reader_free(struct file_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    if (reader->resampler != NULL) {
        soxr_delete(reader->resampler);
    }
    opened_close(&(struct opened){.descriptor = reader->descriptor, .sound = reader->sound});
    free(reader->chunk);
    free(reader->output);
    free(reader->path);
    free(reader);
}
