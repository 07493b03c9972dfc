/* SPDX-License-Identifier: BSD-3-Clause */
/* Sound files: what comes out is what went in, bad ones are refused with a reason, and nothing that
 * was there is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"

#define RATE_HZ 48000u
#define FRAMES  10007u /* a prime: no chunk fits */

static char folder[] = "/tmp/tactus-test-file-XXXXXX";
static char path[512];

static const char *in_folder(const char *name)
{
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int folder_remove(void **state)
{
    (void)state;
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static uint32_t entries_count(void)
{
    uint32_t count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    while (readdir(entries) != NULL) {
        count++;
    }
    (void)closedir(entries);
    return count - 2;
}

/* A fixed, bounded noise: every run tests the same samples. */
static float **planes_new(uint32_t channels, uint32_t frames, float peak)
{
    uint32_t noise = 12345;
    float **planes = calloc(channels, sizeof *planes);
    assert_non_null(planes);
    for (uint32_t channel = 0; channel < channels; channel++) {
        planes[channel] = calloc(frames + 1u, sizeof **planes);
        assert_non_null(planes[channel]);
        for (uint32_t i = 0; i < frames; i++) {
            noise = noise * 1664525u + 1013904223u;
            planes[channel][i] = peak * ((float)(noise >> 8) / 8388608.0F - 1.0F);
        }
    }
    return planes;
}

static void planes_free(float **planes, uint32_t channels)
{
    for (uint32_t channel = 0; channel < channels; channel++) {
        free(planes[channel]);
    }
    free(planes);
}

static void write_file(const char *target, const char *format, uint32_t rate_hz, uint32_t channels,
                       float *const *planes, uint32_t frames)
{
    struct file_writer *writer = NULL;
    struct tactus_message message = {{0}};
    tactus_status status = file_writer_new(target, format, rate_hz, channels, &writer, &message);
    assert_string_equal(message.text, "");
    assert_int_equal(status, TACTUS_OK);
    for (uint32_t done = 0; done < frames;) {
        const float *parts[64];
        uint32_t part = frames - done < 4999 ? frames - done : 4999;
        for (uint32_t channel = 0; channel < channels; channel++) {
            parts[channel] = planes[channel] + done;
        }
        assert_true(file_writer_write(writer, parts, part, &message));
        done += part;
    }
    assert_int_equal(file_writer_commit(writer, &message), TACTUS_OK);
    file_writer_free(writer);
}

/* Reads the whole file in blocks of odd sizes. */
static void read_file(const char *source, uint32_t rate_hz, float *const *planes, uint32_t frames)
{
    struct file_reader *reader = NULL;
    struct tactus_message message = {{0}};
    assert_int_equal(file_reader_new(source, rate_hz, &reader, &message), TACTUS_OK);
    uint32_t channels = file_reader_channels(reader);
    for (uint32_t done = 0, size = 1; done < frames; size = size % 997 + 48) {
        float *parts[64];
        uint32_t part = frames - done < size ? frames - done : size;
        for (uint32_t channel = 0; channel < channels; channel++) {
            parts[channel] = planes[channel] + done;
        }
        assert_true(file_reader_read(reader, parts, part, &message));
        done += part;
    }
    file_reader_free(reader);
}

static char *bytes_of(const char *source, size_t *count)
{
    FILE *file = fopen(source, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *count = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*count + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *count, file), *count);
    (void)fclose(file);
    return bytes;
}

static void bytes_to(const char *target, const void *bytes, size_t count)
{
    FILE *file = fopen(target, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static void test_round_trips(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *format;
        float step; /* half of it is the largest error that is allowed */
        uint32_t channels_max;
    } cases[] = {
        {"a.wav", NULL, 0.0F, 64},
        {"b.wav", "wav-float32", 0.0F, 8},
        {"c.wav", "wav-pcm16", 1.0F / 32768.0F, 8},
        {"d.wav", "wav-pcm24", 1.0F / 8388608.0F, 8},
        {"e.wav", "wav-pcm32", 1.0F / 8388608.0F, 8},
        {"f.flac", "flac-16", 1.0F / 32768.0F, 8},
        {"g.flac", "flac-24", 1.0F / 8388608.0F, 8},
        {"h.flac", "", 1.0F / 8388608.0F, 8},
        {"ending-of-no-format", "wav-float32", 0.0F, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (uint32_t channels = 1; channels <= cases[i].channels_max; channels *= 2) {
            float **given = planes_new(channels, FRAMES, 0.99F);
            float **got = planes_new(channels, FRAMES, 0.0F);
            char target[256];
            (void)snprintf(target, sizeof target, "%s/%s", folder, cases[i].name);
            write_file(target, cases[i].format, RATE_HZ, channels, given, FRAMES);
            struct file_info info;
            struct tactus_message message;
            assert_int_equal(file_probe(target, &info, &message), TACTUS_OK);
            assert_int_equal(info.rate_hz, RATE_HZ);
            assert_int_equal(info.channels, channels);
            assert_int_equal(info.frames, FRAMES);
            read_file(target, RATE_HZ, got, FRAMES);
            for (uint32_t channel = 0; channel < channels; channel++) {
                for (uint32_t frame = 0; frame < FRAMES; frame++) {
                    float error = fabsf(given[channel][frame] - got[channel][frame]);
                    assert_true(error <= cases[i].step / 2.0F);
                }
            }
            planes_free(given, channels);
            planes_free(got, channels);
        }
    }
}

static void test_pcm_is_stable_and_clipped(void **state)
{
    (void)state;
    float samples[] = {1.0F, -1.0F, 2.0F,  -3.0F,           INFINITY,        -INFINITY,
                       NAN,  0.5F,  1e-9F, 0.5F / 32768.0F, 1.5F / 32768.0F, -0.5F / 32768.0F};
    const int16_t wanted[] = {32767, -32768, 32767, -32768, 32767, -32768, 0, 16384, 0, 0, 2, 0};
    const uint32_t count = sizeof samples / sizeof samples[0];
    float *planes[] = {samples};
    write_file(in_folder("clip.wav"), "wav-pcm16", RATE_HZ, 1, planes, count);
    size_t bytes_count = 0;
    char *bytes = bytes_of(path, &bytes_count);
    assert_true(bytes_count >= 44);
    assert_memory_equal(bytes + bytes_count - sizeof wanted, wanted, sizeof wanted);
    free(bytes);

    float back[sizeof samples / sizeof samples[0]] = {0};
    float *back_planes[] = {back};
    read_file(path, RATE_HZ, back_planes, count);
    size_t again_count = 0;
    char *first = bytes_of(path, &bytes_count);
    write_file(in_folder("clip2.wav"), "wav-pcm16", RATE_HZ, 1, back_planes, count);
    char *again = bytes_of(path, &again_count);
    assert_int_equal(bytes_count, again_count);
    assert_memory_equal(first, again, bytes_count);
    free(first);
    free(again);
}

static void test_equal_runs_give_equal_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"1.wav", "1.flac", "2.wav", "2.flac"};
    char *bytes[4];
    size_t counts[4];
    float **planes = planes_new(2, FRAMES, 0.9F);
    for (uint32_t i = 0; i < 4; i++) {
        if (i == 2) {
            (void)sleep(1); /* a second later: a time stamp would differ */
        }
        write_file(in_folder(names[i]), NULL, RATE_HZ, 2, planes, FRAMES);
        bytes[i] = bytes_of(path, &counts[i]);
    }
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(counts[i], counts[i + 2]);
        assert_memory_equal(bytes[i], bytes[i + 2], counts[i]);
    }
    for (uint32_t i = 0; i < 4; i++) {
        free(bytes[i]);
    }
    planes_free(planes, 2);
}

