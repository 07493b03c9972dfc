/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tactus/pipeline.h>
#include <tactus/time.h>

#include "command.h"
#include "message.h"
#include "progress.h"
#include "report.h"
#include "text.h"

#define HANG_TIMEOUT_MIN_NS (10 * TACTUS_NS_PER_MS)
#define HANG_TIMEOUT_MAX_NS (3600 * TACTUS_NS_PER_S)
#define VARIABLES_MAX       256u

/* --- options ---------------------------------------------------------------------------------- */

struct run_options {
    struct tactus_pipeline_options pipeline;
    struct tactus_variable variables[VARIABLES_MAX];
    bool json;
    bool quiet;
    bool is_loaded;
    struct text_list notices;
};

enum {
    KEY_SET = 256,
    KEY_IN,
    KEY_OUT,
    KEY_PROFILE,
    KEY_TICK,
    KEY_LIVE,
    KEY_NO_REALTIME,
    KEY_HANG_TIMEOUT,
    KEY_JSON,
    KEY_QUIET
};

static const struct argp_option option_table[] = {
    {"in", KEY_IN, "FILE", 0, "read this in the graph's one file_in", 1},
    {"out", KEY_OUT, "FILE", 0, "write this in the graph's one file_out", 1},
    {"set", KEY_SET, "NAME=VALUE", 0, "put VALUE in place of ${NAME} in the graph; repeatable", 1},
    {"profile", KEY_PROFILE, "PROFILE", 0,
     "isolated (default): each domain of the graph is a process of its own; monolithic: all in "
     "one. The sound is the same",
     2},
    {"tick", KEY_TICK, "TIME", 0, "length of a tick, 125us to 10ms, instead of the graph's", 2},
    {"live", KEY_LIVE, NULL, 0, "at the pace of the clock, not as fast as possible", 2},
    {"no-realtime", KEY_NO_REALTIME, NULL, 0, "do not ask for real-time scheduling", 2},
    {"hang-timeout", KEY_HANG_TIMEOUT, "TIME", 0,
     "not live: how long a domain may take for its turn before it is killed, 10ms to 3600s "
     "(default 5s)",
     2},
    {"json", KEY_JSON, NULL, 0, "the report as JSON on standard output", 3},
    {"quiet", KEY_QUIET, NULL, 0, "neither progress nor notices nor tables, only what failed", 3},
    {"help", OPTION_KEY_HELP, NULL, 0, "this help", -1},
    {0},
};

static const char documentation[] =
    "Plays sound files through a graph of plugins (GRAPH is a YAML file) and says what it did."
    "\v"
    "Examples:\n"
    "  tactus run voice.yaml --in speech.wav --out better.wav\n"
    "  tactus run mix.yaml --set drums=d.flac --set bass=b.flac\n"
    "  tactus run voice.yaml --profile monolithic     all in one process\n"
    "  tactus run voice.yaml --live --tick 2.5ms      at the pace of the clock\n"
    "  tactus run voice.yaml --json | jq .realtime_ratio\n"
    "\n"
    "TIME is a number with ns, us, ms or s: 125us, 2.5ms, 5s.\n"
    "\n"
    "Exit codes: 0 all well; 1 something failed on the way, a domain crashed for example; "
    "2 the command line, the graph or a file is wrong, and nothing was written; 130 stopped "
    "by ^C, what was produced is kept. A second ^C ends at once and keeps nothing.\n"
    "\n"
    "Plugins to put into a graph: tactus plugins. The graph's format and the keys of the JSON: "
    "man tactus-run.";

static error_t parse_time(const struct argp_state *state, const char *option, const char *argument,
                          uint64_t least_ns, uint64_t most_ns, const char *allowed, uint64_t *ns)
{
    if (!duration_parse(argument, ns)) {
        return usage_error(state, "--%s '%s' is no time; write a number and a unit, as in %s",
                           option, argument, allowed);
    }
    if (*ns < least_ns || *ns > most_ns) {
        return usage_error(state, "--%s %s is out of range; %s are allowed", option, argument,
                           allowed);
    }
    return 0;
}

static error_t parse_set(const struct argp_state *state, struct run_options *options,
                         char *argument)
{
    char *equals = strchr(argument, '=');
    if (!equals || equals == argument) {
        return usage_error(state, "--set '%s' is not NAME=VALUE, as in --set in=speech.wav",
                           argument);
    }
    *equals = '\0';
    struct tactus_variable *variable = options->variables;
    struct tactus_variable *end = variable + options->pipeline.variables_count;
    while (variable < end && strcmp(variable->name, argument) != 0) {
        variable++;
    }
    if (variable == end) {
        if (options->pipeline.variables_count == VARIABLES_MAX) {
            return usage_error(state, "--set can be given for %u names at most", VARIABLES_MAX);
        }
        options->pipeline.variables_count++;
    }
    *variable = (struct tactus_variable){argument, equals + 1};
    return 0;
}

