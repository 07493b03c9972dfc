/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the graph reader share: a folder of its own with sound files in it, which is
 * the current folder while the tests run, one catalog, and graphs given as text.
 */
#ifndef GRAPH_FIXTURE_H
#define GRAPH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "graph.h"
#include "message.h"

#define GRAPH_FILE "graph.yaml"

#define HIGHPASS "highpass_iir_1890.so:highpass_iir"
#define SC4M     "sc4m_1916.so:sc4m"
#define LIMITER  "http://drobilla.net/plugins/mda/Limiter"

static tactus_catalog *fixture_catalog;
static char fixture_folder[64];
static char fixture_notices[4096]; /* of the last load, one a line */

static inline void put_u32(unsigned char *target, uint32_t value)
{
    target[0] = (unsigned char)value;
    target[1] = (unsigned char)(value >> 8);
    target[2] = (unsigned char)(value >> 16);
    target[3] = (unsigned char)(value >> 24);
}

static inline void write_bytes(const char *path, const void *bytes, size_t count)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* A WAV of 16 bit whose header promises `frames` and which holds `frames_there`. */
static inline void write_wav(const char *path, uint32_t rate_hz, uint32_t channels, uint32_t frames,
                             uint32_t frames_there)
{
    uint32_t frame_bytes = channels * 2u;
    size_t bytes = 44u + (size_t)frames_there * frame_bytes;
    unsigned char *wav = calloc(1, bytes);

    assert_non_null(wav);
    memcpy(wav, "RIFF", 4);
    put_u32(wav + 4, 36u + frames * frame_bytes);
    memcpy(wav + 8, "WAVEfmt ", 8);
    put_u32(wav + 16, 16);
    put_u32(wav + 20, 1u | channels << 16);
    put_u32(wav + 24, rate_hz);
    put_u32(wav + 28, rate_hz * frame_bytes);
    put_u32(wav + 32, frame_bytes | 16u << 16);
    memcpy(wav + 36, "data", 4);
    put_u32(wav + 40, frames * frame_bytes);
    write_bytes(path, wav, bytes);
    free(wav);
}

static inline int fixture_setup(void **state)
{
    struct tactus_message message = {""};

    (void)state;
    snprintf(fixture_folder, sizeof(fixture_folder), "/tmp/tactus-graph-XXXXXX");
    if (mkdtemp(fixture_folder) == NULL || chdir(fixture_folder) != 0) {
        return -1;
    }
    write_wav("mono.wav", 48000, 1, 480, 480);
    write_wav("stereo.wav", 48000, 2, 480, 480);
    write_wav("cd.wav", 44100, 2, 441, 441);
    write_wav("odd.wav", 22050, 1, 441, 441);
    write_wav("truncated.wav", 48000, 1, 480, 10);
    write_wav("silent.wav", 48000, 0, 0, 0);
    write_bytes("empty.wav", "", 0);
    write_bytes("text.wav", "this is no sound at all, it is a text in a file", 47);
    if (mkdir("folder", 0700) != 0) {
        return -1;
    }
    if (tactus_catalog_new(&fixture_catalog, &message) != TACTUS_OK) {
        print_error("%s\n", message.text);
        return -1;
    }
    return 0;
}

static inline int fixture_teardown(void **state)
{
    char command[96];

    (void)state;
    tactus_catalog_free(fixture_catalog);
    snprintf(command, sizeof(command), "rm -rf '%s'", fixture_folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static inline void take_notice(void *context, const char *line)
{
    size_t used = strlen(fixture_notices);

    (void)context;
    snprintf(fixture_notices + used, sizeof(fixture_notices) - used, "%s\n", line);
}

/* Loads `text`; NULL: whatever lies at the path of the options. The options' path and notice are
 * filled in where they are empty. */
static inline tactus_status load(struct tactus_pipeline_options options, const char *text,
                                 struct graph **graph, struct tactus_message *message)
{
    if (options.graph_path == NULL) {
        options.graph_path = GRAPH_FILE;
    }
    options.notice = take_notice;
    fixture_notices[0] = '\0';
    message->text[0] = '\0';
    if (text != NULL) {
        write_bytes(options.graph_path, text, strlen(text));
    }
    return graph_load(&options, fixture_catalog, graph, message);
}

static inline void check_node(const struct graph *graph, uint32_t index)
{
    const struct graph_node *node = &graph->nodes[index];
    uint32_t number;

    assert_in_range(strnlen(node->id, sizeof(node->id)), 1, 31);
    assert_in_range(strnlen(node->uri, sizeof(node->uri)), 1, sizeof(node->uri) - 1);
    assert_true(node->line > 0);
    assert_true(node->inputs <= 64 && node->outputs <= 64);
    if (node->kind == GRAPH_FILE_IN || node->kind == GRAPH_FILE_OUT) {
        assert_int_equal(node->domain, GRAPH_UNCONNECTED);
    } else {
        assert_true(node->domain < graph->domains_count);
    }
    for (number = 0; number < node->inputs; number++) {
        const struct graph_source *source = &node->sources[number];

        if (source->node != GRAPH_UNCONNECTED) {
            assert_true(source->node < index);
            assert_true(source->channel < graph->nodes[source->node].outputs);
        }
    }
    for (number = 0; number < node->controls_count; number++) {
        assert_in_range(strnlen(node->controls[number].symbol, 64), 1, 63);
        assert_true(node->controls[number].value - node->controls[number].value == 0.0f);
    }
    for (number = 0; number < index; number++) {
        assert_string_not_equal(node->id, graph->nodes[number].id);
    }
}

/* What holds for every graph that was loaded. */
static inline void check_invariants(const struct graph *graph)
{
    uint32_t index;
    uint32_t stage = 0; /* files to read, then modules, then files to write */

    assert_in_range(graph->tick_ns, 125000, 10000000);
    assert_int_equal(graph->tick_ns * graph->rate_hz, graph->block_frames * UINT64_C(1000000000));
    assert_in_range(graph->nodes_count, 1, GRAPH_NODES_MAX);
    assert_true(graph->domains_count <= GRAPH_DOMAINS_MAX);
    for (index = 0; index < graph->nodes_count; index++) {
        enum graph_kind kind = graph->nodes[index].kind;
        uint32_t own = kind == GRAPH_FILE_IN ? 0u : kind == GRAPH_FILE_OUT ? 2u : 1u;

        assert_true(own >= stage);
        stage = own;
        check_node(graph, index);
    }
    assert_int_equal(stage, 2);
    for (index = 0; index < graph->domains_count; index++) {
        uint32_t number = 0;

        while (number < graph->nodes_count && graph->nodes[number].domain != index) {
            number++;
        }
        assert_true(number < graph->nodes_count);
    }
}

#endif
