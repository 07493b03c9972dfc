/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernel side's end of the gate: takes one request at a time from every domain in turn, decodes
 * it, acts, replies; and notices deaths.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "os.h"
#include "supervisor.h"

static uint32_t number_of(const struct tactus_supervisor *supervisor,
                          const struct domain_record *domain)
{
    return (uint32_t)(domain - supervisor->domains) + 1;
}

static uint32_t position_of(const struct domain_record *domain, uint32_t partition)
{
    uint32_t i = 0;
    while (i < domain->partitions_count && domain->partitions[i] != partition) {
        i++;
    }
    return i;
}

static void reply(struct domain_record *domain, const struct gate_request *request,
                  struct gate_reply *reply, int descriptor)
{
    reply->version = GATE_VERSION;
    reply->operation = request->operation;
    reply->sequence = request->sequence;
    if (channel_reply(domain->launch.socket, reply, descriptor) != TACTUS_OK) {
        domain->gate_refusals++; /* it does not read its replies: its loss */
    }
}

static void invoke_hello(struct tactus_supervisor *supervisor, struct domain_record *domain,
                         struct gate_reply *answer)
{
    uint32_t user_types = 0;
    for (uint32_t type = 0; type < TACTUS_SCHEDULER_TYPES; type++) {
        if (supervisor->config.ownership.owner[type] == TACTUS_SIDE_USER) {
            user_types |= 1u << type;
        }
    }
    domain->phase = GATE_PHASE_GREETED;
    answer->body.hello = (struct gate_hello){
        .tick_ns = supervisor->config.tick_ns,
        .domain = number_of(supervisor, domain),
        .partitions = domain->partitions_count,
        .writable = domain->writable_count,
        .board = position_of(domain, supervisor->board_partition),
        .done = position_of(domain, domain->done_partition),
        .tasks_max = supervisor->config.tasks_max,
        .cpu = supervisor->cpu,
        .ownership = user_types,
        .realtime = domain->realtime,
    };
}

static int invoke_partition(struct tactus_supervisor *supervisor, struct domain_record *domain,
                            uint32_t position, struct gate_reply *answer)
{
    uint32_t number = domain->partitions[position];
    const struct partition *partition = &supervisor->partitions[number];
    answer->body.partition = (struct gate_partition){
        .bytes = partition->bytes,
        .partition = number,
        .writer = partition->writer,
        .writable = partition->writer == number_of(supervisor, domain),
    };
    memcpy(answer->body.partition.name, partition->name, sizeof partition->name);
    return partition->descriptor;
}

/* The LL thread, found while nothing foreign has run yet in that process. */
static int32_t find_ll_thread(int32_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *threads = opendir(path);
    if (threads == NULL) {
        return 0;
    }
    int32_t found = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(threads)) != NULL && found == 0) {
        char name[32] = "";
        (void)snprintf(path, sizeof path, "/proc/%d/task/%.16s/comm", pid, entry->d_name);
        FILE *file = fopen(path, "re");
        if (file != NULL && fgets(name, sizeof name, file) != NULL &&
            strcmp(name, "tactus-ll\n") == 0) {
            found = (int32_t)strtol(entry->d_name, NULL, 10);
        }
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    closedir(threads);
    return found;
}

/* The descriptor stands for this thread for ever, its number may come to be another's. */
static int open_ll_state(int32_t pid, int32_t thread)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, thread);
    return thread == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
}

static bool all_are_mapped(const struct tactus_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        enum gate_phase phase = supervisor->domains[i].phase;
        if (phase < GATE_PHASE_MAPPED) {
            return false;
        }
    }
    return true;
}

static void answer_seal(struct domain_record *domain)
{
    struct gate_request request = {.operation = GATE_MAPPED, .sequence = domain->sequence};
    struct gate_reply answer = {.status = TACTUS_OK};
    domain->awaits_seal = false;
    domain->phase = GATE_PHASE_SEALED;
    reply(domain, &request, &answer, -1);
}

