/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Graphs that are refused: each one with one message that says where and what to do.
 */
#include "graph_fixture.h"

#define IN    "nodes:\n- {id: in, file_in: mono.wav}\n" /* lines 1 and 2 */
#define OUT   "- {id: out, file_out: out.wav}\n"        /* line 3, where it comes next */
#define LINKS "links:\n"
#define PLAIN LINKS "- {from: in, to: out}\n"

struct refused {
    const char *text;
    uint32_t line; /* 0: the file as a whole */
    const char *says[3];
};

static const struct refused table[] = {
    /* syntax */
    {"nodes: [\n", 2, {"not valid YAML"}},
    {"nodes:\n  - {id: in\n  - x\n", 4, {"not valid YAML"}},
    {"a: \"b\n", 2, {"not valid YAML"}},
    {"nodes:\n\t- x\n", 2, {"not valid YAML"}},
    {"", 1, {"empty", "nodes:"}},
    {"# nothing\n", 1, {"empty"}},
    {"just a text\n", 1, {"no graph", "nodes:"}},
    {"- a\n- b\n", 1, {"wrong kind of value", "keys with values"}},
    {"\xff\xfe\xff", 1, {"not valid YAML"}},
    {"a: \x01\n", 1, {"not valid YAML"}},
    {IN OUT PLAIN "---\nnodes: []\n", 6, {"second document"}},
    {"a: &x 1\nb: *x\n", 1, {"anchors", "write the value out"}},
    {"a: &x [1]\n", 1, {"anchors"}},
    {"[[[[[[[[[[1]]]]]]]]]]\n", 1, {"nested deeper"}},
    {"? [a]\n: b\n", 1, {"plain word"}},
    {IN OUT PLAIN "nodes: []\n", 6, {"'nodes' is there twice", "line 1"}},
    {IN "- {id: out,\n   id: two}\n", 4, {"'id' is there twice", "line 3"}},
    {"\"a\\0b\": 1\n", 1, {"zero byte"}},
    /* schema */
    {"colour: red\n" IN OUT PLAIN, 1, {"unknown key 'colour'", "nodes"}},
    {IN "- {id: out, file_outt: out.wav}\n" PLAIN, 3, {"unknown key 'file_outt'", "'file_out'?"}},
    {IN OUT LINKS "- {from: in, to: out, gain: 3}\n", 5, {"unknown key 'gain'", "from, to"}},
    {"rate: fast\n" IN OUT PLAIN, 1, {"'rate' cannot be 'fast'", "whole number"}},
    {"rate: 48000abc\n" IN OUT PLAIN, 1, {"'rate' cannot be '48000abc'"}},
    {"rate: 1e5\n" IN OUT PLAIN, 1, {"'rate' cannot be '1e5'"}},
    {"rate: 44100.5\n" IN OUT PLAIN, 1, {"'rate' cannot be '44100.5'"}},
    {"rate: 0137200\n" IN OUT PLAIN, 1, {"'rate' cannot be '0137200'"}},
    {"rate: -48000\n" IN OUT PLAIN, 1, {"rate"}},
    {"rate: 99999999999999999999\n" IN OUT PLAIN, 1, {"rate"}},
    {"rate: [1]\n" IN OUT PLAIN, 1, {"'rate'", "a single value"}},
    {"nodes: 3\n", 1, {"'nodes'", "a list"}},
    {"nodes: {id: in}\n", 1, {"'nodes'", "a list"}},
    {"links: []\n", 1, {"'nodes' is missing"}},
    {"nodes:\n- {file_in: mono.wav}\n", 2, {"'id' is missing"}},
    {IN OUT LINKS "- {from: in}\n", 5, {"'to' is missing"}},
    {"nodes:\n- {id: in, file_in: \"\"}\n" OUT PLAIN, 2, {"'file_in' is empty"}},
    {"schedulers: {LL_TIMER: both}\n" IN OUT PLAIN, 1, {"'both'", "kernel or user"}},
    {"schedulers: {LLL: user}\n" IN OUT PLAIN, 1, {"unknown key 'LLL'", "LL_TIMER"}},
    /* settings */
    {"rate: 100\n" IN OUT PLAIN, 1, {"100 Hz is out of range", "8000 to 384000"}},
    {"tick: soon\n" IN OUT PLAIN, 1, {"'soon' is no time", "1ms"}},
    {"tick: 1\n" IN OUT PLAIN, 1, {"'1' is no time"}},
    {"tick: 0.0000001ms\n" IN OUT PLAIN, 1, {"is no time"}},
    {"tick: 100us\n" IN OUT PLAIN, 1, {"100us is out of range", "125us to 10ms"}},
    {"tick: 11ms\n" IN OUT PLAIN, 1, {"11ms is out of range"}},
    {"tick: 1.01ms\n" IN OUT PLAIN, 1, {"1.01ms is no whole number", "1ms and 1.0625ms"}},
    {"rate: 44100\n\ntick: 1ms\n" IN OUT PLAIN, 3, {"44100 Hz", "is: 10ms"}},
    {"rate: 22050\n" IN OUT PLAIN, 1, {"at 22050 Hz no tick", "rate: 48000"}},
    {"schedulers:\n  EDF: user\n" IN OUT PLAIN, 2, {"EDF cannot be user", "kernel side"}},
    {"schedulers:\n  DP: kernel\n" IN OUT PLAIN, 2, {"DP cannot be moved", "leave it out"}},
    {"schedulers:\n  LL_DMA: user\n" IN OUT PLAIN, 2, {"LL_DMA cannot be moved"}},
    /* nodes */
    {"nodes: []\n", 1, {"file_out"}},
    {IN "links: []\n", 2, {"no node has 'file_out'", "add {id: out"}},
    {"nodes:\n" OUT, 2, {"no node has 'file_in'", "--live"}},
    {IN OUT "- {id: in, gain: 1}\n" PLAIN, 4, {"the id 'in' is there twice", "line 2"}},
    {IN OUT "- {id: a.b, gain: 1}\n" PLAIN, 4, {"'a.b' is no id", "1 to 31"}},
    {IN OUT "- {id: a123456789b123456789c123456789dd, gain: 1}\n" PLAIN, 4, {"is no id"}},
    {IN OUT "- {id: x}\n" PLAIN, 4, {"'x' does not say what it is", "file_in, file_out"}},
    {IN OUT "- {id: x, gain: 1, lv2: y}\n" PLAIN, 4, {"both lv2 and gain"}},
    {IN OUT "- {id: x, gain: 1, format: flac-16}\n" PLAIN, 4, {"'format' is for file_out"}},
    {IN OUT "- {id: x, gain: 0}\n" PLAIN, 4, {"0 channels", "1 to 64"}},
    {IN OUT "- {id: x, gain: 100000}\n" PLAIN, 4, {"100000 channels"}},
    {IN OUT "- {id: x, mix: {sources: 0}}\n" PLAIN, 4, {"0 sources"}},
    {IN OUT "- {id: x, mix: {sources: 4000000000, channels: 64}}\n" PLAIN, 4, {"4000000000"}},
    {IN OUT "- {id: x, mix: {channels: 1}}\n" PLAIN, 4, {"'sources' is missing"}},
    {"nodes:\n- {id: in, file_in: mono.wav, domain: a}\n" OUT PLAIN, 2, {"remove 'domain:'"}},
    {"domains: [{name: strip}]\n" IN OUT "- {id: x, gain: 1, domain: strap}\n" PLAIN,
     5,
     {"domain 'strap' is not under 'domains:'", "'strip'?"}},
    {"domains: [{name: a}, {name: a}]\n" IN OUT PLAIN, 1, {"domain 'a' is there twice"}},
    {"domains: [{name: a b}]\n" IN OUT PLAIN, 1, {"'a b' is no name for a domain"}},
    /* plugins and controls */
    {IN OUT "- {id: x, lv2: \"urn:nowhere\"}\n" PLAIN, 4, {"'x': ", "urn:nowhere"}},
    {IN OUT "- {id: x, ladspa: \"nosuch.so:nosuch\"}\n" PLAIN, 4, {"'x': ", "nosuch"}},
    {IN OUT "- {id: x, ladspa: \"sc4m_1916.so:sc5\"}\n" PLAIN, 4, {"'x': ", "sc5"}},
    {IN OUT "- {id: x, native: ./nosuch.so}\n" PLAIN, 4, {"'x': ", "nosuch"}},
    {IN OUT "- id: x\n  lv2: \"" LIMITER "\"\n  controls:\n  - {name: thresh, value: 0.5}\n"
            "  - {name: tresh, value: 0.5}\n" PLAIN,
     8,
     {"has no control 'tresh'", "did you mean 'thresh'?"}},
    {IN OUT "- {id: x, gain: 1, controls: [{name: volume, value: 1}]}\n" PLAIN,
     4,
     {"has no control 'volume'", "there is gain_db"}},
    {IN OUT "- id: x\n  lv2: \"" LIMITER "\"\n  controls:\n  - {name: thresh, value: 1.5}\n" PLAIN,
     7,
     {"1.5 is out of range for 'thresh'", "0 to 1"}},
    {IN OUT "- id: x\n  ladspa: \"" HIGHPASS
            "\"\n  controls: [{name: Cutoff Frequency, value: 24000}]\n" PLAIN,
     6,
     {"24000 is out of range", "4.8 to 21600"}},
    {IN OUT "- id: x\n  ladspa: \"" HIGHPASS
            "\"\n  controls: [{name: \"Stages(2 poles per stage)\", value: 1.5}]\n" PLAIN,
     6,
     {"takes whole numbers, not 1.5"}},
    {IN OUT "- {id: x, ladspa: \"" SC4M
            "\", controls: [{name: Gain reduction (dB), value: 0}]}\n" PLAIN,
     4,
     {"is written by the plugin"}},
    {IN OUT "- {id: x, gain: 1, controls: [{name: gain_db, value: 1},\n"
            "  {name: gain_db, value: 2}]}\n" PLAIN,
     5,
     {"'gain_db' is set twice"}},
    {IN OUT "- {id: x, gain: 1, controls: [{name: gain_db, value: loud}]}\n" PLAIN,
     4,
     {"'loud' is no number for 'gain_db'"}},
    {IN OUT "- {id: x, gain: 1, controls: [{name: gain_db, value: nan}]}\n" PLAIN, 4, {"nan"}},
    {IN OUT "- {id: x, gain: 1, controls: [{name: gain_db, value: 1e999}]}\n" PLAIN, 4, {"1e999"}},
    {"nodes:\n- {id: in, file_in: mono.wav, controls: [{name: a, value: 1}]}\n" OUT PLAIN,
     2,
     {"a file has no controls"}},
    /* files */
    {"nodes:\n- {id: in, file_in: none.wav}\n" OUT PLAIN, 2, {"'in': ", "none.wav"}},
    {"nodes:\n- {id: in, file_in: folder}\n" OUT PLAIN, 2, {"'in': ", "folder"}},
    {"nodes:\n- {id: in, file_in: text.wav}\n" OUT PLAIN, 2, {"'in': ", "text.wav"}},
    {"nodes:\n- {id: in, file_in: empty.wav}\n" OUT PLAIN, 2, {"'in': ", "empty.wav", "empty"}},
    {"nodes:\n- {id: in, file_in: silent.wav}\n" OUT PLAIN, 2, {"'in': ", "silent.wav"}},
    {"nodes:\n- {id: in, file_in: truncated.wav}\n" OUT PLAIN, 2, {"'in': ", "truncated"}},
    {IN "- {id: out, file_out: none/out.wav}\n" PLAIN, 3, {"'out': ", "none"}},
    {IN "- {id: out, file_out: folder}\n" PLAIN, 3, {"'out': ", "folder"}},
    {IN "- {id: out, file_out: out.wav, format: mp3}\n" PLAIN, 3, {"'out': ", "mp3"}},
    {IN "- {id: out, file_out: out.wav, channels: 0}\n" PLAIN, 3, {"0 channels"}},
    {IN "- {id: out, file_out: mono.wav}\n" PLAIN, 3, {"overwrite mono.wav", "'in' reads"}},
    {IN "- {id: out, file_out: ./folder/../mono.wav}\n" PLAIN, 3, {"'in' reads"}},
    {IN "- {id: out, file_out: ./graph.yaml, format: wav-pcm16}\n" PLAIN, 3, {"graph"}},
    {IN OUT "- {id: two, file_out: ./folder/../out.wav}\n" PLAIN "- {from: in, to: two}\n",
     4,
     {"'two' writes", "so does 'out'"}},
    /* links */
    {IN OUT LINKS "- {from: inn, to: out}\n", 5, {"no node 'inn'", "'in'?"}},
    {IN OUT LINKS "- {from: in, to: else}\n", 5, {"no node 'else'", "there is in, out"}},
    {IN OUT LINKS "- {from: in.x, to: out}\n", 5, {"'in.x' names no channel", "NODE.0"}},
    {IN OUT LINKS "- {from: in.1-0, to: out}\n", 5, {"names no channel"}},
    {IN OUT LINKS "- {from: in.0-, to: out}\n", 5, {"names no channel"}},
    {IN OUT LINKS "- {from: in.1, to: out}\n", 5, {"no output 1", "it has 1"}},
    {IN OUT LINKS "- {from: in, to: out.64}\n", 5, {"no input 64", "it has 64"}},
    {IN OUT LINKS "- {from: out, to: in}\n", 5, {"'out' has no audio output", "turn the link"}},
    {IN OUT "- {id: x, gain: 1}\n" PLAIN "- {from: x, to: in}\n", 7, {"'in' has no audio input"}},
    {IN OUT "- {id: x, gain: 2}\n" PLAIN "- {from: in, to: x}\n",
     7,
     {"'in' is 1 channel and 'x' is 2", "in.0 to x.0"}},
    {IN OUT PLAIN "- {from: in, to: out}\n", 6, {"input 0 of 'out' is fed twice", "line 5", "mix"}},
    {IN OUT LINKS, 3, {"nothing is linked to 'out'"}},
    {IN OUT "- {id: a, gain: 1}\n- {id: b, gain: 1}\n- {id: c, gain: 1}\n" LINKS
            "- {from: c, to: out}\n- {from: a, to: b}\n- {from: b, to: c}\n- {from: c, to: a}\n",
     9,
     {"cycle: b -> c -> a -> b", "remove one"}},
    {IN OUT "- {id: a, gain: 1}\n" PLAIN "- {from: a, to: a}\n", 7, {"cycle: a -> a;"}},
    /* variables */
    {"variables: [{name: a}, {name: a}]\n" IN OUT PLAIN, 1, {"variable 'a' is there twice"}},
    {"variables: [{name: a b}]\n" IN OUT PLAIN, 1, {"no name for a variable"}},
    {"nodes:\n- {id: in, file_in: \"${x}\"}\n" OUT PLAIN, 2, {"'x' has no value", "--set x=VALUE"}},
    {"variables:\n- {name: x}\nnodes:\n- {id: in, file_in: \"${x}\"}\n" OUT PLAIN,
     4,
     {"'x' has no value"}},
    {"nodes:\n- {id: in, file_in: \"${x\"}\n" OUT PLAIN, 2, {"without '}'"}},
    {"nodes:\n- {id: in, file_in: \"${}\"}\n" OUT PLAIN, 2, {"'${}' is no variable"}},
    {"variables: [{name: x, value: \"\"}]\nnodes:\n- {id: in, file_in: \"${x}\"}\n" OUT PLAIN,
     3,
     {"'x' has no value"}},
};

