/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tactus-probe: reads what a shared object says of itself, in a process that may crash or hang
 * without harm to anybody.
 */
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ladspa.h>

#include <tactus/module.h>
#include <tactus/pipeline.h>

#include "describe.h"
#include "probe_records.h"

#define CODE_SIGNALLED 128 /* as shells count: 128 plus the signal */

static bool write_all(const void *data, size_t bytes)
{
    const char *next = data;
    while (bytes > 0) {
        ssize_t written = write(PROBE_DESCRIPTOR, next, bytes);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        next += written;
        bytes -= (size_t)written;
    }
    return true;
}

static bool write_header(uint32_t plugins_count, const char *failure)
{
    struct probe_header header = {
        .magic = PROBE_MAGIC, .version = PROBE_VERSION, .plugins_count = plugins_count};
    describe_text(header.failure, sizeof header.failure, failure);
    return write_all(&header, sizeof header);
}

static bool write_plugin(const struct tactus_plugin_info *info, const char *label)
{
    static struct probe_plugin record;
    memset(&record, 0, sizeof record);
    describe_text(record.label, sizeof record.label, label);
    memcpy(record.name, info->name, sizeof record.name);
    memcpy(record.refusal, info->refusal, sizeof record.refusal);
    memcpy(record.input_names, info->input_names, sizeof record.input_names);
    memcpy(record.output_names, info->output_names, sizeof record.output_names);
    record.inputs = info->inputs;
    record.outputs = info->outputs;
    record.controls_count = info->controls_count;
    bool is_written = write_all(&record, sizeof record);
    for (uint32_t i = 0; i < info->controls_count && is_written; i++) {
        const struct tactus_control_info *control = &info->controls[i];
        struct probe_control control_record = {.minimum = control->minimum,
                                               .maximum = control->maximum,
                                               .initial = control->initial,
                                               .flags = control->flags};
        memcpy(control_record.symbol, control->symbol, sizeof control_record.symbol);
        memcpy(control_record.name, control->name, sizeof control_record.name);
        is_written = write_all(&control_record, sizeof control_record);
    }
    return is_written;
}

static bool write_ladspa(void *library)
{
    LADSPA_Descriptor_Function function = NULL;
    *(void **)&function = dlsym(library, "ladspa_descriptor");
    if (function == NULL) {
        return write_header(0, "it is no LADSPA file: it exports no ladspa_descriptor");
    }
    uint32_t count = 0;
    while (count < PROBE_PLUGINS_MAX && function(count) != NULL) {
        count++;
    }
    bool is_written = write_header(count, count == 0 ? "it describes no plugin" : NULL);
    for (uint32_t i = 0; i < count && is_written; i++) {
        static struct tactus_plugin_info info;
        memset(&info, 0, sizeof info);
        const LADSPA_Descriptor *descriptor = function(i);
        is_written = descriptor != NULL && describe_ladspa(descriptor, &info) &&
                     write_plugin(&info, descriptor->Label);
        free(info.controls);
    }
    return is_written;
}

static bool write_native(void *library)
{
    tactus_module_function function = NULL;
    *(void **)&function = dlsym(library, TACTUS_MODULE_SYMBOL);
    const struct tactus_module *module = function == NULL ? NULL : function();
    if (module == NULL) {
        return write_header(0, "it is no module: it exports no usable " TACTUS_MODULE_SYMBOL);
    }
    static struct tactus_plugin_info info;
    bool is_written =
        describe_native(module, &info) && write_header(1, NULL) && write_plugin(&info, "");
    free(info.controls);
    return is_written;
}

/* A probe never outlives who asked, leaves no core file and cannot compute for ever. A crash shows
 * as the signal that it is, also where a preloaded library or a sanitizer would rather handle it.
 */
static void limits_set(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) {
        (void)signal(crashes[i], SIG_DFL);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)setrlimit(RLIMIT_CPU, &(struct rlimit){10, 10});
}

/* Waits for a child and ends as it ended. */
static void end_as(pid_t child) __attribute__((noreturn));
static void end_as(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        (void)raise(WTERMSIG(status));
        _exit(CODE_SIGNALLED + WTERMSIG(status)); /* the first process of a namespace stays alive */
    }
    int code = WEXITSTATUS(status);
    if (code > CODE_SIGNALLED && code < CODE_SIGNALLED + NSIG) {
        (void)raise(code - CODE_SIGNALLED);
    }
    _exit(code);
}

/* From here on nobody outside can be named or reached: the work is done by the second process of a
 * pid namespace, whose first one only waits. Where the system refuses that, the probe goes on as it
 * is. */
static void wall_in(void)
{
    int walls = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || unshare(walls) != 0) {
        return;
    }
    for (int level = 0; level < 2; level++) {
        pid_t child = fork();
        if (child > 0) {
            (void)close(PROBE_DESCRIPTOR);
            end_as(child);
        }
        if (child < 0) {
            return;
        }
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
}

int tactus_probe_main(int argc, char **argv)
{
    bool is_ladspa = argc == 3 && strcmp(argv[1], "ladspa") == 0;
    bool is_native = argc == 3 && strcmp(argv[1], "native") == 0;
    if (!is_ladspa && !is_native) {
        (void)fprintf(stderr, "usage: tactus-probe ladspa|native FILE\n"
                              "Started by tactus, which reads descriptor 3.\n");
        return 2;
    }
    limits_set();
    wall_in();
    void *library = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
    bool is_written = false;
    if (library == NULL) {
        const char *reason = dlerror();
        is_written = write_header(0, reason == NULL ? "it cannot be loaded" : reason);
    } else {
        is_written = is_ladspa ? write_ladspa(library) : write_native(library);
    }
    _exit(is_written ? 0 : 1); /* destructors of strangers have nothing left to do here */
}
