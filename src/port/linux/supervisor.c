/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel side on Linux: set-up, and the life of a system. */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tactus/time.h>

#include "kernel_side.h"
#include "os.h"

void supervisor_notice(struct tactus_supervisor *supervisor, const char *format, ...)
{
    if (supervisor->config.notice == NULL) {
        return;
    }
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    supervisor->config.notice(supervisor->config.context, line);
}

static bool config_is_valid(const struct tactus_supervisor_config *config)
{
    for (uint32_t type = 0; type < TACTUS_SCHEDULER_TYPES; type++) {
        if (config->ownership.owner[type] > TACTUS_SIDE_USER) {
            return false;
        }
    }
    return config->tick_ns >= TACTUS_TICK_MIN_NS && config->tick_ns <= TACTUS_TICK_MAX_NS &&
           config->tasks_max >= 1 && config->tasks_max <= 65535 &&
           (config->live || (config->batch_ticks >= 1 && config->batch_ticks <= 1024 &&
                             config->hang_timeout_ns > 0)) &&
           (!config->live || config->overrun_limit >= 1);
}

/* Every partition and every domain keeps descriptors open here: three per domain and one per
 * partition at most, for which the soft limit is too small in many places. */
static void descriptors_allow(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        rlim_t wanted = TACTUS_PARTITIONS_MAX + 4 * TACTUS_DOMAINS_MAX;
        if (limit.rlim_cur < wanted) {
            limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
            (void)setrlimit(RLIMIT_NOFILE, &limit); /* if not, a partition will say so */
        }
    }
}

/* A disposition that whoever started this process left behind: with it nobody would learn how a
 * domain ended. The default one ignores the signal just as well. */
static void deaths_tell(void)
{
    struct sigaction present;
    if (sigaction(SIGCHLD, NULL, &present) == 0 && present.sa_handler == SIG_IGN) {
        (void)signal(SIGCHLD, SIG_DFL);
    }
}

