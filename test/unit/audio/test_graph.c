/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Graphs that are accepted: what they become, and in what order.
 */
#include "graph_fixture.h"

static const struct tactus_pipeline_options plain;

static struct graph *load_good(struct tactus_pipeline_options options, const char *text)
{
    struct tactus_message message;
    struct graph *graph = NULL;

    if (load(options, text, &graph, &message) != TACTUS_OK) {
        fail_msg("%s", message.text);
    }
    assert_string_equal(message.text, "");
    check_invariants(graph);
    return graph;
}

static const struct graph_node *node_of(const struct graph *graph, const char *id)
{
    uint32_t index;

    for (index = 0; index < graph->nodes_count; index++) {
        if (strcmp(graph->nodes[index].id, id) == 0) {
            return &graph->nodes[index];
        }
    }
    fail_msg("no node %s", id);
    return NULL;
}

static void check_source(const struct graph *graph, const char *id, uint32_t input,
                         const char *from, uint32_t channel)
{
    const struct graph_source *source = &node_of(graph, id)->sources[input];

    if (from == NULL) {
        assert_int_equal(source->node, GRAPH_UNCONNECTED);
        return;
    }
    assert_string_equal(graph->nodes[source->node].id, from);
    assert_int_equal(source->channel, channel);
}

static void check_order(const struct graph *graph, const char *ids)
{
    char text[512] = "";
    size_t used = 0;
    uint32_t index;

    for (index = 0; index < graph->nodes_count; index++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", index == 0 ? "" : " ",
                                 graph->nodes[index].id);
    }
    assert_string_equal(text, ids);
}

static const char everything[] =
    "name: all of it\n"
    "tick: 0.5 ms\n"
    "variables: [{name: in, value: stereo.wav}, {name: db, value: -3}, {name: unused}]\n"
    "schedulers: {LL_TIMER: user, EDF: kernel, DP: user}\n"
    "domains: [{name: tone}, {name: idle}, {name: strip}]\n"
    "nodes:\n"
    "- {id: out, file_out: \"${out}.flac\", format: flac-24}\n" /* line 7 */
    "- id: comp\n"
    "  ladspa: " SC4M "\n"
    "  domain: strip\n"
    "  controls: [{name: Threshold level (dB), value: -20}, {name: attack_time_ms, value: 5}]\n"
    "- {id: lim, lv2: \"" LIMITER "\", domain: tone, controls: [{name: thresh, value: 0.25}]}\n"
    "- {id: level, gain: 2, controls: [{name: gain_db, value: \"${db}\"}]}\n"
    "- {id: bus, mix: {sources: 2, channels: 2}, domain: strip}\n"
    "- {id: in, file_in: \"${in}\"}\n"
    "links:\n"
    "- {from: in.1, to: comp}\n"
    "- {from: in, to: bus.0-1}\n"
    "- {from: comp, to: bus.2}\n"
    "- {from: bus, to: lim}\n"
    "- {from: lim.0, to: level.1}\n"
    "- {from: level, to: out}\n";