/* Nobody gets further: start ends with this domain named. */
static void domain_fail(struct domain_record *domain, tactus_status status, const char *what)
{
    domain->failure = status;
    (void)snprintf(domain->failure_text, sizeof domain->failure_text, "it %s", what);
}

/* Every writer has mapped what is his: from now on nobody gets at anything any more. */
static void seal_all(struct tactus_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->partitions_count; i++) {
        const struct partition *partition = &supervisor->partitions[i];
        if (partition_seal(partition) == TACTUS_OK) {
            continue;
        }
        /* Only its writer can have prevented it. Nothing that is not sealed is handed out. */
        domain_fail(&supervisor->domains[partition->writer > 0 ? partition->writer - 1 : 0],
                    TACTUS_E_DENIED, "keeps its memory from being sealed");
        return;
    }
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        if (supervisor->domains[i].awaits_seal) {
            answer_seal(&supervisor->domains[i]);
        }
    }
}

static void invoke_mapped(struct tactus_supervisor *supervisor, struct domain_record *domain)
{
    domain->phase = GATE_PHASE_MAPPED;
    domain->awaits_seal = true;
    domain->ll_thread = find_ll_thread(domain->launch.pid);
    domain->ll_state = open_ll_state(domain->launch.pid, domain->ll_thread);
    if (all_are_mapped(supervisor)) {
        seal_all(supervisor);
    }
}

static void refuse(struct domain_record *domain, const struct gate_request *request,
                   const struct gate_refusal *refusal, tactus_status status)
{
    struct gate_reply answer = {
        .status = status, .refused = refusal->field, .allowed = refusal->allowed};
    domain->gate_refusals++;
    reply(domain, request, &answer, -1);
}

/* It goes to a terminal: nothing in it may be a command there. */
static void take_text(struct domain_record *domain, const struct gate_request *request)
{
    for (uint32_t i = 0; i < sizeof domain->failure_text; i++) {
        char letter = request->text[i];
        bool is_control = (letter > 0 && letter < ' ' && letter != '\n') || letter == 0x7f;
        domain->failure_text[i] = is_control ? '?' : letter;
    }
}

/* Decoded: nothing here can fail half-way. */
static void invoke(struct tactus_supervisor *supervisor, struct domain_record *domain,
                   const struct gate_request *request)
{
    struct gate_reply answer = {.status = TACTUS_OK};
    int descriptor = -1;
    switch (request->operation) {
    case GATE_HELLO:
        invoke_hello(supervisor, domain, &answer);
        break;
    case GATE_PARTITION:
        descriptor = invoke_partition(supervisor, domain, (uint32_t)request->argument[0], &answer);
        break;
    case GATE_MAPPED:
        invoke_mapped(supervisor, domain);
        return; /* answered when all are */
    case GATE_READY:
        domain->phase = GATE_PHASE_READY;
        break;
    case GATE_FAILED:
        domain->failure = (tactus_status)(-(int32_t)request->argument[0]);
        take_text(domain, request);
        break;
    default:
        /* One that was killed for a hang may still have asked. */
        if (atomic_load(&domain->fate) == TACTUS_DOMAIN_PLAYED) {
            tick_absent_set(supervisor, domain, request->operation == GATE_TICK_STOP);
        }
        break;
    }
    reply(domain, request, &answer, descriptor);
}

