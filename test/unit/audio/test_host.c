/* SPDX-License-Identifier: BSD-3-Clause */
/* Hosts, with the plugins that Debian ships: the arithmetic of the built-in ones, independence of
 * the block size, refusals, and every LADSPA plugin of two packages once in a process of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

#define RATE_HZ      48000u
#define CHANNELS_MAX 64u
#define BLOCK_MAX    4096u

static tactus_catalog *catalog;
static struct tactus_message message;
static float *inputs[CHANNELS_MAX];
static float *outputs[CHANNELS_MAX];

static int set_up(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        inputs[i] = aligned_alloc(64, BLOCK_MAX * sizeof(float));
        outputs[i] = aligned_alloc(64, BLOCK_MAX * sizeof(float));
        if (inputs[i] == NULL || outputs[i] == NULL) {
            return -1;
        }
    }
    return tactus_catalog_new(&catalog, &message) != TACTUS_OK;
}

static int tear_down(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < CHANNELS_MAX; i++) {
        free(inputs[i]);
        free(outputs[i]);
    }
    tactus_catalog_free(catalog);
    return 0;
}

static struct host_config config_of(enum graph_kind kind, const char *uri, uint32_t block_frames,
                                    uint32_t inputs_count, uint32_t outputs_count)
{
    return (struct host_config){.kind = kind,
                                .uri = uri,
                                .rate_hz = RATE_HZ,
                                .block_frames = block_frames,
                                .inputs = inputs_count,
                                .outputs = outputs_count,
                                .input_buffers = inputs,
                                .output_buffers = outputs};
}

static struct host_node *node_new(const struct host_config *config)
{
    struct host_node *node = NULL;
    message.text[0] = '\0';
    if (host_node_new(config, &node, &message) != TACTUS_OK) {
        fail_msg("%s: %s", config->uri, message.text);
    }
    return node;
}

static void expect_refusal(const struct host_config *config, tactus_status wanted,
                           const char *words)
{
    struct host_node *node = NULL;
    message.text[0] = '\0';
    tactus_status status = host_node_new(config, &node, &message);
    if (status != wanted || strstr(message.text, words) == NULL) {
        fail_msg("status %d, \"%s\" lacks \"%s\"", status, message.text, words);
    }
    assert_null(node);
}

static void fill(float *block, uint32_t frames, float value)
{
    for (uint32_t i = 0; i < frames; i++) {
        block[i] = value;
    }
}

/* --- built in --------------------------------------------------------------------------------- */

static void test_gain(void **state)
{
    (void)state;
    const struct host_control quiet = {"gain_db", -20.0F};
    struct host_config config = config_of(GRAPH_GAIN, "gain", 64, 2, 2);
    config.controls = &quiet;
    config.controls_count = 1;
    struct host_node *node = node_new(&config);
    fill(inputs[0], 64, 1.0F);
    fill(inputs[1], 64, -2.0F);
    host_node_run(node); /* no ramp from anywhere at the start */
    for (uint32_t i = 0; i < 64; i++) {
        assert_true(fabsf(outputs[0][i] - 0.1F) < 1e-7F);
        assert_true(fabsf(outputs[1][i] + 0.2F) < 1e-7F);
    }
    assert_int_equal(host_node_control_set(node, "gain_db", 0.0F), 1);
    assert_int_equal(host_node_control_set(node, "nothing", 0.0F), 0);
    host_node_run(node); /* one block of ramp, both channels alike */
    for (uint32_t i = 0; i < 64; i++) {
        assert_true(fabsf(outputs[0][i] - (0.1F + 0.9F * (float)(i + 1) / 64.0F)) < 1e-6F);
        assert_true(outputs[1][i] == -2.0F * outputs[0][i]);
    }
    host_node_run(node); /* 0 dB changes no bit */
    assert_memory_equal(outputs[0], inputs[0], 64 * sizeof(float));
    host_node_free(node);
}