static void test_everything(void **state)
{
    const struct tactus_variable set[] = {{"out", "x"}, {"out", "song"}};
    struct tactus_pipeline_options options = plain;
    struct graph *graph;
    const struct graph_node *node;

    (void)state;
    options.variables = set;
    options.variables_count = 2;
    graph = load_good(options, everything);
    assert_string_equal(graph->name, "all of it");
    assert_int_equal(graph->rate_hz, 48000);
    assert_int_equal(graph->tick_ns, 500000);
    assert_int_equal(graph->block_frames, 24);
    assert_memory_equal(&graph->ownership, &tactus_ownership_default, sizeof(graph->ownership));
    check_order(graph, "in comp bus lim level out");
    assert_int_equal(graph->domains_count, 3);
    assert_string_equal(graph->domains[0].name, "tone");
    assert_string_equal(graph->domains[1].name, "strip");
    assert_string_equal(graph->domains[2].name, "main");
    check_source(graph, "comp", 0, "in", 1);
    check_source(graph, "bus", 0, "in", 0);
    check_source(graph, "bus", 1, "in", 1);
    check_source(graph, "bus", 2, "comp", 0);
    check_source(graph, "bus", 3, NULL, 0);
    check_source(graph, "level", 0, NULL, 0);
    check_source(graph, "level", 1, "lim", 0);
    check_source(graph, "out", 1, "level", 1);
    node = node_of(graph, "out");
    assert_string_equal(node->uri, "song.flac");
    assert_string_equal(node->format, "flac-24");
    assert_int_equal(node->inputs, 2);
    assert_int_equal(node->line, 7);
    node = node_of(graph, "comp");
    assert_int_equal(node->kind, GRAPH_LADSPA);
    assert_int_equal(node->domain, 1);
    assert_int_equal(node->controls_count, 2);
    assert_string_equal(node->controls[0].symbol, "threshold_level_db");
    assert_true(node->controls[0].value == -20.0f);
    assert_true(node->bundle[0] != '\0');
    node = node_of(graph, "level");
    assert_int_equal(node->kind, GRAPH_GAIN);
    assert_string_equal(node->uri, "gain");
    assert_true(node->controls[0].value == -3.0f);
    assert_string_equal(node_of(graph, "lim")->uri, LIMITER);
    assert_string_equal(fixture_notices,
                        GRAPH_FILE ":5: no node is in the domain 'idle'; it is left out\n");
    graph_free(graph);
}

#define SMALL                                                                                      \
    "nodes:\n- {id: in, file_in: stereo.wav}\n- {id: out, file_out: out.wav}\n"                    \
    "links: [{from: in, to: out}]\n"

static void test_options(void **state)
{
    struct tactus_pipeline_options options = plain;
    struct graph *graph;

    (void)state;
    options.in_path = "cd.wav";
    options.out_path = "other.flac";
    options.profile = TACTUS_PROFILE_MONOLITHIC;
    graph = load_good(options, "nodes:\n- {id: in, file_in: \"${nothing}\"}\n"
                               "- {id: out, file_out: \"${unset}\"}\n"
                               "links: [{from: in, to: out}]\n");
    assert_string_equal(graph->name, GRAPH_FILE);
    assert_string_equal(node_of(graph, "in")->uri, "cd.wav");
    assert_string_equal(node_of(graph, "out")->uri, "other.flac");
    assert_int_equal(graph->rate_hz, 44100);
    assert_int_equal(graph->tick_ns, 10000000); /* the only one at that rate */
    assert_non_null(strstr(fixture_notices, "the tick is 10ms"));
    assert_memory_equal(&graph->ownership, &tactus_ownership_monolithic, sizeof(graph->ownership));
    graph_free(graph);

    options = plain;
    options.tick_ns = 125000;
    graph = load_good(options, "tick: 10ms\nrate: 96000\n" SMALL);
    assert_int_equal(graph->block_frames, 12);
    graph_free(graph);

    graph = load_good(plain, "schedulers: {LL_TIMER: kernel}\n" SMALL);
    assert_int_equal(graph->ownership.owner[TACTUS_LL_TIMER], TACTUS_SIDE_KERNEL);
    assert_int_equal(graph->ownership.owner[TACTUS_DP], TACTUS_SIDE_USER);
    graph_free(graph);

    options = plain;
    options.live = 1;
    graph = load_good(options, "nodes:\n- {id: tone, gain: 1}\n- {id: out, file_out: out.wav}\n"
                               "links: [{from: tone, to: out}]\n");
    assert_int_equal(graph->rate_hz, 48000);
    graph_free(graph);
}

