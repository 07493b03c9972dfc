/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "message.h"
#include "table.h"

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

const char *report_domain_name(const struct tactus_report *report, uint32_t domain)
{
    return domain < report->domains_count ? report->domains[domain].name : "?";
}

struct short_text signal_text(int signal)
{
    struct short_text result;
    const char *name = sigabbrev_np(signal);
    if (name) {
        (void)snprintf(result.text, sizeof result.text, "SIG%s", name);
    } else {
        (void)snprintf(result.text, sizeof result.text, "signal %d", signal);
    }
    return result;
}

/* --- sentences -------------------------------------------------------------------------------- */

/* Where nothing paces the ticks, a domain runs some dozens of them in one turn. */
static void domain_fault(const struct tactus_domain_report *domain, bool is_live,
                         struct text_list *faults)
{
    char while_it_ran[64] = "";
    char when[48] = "";
    char afterwards[96] = "";
    if (*domain->culprit) {
        (void)snprintf(while_it_ran, sizeof while_it_ran, " while '%s' ran", domain->culprit);
    }
    if (domain->fault_tick > 0) {
        (void)snprintf(when, sizeof when, " in%s tick %" PRIu64, is_live ? "" : " or soon after",
                       domain->fault_tick);
    }
    if (domain->passed_over > 0) {
        (void)snprintf(afterwards, sizeof afterwards,
                       "; its successors did not wait for it in %" PRIu64 " tick%s",
                       domain->passed_over, domain->passed_over == 1 ? "" : "s");
    }
    switch (domain->fate) {
    case TACTUS_DOMAIN_PLAYED:
        if (domain->passed_over > 0) {
            text_list_add(faults,
                          "domain '%s' missed its deadline in %" PRIu64
                          " tick%s: its successors did not wait, and got silence for what was "
                          "not there",
                          domain->name, domain->passed_over, domain->passed_over == 1 ? "" : "s");
        }
        return;
    case TACTUS_DOMAIN_CRASHED:
        if (domain->signal != 0) {
            text_list_add(faults, "domain '%s' crashed (%s)%s%s%s", domain->name,
                          signal_text(domain->signal).text, when, while_it_ran, afterwards);
        } else {
            text_list_add(faults, "domain '%s' ended by itself (exit code %" PRId32 ")%s%s%s",
                          domain->name, domain->exit_code, when, while_it_ran, afterwards);
        }
        return;
    case TACTUS_DOMAIN_HUNG:
        text_list_add(faults, "domain '%s' hung%s%s and was killed%s", domain->name, when,
                      while_it_ran, afterwards);
        return;
    case TACTUS_DOMAIN_FAILED:
        text_list_add(faults, "domain '%s' could not be set up%s%s%s", domain->name,
                      *domain->culprit ? ", because of node '" : "", domain->culprit,
                      *domain->culprit ? "'" : "");
        return;
    }
}

static void domain_warnings(const struct tactus_domain_report *domain, struct text_list *warnings)
{
    if (domain->forged_indices > 0) {
        text_list_add(warnings,
                      "domain '%s' wrote ring indices that cannot be: ignored, seen %" PRIu64
                      " time%s",
                      domain->name, domain->forged_indices, domain->forged_indices == 1 ? "" : "s");
    }
    if (domain->gate_refusals > 0) {
        text_list_add(
            warnings, "domain '%s' asked for what it may not have: %" PRIu64 " request%s refused",
            domain->name, domain->gate_refusals, domain->gate_refusals == 1 ? " was" : "s were");
    }
}