/* "graph.yaml:LINE: ..." or "graph.yaml: ...", one line, and nothing else came out. Says what is
 * wrong with it. */
static bool refusal_is_good(const struct refused *refused, tactus_status status,
                            const struct graph *graph, const struct tactus_message *message)
{
    char begin[64];
    bool good;
    size_t index;

    if (refused->line > 0) {
        snprintf(begin, sizeof(begin), GRAPH_FILE ":%u: ", refused->line);
    } else {
        snprintf(begin, sizeof(begin), GRAPH_FILE ": ");
    }
    good = (status == TACTUS_E_INVALID || status == TACTUS_E_NOT_FOUND) && graph == NULL &&
           strncmp(message->text, begin, strlen(begin)) == 0 && strchr(message->text, '\n') == NULL;
    for (index = 0; index < 3 && refused->says[index] != NULL; index++) {
        good = good && strstr(message->text, refused->says[index]) != NULL;
    }
    if (!good) {
        print_error("wanted %s...%s, got %d: %s\n%.500s\n", begin, refused->says[0], status,
                    message->text, refused->text);
    }
    return good;
}

static void test_table(void **state)
{
    const struct tactus_pipeline_options options = {0};
    uint32_t bad = 0;
    size_t index;

    (void)state;
    for (index = 0; index < sizeof(table) / sizeof(table[0]); index++) {
        struct tactus_message message;
        struct graph *graph = NULL;
        tactus_status status = load(options, table[index].text, &graph, &message);

        if (getenv("TACTUS_SHOW") != NULL) {
            print_message("%s\n", message.text);
        }
        bad += refusal_is_good(&table[index], status, graph, &message) ? 0u : 1u;
        bad += access("out.wav", F_OK) == 0 ? 1u : 0u; /* nothing was written */
        graph_free(graph);
    }
    assert_int_equal(bad, 0);
}