static tactus_status tables_new(struct tactus_supervisor *supervisor)
{
    supervisor->partitions = calloc(TACTUS_PARTITIONS_MAX, sizeof *supervisor->partitions);
    supervisor->grants = calloc(TACTUS_PARTITIONS_MAX, TACTUS_DOMAINS_MAX + 1);
    supervisor->domains = calloc(TACTUS_DOMAINS_MAX, sizeof *supervisor->domains);
    supervisor->stages = calloc(TACTUS_STAGES_MAX, sizeof *supervisor->stages);
    supervisor->run_ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (supervisor->partitions == NULL || supervisor->grants == NULL ||
        supervisor->domains == NULL || supervisor->stages == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    return supervisor->run_ended < 0 ? TACTUS_E_OS : TACTUS_OK;
}

tactus_status tactus_supervisor_new(const struct tactus_supervisor_config *config,
                                    tactus_supervisor **supervisor)
{
    if (config == NULL || supervisor == NULL || !config_is_valid(config)) {
        return TACTUS_E_INVALID;
    }
    struct tactus_supervisor *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    descriptors_allow();
    deaths_tell();
    made->config = *config;
    made->cpu = os_cpu_last();
    tactus_status status = tables_new(made);
    if (status == TACTUS_OK) {
        status = tactus_supervisor_partition_new(made, "board", sizeof(struct relay_board),
                                                 TACTUS_KERNEL, &made->board_partition);
    }
    if (status == TACTUS_OK) {
        status = kernel_side_init(made);
    }
    if (status != TACTUS_OK) {
        tactus_supervisor_free(made);
        return status;
    }
    made->view.board = made->partitions[made->board_partition].memory;
    made->view.board->live = config->live ? 1 : 0;
    made->view.board->tick_ns = config->tick_ns;
    *supervisor = made;
    return TACTUS_OK;
}

tactus_runtime *tactus_supervisor_runtime(tactus_supervisor *supervisor)
{
    return supervisor == NULL ? NULL : supervisor->runtime;
}

tactus_status tactus_supervisor_domain_new(tactus_supervisor *supervisor, const char *name,
                                           const char *program, uint32_t *domain)
{
    if (supervisor == NULL || name == NULL || program == NULL || program[0] != '/' ||
        domain == NULL) {
        return TACTUS_E_INVALID;
    }
    if (supervisor->is_started) {
        return TACTUS_E_STATE;
    }
    if (supervisor->domains_count == TACTUS_DOMAINS_MAX) {
        return TACTUS_E_NO_MEMORY;
    }
    struct domain_record *record = &supervisor->domains[supervisor->domains_count];
    record->launch = (struct launch){.socket = -1, .pid_descriptor = -1};
    record->ll_state = -1;
    record->program = strdup(program);
    if (record->program == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    (void)snprintf(record->name, sizeof record->name, "%s", name);
    supervisor->domains_count++;
    *domain = supervisor->domains_count;
    char label[TACTUS_NAME_BYTES + 8];
    (void)snprintf(label, sizeof label, "%s:done", record->name);
    tactus_status status = tactus_supervisor_partition_new(
        supervisor, label, RELAY_STAGES_MAX * sizeof(tactus_atomic_u32), *domain,
        &record->done_partition);
    if (status != TACTUS_OK) {
        supervisor->domains_count--;
        free(record->program);
        *record = (struct domain_record){.program = NULL};
    }
    return status;
}

tactus_status tactus_supervisor_partition_new(tactus_supervisor *supervisor, const char *name,
                                              uint64_t bytes, uint32_t writer, uint32_t *partition)
{
    if (supervisor == NULL || name == NULL || bytes == 0 || bytes > TACTUS_PARTITION_BYTES_MAX ||
        writer > supervisor->domains_count || partition == NULL) {
        return TACTUS_E_INVALID;
    }
    if (supervisor->is_started) {
        return TACTUS_E_STATE;
    }
    if (supervisor->partitions_count == TACTUS_PARTITIONS_MAX) {
        return TACTUS_E_NO_MEMORY;
    }
    uint32_t number = supervisor->partitions_count;
    tactus_status status = partition_init(&supervisor->partitions[number], name, bytes, writer);
    if (status == TACTUS_OK) {
        supervisor->partitions_count++;
        *partition = number;
    }
    return status;
}

static uint8_t *grant_of(tactus_supervisor *supervisor, uint32_t partition, uint32_t domain)
{
    return &supervisor->grants[(size_t)partition * (TACTUS_DOMAINS_MAX + 1) + domain];
}

tactus_status tactus_supervisor_partition_grant(tactus_supervisor *supervisor, uint32_t partition,
                                                uint32_t domain)
{
    if (supervisor == NULL || partition >= supervisor->partitions_count || domain == 0 ||
        domain > supervisor->domains_count) {
        return TACTUS_E_INVALID;
    }
    if (supervisor->is_started) {
        return TACTUS_E_STATE;
    }
    *grant_of(supervisor, partition, domain) = 1;
    return TACTUS_OK;
}

void *tactus_supervisor_partition_memory(tactus_supervisor *supervisor, uint32_t partition)
{
    return supervisor != NULL && partition < supervisor->partitions_count
               ? supervisor->partitions[partition].memory
               : NULL;
}

tactus_status tactus_supervisor_stage_add(tactus_supervisor *supervisor, uint32_t domain,
                                          int32_t span_priority)
{
    if (supervisor == NULL || domain == 0 || domain > supervisor->domains_count) {
        return TACTUS_E_INVALID;
    }
    if (supervisor->is_started) {
        return TACTUS_E_STATE;
    }
    if (supervisor->stages_count == TACTUS_STAGES_MAX) {
        return TACTUS_E_NO_MEMORY;
    }
    struct domain_record *record = &supervisor->domains[domain - 1];
    uint32_t stage = supervisor->stages_count++;
    supervisor->stages[stage].domain = domain;
    struct relay_stage *entry = &supervisor->view.board->stage[stage];
    entry->done_partition = record->done_partition;
    entry->done_index = record->stages_count++;
    entry->span_priority = span_priority;
    /* Takes part once its domain has something to run. */
    atomic_store_explicit(&entry->absent, 1, memory_order_relaxed);
    return TACTUS_OK;
}

/* Half of the tick is the first stage's for the asking; the other half is held back in equal shares
 * for those after it. */
static void deadlines_set(struct tactus_supervisor *supervisor)
{
    struct relay_board *board = supervisor->view.board;
    uint64_t tick_ns = supervisor->config.tick_ns;
    uint64_t stages = supervisor->stages_count;
    for (uint32_t i = 0; i < stages; i++) {
        board->stage[i].deadline_offset_ns = tick_ns - tick_ns * (stages - 1 - i) / (2 * stages);
    }
    board->stages = supervisor->stages_count;
}

/* Lists what each domain gets: first what it writes, then the board, done words and grants. */
static tactus_status rights_list(struct tactus_supervisor *supervisor, uint32_t number)
{
    struct domain_record *domain = &supervisor->domains[number - 1];
    uint32_t total = supervisor->partitions_count;
    domain->partitions = calloc(total, sizeof *domain->partitions);
    if (domain->partitions == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < total; i++) {
        if (supervisor->partitions[i].writer == number) {
            domain->partitions[domain->partitions_count++] = i;
        }
    }
    domain->writable_count = domain->partitions_count;
    for (uint32_t i = 0; i < total; i++) {
        if (supervisor->partitions[i].writer != number && *grant_of(supervisor, i, number)) {
            domain->partitions[domain->partitions_count++] = i;
        }
    }
    return TACTUS_OK;
}

static void relay_grant(struct tactus_supervisor *supervisor)
{
    for (uint32_t number = 1; number <= supervisor->domains_count; number++) {
        *grant_of(supervisor, supervisor->board_partition, number) = 1;
        for (uint32_t i = 0; i < supervisor->domains_count; i++) {
            *grant_of(supervisor, supervisor->domains[i].done_partition, number) = 1;
        }
    }
}

static void view_fill(struct tactus_supervisor *supervisor)
{
    for (uint32_t i = 0; i < supervisor->stages_count; i++) {
        const struct relay_stage *entry = &supervisor->view.board->stage[i];
        tactus_atomic_u32 *words = supervisor->partitions[entry->done_partition].memory;
        supervisor->view.done[i] = &words[entry->done_index];
        struct domain_record *domain = &supervisor->domains[supervisor->stages[i].domain - 1];
        domain->last_stage = i;
        if (domain->stages_count > 1) {
            supervisor->config.batch_ticks = 1; /* its turns of one tick depend on each other */
        }
    }
}

static tactus_status domain_launch(struct tactus_supervisor *supervisor,
                                   struct domain_record *domain, struct tactus_message *message)
{
    bool wants_realtime = supervisor->config.live && supervisor->config.realtime;
    /* The right to SCHED_FIFO is inherited; inside its user namespace it cannot be had. */
    domain->realtime = wants_realtime && os_realtime_set(PRIORITY_DOMAIN);
    tactus_status status = launch_domain(&domain->launch, domain->program, domain->name);
    int error = errno;
    if (domain->realtime) {
        (void)os_realtime_set(0);
    }
    if (status != TACTUS_OK) {
        (void)snprintf(message->text, sizeof message->text, "domain %s: cannot execute %s: %s",
                       domain->name, domain->program, strerror(error));
        return status;
    }
    domain->is_launched = true;
    domain->phase = GATE_PHASE_LAUNCHED;
    return TACTUS_OK;
}

static tactus_status launch_all(struct tactus_supervisor *supervisor,
                                struct tactus_message *message)
{
    bool is_isolated = true;
    bool is_realtime = true;
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        tactus_status status = rights_list(supervisor, i + 1);
        if (status == TACTUS_OK) {
            status = domain_launch(supervisor, &supervisor->domains[i], message);
        }
        if (status != TACTUS_OK) {
            return status;
        }
        is_isolated = is_isolated && supervisor->domains[i].launch.isolated;
        is_realtime = is_realtime && supervisor->domains[i].realtime;
    }
    supervisor->sleepers_max = supervisor->config.live && supervisor->config.realtime && is_realtime
                                   ? supervisor->domains_count + 1
                                   : OS_ALL_SLEEPERS;
    if (!is_isolated) {
        supervisor_notice(supervisor,
                          "warning: this system refuses unprivileged namespaces: domains are "
                          "processes of their own, but see this machine's files and processes");
    }
    if (supervisor->config.live && supervisor->config.realtime && !is_realtime) {
        supervisor_notice(supervisor,
                          "warning: SCHED_FIFO is refused, so ticks may come late: allow it with "
                          "'ulimit -r 80' (limits.conf: rtprio), or say --no-realtime");
    }
    return TACTUS_OK;
}

/* Says why a domain that is gone or has failed is not ready. */
static tactus_status failure_report(const struct domain_record *domain,
                                    struct tactus_message *message)
{
    if (domain->failure != TACTUS_OK) {
        /* Its own words: they may name anybody. */
        (void)snprintf(message->text, sizeof message->text, "domain %s: %s", domain->name,
                       domain->failure_text);
        return domain->failure;
    }
    if (domain->has_closed && domain->signal == SIGKILL) {
        (void)snprintf(message->text, sizeof message->text,
                       "domain %s closed its channel while it was loading", domain->name);
    } else if (domain->signal != 0) {
        (void)snprintf(message->text, sizeof message->text,
                       "domain %s died while it was loading (signal %d, %s)%s%s", domain->name,
                       domain->signal, strsignal(domain->signal),
                       domain->failure_text[0] != '\0' ? ": " : "", domain->failure_text);
    } else {
        (void)snprintf(message->text, sizeof message->text,
                       "domain %s ended while it was loading (exit code %d)", domain->name,
                       domain->exit_code);
    }
    return TACTUS_E_DIED;
}

static tactus_status readiness(const struct tactus_supervisor *supervisor, bool *all_ready,
                               struct tactus_message *message)
{
    *all_ready = true;
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        const struct domain_record *domain = &supervisor->domains[i];
        if (domain->failure != TACTUS_OK || domain->phase == GATE_PHASE_GONE) {
            return failure_report(domain, message);
        }
        *all_ready = *all_ready && domain->phase == GATE_PHASE_READY;
    }
    return TACTUS_OK;
}

