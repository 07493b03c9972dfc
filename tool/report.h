/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a run did: for people as tables and sentences, for programs as JSON.
 */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include <stdio.h>

#include <tactus/pipeline.h>

#include "text.h"

struct report_sentences {
    struct text_list faults;   /* what makes the run fail */
    struct text_list warnings; /* what is worth knowing */
};

void report_sentences_make(const struct tactus_report *report, struct report_sentences *sentences);
void report_sentences_free(struct report_sentences *sentences);

/* Name of the index into the report's domains; "?" where there is none. */
const char *report_domain_name(const struct tactus_report *report, uint32_t domain);
/* "SIGSEGV" */
struct short_text signal_text(int signal);

/* Width in columns, 0: no limit. */
void report_print(const struct tactus_report *report, FILE *stream, unsigned width);

void report_json(const struct tactus_report *report, const struct report_sentences *sentences,
                 const struct text_list *notices, int code, FILE *stream);

#endif