static void refuse_with(struct tactus_pipeline_options options, const char *text, uint32_t line,
                        const char *says)
{
    const struct refused refused = {text, line, {says}};
    struct tactus_message message;
    struct graph *graph = NULL;
    tactus_status status = load(options, text, &graph, &message);

    assert_true(refusal_is_good(&refused, status, graph, &message));
}

static void test_options(void **state)
{
    const struct tactus_variable unknown[] = {{"inn", "x"}};
    const struct tactus_variable empty[] = {{"x", ""}};
    const struct tactus_variable not_a_name[] = {{"a=b", "x"}};
    const char *two = IN OUT "- {id: in2, file_in: mono.wav}\n- {id: o2, file_out: o2.wav}\n" PLAIN
                             "- {from: in2, to: o2}\n";
    char path[600];

    (void)state;
    refuse_with((struct tactus_pipeline_options){.variables = unknown, .variables_count = 1},
                "variables: [{name: in, value: mono.wav}]\n" IN OUT PLAIN, 0,
                "--set inn: the graph has no such variable; did you mean 'in'?");
    refuse_with((struct tactus_pipeline_options){.variables = not_a_name, .variables_count = 1},
                IN OUT PLAIN, 0, "no such variable");
    refuse_with((struct tactus_pipeline_options){.variables = empty, .variables_count = 1},
                "nodes:\n- {id: in, file_in: \"${x}\"}\n" OUT PLAIN, 2, "file_in: empty");
    refuse_with((struct tactus_pipeline_options){.in_path = "mono.wav"}, two, 0,
                "one file_in, this one has 2");
    refuse_with((struct tactus_pipeline_options){.out_path = "o.wav"}, two, 0,
                "one file_out, this one has 2");
    refuse_with((struct tactus_pipeline_options){.in_path = "none.wav"}, IN OUT PLAIN, 2,
                "none.wav");
    refuse_with((struct tactus_pipeline_options){.out_path = "mono.wav"}, IN OUT PLAIN, 3,
                "'in' reads");
    refuse_with((struct tactus_pipeline_options){.out_path = ""}, IN OUT PLAIN, 0, "--out");
    refuse_with((struct tactus_pipeline_options){.tick_ns = 1010000}, IN OUT PLAIN, 1,
                "no whole number of frames");
    refuse_with((struct tactus_pipeline_options){.tick_ns = 1}, IN OUT PLAIN, 1, "0.001us is out");
    memset(path, 'a', sizeof(path) - 1u);
    path[sizeof(path) - 1u] = '\0';
    refuse_with((struct tactus_pipeline_options){.in_path = path}, IN OUT PLAIN, 0, "511 bytes");
}