/* A stop that comes from another thread does not end the wait. */
#define STOP_LOOK_NS 100000000u

static tactus_status wait_until_ready(struct tactus_supervisor *supervisor,
                                      struct tactus_message *message)
{
    uint64_t until_ns = os_clock_ns() + supervisor->config.load_timeout_ns;
    for (;;) {
        bool all_ready = false;
        tactus_status status = readiness(supervisor, &all_ready, message);
        if (status != TACTUS_OK || all_ready) {
            return status;
        }
        if (atomic_load_explicit(&supervisor->stop_is_wanted, memory_order_relaxed)) {
            (void)snprintf(message->text, sizeof message->text,
                           "stopped while the domains were loading");
            return TACTUS_E_STATE;
        }
        uint64_t now_ns = os_clock_ns();
        if (now_ns >= until_ns) {
            break;
        }
        uint64_t look_ns = now_ns + STOP_LOOK_NS;
        (void)gate_serve(supervisor, look_ns < until_ns ? look_ns : until_ns);
    }
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        if (supervisor->domains[i].phase != GATE_PHASE_READY) {
            atomic_store(&supervisor->domains[i].fate, TACTUS_DOMAIN_FAILED);
            (void)snprintf(message->text, sizeof message->text,
                           "domain %s is still loading after %.0f s: one of its plugins hangs",
                           supervisor->domains[i].name,
                           (double)supervisor->config.load_timeout_ns / 1e9);
            break;
        }
    }
    return TACTUS_E_TIMED_OUT;
}

