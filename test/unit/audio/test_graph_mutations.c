/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Graphs that were damaged at random: each is refused with one message, or is a graph that holds
 * what every graph holds. TACTUS_SEED replays a run, TACTUS_ROUNDS makes it longer.
 */
#include "graph_fixture.h"

#define TEXT_BYTES 8192u

static const char *const sources[] = {
    "name: voice\nrate: 48000\ntick: 1ms\n"
    "variables: [{name: in, value: mono.wav}, {name: out, value: out.wav}]\n"
    "schedulers: {LL_TIMER: user, EDF: kernel}\ndomains: [{name: strip}, {name: tone}]\n"
    "nodes:\n  - {id: in, file_in: \"${in}\"}\n"
    "  - {id: comp, ladspa: \"" SC4M "\", domain: strip,\n"
    "     controls: [{name: \"Threshold level (dB)\", value: -20}]}\n"
    "  - {id: cut, ladspa: \"" HIGHPASS "\", domain: tone}\n"
    "  - {id: out, file_out: \"${out}\", format: wav-float32, channels: 1}\n"
    "links:\n  - {from: in, to: cut}\n  - {from: cut, to: comp}\n  - {from: comp, to: out}\n",
    "nodes:\n- id: in\n  file_in: stereo.wav\n- id: left\n  gain: 1\n"
    "- id: right\n  gain: 1\n  controls:\n  - name: gain_db\n    value: -3\n"
    "- id: bus\n  mix:\n    sources: 2\n    channels: 2\n"
    "- id: lim\n  lv2: " LIMITER "\n- id: out\n  file_out: out.flac\n"
    "links:\n- {from: in.0, to: left}\n- {from: in.1, to: right.0}\n- {from: in, to: bus.2-3}\n"
    "- {from: left, to: bus.0}\n- {from: right, to: bus.1}\n- {from: bus, to: lim}\n"
    "- {from: lim, to: out}\n",
};

static const char *const pieces[] = {
    "nodes:",
    "links:",
    "id: in",
    "id: ",
    "from: in",
    "to: bus",
    "gain: 0",
    "gain: -1",
    "mix: ",
    "${x}",
    "${in}",
    "${",
    "}",
    "{",
    "[",
    "]",
    "\n",
    "\n- ",
    ": ",
    ", ",
    "\"",
    "'",
    "&a ",
    "*a",
    "!!int ",
    "---\n",
    "...\n",
    "? ",
    "|\n",
    ">\n",
    "\t",
    "#",
    "~",
    "null",
    "nan",
    "1e999",
    "-0",
    "0x10",
    "4294967295",
    "18446744073709551616",
    "tick: 0.0000001ms\n",
    "rate: 44100\n",
    "domain: nowhere\n",
    "channels: 64\n",
    ".0-63",
    ".63",
    "\xc3\xa4",
    "\xff",
    "\x01",
    "in",
};

static uint64_t random_state;

static uint32_t below(size_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state % bound);
}

/* Replaces `cut` bytes at `place` by `piece`; too long results are left as they were. */
static void splice(char *text, size_t place, size_t cut, const char *piece)
{
    size_t length = strlen(text);
    size_t added = strlen(piece);

    if (place + cut > length || length - cut + added >= TEXT_BYTES) {
        return;
    }
    memmove(text + place + added, text + place + cut, length - place - cut + 1u);
    memcpy(text + place, piece, added);
}

static void mutate(char *text)
{
    size_t length = strlen(text);
    size_t place = below(length + 1u);
    char copied[64];

    switch (below(6)) {
    case 0: /* another byte */
        snprintf(copied, sizeof(copied), "%c", (int)(1u + below(255)));
        splice(text, place, 1, copied);
        break;
    case 1: /* something is gone */
        splice(text, place, 1u + below(40), "");
        break;
    case 2: /* something is in the wrong place, or there twice */
        snprintf(copied, sizeof(copied), "%.*s", (int)(1u + below(60)), text + below(length + 1u));
        splice(text, place, 0, copied);
        break;
    case 3: /* a line is gone */
        place += strcspn(text + place, "\n");
        splice(text, place, 1u + strcspn(text + place + (text[place] == '\n' ? 1 : 0), "\n"), "");
        break;
    case 4:
        splice(text, place, below(8), pieces[below(sizeof(pieces) / sizeof(pieces[0]))]);
        break;
    default:
        splice(text, place, 0, pieces[below(sizeof(pieces) / sizeof(pieces[0]))]);
        break;
    }
}

static void check_result(const char *text, tactus_status status, const struct graph *graph,
                         const struct tactus_message *message)
{
    if (status == TACTUS_OK) {
        assert_non_null(graph);
        assert_string_equal(message->text, "");
        check_invariants(graph);
        return;
    }
    assert_null(graph);
    if (strncmp(message->text, GRAPH_FILE ":", strlen(GRAPH_FILE ":")) != 0 ||
        strlen(message->text) < strlen(GRAPH_FILE) + 10u || strchr(message->text, '\n') != NULL ||
        (status != TACTUS_E_INVALID && status != TACTUS_E_NOT_FOUND)) {
        fail_msg("status %d, message '%s' for:\n%s", status, message->text, text);
    }
}

static void test_mutations(void **state)
{
    const char *seed = getenv("TACTUS_SEED");
    const char *given_rounds = getenv("TACTUS_ROUNDS");
    uint32_t rounds = given_rounds != NULL ? (uint32_t)strtoul(given_rounds, NULL, 10) : 5000u;
    uint32_t accepted = 0;
    uint32_t round;

    (void)state;
    random_state = (seed != NULL ? strtoull(seed, NULL, 0) : UINT64_C(77215)) | 1u;
    print_message("TACTUS_SEED=%llu\n", (unsigned long long)random_state);
    for (round = 0; round < rounds; round++) {
        const struct tactus_pipeline_options options = {0};
        struct tactus_message message;
        struct graph *graph = NULL;
        char text[TEXT_BYTES];
        uint32_t times = below(5);
        tactus_status status;

        snprintf(text, sizeof(text), "%s", sources[below(2)]);
        while (times-- > 0) {
            mutate(text);
        }
        status = load(options, text, &graph, &message);
        check_result(text, status, graph, &message);
        accepted += status == TACTUS_OK ? 1u : 0u;
        graph_free(graph);
    }
    print_message("%u of %u were accepted\n", accepted, rounds);
    assert_true(accepted >= rounds / 10u); /* the undamaged ones alone are a fifth */
    assert_true(accepted < rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mutations)};

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