static void test_ticks(void **state)
{
    static const struct {
        const char *text;
        uint64_t tick_ns;
    } ticks[] = {{"1ms", 1000000},    {"125us", 125000},       {"0.125ms", 125000},
                 {"10 ms", 10000000}, {"1000.000us", 1000000}, {"1.0625ms", 1062500},
                 {"187.5us", 187500}, {"000001ms", 1000000},   {"2.500000000ms", 2500000},
                 {"9979.1666us", 0},  {"1.ms", 1000000},       {"9999999999ms", 0}};
    size_t index;

    (void)state;
    for (index = 0; index < sizeof(ticks) / sizeof(ticks[0]); index++) {
        struct tactus_message message;
        struct graph *graph = NULL;
        char text[256];

        snprintf(text, sizeof(text), "tick: %s\n" SMALL, ticks[index].text);
        if (load(plain, text, &graph, &message) == TACTUS_OK) {
            assert_int_equal(graph->tick_ns, ticks[index].tick_ns);
        } else if (ticks[index].tick_ns != 0) {
            fail_msg("%s", message.text);
        }
        graph_free(graph);
    }
}

static void test_channels_of_outputs(void **state)
{
    struct graph *graph;

    (void)state;
    graph = load_good(plain, "nodes:\n- {id: in, file_in: stereo.wav}\n"
                             "- {id: out, file_out: out.wav}\n- {id: four, file_out: 4.wav,"
                             " channels: 4}\nlinks:\n- {from: in.0, to: out.2}\n"
                             "- {from: in, to: four.1-2}\n");
    assert_int_equal(node_of(graph, "out")->inputs, 3);
    check_source(graph, "out", 1, NULL, 0);
    check_source(graph, "out", 2, "in", 0);
    assert_int_equal(node_of(graph, "four")->inputs, 4);
    check_source(graph, "four", 2, "in", 1);
    check_source(graph, "four", 3, NULL, 0);
    graph_free(graph);
}

static void test_notice(void **state)
{
    (void)state;
    graph_free(load_good(plain, "nodes:\n- {id: in, file_in: stereo.wav}\n"
                                "- {id: out, file_out: out.wav}\n- {id: lost, gain: 2}\n"
                                "links: [{from: in, to: out}, {from: in, to: lost}]\n"));
    assert_string_equal(fixture_notices, GRAPH_FILE ":4: the output of 'lost' goes nowhere\n");
}