static void test_mix(void **state)
{
    (void)state;
    struct host_config config = config_of(GRAPH_MIX, "mix", 48, 6, 2);
    struct host_node *node = node_new(&config);
    /* 1 + 1e8 - 1e8 is 0 in this order of floats, and 1 in another one. */
    static const float values[] = {1.0F, 2.0F, 1e8F, 4.0F, -1e8F, 8.0F};
    for (uint32_t i = 0; i < 6; i++) {
        fill(inputs[i], 48, values[i]);
    }
    host_node_run(node);
    for (uint32_t i = 0; i < 48; i++) {
        assert_true(outputs[0][i] == 0.0F);
        assert_true(outputs[1][i] == 14.0F);
    }
    host_node_free(node);
    config.inputs = 0;
    node = node_new(&config);
    host_node_run(node);
    assert_true(outputs[0][47] == 0.0F);
    host_node_free(node);
}

static void test_refusals(void **state)
{
    (void)state;
    struct host_config config = config_of(GRAPH_MIX, "mix", 48, 3, 2);
    expect_refusal(&config, TACTUS_E_INVALID, "whole number");
    config = config_of(GRAPH_GAIN, "gain", 48, 1, 2);
    expect_refusal(&config, TACTUS_E_INVALID, "as many");
    config = config_of(GRAPH_GAIN, "gain", 0, 1, 1);
    expect_refusal(&config, TACTUS_E_INVALID, "incomplete");
    config = config_of(GRAPH_FILE_IN, "x", 48, 1, 1);
    expect_refusal(&config, TACTUS_E_INVALID, "incomplete");
    config = config_of(GRAPH_LADSPA, "amp_1181.so:amp", 48, 2, 1);
    expect_refusal(&config, TACTUS_E_INVALID, "1 inputs");
    config = config_of(GRAPH_LADSPA, "amp_1181.so:amq", 48, 1, 1);
    expect_refusal(&config, TACTUS_E_NOT_FOUND, "amq");
    config = config_of(GRAPH_LADSPA, "amq_1181.so:amp", 48, 1, 1);
    expect_refusal(&config, TACTUS_E_NOT_FOUND, "amq_1181.so");
    config = config_of(GRAPH_LADSPA, "amp_1181.so", 48, 1, 1);
    expect_refusal(&config, TACTUS_E_INVALID, "file.so:label");
    config = config_of(GRAPH_LV2, "http://example.org/none", 48, 1, 1);
    expect_refusal(&config, TACTUS_E_NOT_FOUND, "http://example.org/none");
    config = config_of(GRAPH_NATIVE, "/etc/passwd", 48, 1, 1);
    expect_refusal(&config, TACTUS_E_NOT_FOUND, "/etc/passwd");

    static const struct host_control wrong[] = {
        {"gain_db", 25.0F}, {"gain_db", NAN}, {"gain", 0.0F}, {"gain_db", -INFINITY}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        config = config_of(GRAPH_GAIN, "gain", 48, 1, 1);
        config.controls = &wrong[i];
        config.controls_count = 1;
        expect_refusal(&config, TACTUS_E_INVALID, wrong[i].symbol);
    }
}

/* --- plugins ---------------------------------------------------------------------------------- */

struct plugin {
    enum graph_kind kind;
    const char *uri;
    struct host_control control; /* symbol "": none */
};

/* Those whose output is meant not to depend on the block size. */
static const struct plugin independent[] = {
    {GRAPH_LV2, "http://calf.sourceforge.net/plugins/MonoCompressor", {"threshold", 0.05F}},
    {GRAPH_LV2, "http://calf.sourceforge.net/plugins/Compressor", {"threshold", 0.05F}},
    {GRAPH_LV2, "http://calf.sourceforge.net/plugins/Saturator", {"drive", 8.0F}},
    {GRAPH_LV2, "http://drobilla.net/plugins/mda/Delay", {"l_delay", 0.2F}},
    {GRAPH_LV2, "http://drobilla.net/plugins/mda/Limiter", {"", 0.0F}},
    {GRAPH_LV2, "http://drobilla.net/plugins/mda/Tracker", {"", 0.0F}},
    {GRAPH_LADSPA, "amp_1181.so:amp", {"amps_gain_db", -6.0F}},
    {GRAPH_LADSPA, "valve_1209.so:valve", {"distortion_level", 0.5F}},
    {GRAPH_LADSPA, "svf_1214.so:svf", {"filter_freq", 1200.0F}},
    {GRAPH_LADSPA, "sc4_1882.so:sc4", {"threshold_level_db", -20.0F}},
    {GRAPH_LADSPA, "cmt.so:freeverb3", {"room_size", 0.8F}},
};