static void file_sentences(const struct tactus_file_report *file,
                           struct report_sentences *sentences)
{
    if (*file->failure) {
        text_list_add(&sentences->faults, "node '%s': %s%s", file->node, file->failure,
                      file->is_output ? "" : "; the rest is silence");
    }
    if (!file->is_output && file->silent_frames > 0) {
        text_list_add(&sentences->warnings,
                      "file '%s' (node '%s'): %" PRIu64
                      " frames came too late and are silence: the disk was too slow",
                      file->path, file->node, file->silent_frames);
    }
    if (!file->is_output) {
        return;
    }
    if (!file->written) {
        text_list_add(&sentences->faults,
                      "file '%s' (node '%s') was not written; what was there before is untouched",
                      file->path, file->node);
    }
    if (file->dropped_frames > 0) {
        text_list_add(&sentences->warnings,
                      "file '%s' (node '%s') lacks %" PRIu64 " frames: the disk was too slow",
                      file->path, file->node, file->dropped_frames);
    }
    if (file->silent_frames > 0) {
        text_list_add(&sentences->warnings,
                      "file '%s' (node '%s') has %" PRIu64
                      " frames of silence in place of what did not come",
                      file->path, file->node, file->silent_frames);
    }
}

void report_sentences_make(const struct tactus_report *report, struct report_sentences *sentences)
{
    *sentences = (struct report_sentences){0};
    for (uint32_t i = 0; i < report->domains_count; i++) {
        domain_fault(&report->domains[i], report->live != 0, &sentences->faults);
        domain_warnings(&report->domains[i], &sentences->warnings);
    }
    for (uint32_t i = 0; i < report->files_count; i++) {
        file_sentences(&report->files[i], sentences);
    }
    if (sentences->faults.count == 0 && report->faults > 0) {
        text_list_add(&sentences->faults, "%" PRIu32 " fault%s", report->faults,
                      report->faults == 1 ? "" : "s");
    }
}