tactus_status tactus_supervisor_start(tactus_supervisor *supervisor, struct tactus_message *message)
{
    if (supervisor == NULL || message == NULL) {
        return TACTUS_E_INVALID;
    }
    message->text[0] = '\0';
    if (supervisor->is_started) {
        return TACTUS_E_STATE;
    }
    supervisor->is_started = true;
    deadlines_set(supervisor);
    relay_grant(supervisor);
    view_fill(supervisor);
    tactus_status status = launch_all(supervisor, message);
    if (status == TACTUS_OK) {
        status = wait_until_ready(supervisor, message);
    }
    if (status != TACTUS_OK && message->text[0] == '\0') {
        (void)snprintf(message->text, sizeof message->text, "cannot set up the domains: %s",
                       tactus_status_text(status));
    }
    supervisor->is_ready = status == TACTUS_OK;
    return status;
}

void tactus_supervisor_allow(tactus_supervisor *supervisor, uint64_t tick)
{
    atomic_store_explicit(&supervisor->allowed, tick, memory_order_release);
    atomic_fetch_add_explicit(&supervisor->allowances, 1, memory_order_release);
    os_word_wake(&supervisor->allowances, OS_PRIVATE);
}

void tactus_supervisor_stop(tactus_supervisor *supervisor)
{
    int error = errno; /* of whoever was interrupted by a signal */
    atomic_store_explicit(&supervisor->stop_is_wanted, true, memory_order_relaxed);
    atomic_fetch_add_explicit(&supervisor->allowances, 1, memory_order_release);
    os_word_wake(&supervisor->allowances, OS_PRIVATE);
    errno = error;
}