static void test_silence_after_the_end(void **state)
{
    (void)state;
    float **given = planes_new(1, 100, 0.9F);
    write_file(in_folder("short.wav"), NULL, RATE_HZ, 1, given, 100);
    struct file_reader *reader = NULL;
    struct tactus_message message;
    float got[256];
    float *planes[] = {got};
    assert_int_equal(file_reader_new(path, RATE_HZ, &reader, &message), TACTUS_OK);
    assert_int_equal(file_reader_frames(reader), 100);
    assert_false(file_reader_is_resampled(reader));
    for (uint32_t round = 0; round < 3; round++) {
        memset(got, 0x7f, sizeof got);
        assert_true(file_reader_read(reader, planes, 256, &message));
        for (uint32_t i = 0; i < 256; i++) {
            float wanted = round == 0 && i < 100 ? given[0][i] : 0.0F;
            assert_memory_equal(&got[i], &wanted, sizeof wanted);
        }
    }
    file_reader_free(reader);
    planes_free(given, 1);
}

/* A sine stays a sine at another rate, whatever the block size, and keeps its length in seconds. */
static void test_resampling(void **state)
{
    (void)state;
    static const uint32_t rates[] = {8000, 22050, 44100, 96000, 192000};
    const double pi = acos(-1.0);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        uint32_t frames = rates[i] / 2 + 1;
        float **given = planes_new(2, frames, 0.0F);
        for (uint32_t frame = 0; frame < frames; frame++) {
            given[0][frame] = (float)(0.5 * sin(2.0 * pi * 1000.0 * frame / rates[i]));
            given[1][frame] = -given[0][frame];
        }
        write_file(in_folder("sine.wav"), NULL, rates[i], 2, given, frames);
        struct file_reader *reader = NULL;
        struct tactus_message message;
        assert_int_equal(file_reader_new(path, RATE_HZ, &reader, &message), TACTUS_OK);
        uint32_t wanted = (uint32_t)llround((double)frames * RATE_HZ / rates[i]);
        assert_true(file_reader_is_resampled(reader));
        assert_int_equal(file_reader_frames(reader), wanted);
        float **whole = planes_new(2, wanted + 500, 0.0F);
        assert_true(file_reader_read(reader, whole, wanted + 500, &message));
        file_reader_free(reader);
        float **parts = planes_new(2, wanted, 0.0F);
        read_file(path, RATE_HZ, parts, wanted);
        for (uint32_t frame = 0; frame < wanted; frame++) {
            double sine = 0.5 * sin(2.0 * pi * 1000.0 * frame / RATE_HZ);
            if (frame > 2000 && frame + 2000 < wanted) { /* the edges ring */
                assert_true(fabs(sine - (double)whole[0][frame]) < 1e-4);
            }
            assert_memory_equal(&whole[0][frame], &parts[0][frame], sizeof(float));
        }
        assert_true(whole[1][wanted + 499] == 0.0F);
        planes_free(given, 2);
        planes_free(whole, 2);
        planes_free(parts, 2);
    }
}

