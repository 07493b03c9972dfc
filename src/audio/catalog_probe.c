/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks tactus-probe what a file holds, and believes none of the answer before it is checked. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "catalog_internal.h"
#include "describe.h"
#include "message.h"
#include "probe_records.h"

#define TIME_LIMIT_MS 5000
#define CONTROL_FLAGS                                                                              \
    (TACTUS_CONTROL_INTEGER | TACTUS_CONTROL_TOGGLE | TACTUS_CONTROL_OUTPUT |                      \
     TACTUS_CONTROL_LOGARITHMIC | TACTUS_CONTROL_RATE_BOUNDS | TACTUS_CONTROL_RATE_INITIAL)

struct answer {
    unsigned char *bytes;
    size_t count;
    size_t room;
    size_t taken;
};

/* --- the process ------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Its output goes nowhere: plugins print. A process group of its own, so that what it may have
 * started ends with it. */
static int probe_spawn(const char *program, const char *kind, const char *path, int writer,
                       pid_t *process)
{
    char *arguments[] = {(char *)program, (char *)kind, (char *)path, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t defaults;
    (void)sigemptyset(&none);
    (void)sigfillset(&defaults);
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return ENOMEM;
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    int error = posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    error = error != 0 ? error : posix_spawnattr_setsigmask(&attributes, &none);
    error = error != 0 ? error : posix_spawnattr_setsigdefault(&attributes, &defaults);
    for (int i = 0; i < 3 && error == 0; i++) {
        error = posix_spawn_file_actions_addopen(&actions, i, "/dev/null",
                                                 i == 0 ? O_RDONLY : O_WRONLY, 0);
    }
    error =
        error != 0 ? error : posix_spawn_file_actions_adddup2(&actions, writer, PROBE_DESCRIPTOR);
    error = error != 0 ? error
                       : posix_spawn(process, program, &actions, &attributes, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return error;
}

static bool answer_has_room(struct answer *answer)
{
    if (answer->count < answer->room) {
        return true;
    }
    size_t room = answer->room == 0 ? 65536 : answer->room * 2;
    unsigned char *bytes = room > PROBE_BYTES_MAX ? NULL : realloc(answer->bytes, room);
    if (bytes == NULL) {
        return false;
    }
    answer->bytes = bytes;
    answer->room = room;
    return true;
}

/* Until the end of the answer or the deadline. False: it took too long, or said too much. */
static bool answer_read(struct answer *answer, int reader, int64_t deadline_ms)
{
    while (answer_has_room(answer)) {
        int64_t left_ms = deadline_ms - now_ms();
        struct pollfd wait = {.fd = reader, .events = POLLIN};
        int ready = left_ms <= 0 ? 0 : poll(&wait, 1, (int)left_ms);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return false;
        }
        ssize_t got = read(reader, answer->bytes + answer->count, answer->room - answer->count);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got == 0;
        }
        answer->count += (size_t)got;
    }
    return false;
}

