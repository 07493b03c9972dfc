/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pipelines: a graph of audio modules read from a YAML file, checked, placed into domains and run.
 * Kernel side only, one thread at a time per pipeline; tactus_pipeline_stop alone may be called
 * from any thread and from a signal handler. Load and run block.
 */
#ifndef TACTUS_PIPELINE_H
#define TACTUS_PIPELINE_H

#include <stddef.h>
#include <stdint.h>

#include <tactus/domain.h>
#include <tactus/schedule.h>
#include <tactus/status.h>
#include <tactus/task.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- plugins that can be hosted --------------------------------------------------------------- */

enum tactus_plugin_kind { TACTUS_PLUGIN_LV2, TACTUS_PLUGIN_LADSPA, TACTUS_PLUGIN_NATIVE };

#define TACTUS_CONTROL_INTEGER     0x1u
#define TACTUS_CONTROL_TOGGLE      0x2u
#define TACTUS_CONTROL_OUTPUT      0x4u /* the plugin writes it; cannot be set */
#define TACTUS_CONTROL_LOGARITHMIC 0x8u
#define TACTUS_CONTROL_RATE_BOUNDS                                                                 \
    0x10u                                 /* minimum and maximum are multiples of the sample rate  \
                                           */
#define TACTUS_CONTROL_RATE_INITIAL 0x20u /* so is initial */

struct tactus_control_info {
    char symbol[64]; /* what a graph file calls it */
    char name[64];   /* what its author calls it */
    float minimum;   /* -INFINITY where there is no bound */
    float maximum;   /* INFINITY likewise */
    float initial;
    uint32_t flags;
};

struct tactus_plugin_info {
    enum tactus_plugin_kind kind;
    char uri[512];    /* LV2: the URI; LADSPA: "file.so:label"; native: "gain", "mix" or a path */
    char name[128];   /* what its author calls it */
    char bundle[512]; /* LV2: the folder of its data; LADSPA, native: the file; "": built in */
    uint32_t inputs;  /* audio channels; 0 for "gain" and "mix": as many as the graph links */
    uint32_t outputs; /* likewise */
    char input_names[64][32];
    char output_names[64][32];
    uint32_t controls_count;
    struct tactus_control_info *controls; /* the catalog's */
    char refusal[128];                    /* "" where it can be hosted, else why not */
};

typedef struct tactus_catalog tactus_catalog;

/* Reads what is installed. LV2 is read from its data files; LADSPA and native files are opened in a
 * process of their own, since that runs their code. */
TACTUS_MUST_CHECK tactus_status tactus_catalog_new(tactus_catalog **catalog,
                                                   struct tactus_message *message);
void tactus_catalog_free(tactus_catalog *catalog);

/* One plugin by URI, as in struct tactus_plugin_info. TACTUS_E_NOT_FOUND and others with a message
 * that says where it was looked for and what comes near. *info is the catalog's. */
TACTUS_MUST_CHECK tactus_status tactus_catalog_find(tactus_catalog *catalog,
                                                    enum tactus_plugin_kind kind, const char *uri,
                                                    const struct tactus_plugin_info **info,
                                                    struct tactus_message *message);

/* All of one kind, ordered by URI, those that cannot be hosted with their refusal. The visitor
 * returns 0 to go on. */
TACTUS_MUST_CHECK tactus_status
tactus_catalog_visit(tactus_catalog *catalog, enum tactus_plugin_kind kind,
                     int (*visit)(void *context, const struct tactus_plugin_info *info),
                     void *context, struct tactus_message *message);

/* A control by its symbol, or else by its exact name; NULL where there is none. Pure. */
const struct tactus_control_info *tactus_plugin_control(const struct tactus_plugin_info *info,
                                                        const char *name);

/* Range and default of a control at a sample rate. Any of the three may be NULL. Pure. */
void tactus_control_range(const struct tactus_control_info *control, uint32_t rate_hz,
                          float *minimum, float *maximum, float *initial);

/* --- programs that belong to tactus ------------------------------------------------------------
 */

/* The path of a helper program ("tactus-probe", "tactus-domain"): in the folder that the
 * environment's TACTUS_LIBEXEC names where it is set, else next to the running program, else where
 * it was installed. TACTUS_E_NOT_FOUND with a message that says where it was looked for. */
TACTUS_MUST_CHECK tactus_status tactus_helper_path(const char *program, char *path, size_t bytes,
                                                   struct tactus_message *message);

/* The whole of the program tactus-probe: `tactus-probe ladspa|native FILE` opens the file, which
 * runs its code, and writes what it holds to descriptor 3 as fixed-width records. */
int tactus_probe_main(int argc, char **argv);

/* The whole of the program tactus-domain: a user domain that runs the nodes it is told to. */
int tactus_domain_main(int argc, char **argv);

/* --- pipelines -------------------------------------------------------------------------------- */

enum tactus_profile { TACTUS_PROFILE_ISOLATED, TACTUS_PROFILE_MONOLITHIC };

struct tactus_variable {
    const char *name;
    const char *value;
};

struct tactus_progress {
    uint64_t frames_done;
    uint64_t frames_total; /* 0: not known */
    uint64_t elapsed_ns;
    uint32_t rate_hz; /* of the graph; 0: not known */
};