/* Watchdog of the kernel side's own LL: says once per hold-up which task does not come to its end.
 * (A domain that does not is passed over.) */
static void watch_ll(struct tactus_supervisor *supervisor, bool *is_told)
{
    if (supervisor->ll == NULL) {
        return;
    }
    char task[TACTUS_NAME_BYTES];
    uint64_t limit_ns = supervisor->config.live ? 2 * supervisor->config.tick_ns
                                                : supervisor->config.hang_timeout_ns;
    uint64_t running_ns = tactus_ll_running_ns(supervisor->ll, task);
    if (running_ns <= limit_ns) {
        *is_told = false;
    } else if (!*is_told) {
        *is_told = true;
        supervisor_notice(supervisor,
                          "warning: core 0: a tick has been running for %.1f ms: task %s",
                          (double)running_ns / 1e6, task);
    }
}

tactus_status tactus_supervisor_run(tactus_supervisor *supervisor, uint64_t last_tick,
                                    struct tactus_message *message)
{
    if (supervisor == NULL || message == NULL) {
        return TACTUS_E_INVALID;
    }
    message->text[0] = '\0';
    if (!supervisor->is_ready) {
        (void)snprintf(message->text, sizeof message->text,
                       "a system runs once, after it was started");
        return TACTUS_E_STATE;
    }
    supervisor->is_ready = false;
    supervisor->last_tick = last_tick;
    pthread_t thread;
    tactus_status status = os_thread_new(&thread, "tactus-tick", tick_thread, supervisor);
    if (status != TACTUS_OK) {
        (void)snprintf(message->text, sizeof message->text, "cannot start the tick's thread: %s",
                       strerror(errno));
        return status;
    }
    uint64_t report_ns = os_clock_ns();
    bool has_ended = false;
    bool is_told = false;
    while (!has_ended) {
        uint64_t now_ns = os_clock_ns();
        if (now_ns >= report_ns) {
            watch_ll(supervisor, &is_told);
            report_ns = now_ns + 100 * TACTUS_NS_PER_MS;
            if (supervisor->config.progress != NULL) {
                supervisor->config.progress(
                    supervisor->config.context,
                    atomic_load_explicit(&supervisor->ticks_done, memory_order_relaxed));
            }
        }
        has_ended = gate_serve(supervisor, report_ns);
    }
    pthread_join(thread, NULL);
    return TACTUS_OK;
}

