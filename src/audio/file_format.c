/* SPDX-License-Identifier: BSD-3-Clause */
#include "file_format.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "file.h"
#include "message.h"

static const struct file_format formats[] = {
    {"wav-float32", ".wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0},
    {"wav-pcm16", ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16},
    {"wav-pcm24", ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 24},
    {"wav-pcm32", ".wav", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 32},
    {"flac-16", ".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16},
    {"flac-24", ".flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 24},
};

#define FORMATS_COUNT      (sizeof formats / sizeof formats[0])
#define FLAC_DEFAULT       5 /* index: the finest that FLAC has here */
#define FLAC_CHANNELS_MAX  8u
#define FLAC_RATE_MAX_HZ   655350u
#define FLAC_RATE_PLAIN_HZ 65535u /* above: only whole tens */

const char *file_ending(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name == NULL ? path : name + 1;
    const char *dot = strrchr(name, '.');
    return dot == NULL || dot == name ? "" : dot;
}

static const struct file_format *format_by_ending(const char *path)
{
    if (strcasecmp(file_ending(path), ".wav") == 0) {
        return &formats[0];
    }
    return strcasecmp(file_ending(path), ".flac") == 0 ? &formats[FLAC_DEFAULT] : NULL;
}

static const struct file_format *format_by_name(const char *name)
{
    for (size_t i = 0; i < FORMATS_COUNT; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

static tactus_status limits_check(const char *path, const struct file_format *format,
                                  uint32_t rate_hz, uint32_t channels,
                                  struct tactus_message *message)
{
    if (channels == 0 || channels > FILE_CHANNELS_MAX) {
        message_set(message, "%s: cannot have %u channels; 1 to %u are possible", path, channels,
                    FILE_CHANNELS_MAX);
        return TACTUS_E_INVALID;
    }
    if (rate_hz < FILE_RATE_MIN_HZ || rate_hz > FILE_RATE_MAX_HZ) {
        message_set(message, "%s: cannot have a rate of %u Hz; %u to %u are possible", path,
                    rate_hz, FILE_RATE_MIN_HZ, FILE_RATE_MAX_HZ);
        return TACTUS_E_INVALID;
    }
    bool is_flac = (format->sndfile & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
    if (is_flac && channels > FLAC_CHANNELS_MAX) {
        message_set(message, "%s: FLAC holds at most %u channels, not %u; use a WAV format", path,
                    FLAC_CHANNELS_MAX, channels);
        return TACTUS_E_INVALID;
    }
    if (is_flac &&
        (rate_hz > FLAC_RATE_MAX_HZ || (rate_hz > FLAC_RATE_PLAIN_HZ && rate_hz % 10 != 0))) {
        message_set(message, "%s: FLAC cannot hold a rate of %u Hz; use a WAV format", path,
                    rate_hz);
        return TACTUS_E_INVALID;
    }
    return TACTUS_OK;
}

tactus_status file_format_find(const char *path, const char *format, uint32_t rate_hz,
                               uint32_t channels, const struct file_format **found,
                               struct tactus_message *message)
{
    const struct file_format *by_ending = format_by_ending(path);
    const struct file_format *chosen = by_ending;
    if (format != NULL && format[0] != '\0') {
        chosen = format_by_name(format);
        if (chosen == NULL) {
            message_set(message,
                        "%s: there is no format \"%s\"; there are wav-float32, wav-pcm16, "
                        "wav-pcm24, wav-pcm32, flac-16 and flac-24",
                        path, format);
            return TACTUS_E_INVALID;
        }
        if (by_ending != NULL && strcmp(by_ending->ending, chosen->ending) != 0) {
            message_set(message, "%s: format %s does not go with the ending %s", path, format,
                        file_ending(path));
            return TACTUS_E_INVALID;
        }
    } else if (chosen == NULL) {
        message_set(message,
                    "%s: its ending tells no format that can be written; use .wav or .flac, or "
                    "give a format",
                    path);
        return TACTUS_E_INVALID;
    }
    *found = chosen;
    return limits_check(path, chosen, rate_hz, channels, message);
}

tactus_status file_format_check(const char *path, const char *format, uint32_t rate_hz,
                                uint32_t channels, struct tactus_message *message)
{
    const struct file_format *found = NULL;
    return file_format_find(path, format, rate_hz, channels, &found, message);
}