static void test_graph_file(void **state)
{
    struct tactus_pipeline_options options = {.graph_path = "nosuch.yaml"};
    struct tactus_message message;
    struct graph *graph;
    char *large = malloc(1024 * 1024 + 2);

    (void)state;
    assert_int_equal(load(options, NULL, &graph, &message), TACTUS_E_NOT_FOUND);
    assert_string_equal(message.text, "nosuch.yaml: there is no such graph file; check the path");
    options.graph_path = "folder";
    assert_int_equal(load(options, NULL, &graph, &message), TACTUS_E_INVALID);
    assert_non_null(strstr(message.text, "folder: this is a directory"));
    assert_non_null(large);
    memset(large, '#', 1024 * 1024 + 1);
    large[1024 * 1024 + 1] = '\0';
    refuse_with((struct tactus_pipeline_options){0}, large, 0, "larger than 1 MiB");
    large[1024 * 1024] = '\0';
    refuse_with((struct tactus_pipeline_options){0}, large, 1, "empty");
    memset(large, '[', 1024 * 1024);
    refuse_with((struct tactus_pipeline_options){0}, large, 1, "nested deeper");
    free(large);
}

/* `count` times `piece`, which may hold %u once or twice, between `head` and `tail`. */
static void refuse_many(const char *head, const char *piece, uint32_t count, const char *tail,
                        uint32_t line, const char *says)
{
    char *text = malloc(1024u * 1024u);
    size_t used;
    uint32_t index;

    assert_non_null(text);
    used = (size_t)sprintf(text, "%s", head);
    for (index = 0; index < count; index++) {
        used += (size_t)sprintf(text + used, piece, index, index);
    }
    sprintf(text + used, "%s", tail);
    refuse_with((struct tactus_pipeline_options){0}, text, line, says);
    free(text);
}