static void expect_refusal(const char *source, tactus_status wanted, const char *words)
{
    struct file_info info;
    struct tactus_message message = {{0}};
    struct file_reader *reader = NULL;
    assert_int_equal(file_probe(source, &info, &message), wanted);
    if (strstr(message.text, words) == NULL || strstr(message.text, source) == NULL) {
        fail_msg("\"%s\" lacks \"%s\" or the path", message.text, words);
    }
    assert_int_equal(file_reader_new(source, RATE_HZ, &reader, &message), wanted);
    assert_null(reader);
}

static void test_bad_inputs(void **state)
{
    (void)state;
    expect_refusal(in_folder("missing.wav"), TACTUS_E_NOT_FOUND, "No such file");
    expect_refusal(in_folder("missing/x.wav"), TACTUS_E_NOT_FOUND, "No such file");
    expect_refusal(folder, TACTUS_E_INVALID, "directory");
    expect_refusal("/dev/null", TACTUS_E_INVALID, "no regular file");
    assert_int_equal(mkfifo(in_folder("pipe.wav"), 0600), 0);
    expect_refusal(path, TACTUS_E_INVALID, "no regular file");
    bytes_to(in_folder("empty.wav"), "", 0);
    expect_refusal(path, TACTUS_E_INVALID, "empty");
    bytes_to(in_folder("text.wav"), "this is not sound at all, only words", 36);
    expect_refusal(path, TACTUS_E_INVALID, "no sound file");
    float none = 0.0F;
    float *planes[] = {&none};
    write_file(in_folder("nothing.wav"), NULL, RATE_HZ, 1, planes, 0);
    expect_refusal(path, TACTUS_E_INVALID, "no sound");
}

