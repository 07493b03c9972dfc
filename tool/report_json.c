/* SPDX-License-Identifier: BSD-3-Clause */
/* The schema is promised in doc/man/tactus-run.1: keys are added, never renamed or removed. */
#include "json.h"
#include "report.h"

static const char *fate_name(enum tactus_domain_fate fate)
{
    switch (fate) {
    case TACTUS_DOMAIN_PLAYED:
        return "played";
    case TACTUS_DOMAIN_CRASHED:
        return "crashed";
    case TACTUS_DOMAIN_HUNG:
        return "hung";
    case TACTUS_DOMAIN_FAILED:
        return "failed";
    }
    return "unknown";
}

static void domain_json(struct json *json, const struct tactus_domain_report *domain)
{
    bool crashed = domain->fate == TACTUS_DOMAIN_CRASHED;
    json_open(json, NULL, '{');
    json_string(json, "name", domain->name);
    if (domain->pid > 0) {
        json_signed(json, "pid", domain->pid);
    } else {
        json_null(json, "pid");
    }
    json_string(json, "fate", fate_name(domain->fate));
    json_string(json, "signal",
                crashed && domain->signal ? signal_text(domain->signal).text : NULL);
    if (crashed && domain->signal == 0) {
        json_signed(json, "exit_code", domain->exit_code);
    } else {
        json_null(json, "exit_code");
    }
    json_string(json, "culprit", *domain->culprit ? domain->culprit : NULL);
    if (domain->fault_tick > 0) {
        json_unsigned(json, "fault_tick", domain->fault_tick);
    } else {
        json_null(json, "fault_tick");
    }
    json_unsigned(json, "passed_over_ticks", domain->passed_over);
    json_unsigned(json, "gate_refusals", domain->gate_refusals);
    json_unsigned(json, "forged_indices", domain->forged_indices);
    json_close(json, '}');
}

static void task_json(struct json *json, const struct tactus_report *report,
                      const struct tactus_task_report *task)
{
    json_open(json, NULL, '{');
    json_string(json, "name", task->name);
    json_string(json, "domain", report_domain_name(report, task->domain));
    json_unsigned(json, "core", task->core);
    json_unsigned(json, "runs", task->runs);
    json_double(json, "mean_ns", task->mean_ns);
    json_unsigned(json, "p99_ns", task->p99_ns);
    json_unsigned(json, "worst_ns", task->worst_ns);
    json_double(json, "share_of_tick", task->share);
    json_unsigned(json, "overruns", task->overruns);
    json_close(json, '}');
}

static void core_json(struct json *json, const struct tactus_report *report,
                      const struct tactus_core_report *core)
{
    json_open(json, NULL, '{');
    json_unsigned(json, "core", core->core);
    json_unsigned(json, "ticks", core->ticks);
    json_unsigned(json, "missed_ticks", core->missed_ticks);
    json_unsigned(json, "skipped_ticks", core->skipped_ticks);
    json_bool(json, "realtime", core->realtime);
    if (report->live) {
        json_unsigned(json, "p99_wakeup_ns", core->p99_wakeup_ns);
        json_unsigned(json, "worst_wakeup_ns", core->worst_wakeup_ns);
    } else {
        json_null(json, "p99_wakeup_ns");
        json_null(json, "worst_wakeup_ns");
    }
    json_close(json, '}');
}

static void file_json(struct json *json, const struct tactus_file_report *file)
{
    json_open(json, NULL, '{');
    json_string(json, "node", file->node);
    json_string(json, "direction", file->is_output ? "out" : "in");
    json_string(json, "path", file->path);
    json_unsigned(json, "rate_hz", file->rate_hz);
    json_unsigned(json, "channels", file->channels);
    json_unsigned(json, "frames", file->frames);
    json_bool(json, "resampled", file->resampled);
    json_unsigned(json, "silent_frames", file->silent_frames);
    json_unsigned(json, "dropped_frames", file->dropped_frames);
    if (file->is_output) {
        json_bool(json, "written", file->written);
    } else {
        json_null(json, "written");
    }
    json_close(json, '}');
}

static void list_json(struct json *json, const char *key, const struct text_list *list)
{
    json_open(json, key, '[');
    for (size_t i = 0; i < list->count; i++) {
        json_string(json, NULL, list->lines[i]);
    }
    json_close(json, ']');
}

static void head_json(struct json *json, const struct tactus_report *report, int code)
{
    json_unsigned(json, "schema", 1);
    json_string(json, "graph", report->graph_name);
    json_string(json, "profile",
                report->profile == TACTUS_PROFILE_MONOLITHIC ? "monolithic" : "isolated");
    json_bool(json, "live", report->live);
    json_bool(json, "stopped", report->stopped);
    json_signed(json, "exit_code", code);
    json_unsigned(json, "rate_hz", report->rate_hz);
    json_unsigned(json, "tick_ns", report->tick_ns);
    json_unsigned(json, "block_frames", report->block_frames);
    json_unsigned(json, "ticks", report->ticks);
    json_unsigned(json, "frames", report->frames);
    json_unsigned(json, "elapsed_ns", report->elapsed_ns);
    json_double(json, "realtime_ratio", report->realtime_ratio);
    json_unsigned(json, "faults_count", report->faults);
}

void report_json(const struct tactus_report *report, const struct report_sentences *sentences,
                 const struct text_list *notices, int code, FILE *stream)
{
    struct json writer = {.stream = stream};
    struct json *json = &writer;
    json_open(json, NULL, '{');
    head_json(json, report, code);
    json_open(json, "domains", '[');
    for (uint32_t i = 0; i < report->domains_count; i++) {
        domain_json(json, &report->domains[i]);
    }
    json_close(json, ']');
    json_open(json, "tasks", '[');
    for (uint32_t i = 0; i < report->tasks_count; i++) {
        task_json(json, report, &report->tasks[i]);
    }
    json_close(json, ']');
    json_open(json, "cores", '[');
    for (uint32_t i = 0; i < report->cores_count; i++) {
        core_json(json, report, &report->cores[i]);
    }
    json_close(json, ']');
    json_open(json, "files", '[');
    for (uint32_t i = 0; i < report->files_count; i++) {
        file_json(json, &report->files[i]);
    }
    json_close(json, ']');
    list_json(json, "faults", &sentences->faults);
    list_json(json, "warnings", &sentences->warnings);
    list_json(json, "notices", notices);
    json_close(json, '}');
}
