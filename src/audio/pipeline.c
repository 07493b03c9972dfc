/* SPDX-License-Identifier: BSD-3-Clause */
/* A pipeline's life: load, run, report. */
#include "pipeline.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <tactus/time.h>

#include "message.h"

#define BATCH_FRAMES    4096u /* of one turn when nothing paces it: a few pages of each ring */
#define BATCH_TICKS_MAX 256u
#define HANG_TIMEOUT_NS (5 * TACTUS_NS_PER_S)
#define LOAD_TIMEOUT_NS (30 * TACTUS_NS_PER_S)
#define OVERRUN_LIMIT   10u

static void notice(struct tactus_pipeline *pipeline, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void notice(struct tactus_pipeline *pipeline, const char *format, ...)
{
    if (pipeline->options.notice == NULL) {
        return;
    }
    char line[640];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    pipeline->options.notice(pipeline->options.context, line);
}

static void on_notice(void *context, const char *line)
{
    struct tactus_pipeline *pipeline = context;
    notice(pipeline, "%s", line);
}

static void on_tick_end(void *context, uint64_t tick)
{
    struct tactus_pipeline *pipeline = context;
    stream_set_tick_end(&pipeline->streams, tick);
}

static void on_progress(void *context, uint64_t ticks_done)
{
    struct tactus_pipeline *pipeline = context;
    uint64_t total = pipeline->streams.frames_total;
    uint64_t done = ticks_done * pipeline->graph->block_frames;
    struct tactus_progress progress = {.frames_done = done < total ? done : total,
                                       .frames_total = total == UINT64_MAX ? 0 : total,
                                       .elapsed_ns = stream_clock_ns() - pipeline->begin_ns,
                                       .rate_hz = pipeline->graph->rate_hz};
    pipeline->options.progress(pipeline->options.context, &progress);
}

/* --- load --------------------------------------------------------------------------------------
 */

static bool options_are_valid(const struct tactus_pipeline_options *options,
                              struct tactus_message *message)
{
    if (options->graph_path == NULL) {
        message_set(message, "no graph file");
        return false;
    }
    return true;
}

static void tell_resampled(struct tactus_pipeline *pipeline)
{
    for (uint32_t i = 0; i < pipeline->streams.count; i++) {
        const struct stream *stream = &pipeline->streams.streams[i];
        if (stream->reader != NULL && file_reader_is_resampled(stream->reader)) {
            notice(pipeline,
                   "%s: %s has %u Hz, the graph %u Hz: resampled (soxr, very high quality)",
                   stream->node->id, stream->node->uri, file_reader_rate_hz(stream->reader),
                   pipeline->graph->rate_hz);
        }
    }
}

/* A run without end has no length to check; its file tells when it is full. */
static tactus_status lengths_check(const struct tactus_pipeline *pipeline, const char *graph_path,
                                   struct tactus_message *message)
{
    const struct graph *graph = pipeline->graph;
    const uint64_t frames = pipeline->streams.frames_total;
    for (uint32_t i = 0; i < graph->nodes_count && frames != UINT64_MAX; i++) {
        const struct graph_node *node = &graph->nodes[i];
        struct tactus_message reason;
        if (node->kind == GRAPH_FILE_OUT &&
            file_length_check(node->uri, node->format, graph->rate_hz, node->inputs, frames,
                              &reason) != TACTUS_OK) {
            message_set(message, "%s:%u: '%s': %s", graph_path, node->line, node->id, reason.text);
            return TACTUS_E_INVALID;
        }
    }
    return TACTUS_OK;
}

static uint32_t batch_ticks(const struct tactus_pipeline *pipeline)
{
    uint32_t ticks = BATCH_FRAMES / pipeline->graph->block_frames;
    ticks = ticks < BATCH_TICKS_MAX ? ticks : BATCH_TICKS_MAX;
    return ticks > 0 && !pipeline->options.live ? ticks : 1;
}

/* Every ring has two partitions, and every party its plan and its statistics. */
static tactus_status layout_make(struct tactus_pipeline *pipeline, const char *graph_path,
                                 struct tactus_message *message)
{
    struct layout *layout = &pipeline->layout;
    bool is_monolithic = pipeline->graph->ownership.owner[TACTUS_LL_TIMER] == TACTUS_SIDE_KERNEL;
    tactus_status status = layout_init(layout, pipeline->graph, is_monolithic,
                                       pipeline->options.live != 0, batch_ticks(pipeline));
    uint32_t links_max = (TACTUS_PARTITIONS_MAX - 2 * TACTUS_DOMAINS_MAX) / 2;
    if (status != TACTUS_OK) {
        message_set(message, "out of memory");
    } else if (layout->links_count > links_max) {
        message_set(message,
                    "%s: %u connections lead from a domain or a file to another one; at most %u "
                    "are possible, put nodes that are linked into the same domain",
                    graph_path, layout->links_count, links_max);
        status = TACTUS_E_INVALID;
    }
    return status;
}

static tactus_status load(struct tactus_pipeline *pipeline,
                          const struct tactus_pipeline_options *options,
                          struct tactus_message *message)
{
    tactus_catalog *catalog = NULL;
    tactus_status status = tactus_catalog_new(&catalog, message);
    if (status != TACTUS_OK) {
        return status;
    }
    status = graph_load(options, catalog, &pipeline->graph, message);
    tactus_catalog_free(catalog);
    if (status == TACTUS_OK) {
        status = stream_set_init(&pipeline->streams, pipeline->graph, message);
    }
    if (status == TACTUS_OK) {
        status = lengths_check(pipeline, options->graph_path, message);
    }
    if (status == TACTUS_OK) {
        status = layout_make(pipeline, options->graph_path, message);
    }
    if (status == TACTUS_OK) {
        tell_resampled(pipeline);
    }
    return status;
}

tactus_status tactus_pipeline_load(const struct tactus_pipeline_options *options,
                                   tactus_pipeline **pipeline, struct tactus_message *message)
{
    *pipeline = NULL;
    if (!options_are_valid(options, message)) {
        return TACTUS_E_INVALID;
    }
    struct tactus_pipeline *made = calloc(1, sizeof *made);
    if (made == NULL) {
        message_set(message, "out of memory");
        return TACTUS_E_NO_MEMORY;
    }
    made->options = *options;
    tactus_status status = load(made, options, message);
    if (status != TACTUS_OK) {
        tactus_pipeline_free(made);
        return status;
    }
    *pipeline = made;
    return TACTUS_OK;
}

/* --- run ---------------------------------------------------------------------------------------
 */

static tactus_status supervisor_make(struct tactus_pipeline *pipeline,
                                     struct tactus_message *message)
{
    const struct tactus_pipeline_options *options = &pipeline->options;
    struct tactus_supervisor_config config = {
        .tick_ns = pipeline->graph->tick_ns,
        .ownership = pipeline->graph->ownership,
        .tasks_max = pipeline->graph->nodes_count + 1,
        .live = options->live,
        .realtime = options->realtime,
        .batch_ticks = batch_ticks(pipeline),
        .hang_timeout_ns =
            options->hang_timeout_ns > 0 ? options->hang_timeout_ns : HANG_TIMEOUT_NS,
        .overrun_limit = OVERRUN_LIMIT,
        .load_timeout_ns = LOAD_TIMEOUT_NS,
        .tick_end = on_tick_end,
        .notice = on_notice,
        .progress = options->progress != NULL ? on_progress : NULL,
        .context = pipeline,
    };
    tactus_supervisor *supervisor = NULL;
    tactus_status status = tactus_supervisor_new(&config, &supervisor);
    if (status != TACTUS_OK) {
        message_set(message, "cannot make the supervisor: %s", tactus_status_text(status));
        return status;
    }
    atomic_store(&pipeline->supervisor, supervisor);
    if (atomic_load(&pipeline->stop_is_wanted)) {
        tactus_supervisor_stop(supervisor);
    }
    return TACTUS_OK;
}

static void *kernel_partition(void *context, uint32_t partition)
{
    return tactus_supervisor_partition_memory(context, partition);
}

/* Monolithic: the one party's nodes run on the kernel side, from the same plan. */
static tactus_status kernel_nodes_make(struct tactus_pipeline *pipeline,
                                       struct tactus_message *message)
{
    if (!pipeline->layout.is_monolithic || pipeline->placement.parties[1].nodes_count == 0) {
        return TACTUS_OK;
    }
    tactus_supervisor *supervisor = pipeline->placement.supervisor;
    struct node_set_world world = {.runtime = tactus_supervisor_runtime(supervisor),
                                   .partition = kernel_partition,
                                   .context = supervisor};
    const void *plan = tactus_supervisor_partition_memory(
        supervisor, pipeline->placement.parties[1].plan_partition);
    tactus_status status =
        node_set_new(plan, plan_bytes(plan), &world, &pipeline->kernel_nodes, message);
    if (status == TACTUS_OK) {
        status = node_set_schedule(pipeline->kernel_nodes, message);
    }
    return status;
}

/* A domain that dies or hangs while it loads leaves the node's name behind. */
static void name_culprit(const struct tactus_pipeline *pipeline, struct tactus_message *message)
{
    for (uint32_t p = 1; p < pipeline->layout.parties; p++) {
        const struct placed_party *placed = &pipeline->placement.parties[p];
        struct tactus_domain_status status;
        if (placed->nodes_count == 0 || placed->domain == TACTUS_KERNEL ||
            tactus_supervisor_domain_status(pipeline->placement.supervisor, placed->domain,
                                            &status) != TACTUS_OK) {
            continue;
        }
        const char *culprit = report_culprit(pipeline, p);
        if (status.fate == TACTUS_DOMAIN_FAILED && culprit[0] != '\0') {
            struct tactus_message whole = *message;
            message_set(message, "node %s: %s", culprit, whole.text);
            return;
        }
    }
}

static tactus_status set_up(struct tactus_pipeline *pipeline, struct tactus_message *message)
{
    tactus_supervisor *supervisor = pipeline->supervisor;
    tactus_status status =
        placement_init(&pipeline->placement, &pipeline->layout, supervisor, message);
    if (status == TACTUS_OK) {
        status = tactus_supervisor_start(supervisor, message);
        if (status == TACTUS_E_DIED || status == TACTUS_E_TIMED_OUT) {
            name_culprit(pipeline, message);
        }
    }
    if (status == TACTUS_OK) {
        status = kernel_nodes_make(pipeline, message);
    }
    if (status == TACTUS_OK) {
        status = stream_set_start(&pipeline->streams, supervisor, &pipeline->layout, message);
    }
    return status;
}

/* Every output that is whole goes into its place; one that is not is said to be lost. A run that
 * was stopped before its first tick has made nothing that could stand for what is there. */
static void files_commit(struct tactus_pipeline *pipeline)
{
    struct tactus_report *report = &pipeline->report;
    for (uint32_t i = 0; i < pipeline->streams.count; i++) {
        struct stream *stream = &pipeline->streams.streams[i];
        struct tactus_file_report *file = (struct tactus_file_report *)(uintptr_t)&report->files[i];
        struct tactus_message message = stream->failure;
        bool is_whole = !stream->has_failed;
        if (stream->writer != NULL) {
            file->rate_hz = report->rate_hz;
            file->frames = report->frames;
            if (is_whole && report->frames > 0) {
                is_whole = file_writer_commit(stream->writer, &message) == TACTUS_OK;
                file->written = is_whole;
            }
        }
        if (!is_whole) {
            report->faults++;
            (void)snprintf(file->failure, sizeof file->failure, "%.*s",
                           (int)sizeof file->failure - 1, message.text);
        }
    }
}

static tactus_status run(struct tactus_pipeline *pipeline, struct tactus_message *message)
{
    tactus_status status = set_up(pipeline, message);
    if (status != TACTUS_OK) {
        return status;
    }
    pipeline->begin_ns = stream_clock_ns();
    status = tactus_supervisor_run(pipeline->supervisor, pipeline->streams.last_tick, message);
    if (status != TACTUS_OK) {
        return status;
    }
    stream_set_finish(&pipeline->streams);
    status = report_init(pipeline);
    if (status != TACTUS_OK) {
        message_set(message, "out of memory");
        return status;
    }
    files_commit(pipeline);
    return TACTUS_OK;
}

tactus_status tactus_pipeline_run(tactus_pipeline *pipeline, const struct tactus_report **report,
                                  struct tactus_message *message)
{
    if (pipeline->supervisor != NULL) {
        message_set(message, "a pipeline runs once");
        return TACTUS_E_STATE;
    }
    tactus_status status = supervisor_make(pipeline, message);
    if (status == TACTUS_OK) {
        status = run(pipeline, message);
    }
    *report = status == TACTUS_OK ? &pipeline->report : NULL;
    return status;
}

void tactus_pipeline_stop(tactus_pipeline *pipeline)
{
    atomic_store(&pipeline->stop_is_wanted, true);
    tactus_supervisor *supervisor = atomic_load(&pipeline->supervisor);
    if (supervisor != NULL) {
        tactus_supervisor_stop(supervisor);
    }
}

void tactus_pipeline_free(tactus_pipeline *pipeline)
{
    if (pipeline == NULL) {
        return;
    }
    report_deinit(pipeline);
    /* The supervisor first: its threads use what follows. */
    tactus_supervisor_free(pipeline->supervisor);
    node_set_free(pipeline->kernel_nodes);
    placement_deinit(&pipeline->placement);
    layout_deinit(&pipeline->layout);
    stream_set_deinit(&pipeline->streams);
    graph_free(pipeline->graph);
    free(pipeline);
}