/* Each field of a head made wrong in turn. */
static void test_bad_heads(void **state)
{
    (void)state;
    float **given = planes_new(1, 1000, 0.9F);
    size_t count = 0;
    write_file(in_folder("good.wav"), "wav-pcm16", RATE_HZ, 1, given, 1000);
    char *good = bytes_of(path, &count);
    assert_int_equal(count, 44 + 2000);
    static const struct {
        const char *name;
        size_t offset;
        unsigned char bytes[4];
        size_t length;
        const char *words;
    } cases[] = {
        {"channels0.wav", 22, {0, 0}, 2, "channels0.wav"},
        {"channels65.wav", 22, {65, 0}, 2, "channels"},
        {"rate0.wav", 24, {0, 0, 0, 0}, 4, "rate0.wav"},
        {"rate-absurd.wav", 24, {0xff, 0xff, 0xff, 0x7f}, 4, "rate"},
        {"data-longer.wav", 40, {0xd2, 7, 0, 0}, 4, "2 bytes"},
        {"data-absurd.wav", 40, {0, 0, 0, 0x70}, 4, "truncated"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char bad[44 + 2000];
        memcpy(bad, good, sizeof bad);
        memcpy(bad + cases[i].offset, cases[i].bytes, cases[i].length);
        bytes_to(in_folder(cases[i].name), bad, sizeof bad);
        expect_refusal(path, TACTUS_E_INVALID, cases[i].words);
    }
    /* A writer to a pipe does not know the length: that file is whole. */
    struct file_info info;
    struct tactus_message message;
    memset(good + 40, 0xff, 4);
    bytes_to(in_folder("streamed.wav"), good, count);
    assert_int_equal(file_probe(path, &info, &message), TACTUS_OK);
    assert_int_equal(info.frames, 1000);
    free(good);
    planes_free(given, 1);
}

/* Cut anywhere, a file is refused; never is a part of it taken for the whole. */
static void test_truncated(void **state)
{
    (void)state;
    static const struct {
        const char *source; /* NULL: written here */
        const char *name;
        const char *format;
    } cases[] = {
        {NULL, "cut.wav", "wav-float32"},
        {NULL, "cut.wav", "wav-pcm24"},
        {NULL, "cut.flac", "flac-16"},
        {"/usr/share/sounds/alsa/Front_Center.wav", "cut.wav", NULL},
        {"/usr/share/sounds/freedesktop/stereo/alarm-clock-elapsed.oga", "cut.oga", NULL},
    };
    float **given = planes_new(2, FRAMES, 0.9F);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *source = cases[i].source;
        if (source == NULL) {
            source = in_folder("whole");
            write_file(source, cases[i].format, RATE_HZ, 2, given, FRAMES);
        } else if (access(source, R_OK) != 0) {
            print_message("%s is not installed: skipped\n", source);
            continue;
        }
        size_t count = 0;
        char *bytes = bytes_of(source, &count);
        struct file_info info;
        struct tactus_message message;
        assert_int_equal(file_probe(source, &info, &message), TACTUS_OK);
        for (size_t cut = 1; cut < count; cut += count / 23) {
            bytes_to(in_folder(cases[i].name), bytes, cut);
            tactus_status status = file_probe(path, &info, &message);
            if (status != TACTUS_E_INVALID) {
                fail_msg("%s cut to %zu of %zu bytes was taken", cases[i].name, cut, count);
            }
        }
        bytes_to(in_folder(cases[i].name), bytes, count - 2);
        assert_int_equal(file_probe(path, &info, &message), TACTUS_E_INVALID);
        free(bytes);
    }
    planes_free(given, 2);
}