static void test_absurd_sizes(void **state)
{
    (void)state;
    refuse_many(IN OUT, "- {id: n%u, gain: 1}\n", 1023, PLAIN, 1026, "too many entries in 'nodes'");
    refuse_many(IN OUT LINKS, "- {from: in, to: out}\n", 30000, "", 6, "fed twice");
    refuse_many("domains:\n", "- {name: d%u}\n", 257, IN OUT PLAIN, 258,
                "too many entries in 'domains'");
    refuse_many(IN OUT, "- {id: n%u, gain: 1, domain: d%u}\n", 257, PLAIN, 260, "256 domains");
    refuse_many("variables:\n", "- {name: v%u}\n", 257, IN OUT PLAIN, 258,
                "too many entries in 'variables'");
    refuse_many("", "k%u: 1\n", 65, "", 65, "more than 64 keys");
    refuse_many("x: [", "1,", 300000, "]\n", 1, "more than 262144 values");
    refuse_many("name: ", "x", 100, "\n" IN OUT PLAIN, 1, "at most 63 bytes");
    refuse_many("nodes:\n- {id: in, file_in: ", "x", 600, "}\n" OUT PLAIN, 2, "at most 511 bytes");
    refuse_many("nodes:\n- {id: ", "x", 600, "}\n" OUT PLAIN, 2, "at most 511 bytes");
}