static void serve_request(struct tactus_supervisor *supervisor, struct domain_record *domain)
{
    struct gate_request request;
    size_t length = 0;
    tactus_status taken = channel_take(domain->launch.socket, &request, &length);
    if (taken == TACTUS_E_DIED) { /* it closed its end: it can ask for nothing more */
        close(domain->launch.socket);
        domain->launch.socket = -1;
        if (domain->phase != GATE_PHASE_READY) {
            /* It cannot become ready any more. One that is dying already keeps its own reason. */
            domain->has_closed = true;
            (void)syscall(SYS_pidfd_send_signal, domain->launch.pid_descriptor, SIGKILL, NULL, 0);
        }
    }
    if (taken != TACTUS_OK) {
        return;
    }
    struct gate_view view = {.phase = domain->phase,
                             .sequence = domain->sequence,
                             .partitions = domain->partitions_count,
                             .writable = domain->writable_count,
                             .cores = 1};
    struct gate_refusal refusal = {0, 0};
    tactus_status status = gate_decode(&view, &request, length, &refusal);
    if (status != TACTUS_OK) {
        /* A refused request has had its number, unless it was the number that is wrong. */
        bool is_counted = length == sizeof request && request.sequence == domain->sequence + 1u;
        domain->sequence += is_counted ? 1 : 0;
        refuse(domain, &request, &refusal, status);
        return;
    }
    domain->sequence = request.sequence;
    invoke(supervisor, domain, &request);
}

static void serve_death(struct tactus_supervisor *supervisor, struct domain_record *domain)
{
    siginfo_t information = {0};
    int failed =
        waitid(P_PIDFD, (id_t)domain->launch.pid_descriptor, &information, WEXITED | WNOHANG);
    /* Where this process ignores SIGCHLD, or reaps every child itself, nobody knows how it ended.
     */
    bool is_reaped_elsewhere = failed != 0 && errno == ECHILD;
    if (!is_reaped_elsewhere && (failed != 0 || information.si_pid == 0)) {
        return;
    }
    int played = TACTUS_DOMAIN_PLAYED;
    bool was_set_up = domain->phase == GATE_PHASE_READY;
    if (atomic_compare_exchange_strong(&domain->fate, &played,
                                       was_set_up ? TACTUS_DOMAIN_CRASHED : TACTUS_DOMAIN_FAILED)) {
        uint64_t tick = atomic_load_explicit(&supervisor->ticks_done, memory_order_relaxed) + 1;
        atomic_store_explicit(&domain->fault_tick, was_set_up ? tick : 0, memory_order_relaxed);
    }
    bool has_exited = information.si_code == CLD_EXITED;
    bool has_aborted = has_exited && information.si_status == CHANNEL_EXIT_SIGNALLED + SIGABRT;
    domain->signal = has_exited ? 0 : information.si_status;
    domain->exit_code = has_exited ? information.si_status : 0;
    if (has_aborted) {
        domain->signal = SIGABRT;
        domain->exit_code = 0;
    }
    domain->is_launched = false;
    domain->phase = GATE_PHASE_GONE;
    tick_absent_set(supervisor, domain, true);
    domain->awaits_seal = false;
}

bool gate_serve(struct tactus_supervisor *supervisor, uint64_t until_ns)
{
    struct pollfd polled[2 * TACTUS_DOMAINS_MAX + 1];
    nfds_t count = 0;
    polled[count++] = (struct pollfd){.fd = supervisor->run_ended, .events = POLLIN};
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        const struct domain_record *domain = &supervisor->domains[i];
        /* A negative descriptor is passed over by poll. */
        polled[count++] = (struct pollfd){.fd = domain->is_launched ? domain->launch.socket : -1,
                                          .events = POLLIN};
        polled[count++] = (struct pollfd){
            .fd = domain->is_launched ? domain->launch.pid_descriptor : -1, .events = POLLIN};
    }
    uint64_t now_ns = os_clock_ns();
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec timeout = {.tv_sec = (time_t)(left_ns / 1000000000u),
                               .tv_nsec = (long)(left_ns % 1000000000u)};
    if (ppoll(polled, count, &timeout, NULL) <= 0) {
        return false;
    }
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        if (polled[1 + 2 * i].revents != 0) {
            serve_request(supervisor, &supervisor->domains[i]);
        }
        if (polled[2 + 2 * i].revents != 0) {
            serve_death(supervisor, &supervisor->domains[i]);
        }
    }
    return (polled[0].revents & POLLIN) != 0;
}