static const struct tactus_plugin_info *info_of(const struct plugin *plugin)
{
    const struct tactus_plugin_info *info = NULL;
    enum tactus_plugin_kind kind =
        plugin->kind == GRAPH_LV2 ? TACTUS_PLUGIN_LV2 : TACTUS_PLUGIN_LADSPA;
    if (tactus_catalog_find(catalog, kind, plugin->uri, &info, &message) != TACTUS_OK) {
        fail_msg("%s: %s", plugin->uri, message.text);
    }
    return info;
}

static float noise_at(uint32_t frame, uint32_t channel)
{
    uint32_t number = (frame + 1) * 2654435761u + channel * 40503u;
    number = (number ^ number >> 15) * 2246822519u;
    return 0.5F * ((float)((number ^ number >> 13) >> 8) / 8388608.0F - 1.0F);
}

/* The first channel's output of `frames` frames of noise in blocks of block_frames. */
static float *rendered(const struct plugin *plugin, uint32_t block_frames, uint32_t frames)
{
    const struct tactus_plugin_info *info = info_of(plugin);
    struct host_config config =
        config_of(plugin->kind, plugin->uri, block_frames, info->inputs, info->outputs);
    config.bundle = info->bundle;
    config.controls = &plugin->control;
    config.controls_count = plugin->control.symbol[0] != '\0';
    struct host_node *node = node_new(&config);
    float *result = calloc((size_t)frames + block_frames, sizeof *result);
    assert_non_null(result);
    for (uint32_t done = 0; done < frames; done += block_frames) {
        for (uint32_t channel = 0; channel < info->inputs; channel++) {
            for (uint32_t i = 0; i < block_frames; i++) {
                inputs[channel][i] = noise_at(done + i, channel);
            }
        }
        host_node_run(node);
        memcpy(result + done, outputs[0], block_frames * sizeof *result);
    }
    host_node_free(node);
    return result;
}

/* To the bit, which == is not. */
static bool is_identical(const void *left, const void *right, size_t bytes)
{
    return memcmp(left, right, bytes) == 0;
}

static void test_block_size_does_not_matter(void **state)
{
    (void)state;
    static const uint32_t blocks[] = {1, 6, 48, 480, 4096};
    const uint32_t frames = 9600;
    for (size_t i = 0; i < sizeof independent / sizeof independent[0]; i++) {
        float *wanted = rendered(&independent[i], 64, frames);
        float peak = 0.0F;
        for (uint32_t frame = 0; frame < frames; frame++) {
            peak = fmaxf(peak, fabsf(wanted[frame]));
        }
        if (!(peak > 0.001F)) {
            fail_msg("%s gives silence", independent[i].uri);
        }
        for (size_t k = 0; k < sizeof blocks / sizeof blocks[0]; k++) {
            float *got = rendered(&independent[i], blocks[k], frames);
            if (!is_identical(wanted, got, frames * sizeof *got)) {
                fail_msg("%s depends on the block size (%u)", independent[i].uri, blocks[k]);
            }
            free(got);
        }
        free(wanted);
    }
}

static void test_impulse(void **state)
{
    (void)state;
    const struct plugin amplifier = {GRAPH_LADSPA, "amp_1181.so:amp", {"amps_gain_db", 6.0F}};
    struct host_config config = config_of(amplifier.kind, amplifier.uri, 48, 1, 1);
    config.controls = &amplifier.control;
    config.controls_count = 1;
    struct host_node *node = node_new(&config); /* without a bundle: searched for */
    fill(inputs[0], 48, 0.0F);
    inputs[0][7] = 0.25F;
    host_node_run(node);
    for (uint32_t i = 0; i < 48; i++) {
        float wanted = i == 7 ? 0.25F * powf(10.0F, 6.0F / 20.0F) : 0.0F;
        assert_true(fabsf(outputs[0][i] - wanted) < 1e-6F);
    }
    /* By the author's name, and between two blocks. */
    assert_int_equal(host_node_control_set(node, "Amps gain (dB)", 0.0F), 1);
    host_node_run(node);
    assert_true(outputs[0][7] == 0.25F);
    host_node_free(node);
}