/* Two chains through the same two domains: each domain is entered as seldom as can be. */
static void test_grouping(void **state)
{
    struct graph *graph;

    (void)state;
    graph = load_good(plain, "nodes:\n- {id: in, file_in: mono.wav}\n"
                             "- {id: a1, gain: 1, domain: a}\n- {id: b1, gain: 1, domain: b}\n"
                             "- {id: a2, gain: 1, domain: a}\n- {id: b2, gain: 1, domain: b}\n"
                             "- {id: a3, gain: 1, domain: a}\n- {id: out, file_out: out.wav}\n"
                             "links:\n- {from: in, to: a1}\n- {from: in, to: b1}\n"
                             "- {from: in, to: a2}\n- {from: b1, to: b2}\n- {from: b2, to: a3}\n"
                             "- {from: a3, to: out}\n");
    check_order(graph, "in a1 a2 b1 b2 a3 out");
    graph_free(graph);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A random graph without cycles, its nodes in any order of the file. */
static void write_random(uint64_t *random, char *text, size_t bytes)
{
    uint32_t rank_of[24] = {0};
    uint32_t count = 2u + (uint32_t)(next_random(random) % 22u);
    size_t used = 0;
    uint32_t index;

    for (index = 0; index < count; index++) {
        uint32_t other = (uint32_t)(next_random(random) % (index + 1u));

        rank_of[index] = rank_of[other];
        rank_of[other] = index;
    }
    used += (size_t)snprintf(text, bytes, "nodes:\n- {id: out, file_out: out.wav}\n");
    for (index = 0; index < count; index++) {
        used += (size_t)snprintf(text + used, bytes - used,
                                 "- {id: n%u, mix: {sources: 24}, domain: d%u}\n", rank_of[index],
                                 (uint32_t)(next_random(random) % 4u));
    }
    used += (size_t)snprintf(text + used, bytes - used,
                             "- {id: in, file_in: mono.wav}\nlinks:\n- {from: in, to: n0.23}\n"
                             "- {from: n%u, to: out}\n",
                             count - 1u);
    for (index = 0; index < count * 2u; index++) {
        uint32_t to = 1u + (uint32_t)(next_random(random) % (count - 1u));
        uint32_t from = (uint32_t)(next_random(random) % to);
        char link[64];

        snprintf(link, sizeof(link), "- {from: n%u, to: n%u.%u}\n", from, to, from);
        if (strstr(text, link) == NULL) {
            used += (size_t)snprintf(text + used, bytes - used, "%s", link);
        }
    }
}

static void test_random_orders(void **state)
{
    const char *given = getenv("TACTUS_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : UINT64_C(20240607);
    uint64_t random = seed | 1u;
    uint32_t round;

    (void)state;
    print_message("TACTUS_SEED=%llu\n", (unsigned long long)seed);
    for (round = 0; round < 500; round++) {
        char text[8192];
        struct graph *first;
        struct graph *second;
        uint32_t index;

        write_random(&random, text, sizeof(text));
        first = load_good(plain, text);
        second = load_good(plain, text);
        for (index = 0; index < first->nodes_count; index++) { /* the same each time */
            assert_string_equal(first->nodes[index].id, second->nodes[index].id);
        }
        graph_free(first);
        graph_free(second);
    }
}

/* As many nodes as there may be, in one chain that the file has backwards. */
static void test_largest(void **state)
{
    char *text = malloc(256u * 1024u);
    struct graph *graph;
    size_t used;
    uint32_t index;

    (void)state;
    assert_non_null(text);
    used = (size_t)sprintf(text, "nodes:\n- {id: in, file_in: mono.wav}\n");
    for (index = GRAPH_NODES_MAX - 2u; index > 0; index--) {
        used += (size_t)sprintf(text + used, "- {id: n%u, gain: 1, domain: d%u}\n", index,
                                index % GRAPH_DOMAINS_MAX);
    }
    used += (size_t)sprintf(text + used, "- {id: out, file_out: out.wav}\nlinks:\n"
                                         "- {from: in, to: n1}\n- {from: n1022, to: out}\n");
    for (index = 1; index < GRAPH_NODES_MAX - 2u; index++) {
        used += (size_t)sprintf(text + used, "- {from: n%u, to: n%u}\n", index, index + 1u);
    }
    graph = load_good(plain, text);
    assert_int_equal(graph->nodes_count, GRAPH_NODES_MAX);
    assert_int_equal(graph->domains_count, GRAPH_DOMAINS_MAX);
    assert_string_equal(graph->nodes[500].id, "n500");
    graph_free(graph);
    free(text);
}

/* Every example, with files of ours. */
static void test_examples(void **state)
{
    static const char *const names[] = {"voice", "domains", "stereo"};
    const struct tactus_variable set[] = {
        {"in", "mono.wav"}, {"out", "out.wav"}, {"left", "left.wav"}};
    size_t index;

    (void)state;
    for (index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
        struct tactus_pipeline_options options = plain;
        struct tactus_message message;
        struct tactus_variable own[3];
        struct graph *graph = NULL;
        char path[512];

        memcpy(own, set, sizeof(own));
        own[0].value = strcmp(names[index], "stereo") == 0 ? "stereo.wav" : "mono.wav";
        snprintf(path, sizeof(path), "%s/examples/%s.yaml", TACTUS_SOURCE_DIR, names[index]);
        options.graph_path = path;
        options.variables = own;
        options.variables_count = strcmp(names[index], "stereo") == 0 ? 3 : 2;
        if (load(options, NULL, &graph, &message) != TACTUS_OK) {
            fail_msg("%s", message.text);
        }
        check_invariants(graph);
        assert_string_equal(graph->name, names[index]);
        assert_string_equal(fixture_notices, "");
        graph_free(graph);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),    cmocka_unit_test(test_options),
        cmocka_unit_test(test_ticks),         cmocka_unit_test(test_channels_of_outputs),
        cmocka_unit_test(test_notice),        cmocka_unit_test(test_grouping),
        cmocka_unit_test(test_random_orders), cmocka_unit_test(test_largest),
        cmocka_unit_test(test_examples),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
