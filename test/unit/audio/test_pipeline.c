/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs that end early, and files that turn out too long, too short or cut: nothing is lost, and
 * what failed is named. All on the kernel side, so that no other program is
 * needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#define FRAMES 48000u

static char folder[] = "/tmp/tactus-test-pipeline-XXXXXX";

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0 ? -1 : 0;
}

static int folder_remove(void **state)
{
    (void)state;
    char command[256];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void text_to(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void sound_to(const char *path, uint32_t rate_hz, uint32_t frames)
{
    struct file_writer *writer = NULL;
    struct tactus_message message = {""};
    const float *plane = calloc(frames, sizeof *plane);
    assert_non_null(plane);
    assert_int_equal(file_writer_new(path, NULL, rate_hz, 1, &writer, &message), TACTUS_OK);
    assert_true(file_writer_write(writer, &plane, frames, &message));
    assert_int_equal(file_writer_commit(writer, &message), TACTUS_OK);
    file_writer_free(writer);
    free((void *)(uintptr_t)plane);
}

static tactus_status load_with(const char *rate, const char *node, tactus_pipeline **pipeline,
                               struct tactus_message *message)
{
    char text[512];
    (void)snprintf(text, sizeof text,
                   "%s\n"
                   "schedulers: {LL_TIMER: kernel}\n"
                   "nodes:\n%s"
                   "  - {id: in, file_in: in.wav}\n"
                   "  - {id: same, gain: 1}\n"
                   "  - {id: out, file_out: out.wav}\n"
                   "links: [{from: in, to: same}, {from: same, to: out}]\n",
                   rate, node);
    text_to("graph.yaml", text);
    struct tactus_pipeline_options options = {.graph_path = "graph.yaml",
                                              .profile = TACTUS_PROFILE_ISOLATED};
    message->text[0] = '\0';
    return tactus_pipeline_load(&options, pipeline, message);
}

static tactus_status load(const char *rate, tactus_pipeline **pipeline,
                          struct tactus_message *message)
{
    return load_with(rate, "", pipeline, message);
}

static const struct tactus_file_report *file_of(const struct tactus_report *report,
                                                const char *node)
{
    for (uint32_t i = 0; i < report->files_count; i++) {
        if (strcmp(report->files[i].node, node) == 0) {
            return &report->files[i];
        }
    }
    fail_msg("no file %s", node);
    return report->files;
}

static void test_stop_before_the_first_tick(void **state)
{
    (void)state;
    tactus_pipeline *pipeline = NULL;
    const struct tactus_report *report = NULL;
    struct tactus_message message;
    struct stat status;
    sound_to("in.wav", 48000, FRAMES);
    text_to("out.wav", "precious");
    assert_int_equal(load("", &pipeline, &message), TACTUS_OK);
    tactus_pipeline_stop(pipeline);
    assert_int_equal(tactus_pipeline_run(pipeline, &report, &message), TACTUS_OK);
    assert_true(report->stopped);
    assert_int_equal(report->profile,
                     TACTUS_PROFILE_MONOLITHIC); /* what it is, not what was asked */
    assert_int_equal(report->frames, 0);
    assert_int_equal(report->faults, 0);
    assert_false(file_of(report, "out")->written);
    tactus_pipeline_free(pipeline);
    assert_int_equal(stat("out.wav", &status), 0);
    assert_int_equal(status.st_size, 8);
}

/* An input that nobody listens to says how long the run lasts, and holds nothing up: it is not even
 * read, as the file that is cut shows. */
static void test_input_without_links(void **state)
{
    (void)state;
    tactus_pipeline *pipeline = NULL;
    const struct tactus_report *report = NULL;
    struct tactus_message message;
    sound_to("in.wav", 48000, FRAMES);
    sound_to("idle.wav", 48000, 2 * FRAMES);
    assert_int_equal(load_with("", "  - {id: idle, file_in: idle.wav}\n", &pipeline, &message),
                     TACTUS_OK);
    assert_int_equal(truncate("idle.wav", 1000), 0);
    assert_int_equal(tactus_pipeline_run(pipeline, &report, &message), TACTUS_OK);
    assert_int_equal(report->faults, 0);
    assert_int_equal(report->frames, 2 * FRAMES);
    assert_int_equal(file_of(report, "idle")->silent_frames, 0);
    tactus_pipeline_free(pipeline);
}

/* The file shrinks between load and run: said, named, and the rest is silence. */
static void test_input_that_shrinks(void **state)
{
    (void)state;
    tactus_pipeline *pipeline = NULL;
    const struct tactus_report *report = NULL;
    struct tactus_message message;
    sound_to("in.wav", 48000, FRAMES);
    assert_int_equal(load("", &pipeline, &message), TACTUS_OK);
    assert_int_equal(truncate("in.wav", 100000), 0);
    assert_int_equal(tactus_pipeline_run(pipeline, &report, &message), TACTUS_OK);
    assert_int_equal(report->faults, 1);
    assert_non_null(strstr(file_of(report, "in")->failure, "in.wav: cannot be read beyond frame"));
    assert_string_equal(file_of(report, "out")->failure, "");
    assert_true(file_of(report, "out")->written);
    assert_int_equal(file_of(report, "out")->frames, FRAMES);
    tactus_pipeline_free(pipeline);
}

static void test_too_short_at_the_graphs_rate(void **state)
{
    (void)state;
    tactus_pipeline *pipeline = NULL;
    struct tactus_message message;
    sound_to("in.wav", 192000, 4);
    assert_int_equal(load("rate: 8000", &pipeline, &message), TACTUS_E_INVALID);
    assert_null(pipeline);
    assert_non_null(strstr(message.text, "in.wav: is too short"));
}

/* More than a WAV file can hold is refused before hours went into it. The input has holes. */
static void test_too_long_for_wav(void **state)
{
    (void)state;
    static const unsigned char head[44] =
        "RIFF\x24\xfa\x5a\x4c"
        "WAVEfmt \x10\0\0\0\1\0\1\0\x80\xbb\0\0\x80\xbb\0\0\1\0\x08\0"
        "data\0\xfa\x5a\x4c"; /* 8 bits, 1281030656 frames */
    tactus_pipeline *pipeline = NULL;
    struct tactus_message message;
    FILE *file = fopen("in.wav", "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(head, 1, sizeof head, file), sizeof head);
    assert_int_equal(fclose(file), 0);
    if (truncate("in.wav", 44 + 0x4c5afa00L) != 0) {
        skip(); /* no such sizes here */
    }
    assert_int_equal(load("", &pipeline, &message), TACTUS_E_INVALID);
    assert_null(pipeline);
    assert_non_null(strstr(message.text, "graph.yaml:6: 'out': out.wav"));
    assert_non_null(strstr(message.text, "4 GiB"));
}

/* Each of 200 domains listens to the twelve before it: said at load, and not as a lack of memory.
 */
static void test_too_many_connections(void **state)
{
    (void)state;
    tactus_pipeline *pipeline = NULL;
    struct tactus_message message = {""};
    struct tactus_pipeline_options options = {.graph_path = "graph.yaml"};
    sound_to("in.wav", 48000, FRAMES);
    FILE *file = fopen("graph.yaml", "wb");
    assert_non_null(file);
    (void)fputs("nodes:\n  - {id: in, file_in: in.wav}\n  - {id: out, file_out: out.wav}\n", file);
    for (int i = 0; i < 200; i++) {
        (void)fprintf(file, "  - {id: n%d, mix: {sources: 12}, domain: d%d}\n", i, i);
    }
    (void)fputs("links:\n  - {from: n199, to: out}\n", file);
    for (int i = 12; i < 200; i++) {
        for (int k = 0; k < 12; k++) {
            (void)fprintf(file, "  - {from: n%d, to: n%d.%d}\n", i - 1 - k, i, k);
        }
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(tactus_pipeline_load(&options, &pipeline, &message), TACTUS_E_INVALID);
    assert_null(pipeline);
    assert_non_null(strstr(message.text, "at most 1792 are possible"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_before_the_first_tick),
        cmocka_unit_test(test_input_without_links),
        cmocka_unit_test(test_input_that_shrinks),
        cmocka_unit_test(test_too_short_at_the_graphs_rate),
        cmocka_unit_test(test_too_long_for_wav),
        cmocka_unit_test(test_too_many_connections),
    };
    return cmocka_run_group_tests_name("pipeline", tests, folder_make, folder_remove);
}