/* Every control at both ends of its range is taken, and one step beyond it is refused. */
static void test_control_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof independent / sizeof independent[0]; i++) {
        const struct tactus_plugin_info *info = info_of(&independent[i]);
        for (uint32_t k = 0; k < info->controls_count; k++) {
            const struct tactus_control_info *control = &info->controls[k];
            struct host_control wanted = {{0}, 0.0F};
            (void)snprintf(wanted.symbol, sizeof wanted.symbol, "%s", control->symbol);
            struct host_config config =
                config_of(independent[i].kind, independent[i].uri, 48, info->inputs, info->outputs);
            config.bundle = info->bundle;
            config.controls = &wanted;
            config.controls_count = 1;
            if ((control->flags & TACTUS_CONTROL_OUTPUT) != 0) {
                expect_refusal(&config, TACTUS_E_INVALID, "can be set");
                continue;
            }
            float ends[2];
            tactus_control_range(control, RATE_HZ, &ends[0], &ends[1], NULL);
            for (uint32_t end = 0; end < 2; end++) {
                if (!isfinite(ends[end])) {
                    continue;
                }
                wanted.value = ends[end];
                host_node_free(node_new(&config));
                wanted.value = nextafterf(ends[end], end == 0 ? -INFINITY : INFINITY);
                expect_refusal(&config, TACTUS_E_INVALID, "it goes from");
            }
        }
    }
}

static void test_lv2_without_bundle_is_the_same(void **state)
{
    (void)state;
    const char *uri = "http://drobilla.net/plugins/mda/Delay";
    struct host_config config = config_of(GRAPH_LV2, uri, 48, 2, 2);
    struct host_node *node = node_new(&config);
    fill(inputs[0], 48, 0.5F);
    fill(inputs[1], 48, 0.5F);
    host_node_run(node);
    assert_true(isfinite(outputs[0][47]));
    host_node_free(node);
    config.bundle = "/nowhere/at/all.lv2";
    expect_refusal(&config, TACTUS_E_NOT_FOUND, uri);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct tally {
    uint32_t played;
    uint32_t failed;
};

/* In a process of its own, since a plugin's fault is not ours. 0: it played. */
static int play_in_child(const struct tactus_plugin_info *info)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        return status;
    }
    (void)alarm(20);
    struct host_config config =
        config_of(info->kind == TACTUS_PLUGIN_LV2 ? GRAPH_LV2 : GRAPH_LADSPA, info->uri, 64,
                  info->inputs, info->outputs);
    config.bundle = info->bundle;
    struct host_node *node = NULL;
    if (host_node_new(&config, &node, &message) != TACTUS_OK) {
        (void)fprintf(stderr, "%s\n", message.text);
        _exit(1);
    }
    for (uint32_t block = 0; block < 50; block++) {
        for (uint32_t channel = 0; channel < info->inputs; channel++) {
            for (uint32_t i = 0; i < 64; i++) {
                inputs[channel][i] = noise_at(block * 64 + i, channel);
            }
        }
        host_node_run(node);
    }
    _exit(0);
}

static int play(void *context, const struct tactus_plugin_info *info)
{
    struct tally *tally = context;
    if (info->refusal[0] != '\0') {
        return 0;
    }
    int status = play_in_child(info);
    if (status == 0) {
        tally->played++;
    } else {
        tally->failed++;
        print_message("%s: status %#x\n", info->uri, (unsigned)status);
    }
    return 0;
}

static void test_every_ladspa_plugin(void **state)
{
    (void)state;
    struct tally tally = {0, 0};
    assert_int_equal(tactus_catalog_visit(catalog, TACTUS_PLUGIN_LADSPA, play, &tally, &message),
                     TACTUS_OK);
    print_message("%u LADSPA plugins played, %u did not\n", tally.played, tally.failed);
    assert_true(tally.played >= 150);
    assert_int_equal(tally.failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_mix),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_impulse),
        cmocka_unit_test(test_block_size_does_not_matter),
        cmocka_unit_test(test_control_ranges),
        cmocka_unit_test(test_lv2_without_bundle_is_the_same),
        cmocka_unit_test(test_every_ladspa_plugin),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
