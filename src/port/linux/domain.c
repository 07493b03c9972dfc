/* SPDX-License-Identifier: BSD-3-Clause */
/* A user domain's side: enters, runs its turns, serves until the kernel side ends. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channel.h"
#include "domain_side.h"
#include "os.h"
#include "partition.h"
#include "port_common.h"

static void end(void) __attribute__((noreturn));
static void end(void)
{
    _exit(EXIT_SUCCESS);
}

static tactus_status ask(struct tactus_domain *domain, struct gate_request *request,
                         struct gate_reply *reply, int *descriptor)
{
    pthread_mutex_lock(&domain->asking);
    request->version = GATE_VERSION;
    request->sequence = ++domain->sequence;
    tactus_status status = channel_ask(CHANNEL_DESCRIPTOR, request, reply, descriptor);
    pthread_mutex_unlock(&domain->asking);
    return status;
}

static tactus_status ask_plainly(struct tactus_domain *domain, enum gate_operation operation,
                                 uint64_t argument)
{
    struct gate_request request = {.operation = operation, .argument = {argument}};
    struct gate_reply reply;
    int descriptor = -1;
    return ask(domain, &request, &reply, &descriptor);
}

/* --- the port ----------------------------------------------------------------------------------
 */

static tactus_status port_tick_start(void *context, uint32_t core, tactus_activation activation)
{
    struct tactus_domain *domain = context;
    (void)activation;
    pthread_mutex_lock(&domain->starting);
    uint32_t target = atomic_load_explicit(&domain->view.board->target, memory_order_acquire);
    tactus_status status = ask_plainly(domain, GATE_TICK_START, core);
    if (status == TACTUS_OK) {
        atomic_store_explicit(&domain->start_tick, target, memory_order_relaxed);
        atomic_store_explicit(&domain->is_ticking, 1, memory_order_release);
        os_word_wake(&domain->is_ticking, OS_PRIVATE);
    }
    pthread_mutex_unlock(&domain->starting);
    return status;
}

static void port_tick_stop(void *context, uint32_t core, tactus_activation activation)
{
    struct tactus_domain *domain = context;
    (void)core;
    (void)activation;
    atomic_store_explicit(&domain->is_ticking, 0, memory_order_release);
    uint64_t one = 1;
    (void)!write(domain->stopped, &one, sizeof one);
}

static void port_activate(void *context, uint32_t core, tactus_activation activation)
{
    (void)context;
    (void)core;
    (void)activation; /* EDF is the kernel side's here, so that nobody can post to it */
}

static const struct tactus_port_ops port_ops = {
    .clock_ns = port_clock_ns,
    .thread_id = port_thread_id,
    .word_wait = port_word_wait,
    .word_wake = port_word_wake,
    .tick_start = port_tick_start,
    .tick_stop = port_tick_stop,
    .activate = port_activate,
};

/* --- entering ----------------------------------------------------------------------------------
 */

int tactus_domain_is_here(void)
{
    return getenv(CHANNEL_VARIABLE) != NULL;
}

static tactus_status greet(struct tactus_domain *domain)
{
    struct gate_request request = {.operation = GATE_HELLO};
    struct gate_reply reply;
    int descriptor = -1;
    tactus_status status = ask(domain, &request, &reply, &descriptor);
    if (status == TACTUS_OK) {
        domain->hello = reply.body.hello;
        domain->grants = calloc(domain->hello.partitions, sizeof *domain->grants);
        status = domain->grants == NULL ? TACTUS_E_NO_MEMORY : TACTUS_OK;
    }
    return status;
}

static tactus_status map_grants(struct tactus_domain *domain, uint32_t first, uint32_t end_index)
{
    for (uint32_t i = first; i < end_index; i++) {
        struct gate_request request = {.operation = GATE_PARTITION, .argument = {i}};
        struct gate_reply reply;
        int descriptor = -1;
        tactus_status status = ask(domain, &request, &reply, &descriptor);
        if (status != TACTUS_OK) {
            return status;
        }
        struct grant *grant = &domain->grants[i];
        grant->rights = reply.body.partition;
        status = partition_map(descriptor, grant->rights.bytes, grant->rights.writable != 0,
                               &grant->memory);
        if (status != TACTUS_OK) {
            return status;
        }
    }
    return TACTUS_OK;
}

static const struct grant *find_grant(const struct tactus_domain *domain, uint32_t partition)
{
    for (uint32_t i = 0; i < domain->hello.partitions; i++) {
        if (domain->grants[i].memory != NULL && domain->grants[i].rights.partition == partition) {
            return &domain->grants[i];
        }
    }
    return NULL;
}

