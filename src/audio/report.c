/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline.h"

/* Node ids fit names; what cannot fit is cut. */
static void name_copy(char name[TACTUS_NAME_BYTES], const char *text)
{
    size_t length = strnlen(text, TACTUS_NAME_BYTES - 1);
    memcpy(name, text, length);
    name[length] = '\0';
}

static const struct plan_stats *stats_of(const struct tactus_pipeline *pipeline, uint32_t party)
{
    return tactus_supervisor_partition_memory(pipeline->placement.supervisor,
                                              pipeline->placement.parties[party].stats_partition);
}

const char *report_culprit(const struct tactus_pipeline *pipeline, uint32_t party)
{
    const struct placed_party *placed = &pipeline->placement.parties[party];
    const struct plan_stats *stats = stats_of(pipeline, party);
    /* Hearsay: a number that the domain could write. */
    uint32_t number = atomic_load_explicit(&stats->active_node, memory_order_relaxed);
    if (number == 0 || number > placed->nodes_count) {
        return "";
    }
    return pipeline->graph->nodes[placed->nodes[number - 1]].id;
}

/* The smallest value that 99 of 100 runs did not exceed, by the histogram's grid. */
static uint64_t p99_ns(const struct tactus_task_stats *stats)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < TACTUS_HISTOGRAM_BUCKETS; i++) {
        count += stats->histogram[i];
    }
    uint64_t below = 0;
    for (uint32_t i = 0; i < TACTUS_HISTOGRAM_BUCKETS && count > 0; i++) {
        below += stats->histogram[i];
        if (below * 100 >= count * 99) {
            uint64_t upper = i + 1 < TACTUS_HISTOGRAM_BUCKETS ? tactus_histogram_lower_ns(i + 1) - 1
                                                              : stats->worst_ns;
            return upper < stats->worst_ns ? upper : stats->worst_ns;
        }
    }
    return 0;
}

static void task_report(const struct tactus_pipeline *pipeline, uint32_t party, uint32_t index,
                        uint32_t domain, struct tactus_task_report *report)
{
    const struct placed_party *placed = &pipeline->placement.parties[party];
    struct tactus_task_stats stats; /* copied once, then looked at */
    memcpy(&stats, &stats_of(pipeline, party)->node[index], sizeof stats);
    *report = (struct tactus_task_report){
        .domain = domain,
        .runs = stats.runs,
        .mean_ns = stats.runs > 0 ? (double)stats.total_ns / (double)stats.runs : 0,
        .p99_ns = p99_ns(&stats),
        .worst_ns = stats.worst_ns,
        .overruns = stats.overruns,
    };
    report->share = report->mean_ns / (double)pipeline->graph->tick_ns;
    name_copy(report->name, pipeline->graph->nodes[placed->nodes[index]].id);
}

static void domain_report(const struct tactus_pipeline *pipeline, uint32_t party,
                          struct tactus_domain_report *report)
{
    const struct placed_party *placed = &pipeline->placement.parties[party];
    struct tactus_domain_status status = {.name = "kernel"};
    if (placed->domain != TACTUS_KERNEL) {
        (void)!tactus_supervisor_domain_status(pipeline->placement.supervisor, placed->domain,
                                               &status);
    }
    *report = (struct tactus_domain_report){.pid = status.pid,
                                            .fate = status.fate,
                                            .signal = status.signal,
                                            .exit_code = status.exit_code,
                                            .fault_tick = status.fault_tick,
                                            .passed_over = status.passed_over,
                                            .gate_refusals = status.gate_refusals,
                                            .forged_indices =
                                                stream_set_forged(&pipeline->streams, party)};
    name_copy(report->name, status.name);
    if (status.fate != TACTUS_DOMAIN_PLAYED) {
        name_copy(report->culprit, report_culprit(pipeline, party));
    }
}

static void parties_report(struct tactus_pipeline *pipeline, struct tactus_domain_report *domains,
                           struct tactus_task_report *tasks)
{
    struct tactus_report *report = &pipeline->report;
    for (uint32_t p = 1; p < pipeline->layout.parties; p++) {
        const struct placed_party *placed = &pipeline->placement.parties[p];
        if (placed->nodes_count == 0) {
            continue;
        }
        uint32_t domain = report->domains_count++;
        domain_report(pipeline, p, &domains[domain]);
        /* Nobody waits for one that is late; what it owed may have been missing. */
        bool is_faulty =
            domains[domain].fate != TACTUS_DOMAIN_PLAYED || domains[domain].passed_over > 0;
        report->faults += is_faulty ? 1 : 0;
        for (uint32_t i = 0; i < placed->nodes_count; i++) {
            task_report(pipeline, p, i, domain, &tasks[report->tasks_count++]);
        }
    }
}