/* Its wait status, or -1 where it had to be killed. Closing the answer, it should end at once. */
static int probe_end(pid_t process, bool has_answered, int64_t deadline_ms)
{
    int status = 0;
    while (has_answered && now_ms() < deadline_ms) {
        pid_t ended = waitpid(process, &status, WNOHANG);
        if (ended == process) {
            (void)kill(-process, SIGKILL); /* whatever it has left behind */
            return status;
        }
        if (ended < 0 && errno == ECHILD) { /* SIGCHLD is ignored here: the answer alone decides */
            return 0;
        }
        (void)nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
    (void)kill(-process, SIGKILL);
    (void)kill(process, SIGKILL);
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return -1;
}

static tactus_status ending_check(const char *path, int status, struct tactus_message *message)
{
    if (status == -1) {
        message_set(message, "%s: did not let itself be read within %d s; it was stopped", path,
                    TIME_LIMIT_MS / 1000);
        return TACTUS_E_TIMED_OUT;
    }
    if (WIFSIGNALED(status)) {
        message_set(message, "%s: crashed while it was being read (signal %d, %s)", path,
                    WTERMSIG(status), strsignal(WTERMSIG(status)));
        return TACTUS_E_DIED;
    }
    if (WEXITSTATUS(status) != 0) {
        message_set(message, "%s: ended the process that was reading it (exit code %d)", path,
                    WEXITSTATUS(status));
        return TACTUS_E_DIED;
    }
    return TACTUS_OK;
}

static tactus_status probe_ask(enum tactus_plugin_kind kind, const char *path,
                               struct answer *answer, struct tactus_message *message)
{
    char program[PATH_MAX];
    tactus_status status = tactus_helper_path("tactus-probe", program, sizeof program, message);
    if (status != TACTUS_OK) {
        return status;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        message_set(message, "%s: cannot be asked what it holds: %s", path, strerror(errno));
        return TACTUS_E_OS;
    }
    /* dup2 onto itself would leave close-on-exec set: keep the end away from that number. */
    int writer = fcntl(ends[1], F_DUPFD_CLOEXEC, PROBE_DESCRIPTOR + 1);
    (void)close(ends[1]);
    pid_t process = 0;
    int error = writer < 0
                    ? errno
                    : probe_spawn(program, kind == TACTUS_PLUGIN_LADSPA ? "ladspa" : "native", path,
                                  writer, &process);
    if (writer >= 0) {
        (void)close(writer);
    }
    if (error != 0) {
        (void)close(ends[0]);
        message_set(message, "%s cannot be started: %s", program, strerror(error));
        return TACTUS_E_OS;
    }
    int64_t deadline_ms = now_ms() + TIME_LIMIT_MS;
    bool has_answered = answer_read(answer, ends[0], deadline_ms);
    int ending = probe_end(process, has_answered, deadline_ms);
    (void)close(ends[0]);
    if (ending == -1 && answer->count == answer->room && answer->room * 2 > PROBE_BYTES_MAX) {
        message_set(message, "%s: says more of itself than any plugin can mean", path);
        return TACTUS_E_INVALID;
    }
    return ending_check(path, ending, message);
}

/* --- the answer ------------------------------------------------------------------------------- */

static bool answer_take(struct answer *answer, void *record, size_t bytes)
{
    if (answer->count - answer->taken < bytes) {
        return false;
    }
    memcpy(record, answer->bytes + answer->taken, bytes);
    answer->taken += bytes;
    return true;
}

/* Terminated within its field; copied so that no control character comes to a terminal. */
static bool text_take(char *target, size_t target_bytes, const char *text, size_t text_bytes)
{
    if (memchr(text, '\0', text_bytes) == NULL) {
        return false;
    }
    describe_text(target, target_bytes, text);
    return true;
}

static bool control_take(struct answer *answer, struct tactus_control_info *control)
{
    struct probe_control record;
    if (!answer_take(answer, &record, sizeof record) ||
        !text_take(control->symbol, sizeof control->symbol, record.symbol, sizeof record.symbol) ||
        !text_take(control->name, sizeof control->name, record.name, sizeof record.name)) {
        return false;
    }
    control->minimum = record.minimum;
    control->maximum = record.maximum;
    control->initial = record.initial;
    control->flags = record.flags;
    return control->symbol[0] != '\0' && !isnan(record.minimum) && !isnan(record.maximum) &&
           (record.flags & ~CONTROL_FLAGS) == 0;
}

/* What a plugin says wrongly of itself is its own fault, and no reason to refuse its neighbours. */
static void control_judge(const struct tactus_control_info *control,
                          struct tactus_plugin_info *info)
{
    bool is_sane = isfinite(control->initial) && control->minimum <= control->maximum;
    if (!is_sane && (control->flags & TACTUS_CONTROL_OUTPUT) == 0 && info->refusal[0] == '\0') {
        (void)snprintf(info->refusal, sizeof info->refusal,
                       "control \"%s\" has no sensible range or default", control->symbol);
    }
}

static bool plugin_take(struct answer *answer, struct tactus_plugin_info *info,
                        const char *file_name)
{
    static _Thread_local struct probe_plugin record;
    char label[sizeof record.label];
    if (!answer_take(answer, &record, sizeof record) ||
        !text_take(label, sizeof label, record.label, sizeof record.label) ||
        !text_take(info->name, sizeof info->name, record.name, sizeof record.name) ||
        !text_take(info->refusal, sizeof info->refusal, record.refusal, sizeof record.refusal) ||
        record.inputs > PLUGIN_CHANNELS_MAX || record.outputs > PLUGIN_CHANNELS_MAX ||
        record.controls_count > PLUGIN_CONTROLS_MAX) {
        return false;
    }
    bool is_sound = true;
    info->inputs = record.inputs;
    info->outputs = record.outputs;
    for (uint32_t i = 0; i < PLUGIN_CHANNELS_MAX; i++) {
        is_sound = is_sound && text_take(info->input_names[i], 32, record.input_names[i], 32) &&
                   text_take(info->output_names[i], 32, record.output_names[i], 32);
    }
    int length = label[0] == '\0'
                     ? snprintf(info->uri, sizeof info->uri, "%s", file_name)
                     : snprintf(info->uri, sizeof info->uri, "%s:%s", file_name, label);
    info->controls = calloc(record.controls_count + 1u, sizeof *info->controls);
    if (!is_sound || length < 0 || (size_t)length >= sizeof info->uri || info->controls == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < record.controls_count; i++) {
        if (!control_take(answer, &info->controls[i])) {
            return false;
        }
        info->controls_count = i + 1;
        control_judge(&info->controls[i], info);
    }
    return true;
}

static tactus_status malformed(const char *path, struct tactus_message *message)
{
    message_set(message, "%s: what it says of itself makes no sense", path);
    return TACTUS_E_INVALID;
}

static tactus_status answer_decode(enum tactus_plugin_kind kind, const char *path,
                                   const char *file_name, struct answer *answer,
                                   struct plugin_list *list, struct tactus_message *message)
{
    struct probe_header header;
    char failure[sizeof header.failure];
    if (!answer_take(answer, &header, sizeof header) || header.magic != PROBE_MAGIC ||
        header.version != PROBE_VERSION || header.plugins_count > PROBE_PLUGINS_MAX ||
        !text_take(failure, sizeof failure, header.failure, sizeof header.failure)) {
        return malformed(path, message);
    }
    if (failure[0] != '\0') {
        message_set(message, "%s: cannot be used: %s", path, failure);
        return TACTUS_E_INVALID;
    }
    for (uint32_t i = 0; i < header.plugins_count; i++) {
        struct tactus_plugin_info *info = plugin_list_add(list);
        if (info == NULL) {
            message_set(message, "no memory for the catalog of plugins");
            return TACTUS_E_NO_MEMORY;
        }
        if (!plugin_take(answer, info, file_name)) {
            return malformed(path, message);
        }
        info->kind = kind;
        describe_text(info->bundle, sizeof info->bundle, path);
        if (strlen(path) >= sizeof info->bundle) {
            (void)snprintf(info->refusal, sizeof info->refusal, "lies at too long a path");
        }
    }
    return answer->taken == answer->count ? TACTUS_OK : malformed(path, message);
}

static void list_cut(struct plugin_list *list, size_t count)
{
    while (list->count > count) {
        list->count--;
        free(list->plugins[list->count]->controls);
        free(list->plugins[list->count]);
    }
}

tactus_status probe_file(enum tactus_plugin_kind kind, const char *path, const char *file_name,
                         struct plugin_list *list, struct tactus_message *message)
{
    struct answer answer = {0};
    const size_t before = list->count;
    tactus_status status = probe_ask(kind, path, &answer, message);
    if (status == TACTUS_OK) {
        status = answer_decode(kind, path, file_name, &answer, list, message);
    }
    if (status != TACTUS_OK) {
        list_cut(list, before);
    }
    free(answer.bytes);
    return status;
}