static error_t parse_path(const struct argp_state *state, const char *option, const char *argument,
                          const char **path)
{
    if (!*argument) {
        return usage_error(state, "--%s needs the name of a file, not ''", option);
    }
    *path = argument;
    return 0;
}

static error_t parse_profile(const struct argp_state *state, const char *argument,
                             enum tactus_profile *profile)
{
    if (strcmp(argument, "isolated") == 0) {
        *profile = TACTUS_PROFILE_ISOLATED;
    } else if (strcmp(argument, "monolithic") == 0) {
        *profile = TACTUS_PROFILE_MONOLITHIC;
    } else {
        return usage_error(state, "--profile '%s' is neither isolated nor monolithic", argument);
    }
    return 0;
}

static error_t parse_graph(const struct argp_state *state, const char *argument,
                           struct tactus_pipeline_options *pipeline)
{
    if (pipeline->graph_path) {
        return usage_error(state, "one graph at a time: '%s' comes after '%s'", argument,
                           pipeline->graph_path);
    }
    if (!*argument) {
        return usage_error(state, "the graph's name is empty");
    }
    pipeline->graph_path = argument;
    return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct run_options *options = state->input;
    struct tactus_pipeline_options *pipeline = &options->pipeline;
    switch (key) {
    case KEY_SET:
        return parse_set(state, options, argument);
    case KEY_IN:
        return parse_path(state, "in", argument, &pipeline->in_path);
    case KEY_OUT:
        return parse_path(state, "out", argument, &pipeline->out_path);
    case KEY_PROFILE:
        return parse_profile(state, argument, &pipeline->profile);
    case KEY_TICK:
        return parse_time(state, "tick", argument, TACTUS_TICK_MIN_NS, TACTUS_TICK_MAX_NS,
                          "125us to 10ms", &pipeline->tick_ns);
    case KEY_HANG_TIMEOUT:
        return parse_time(state, "hang-timeout", argument, HANG_TIMEOUT_MIN_NS, HANG_TIMEOUT_MAX_NS,
                          "10ms to 3600s", &pipeline->hang_timeout_ns);
    case KEY_LIVE:
        pipeline->live = 1;
        return 0;
    case KEY_NO_REALTIME:
        pipeline->realtime = 0;
        return 0;
    case KEY_JSON:
        options->json = true;
        return 0;
    case KEY_QUIET:
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        return parse_graph(state, argument, pipeline);
    case ARGP_KEY_END:
        if (!pipeline->graph_path) {
            return usage_error(state, "which graph? 'tactus run GRAPH.yaml'");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- signals ---------------------------------------------------------------------------------- */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};
#define ENDING_SIGNALS (sizeof ending_signals / sizeof *ending_signals)

/* What sends one signal twice at a time, as timeout(1) does to a process and to its group, means it
 * once. */
#define SECOND_SIGNAL_NS (250 * TACTUS_NS_PER_MS)

/* Written by the main thread while no handler is installed, read by the handler: relaxed is
 * enough, since sigaction comes between. */
static _Atomic(tactus_pipeline *) running;
/* Written by the handler, which blocks itself, and read by it and, after the run, by the main
 * thread: relaxed, since nothing else hangs on them. */
static atomic_int ended_by;
static _Atomic uint64_t ended_at_ns;

static void stop(int signal_number)
{
    int error = errno;
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    uint64_t now_ns = (uint64_t)time.tv_sec * TACTUS_NS_PER_S + (uint64_t)time.tv_nsec;
    if (atomic_load_explicit(&ended_by, memory_order_relaxed) == 0) {
        atomic_store_explicit(&ended_by, signal_number, memory_order_relaxed);
        atomic_store_explicit(&ended_at_ns, now_ns, memory_order_relaxed);
        tactus_pipeline_stop(atomic_load_explicit(&running, memory_order_relaxed));
    } else if (now_ns - atomic_load_explicit(&ended_at_ns, memory_order_relaxed) >=
               SECOND_SIGNAL_NS) {
        (void)signal(signal_number, SIG_DFL);
        (void)raise(signal_number); /* takes effect when this returns */
    }
    errno = error;
}

static void signals_watch(tactus_pipeline *pipeline)
{
    atomic_store_explicit(&running, pipeline, memory_order_relaxed);
    struct sigaction action = {.sa_handler = stop, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        (void)sigaddset(&action.sa_mask, ending_signals[i]);
    }
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        struct sigaction before;
        /* What nohup and the like have put aside stays aside. */
        if (sigaction(ending_signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)sigaction(ending_signals[i], &action, NULL);
        }
    }
}

static void signals_forget(void)
{
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        struct sigaction now;
        if (sigaction(ending_signals[i], NULL, &now) == 0 && now.sa_handler == stop) {
            (void)signal(ending_signals[i], SIG_DFL);
        }
    }
    atomic_store_explicit(&running, NULL, memory_order_relaxed);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void show_progress(void *context, const struct tactus_progress *progress)
{
    (void)context;
    progress_show(progress);
}

/* Until the graph is loaded notices are kept back: an error is to be the one message there is. */
static void take_notice(void *context, const char *line)
{
    struct run_options *options = context;
    text_list_add(&options->notices, "%s", line);
    if (options->is_loaded && !options->quiet) {
        complain("%s", line);
    }
}

static void tell_notices(struct run_options *options)
{
    options->is_loaded = true;
    for (size_t i = 0; !options->quiet && i < options->notices.count; i++) {
        complain("%s", options->notices.lines[i]);
    }
}

static void tell_stop(const struct tactus_report *report)
{
    unsigned kept = 0;
    for (uint32_t i = 0; i < report->files_count; i++) {
        kept += report->files[i].is_output && report->files[i].written;
    }
    int signal_number = atomic_load_explicit(&ended_by, memory_order_relaxed);
    double sound_ns =
        report->rate_hz ? (double)report->frames / (double)report->rate_hz * 1e9 : 0.0;
    const char *by = signal_number ? signal_text(signal_number).text : "a request";
    if (report->frames == 0) {
        complain("stopped by %s before anything was produced", by);
    } else {
        complain("stopped by %s; what was produced so far is kept: %s in %u file%s", by,
                 duration_text(sound_ns).text, kept, kept == 1 ? "" : "s");
    }
}

static int tell(struct run_options *options, const struct tactus_report *report)
{
    struct report_sentences sentences;
    report_sentences_make(report, &sentences);
    int code = report->faults > 0 ? EXIT_FAULTS : EXIT_ALL_WELL;
    if (report->stopped) {
        code = EXIT_INTERRUPTED;
    }
    if (options->json) {
        report_json(report, &sentences, &options->notices, code, stdout);
    } else if (!options->quiet) {
        report_print(report, stdout, terminal_width(stdout));
    }
    for (size_t i = 0; !options->quiet && i < sentences.warnings.count; i++) {
        complain("%s", sentences.warnings.lines[i]);
    }
    for (size_t i = 0; i < sentences.faults.count; i++) {
        complain("%s", sentences.faults.lines[i]);
    }
    if (report->stopped) {
        tell_stop(report);
    }
    report_sentences_free(&sentences);
    return code;
}

static int run(struct run_options *options)
{
    tactus_pipeline *pipeline = NULL;
    struct tactus_message message = {0};
    tactus_status status = tactus_pipeline_load(&options->pipeline, &pipeline, &message);
    if (status != TACTUS_OK) {
        complain("%s", *message.text ? message.text : tactus_status_text(status));
        return exit_code_of(status);
    }
    tell_notices(options);
    /* Whoever reads our stderr may go; the sound file matters more. */
    (void)signal(SIGPIPE, SIG_IGN);
    signals_watch(pipeline);
    const char *slash = strrchr(options->pipeline.graph_path, '/');
    if (!options->quiet) {
        progress_start(slash && slash[1] ? slash + 1 : options->pipeline.graph_path);
    }
    const struct tactus_report *report = NULL;
    status = tactus_pipeline_run(pipeline, &report, &message);
    progress_end();
    signals_forget();
    int code;
    if (status == TACTUS_OK) {
        code = tell(options, report);
    } else {
        complain("%s", *message.text ? message.text : tactus_status_text(status));
        bool is_stop =
            status == TACTUS_E_STATE && atomic_load_explicit(&ended_by, memory_order_relaxed) != 0;
        code = is_stop ? EXIT_INTERRUPTED : EXIT_FAULTS;
    }
    tactus_pipeline_free(pipeline);
    return code;
}

int command_run(int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_table, .parser = parse_option, .args_doc = "GRAPH", .doc = documentation};
    int code;
    struct run_options *options = allocate(sizeof *options);
    *options = (struct run_options){.pipeline = {.realtime = 1}};
    options->pipeline.variables = options->variables;
    options->pipeline.progress = show_progress;
    options->pipeline.notice = take_notice;
    options->pipeline.context = options;
    if (options_parse(&argp, argc, argv, options, &code)) {
        code = run(options);
    }
    text_list_free(&options->notices);
    free(options);
    return code;
}
