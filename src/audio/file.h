/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sound files. Kernel side, one thread at a time per object; everything blocks.
 */
#ifndef AUDIO_FILE_H
#define AUDIO_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/pipeline.h>

struct file_info {
    uint32_t rate_hz;
    uint32_t channels;
    uint64_t frames;
};

struct file_reader;
struct file_writer;

/* Looks at a sound file. TACTUS_E_NOT_FOUND or TACTUS_E_INVALID with a message that names the path
 * (missing, a directory, unreadable, empty, no sound, truncated, no channels, absurd sizes). */
TACTUS_MUST_CHECK tactus_status file_probe(const char *path, struct file_info *info,
                                           struct tactus_message *message);

/* Opens for reading at rate_hz; another rate than the file's is converted with soxr (very high
 * quality), and the length is then the rounded one. */
TACTUS_MUST_CHECK tactus_status file_reader_new(const char *path, uint32_t rate_hz,
                                                struct file_reader **reader,
                                                struct tactus_message *message);
/* Frames at the asked rate in the whole file. */
uint64_t file_reader_frames(const struct file_reader *reader);
uint32_t file_reader_rate_hz(const struct file_reader *reader); /* of the file */
uint32_t file_reader_channels(const struct file_reader *reader);
bool file_reader_is_resampled(const struct file_reader *reader);
/* Fills planes[0..channels-1]; after the end with silence. False and a message: a read error, once;
 * from then on silence. */
bool file_reader_read(struct file_reader *reader, float *const *planes, uint32_t frames,
                      struct tactus_message *message);
void file_reader_free(struct file_reader *reader);

/* "wav-float32" (default), "wav-pcm16", "wav-pcm24", "wav-pcm32", "flac-16", "flac-24"; NULL or "":
 * by the file's ending (.wav, .flac). */
TACTUS_MUST_CHECK tactus_status file_format_check(const char *path, const char *format,
                                                  uint32_t rate_hz, uint32_t channels,
                                                  struct tactus_message *message);
/* Whether the format can hold that many frames; as above, which has to be asked first. */
TACTUS_MUST_CHECK tactus_status file_length_check(const char *path, const char *format,
                                                  uint32_t rate_hz, uint32_t channels,
                                                  uint64_t frames, struct tactus_message *message);
/* Whether a file could be put there; changes nothing. */
TACTUS_MUST_CHECK tactus_status file_writable_check(const char *path,
                                                    struct tactus_message *message);

/* Writes to a file without a name (O_TMPFILE, or where the file system has none a hidden name in
 * the same folder), so that what is at `path` is untouched until file_writer_commit. */
TACTUS_MUST_CHECK tactus_status file_writer_new(const char *path, const char *format,
                                                uint32_t rate_hz, uint32_t channels,
                                                struct file_writer **writer,
                                                struct tactus_message *message);
/* False and a message: disk full and the like, once; from then on nothing is written. Pcm formats
 * are clipped, not wrapped. */
bool file_writer_write(struct file_writer *writer, const float *const *planes, uint32_t frames,
                       struct tactus_message *message);
/* Header, flush, fsync, and atomically into place, with the mode of the file that it replaces or
 * else the one that a new file would get. */
TACTUS_MUST_CHECK tactus_status file_writer_commit(struct file_writer *writer,
                                                   struct tactus_message *message);
/* Frees; what was not committed is gone without a trace. */
void file_writer_free(struct file_writer *writer);

#endif