static tactus_status view_fill(struct tactus_domain *domain)
{
    struct relay_board *board = domain->grants[domain->hello.board].memory;
    uint32_t own = domain->grants[domain->hello.done].rights.partition;
    domain->view.board = board;
    for (uint32_t i = 0; i < board->stages; i++) {
        const struct grant *grant = find_grant(domain, board->stage[i].done_partition);
        if (grant == NULL) {
            return TACTUS_E_DENIED;
        }
        tactus_atomic_u32 *words = grant->memory;
        domain->view.done[i] = &words[board->stage[i].done_index];
        if (board->stage[i].done_partition == own) {
            domain->turns[domain->turns_count++] = i;
        }
    }
    return TACTUS_OK;
}

static tactus_status runtime_make(struct tactus_domain *domain)
{
    const struct gate_hello *hello = &domain->hello;
    tactus_status status = local_heap_init(&domain->heap, hello->tasks_max);
    if (status != TACTUS_OK) {
        return status;
    }
    struct tactus_runtime_config config = {
        .side = TACTUS_SIDE_USER,
        .domain = hello->domain,
        .cores = 1,
        .tasks_max = hello->tasks_max,
        .heap = domain->heap.heap,
        .port = {&port_ops, domain},
    };
    for (uint32_t type = 0; type < TACTUS_SCHEDULER_TYPES; type++) {
        config.ownership.owner[type] =
            (hello->ownership >> type & 1u) != 0 ? TACTUS_SIDE_USER : TACTUS_SIDE_KERNEL;
    }
    status = tactus_runtime_new(&config, &domain->runtime);
    if (status == TACTUS_OK && config.ownership.owner[TACTUS_LL_TIMER] == TACTUS_SIDE_USER) {
        struct tactus_ll_config ll_config = {hello->tick_ns, TACTUS_CATCH_UP_DEFAULT};
        status = tactus_ll_register(domain->runtime, TACTUS_LL_TIMER, 0, &ll_config, &domain->ll);
    }
    return status;
}

/* Whoever comes after the LL thread cannot have its priority. */
static void realtime_give_up(void)
{
    struct rlimit none = {0, 0};
    (void)os_realtime_set(0);
    (void)setrlimit(RLIMIT_RTPRIO, &none);
}

/* The LL thread must exist before the priority is given up, and find its view when it starts. */
static tactus_status join_relay(struct tactus_domain *domain)
{
    tactus_status status = ask_plainly(domain, GATE_MAPPED, 0);
    if (status == TACTUS_OK) {
        status = map_grants(domain, domain->hello.writable, domain->hello.partitions);
    }
    if (status == TACTUS_OK) {
        status = view_fill(domain);
    }
    if (status == TACTUS_OK) {
        status = runtime_make(domain);
    }
    return status;
}

static tactus_status domain_init(struct tactus_domain *domain)
{
    tactus_status status = greet(domain);
    if (status == TACTUS_OK) {
        status = map_grants(domain, 0, domain->hello.writable);
    }
    return status;
}

struct entry { /* what the LL thread waits for before it looks at anything */
    struct tactus_domain *domain;
    pthread_barrier_t is_complete;
};

static void *ll_thread_enter(void *argument)
{
    struct entry *entry = argument;
    struct tactus_domain *domain = entry->domain;
    os_realtime_keep();
    pthread_barrier_wait(&entry->is_complete);
    domain_turns_run(domain);
    return NULL;
}

/* A domain is the first process of its pid namespace, which the system does not let end by a signal
 * of its own: an abort tells its name by the exit code, as shells do. */
static void end_by_abort(int signal)
{
    _exit(CHANNEL_EXIT_SIGNALLED + signal);
}

tactus_status tactus_domain_enter(tactus_domain **domain)
{
    if (domain == NULL) {
        return TACTUS_E_INVALID;
    }
    if (!tactus_domain_is_here()) {
        return TACTUS_E_STATE;
    }
    struct tactus_domain *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    (void)unsetenv(CHANNEL_VARIABLE);
    (void)signal(SIGABRT, end_by_abort);
    (void)fcntl(CHANNEL_DESCRIPTOR, F_SETFD, FD_CLOEXEC);
    pthread_mutex_init(&made->asking, NULL);
    pthread_mutex_init(&made->starting, NULL);
    made->stopped = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    tactus_status status = domain_init(made);
    static struct entry entry;
    entry.domain = made;
    if (status == TACTUS_OK) {
        pthread_barrier_init(&entry.is_complete, NULL, 2);
        status = os_thread_new(&made->ll_thread, "tactus-ll", ll_thread_enter, &entry);
    }
    realtime_give_up();
    if (status == TACTUS_OK) {
        status = join_relay(made);
    }
    if (status != TACTUS_OK) {
        return status; /* the program ends now, and everything with it */
    }
    pthread_barrier_wait(&entry.is_complete);
    *domain = made;
    return TACTUS_OK;
}