struct tactus_pipeline_options {
    const char *graph_path;
    const struct tactus_variable *variables; /* replace those of the file */
    uint32_t variables_count;
    const char *in_path;  /* replaces the file of the one file_in; NULL: as in the graph */
    const char *out_path; /* likewise for the one file_out */
    uint64_t tick_ns;     /* 0: as in the graph */
    enum tactus_profile profile;
    int live;     /* paced by the timer; otherwise as fast as possible */
    int realtime; /* ask for SCHED_FIFO; warn where refused */
    /* Offline: how long a domain may take for one turn, some dozens of ticks; above 0; 0: 5 s. */
    uint64_t hang_timeout_ns;
    /* Both on the thread that calls load or run; either may be NULL. Strings are the callee's only
     * for the call. progress: about ten times a second. notice: warnings and what is done. */
    void (*progress)(void *context, const struct tactus_progress *progress);
    void (*notice)(void *context, const char *line);
    void *context;
};

struct tactus_task_report {
    char name[TACTUS_NAME_BYTES]; /* the node's id, cut */
    uint32_t domain;              /* index into domains */
    uint32_t core;
    uint64_t runs;
    double mean_ns;
    uint64_t p99_ns;
    uint64_t worst_ns;
    double share; /* mean_ns of the tick, 0 to 1 and above */
    uint64_t overruns;
};

struct tactus_domain_report {
    char name[TACTUS_NAME_BYTES]; /* "kernel" for tasks that the kernel side owns */
    int32_t pid;                  /* 0: the kernel side */
    enum tactus_domain_fate fate;
    int32_t signal;                  /* CRASHED: the signal, 0 for an exit */
    int32_t exit_code;               /* CRASHED by an exit */
    char culprit[TACTUS_NAME_BYTES]; /* the node that ran then, as far as is known; "" otherwise */
    uint64_t fault_tick;             /* the tick in which it was lost, offline the first one of that
                                      * turn; 0: none */
    uint64_t passed_over;            /* ticks in which its successors did not wait for it */
    uint64_t gate_refusals;          /* requests of it that were refused */
    uint64_t forged_indices;         /* looks at its ends of file rings that were impossible */
};

struct tactus_core_report {
    uint32_t core;
    uint64_t ticks;
    uint64_t missed_ticks;
    uint64_t skipped_ticks;
    uint64_t worst_wakeup_ns; /* live: the timer's wake-up after the tick's begin */
    uint64_t p99_wakeup_ns;
    int realtime; /* got SCHED_FIFO */
};

struct tactus_file_report {
    char node[TACTUS_NAME_BYTES];
    char path[512];
    int is_output;
    uint32_t rate_hz; /* of the file */
    uint32_t channels;
    uint64_t frames;
    int resampled;
    uint64_t silent_frames;  /* output: taken as silence since a predecessor gave nothing; input:
                              * silence since the disk was too slow (live only) */
    uint64_t dropped_frames; /* output: silence since the disk was too slow (live only) */
    int written;             /* output: is in its place now */
    char failure[512]; /* why reading or writing it ended early, with its path; "": it did not */
};

struct tactus_report {
    const char *graph_name;
    /* What it was: MONOLITHIC also where the graph gives LL_TIMER to the kernel side. */
    enum tactus_profile profile;
    int live;
    int stopped; /* tactus_pipeline_stop ended it */
    uint32_t rate_hz;
    uint64_t tick_ns;
    uint32_t block_frames;
    uint64_t ticks;
    uint64_t frames;
    uint64_t elapsed_ns;   /* from the first tick to the last */
    double realtime_ratio; /* audio time by elapsed time */
    uint32_t faults;       /* domains that missed a deadline or were lost, files with a failure */
    const struct tactus_domain_report *domains;
    uint32_t domains_count;
    const struct tactus_task_report *tasks; /* by domain, in the order of running */
    uint32_t tasks_count;
    const struct tactus_core_report *cores;
    uint32_t cores_count;
    const struct tactus_file_report *files;
    uint32_t files_count;
};

typedef struct tactus_pipeline tactus_pipeline;

/* Reads and checks everything that can be checked before something runs; touches no output file.
 * On failure one message, and *pipeline is NULL. TACTUS_E_INVALID and TACTUS_E_NOT_FOUND: the
 * input is wrong (exit code 2); others: the machine. Strings of the options are copied. */
TACTUS_MUST_CHECK tactus_status tactus_pipeline_load(const struct tactus_pipeline_options *options,
                                                     tactus_pipeline **pipeline,
                                                     struct tactus_message *message);

/* Runs to the end of the longest input file, or until stopped. Output files appear in their place
 * at the end, whole. TACTUS_OK also where domains faulted (the report tells). TACTUS_E_STATE:
 * stopped while the domains were loading; nothing was written. Once per pipeline.
 * The report belongs to the pipeline. */
TACTUS_MUST_CHECK tactus_status tactus_pipeline_run(tactus_pipeline *pipeline,
                                                    const struct tactus_report **report,
                                                    struct tactus_message *message);

/* Ends a run at the next tick; what was produced so far is kept. Async-signal-safe. */
void tactus_pipeline_stop(tactus_pipeline *pipeline);

void tactus_pipeline_free(tactus_pipeline *pipeline);

#ifdef __cplusplus
}
#endif

#endif