static void file_report(const struct stream *stream, struct tactus_file_report *report)
{
    *report = (struct tactus_file_report){.is_output = stream->reader == NULL,
                                          .channels = stream->channels};
    uint64_t late_frames = stream->late_ticks * stream->set->block_frames;
    name_copy(report->node, stream->node->id);
    (void)snprintf(report->path, sizeof report->path, "%s", stream->node->uri);
    if (stream->reader != NULL) {
        report->rate_hz = file_reader_rate_hz(stream->reader);
        report->frames = file_reader_frames(stream->reader);
        report->resampled = file_reader_is_resampled(stream->reader);
        report->silent_frames = late_frames;
    } else {
        report->silent_frames = stream->silent_frames;
        report->dropped_frames = late_frames;
    }
}

static void core_report(const struct tactus_pipeline *pipeline, struct tactus_core_report *report)
{
    struct tactus_tick_status status;
    tactus_supervisor_tick_status(pipeline->placement.supervisor, &status);
    *report = (struct tactus_core_report){.ticks = status.ticks,
                                          .missed_ticks = status.missed_ticks,
                                          .skipped_ticks = status.skipped_ticks,
                                          .worst_wakeup_ns = status.worst_wakeup_ns,
                                          .p99_wakeup_ns = status.p99_wakeup_ns,
                                          .realtime = status.realtime};
}

static void totals_report(struct tactus_pipeline *pipeline)
{
    struct tactus_report *report = &pipeline->report;
    struct tactus_tick_status status;
    tactus_supervisor_tick_status(pipeline->placement.supervisor, &status);
    report->graph_name = pipeline->graph->name;
    report->profile =
        pipeline->layout.is_monolithic ? TACTUS_PROFILE_MONOLITHIC : TACTUS_PROFILE_ISOLATED;
    report->live = pipeline->options.live;
    report->rate_hz = pipeline->graph->rate_hz;
    report->tick_ns = pipeline->graph->tick_ns;
    report->block_frames = pipeline->graph->block_frames;
    report->ticks = status.ticks;
    report->frames = status.ticks * report->block_frames;
    if (report->frames > pipeline->streams.frames_total) {
        report->frames = pipeline->streams.frames_total;
    }
    report->stopped = status.ticks < pipeline->streams.last_tick;
    report->elapsed_ns = status.elapsed_ns;
    double audio_ns = (double)report->frames * 1e9 / (double)report->rate_hz;
    report->realtime_ratio = status.elapsed_ns > 0 ? audio_ns / (double)status.elapsed_ns : 0;
}

tactus_status report_init(struct tactus_pipeline *pipeline)
{
    struct tactus_report *report = &pipeline->report;
    struct tactus_domain_report *domains = calloc(pipeline->layout.parties, sizeof *domains);
    struct tactus_task_report *tasks = calloc(pipeline->graph->nodes_count, sizeof *tasks);
    struct tactus_core_report *cores = calloc(1, sizeof *cores);
    struct tactus_file_report *files = calloc(pipeline->streams.count + 1, sizeof *files);
    *report = (struct tactus_report){
        .domains = domains, .tasks = tasks, .cores = cores, .cores_count = 1, .files = files};
    if (domains == NULL || tasks == NULL || cores == NULL || files == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    totals_report(pipeline);
    parties_report(pipeline, domains, tasks);
    core_report(pipeline, cores);
    for (uint32_t i = 0; i < pipeline->streams.count; i++) {
        file_report(&pipeline->streams.streams[i], &files[report->files_count++]);
    }
    return TACTUS_OK;
}

void report_deinit(struct tactus_pipeline *pipeline)
{
    struct tactus_report *report = &pipeline->report;
    free((void *)(uintptr_t)report->domains);
    free((void *)(uintptr_t)report->tasks);
    free((void *)(uintptr_t)report->cores);
    free((void *)(uintptr_t)report->files);
    *report = (struct tactus_report){0};
}