static void test_long_cycle(void **state)
{
    (void)state;
    refuse_many(IN OUT "- {id: n20, gain: 1}\n", "- {id: n%u, gain: 1}\n", 20,
                PLAIN "- {from: n0, to: n1}\n- {from: n1, to: n2}\n- {from: n2, to: n3}\n"
                      "- {from: n3, to: n4}\n- {from: n4, to: n5}\n- {from: n5, to: n6}\n"
                      "- {from: n6, to: n7}\n- {from: n7, to: n8}\n- {from: n8, to: n9}\n"
                      "- {from: n9, to: n0}\n- {from: n9, to: n10}\n",
                33, "...");
}

static void test_message_cut(void **state)
{
    struct tactus_message message;
    char text[2000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1u);
    text[sizeof(text) - 1u] = '\0';
    message_set(&message, "%s", text);
    assert_int_equal(strlen(message.text), sizeof(message.text) - 1u);
    assert_string_equal(message.text + sizeof(message.text) - 5u, "x...");
    memcpy(text + 1019, "\xc3\xa4", 2); /* a character that the cut would split */
    message_set(&message, "%s", text);
    assert_string_equal(message.text + 1018, "x...");
    message_set(&message, "a\nb\x1b[c");
    assert_string_equal(message.text, "a b [c");
    message_set(NULL, "nobody listens");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),      cmocka_unit_test(test_options),
        cmocka_unit_test(test_graph_file), cmocka_unit_test(test_absurd_sizes),
        cmocka_unit_test(test_long_cycle), cmocka_unit_test(test_message_cut),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