static void test_formats(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        const char *format;
        uint32_t rate_hz;
        uint32_t channels;
        const char *words; /* NULL: fine */
    } cases[] = {
        {"x.wav", NULL, 48000, 2, NULL},
        {"x.WAV", NULL, 48000, 64, NULL},
        {"x.flac", "", 44100, 8, NULL},
        {"x", "flac-24", 48000, 1, NULL},
        {"x.ogg", NULL, 48000, 2, ".flac"},
        {"x", NULL, 48000, 2, "ending"},
        {"x.wav", "mp3", 48000, 2, "wav-float32"},
        {"x.flac", "wav-pcm16", 48000, 2, "ending"},
        {"x.flac", NULL, 48000, 9, "8"},
        {"x.flac", NULL, 700000, 1, "FLAC"},
        {"x.wav", NULL, 48000, 0, "channels"},
        {"x.wav", NULL, 48000, 65, "channels"},
        {"x.wav", NULL, 0, 2, "rate"},
        {"x.wav", NULL, 4000000, 2, "rate"},
        {"a.wav/x", NULL, 48000, 2, "ending"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tactus_message message = {{0}};
        tactus_status status = file_format_check(cases[i].target, cases[i].format, cases[i].rate_hz,
                                                 cases[i].channels, &message);
        assert_int_equal(status, cases[i].words == NULL ? TACTUS_OK : TACTUS_E_INVALID);
        if (cases[i].words != NULL && strstr(message.text, cases[i].words) == NULL) {
            fail_msg("\"%s\" lacks \"%s\"", message.text, cases[i].words);
        }
    }
}

static void test_unwritable(void **state)
{
    (void)state;
    struct tactus_message message;
    uint32_t before = entries_count();
    assert_int_equal(file_writable_check(in_folder("new.wav"), &message), TACTUS_OK);
    assert_int_equal(file_writable_check(in_folder("none/new.wav"), &message), TACTUS_E_NOT_FOUND);
    assert_non_null(strstr(message.text, "no folder"));
    assert_int_equal(file_writable_check(folder, &message), TACTUS_E_INVALID);
    assert_int_equal(file_writable_check("/dev/null", &message), TACTUS_E_INVALID);
    assert_int_equal(file_writable_check("/proc/new.wav", &message), TACTUS_E_NOT_FOUND);
    assert_int_equal(file_writable_check("", &message), TACTUS_E_INVALID);
    assert_int_equal(file_writable_check("x/", &message), TACTUS_E_INVALID);
    assert_int_equal(entries_count(), before);
}

static void test_untouched_until_commit(void **state)
{
    (void)state;
    struct tactus_message message;
    struct file_writer *writer = NULL;
    float **planes = planes_new(1, FRAMES, 0.9F);
    size_t count = 0;
    (void)mkdir(in_folder("sub"), 0755);
    bytes_to(in_folder("kept.wav"), "precious", 8);
    uint32_t before = entries_count();

    assert_int_equal(file_writer_new(path, NULL, RATE_HZ, 1, &writer, &message), TACTUS_OK);
    assert_true(file_writer_write(writer, (const float *const *)planes, FRAMES, &message));
    assert_int_equal(entries_count(), before);
    char *bytes = bytes_of(path, &count);
    assert_int_equal(count, 8);
    assert_memory_equal(bytes, "precious", 8);
    free(bytes);
    file_writer_free(writer); /* given up */
    assert_int_equal(entries_count(), before);
    bytes = bytes_of(path, &count);
    assert_memory_equal(bytes, "precious", 8);
    free(bytes);

    assert_int_equal(chmod(path, 0600), 0);
    (void)umask(027);
    write_file(path, NULL, RATE_HZ, 1, planes, FRAMES);
    struct stat status;
    assert_int_equal(entries_count(), before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600); /* as it was */
    assert_true(status.st_size > (off_t)(FRAMES * sizeof(float)));
    write_file(in_folder("fresh.wav"), NULL, RATE_HZ, 1, planes, FRAMES);
    (void)umask(022);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    planes_free(planes, 1);
}