void report_sentences_free(struct report_sentences *sentences)
{
    text_list_free(&sentences->faults);
    text_list_free(&sentences->warnings);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void print_head(const struct tactus_report *report, FILE *stream)
{
    double sound_ns =
        report->rate_hz ? (double)report->frames / (double)report->rate_hz * 1e9 : (double)NAN;
    print_clean(stream, report->graph_name && *report->graph_name ? report->graph_name : "graph");
    (void)fprintf(stream, ": %s of sound in %s: %s times real time%s\n",
                  duration_text(sound_ns).text, duration_text((double)report->elapsed_ns).text,
                  ratio_text(report->realtime_ratio).text, report->stopped ? ", stopped" : "");
    (void)fprintf(stream, "%s, %s; %" PRIu32 " Hz; %" PRIu64 " ticks of %s (%" PRIu32 " frames)\n",
                  report->profile == TACTUS_PROFILE_MONOLITHIC ? "monolithic" : "isolated",
                  report->live ? "live" : "offline", report->rate_hz, report->ticks,
                  exact_duration_text(report->tick_ns).text, report->block_frames);
}

static void print_tasks(const struct tactus_report *report, FILE *stream, unsigned width)
{
    static const struct table_column columns[] = {
        {.title = "domain", .shrinks_to = 6},
        {.title = "task", .shrinks_to = 8},
        {.title = "runs", .right = true, .drop_rank = 1},
        {.title = "mean", .right = true},
        {.title = "p99", .right = true, .drop_rank = 3},
        {.title = "worst", .right = true},
        {.title = "of tick", .right = true, .drop_rank = 2},
        {.title = "overruns", .right = true},
    };
    struct table table = table_make(columns, LENGTH_OF(columns));
    for (uint32_t i = 0; i < report->tasks_count; i++) {
        const struct tactus_task_report *task = &report->tasks[i];
        table_add(&table, "%s", report_domain_name(report, task->domain));
        table_add(&table, "%s", task->name);
        table_add(&table, "%" PRIu64, task->runs);
        if (task->runs == 0) {
            table_add(&table, "-");
            table_add(&table, "-");
            table_add(&table, "-");
            table_add(&table, "-");
        } else {
            table_add(&table, "%s", duration_text(task->mean_ns).text);
            table_add(&table, "%s", duration_text((double)task->p99_ns).text);
            table_add(&table, "%s", duration_text((double)task->worst_ns).text);
            if (isfinite(task->share)) {
                table_add(&table, "%.2f %%", task->share * 100);
            } else {
                table_add(&table, "-");
            }
        }
        table_add(&table, "%" PRIu64, task->overruns);
    }
    if (report->tasks_count > 0) {
        (void)fputc('\n', stream);
    }
    table_print(&table, stream, width);
    table_free(&table);
}

static void print_cores(const struct tactus_report *report, FILE *stream, unsigned width)
{
    static const struct table_column columns[] = {
        {.title = "core"},
        {.title = "ticks", .right = true},
        {.title = "missed", .right = true},
        {.title = "skipped", .right = true},
        {.title = "real-time"},
        {.title = "wake-up p99", .right = true},
        {.title = "worst", .right = true},
    };
    struct table table =
        table_make(columns, report->live ? LENGTH_OF(columns) : LENGTH_OF(columns) - 2);
    for (uint32_t i = 0; i < report->cores_count; i++) {
        const struct tactus_core_report *core = &report->cores[i];
        table_add(&table, "%" PRIu32, core->core);
        table_add(&table, "%" PRIu64, core->ticks);
        table_add(&table, "%" PRIu64, core->missed_ticks);
        table_add(&table, "%" PRIu64, core->skipped_ticks);
        table_add(&table, "%s", core->realtime ? "yes" : "no");
        if (!report->live) {
            continue;
        }
        table_add(&table, "%s", duration_text((double)core->p99_wakeup_ns).text);
        table_add(&table, "%s", duration_text((double)core->worst_wakeup_ns).text);
    }
    if (report->cores_count > 0) {
        (void)fputc('\n', stream);
    }
    table_print(&table, stream, width);
    table_free(&table);
}

static void file_remarks(const struct tactus_file_report *file, char *text, size_t bytes)
{
    char silent[48] = "";
    char dropped[48] = "";
    if (file->silent_frames > 0) {
        (void)snprintf(silent, sizeof silent, ", %" PRIu64 " silent", file->silent_frames);
    }
    if (file->dropped_frames > 0) {
        (void)snprintf(dropped, sizeof dropped, ", %" PRIu64 " dropped", file->dropped_frames);
    }
    (void)snprintf(text, bytes, "%s%s%s%s", file->resampled ? ", resampled" : "",
                   file->is_output && !file->written ? ", not written" : "", silent, dropped);
    if (*text) {
        memmove(text, text + 2, strlen(text + 2) + 1);
    }
}

static void print_files(const struct tactus_report *report, FILE *stream, unsigned width)
{
    static const struct table_column columns[] = {
        {.title = ""},
        {.title = "file", .cut_front = true, .shrinks_to = 12},
        {.title = "rate", .right = true},
        {.title = "ch", .right = true},
        {.title = "frames", .right = true, .drop_rank = 1},
        {.title = "remarks", .shrinks_to = 12},
    };
    struct table table = table_make(columns, LENGTH_OF(columns));
    for (uint32_t i = 0; i < report->files_count; i++) {
        const struct tactus_file_report *file = &report->files[i];
        char remarks[192];
        file_remarks(file, remarks, sizeof remarks);
        table_add(&table, "%s", file->is_output ? "out" : "in");
        table_add(&table, "%s", file->path);
        table_add(&table, "%" PRIu32, file->rate_hz);
        table_add(&table, "%" PRIu32, file->channels);
        table_add(&table, "%" PRIu64, file->frames);
        table_add(&table, "%s", remarks);
    }
    if (report->files_count > 0) {
        (void)fputc('\n', stream);
    }
    table_print(&table, stream, width);
    table_free(&table);
}

void report_print(const struct tactus_report *report, FILE *stream, unsigned width)
{
    print_head(report, stream);
    print_tasks(report, stream, width);
    print_cores(report, stream, width);
    print_files(report, stream, width);
}