uint32_t tactus_domain_number(const tactus_domain *domain)
{
    return domain->hello.domain;
}

tactus_runtime *tactus_domain_runtime(tactus_domain *domain)
{
    return domain->runtime;
}

tactus_status tactus_domain_partition(tactus_domain *domain, uint32_t partition, void **memory,
                                      uint64_t *bytes, int *writable)
{
    if (domain == NULL || memory == NULL || bytes == NULL || writable == NULL) {
        return TACTUS_E_INVALID;
    }
    const struct grant *grant = find_grant(domain, partition);
    if (grant == NULL) {
        return TACTUS_E_DENIED;
    }
    *memory = grant->memory;
    *bytes = grant->rights.bytes;
    *writable = grant->rights.writable != 0;
    return TACTUS_OK;
}

tactus_status tactus_domain_partition_find(tactus_domain *domain, const char *name,
                                           uint32_t *partition)
{
    if (domain == NULL || name == NULL || partition == NULL) {
        return TACTUS_E_INVALID;
    }
    for (uint32_t i = 0; i < domain->hello.partitions; i++) {
        const struct grant *grant = &domain->grants[i];
        if (strncmp(grant->rights.name, name, sizeof grant->rights.name - 1) == 0) {
            *partition = grant->rights.partition;
            return TACTUS_OK;
        }
    }
    return TACTUS_E_NOT_FOUND;
}

tactus_status tactus_domain_plan(tactus_domain *domain, const void **memory, uint64_t *bytes)
{
    if (domain == NULL || memory == NULL || bytes == NULL) {
        return TACTUS_E_INVALID;
    }
    for (uint32_t i = domain->hello.writable; i < domain->hello.partitions; i++) {
        const struct grant *grant = &domain->grants[i];
        if (grant->rights.writer == TACTUS_KERNEL && i != domain->hello.board) {
            *memory = grant->memory;
            *bytes = grant->rights.bytes;
            return TACTUS_OK;
        }
    }
    return TACTUS_E_NOT_FOUND;
}

tactus_status tactus_domain_ready(tactus_domain *domain)
{
    return domain == NULL ? TACTUS_E_INVALID : ask_plainly(domain, GATE_READY, 0);
}

void tactus_domain_fail(tactus_domain *domain, tactus_status status, const char *text)
{
    /* A failure is never no error, also where it is told as one. */
    int32_t reason = status < 0 ? status : TACTUS_E_INVALID;
    struct gate_request request = {.operation = GATE_FAILED,
                                   .argument = {(uint64_t)(-(int64_t)reason)}};
    struct gate_reply reply;
    int descriptor = -1;
    (void)snprintf(request.text, sizeof request.text, "%s", text == NULL ? "" : text);
    (void)!ask(domain, &request, &reply, &descriptor);
    _exit(EXIT_FAILURE);
}

static void tell_stopped(struct tactus_domain *domain)
{
    uint64_t count = 0;
    (void)!read(domain->stopped, &count, sizeof count);
    pthread_mutex_lock(&domain->starting);
    bool is_stopped = atomic_load_explicit(&domain->is_ticking, memory_order_acquire) == 0;
    tactus_status status = is_stopped ? ask_plainly(domain, GATE_TICK_STOP, 0) : TACTUS_OK;
    pthread_mutex_unlock(&domain->starting);
    if (status == TACTUS_E_DIED) {
        end();
    }
}

void tactus_domain_serve(tactus_domain *domain)
{
    for (;;) {
        struct pollfd polled[2] = {{.fd = CHANNEL_DESCRIPTOR, .events = POLLIN},
                                   {.fd = domain->stopped, .events = POLLIN}};
        if (poll(polled, 2, -1) < 0) {
            continue;
        }
        if (polled[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
            end();
        }
        if (polled[1].revents & POLLIN) {
            tell_stopped(domain);
        }
    }
}