/* A rename would replace what its owner has protected, and a link that leads nowhere. */
static void test_protected_is_kept(void **state)
{
    (void)state;
    struct tactus_message message;
    assert_int_equal(symlink("nowhere.wav", in_folder("astray.wav")), 0);
    assert_int_equal(file_writable_check(path, &message), TACTUS_E_INVALID);
    assert_non_null(strstr(message.text, "leads nowhere"));
    assert_int_equal(chmod(folder, 0777), 0);
    bytes_to(in_folder("protected.wav"), "precious", 8);
    assert_int_equal(chmod(path, 0444), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && seteuid(65534) != 0) {
            _exit(10);
        }
        _exit(file_writable_check(path, &message) == TACTUS_E_INVALID ? 0 : 11);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Killed while it writes: nothing is left where the file system has files without names. */
static void test_killed_writer_leaves_nothing(void **state)
{
    (void)state;
    uint32_t before = entries_count();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct tactus_message message;
        struct file_writer *writer = NULL;
        float sample = 0.5F;
        const float *planes[] = {&sample};
        if (file_writer_new(in_folder("killed.wav"), NULL, RATE_HZ, 1, &writer, &message) ==
            TACTUS_OK) {
            (void)file_writer_write(writer, planes, 1, &message);
        }
        (void)raise(SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    int probe = open(folder, O_TMPFILE | O_WRONLY, 0600);
    if (probe >= 0) {
        (void)close(probe);
        assert_int_equal(entries_count(), before);
    }
}

static void test_link_is_followed(void **state)
{
    (void)state;
    char target[256];
    (void)snprintf(target, sizeof target, "%s/target.wav", folder);
    bytes_to(target, "old", 3);
    assert_int_equal(symlink("target.wav", in_folder("link.wav")), 0);
    float **planes = planes_new(1, 10, 0.9F);
    write_file(path, NULL, RATE_HZ, 1, planes, 10);
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat(target, &status), 0);
    assert_true(status.st_size > 40);
    planes_free(planes, 1);
}

static void test_disk_full_is_told_once(void **state)
{
    (void)state;
    struct tactus_message message = {{0}};
    struct file_writer *writer = NULL;
    float **planes = planes_new(1, FRAMES, 0.9F);
    bytes_to(in_folder("full.wav"), "precious", 8);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) { /* the limit on file sizes stands for the full disk */
        (void)signal(SIGXFSZ, SIG_IGN);
        if (file_writer_new(path, NULL, RATE_HZ, 1, &writer, &message) != TACTUS_OK) {
            _exit(10);
        }
        if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, 8192}) != 0) {
            _exit(15);
        }
        if (file_writer_write(writer, (const float *const *)planes, FRAMES, &message)) {
            _exit(11);
        }
        if (strstr(message.text, "File too large") == NULL) {
            _exit(12);
        }
        if (!file_writer_write(writer, (const float *const *)planes, FRAMES, &message)) {
            _exit(13);
        }
        if (file_writer_commit(writer, &message) == TACTUS_OK) {
            _exit(14);
        }
        file_writer_free(writer);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    size_t count = 0;
    char *bytes = bytes_of(path, &count);
    assert_int_equal(count, 8);
    free(bytes);
    planes_free(planes, 1);
}

static void test_real_files(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        uint32_t rate_hz;
        uint32_t channels;
    } cases[] = {
        {"/usr/share/sounds/alsa/Front_Center.wav", 48000, 1},
        {"/usr/share/sounds/alsa/Noise.wav", 48000, 1},
        {"/usr/share/sounds/freedesktop/stereo/alarm-clock-elapsed.oga", 48000, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (access(cases[i].source, R_OK) != 0) {
            print_message("%s is not installed: skipped\n", cases[i].source);
            continue;
        }
        struct file_info info;
        struct tactus_message message = {{0}};
        assert_int_equal(file_probe(cases[i].source, &info, &message), TACTUS_OK);
        assert_int_equal(info.rate_hz, cases[i].rate_hz);
        assert_int_equal(info.channels, cases[i].channels);
        float **planes = planes_new(info.channels, (uint32_t)info.frames, 0.0F);
        read_file(cases[i].source, info.rate_hz, planes, (uint32_t)info.frames);
        float peak = 0.0F;
        for (uint64_t frame = 0; frame < info.frames; frame++) {
            peak = fmaxf(peak, fabsf(planes[0][frame]));
        }
        assert_true(peak > 0.05F && peak <= 1.0F);
        planes_free(planes, info.channels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_pcm_is_stable_and_clipped),
        cmocka_unit_test(test_equal_runs_give_equal_bytes),
        cmocka_unit_test(test_silence_after_the_end),
        cmocka_unit_test(test_resampling),
        cmocka_unit_test(test_bad_inputs),
        cmocka_unit_test(test_bad_heads),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_untouched_until_commit),
        cmocka_unit_test(test_protected_is_kept),
        cmocka_unit_test(test_killed_writer_leaves_nothing),
        cmocka_unit_test(test_link_is_followed),
        cmocka_unit_test(test_disk_full_is_told_once),
        cmocka_unit_test(test_real_files),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