/* What a domain has lies in partitions, and those are this side's to drop. */
static void domains_end(struct tactus_supervisor *supervisor)
{
    if (supervisor->view.board != NULL) {
        atomic_store_explicit(&supervisor->view.board->stop, 1, memory_order_relaxed);
    }
    for (uint32_t i = 0; i < supervisor->domains_count; i++) {
        struct domain_record *domain = &supervisor->domains[i];
        if (domain->launch.socket >= 0) {
            close(domain->launch.socket);
        }
        if (domain->is_launched) {
            (void)syscall(SYS_pidfd_send_signal, domain->launch.pid_descriptor, SIGKILL, NULL, 0);
            launch_wait(&domain->launch);
        }
        if (domain->launch.pid_descriptor >= 0) {
            close(domain->launch.pid_descriptor);
        }
        if (domain->ll_state >= 0) {
            close(domain->ll_state);
        }
        free(domain->partitions);
        free(domain->program);
    }
}

void tactus_supervisor_free(tactus_supervisor *supervisor)
{
    if (supervisor == NULL) {
        return;
    }
    if (supervisor->domains != NULL) {
        domains_end(supervisor);
    }
    kernel_side_deinit(supervisor);
    for (uint32_t i = 0; i < supervisor->partitions_count; i++) {
        partition_deinit(&supervisor->partitions[i]);
    }
    if (supervisor->run_ended >= 0) {
        close(supervisor->run_ended);
    }
    free(supervisor->stages);
    free(supervisor->domains);
    free(supervisor->grants);
    free(supervisor->partitions);
    free(supervisor);
}

tactus_status tactus_supervisor_domain_status(tactus_supervisor *supervisor, uint32_t domain,
                                              struct tactus_domain_status *status)
{
    if (supervisor == NULL || domain == 0 || domain > supervisor->domains_count || status == NULL) {
        return TACTUS_E_INVALID;
    }
    struct domain_record *record = &supervisor->domains[domain - 1];
    *status = (struct tactus_domain_status){
        .pid = record->launch.pid,
        .fate = (enum tactus_domain_fate)atomic_load(&record->fate),
        .signal = record->signal,
        .exit_code = record->exit_code,
        .fault_tick = atomic_load_explicit(&record->fault_tick, memory_order_relaxed),
        .passed_over = record->passed_over,
        .gate_refusals = record->gate_refusals,
        .realtime = record->realtime,
    };
    memcpy(status->name, record->name, sizeof status->name);
    return TACTUS_OK;
}

static uint64_t wakeup_p99_ns(const struct wakeup_histogram *histogram)
{
    uint64_t below = 0;
    for (uint32_t i = 0; i < TACTUS_HISTOGRAM_BUCKETS; i++) {
        below += histogram->bucket[i];
        if (below * 100 >= histogram->count * 99) {
            return tactus_histogram_lower_ns(i);
        }
    }
    return 0;
}

void tactus_supervisor_tick_status(tactus_supervisor *supervisor, struct tactus_tick_status *status)
{
    *status = supervisor->tick_status;
    status->worst_wakeup_ns = supervisor->wakeups.worst_ns;
    status->p99_wakeup_ns = supervisor->wakeups.count > 0 ? wakeup_p99_ns(&supervisor->wakeups) : 0;
}
