/* SPDX-License-Identifier: BSD-3-Clause */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "filter.h"

#define NAMESPACES                                                                                 \
    ((uint64_t)(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |         \
                CLONE_NEWUTS))

/* What the child needs, prepared before the clone: it may only make plain system calls. */
struct child {
    const char *program;
    char *arguments[2];
    char **environment;
    char user_map[32];
    char group_map[32];
    int socket;
    struct filter filter;
    int null;
    int failure; /* written to when the program cannot be executed */
    bool isolated;
};

static bool write_file(const char *path, const char *text)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    size_t length = strlen(text);
    bool written = write(descriptor, text, length) == (ssize_t)length;
    close(descriptor);
    return written;
}

static bool become_nobody(const struct child *child)
{
    return !child->isolated || (write_file("/proc/self/setgroups", "deny") &&
                                write_file("/proc/self/uid_map", child->user_map) &&
                                write_file("/proc/self/gid_map", child->group_map));
}

/* Whatever this process opened or was given without "close on execution". */
static bool others_close(const struct child *child)
{
    unsigned int kept = (unsigned int)child->failure;
    return (kept == CHANNEL_DESCRIPTOR + 1u ||
            syscall(SYS_close_range, CHANNEL_DESCRIPTOR + 1u, kept - 1, 0) == 0) &&
           syscall(SYS_close_range, kept + 1, UINT32_MAX, 0) == 0;
}

static void child_run(const struct child *child)
{
    sigset_t none;
    sigemptyset(&none);
    bool prepared = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && become_nobody(child) &&
                    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filter_install(&child->filter) &&
                    dup2(child->socket, CHANNEL_DESCRIPTOR) == CHANNEL_DESCRIPTOR &&
                    /* Results go to standard output; what plugins print is none. */
                    dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO &&
                    dup2(child->null, STDIN_FILENO) == STDIN_FILENO && others_close(child) &&
                    /* A signal to one's own process group must not reach whoever launched it, and
                     * input to one's own terminal not his shell. */
                    setsid() >= 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
    if (prepared) {
        /* Dispositions that this process set to "ignored" would outlive the execution. */
        (void)signal(SIGPIPE, SIG_DFL);
        /* What comes from the terminal is the kernel side's to handle. */
        (void)signal(SIGINT, SIG_IGN);
        (void)signal(SIGHUP, SIG_IGN);
        (void)syscall(SYS_execve, child->program, child->arguments, child->environment,
                      child->filter.token);
    }
    int error = errno;
    (void)!write(child->failure, &error, sizeof error);
    _exit(127);
}

/* The environment and the word that tells the program that it is a domain. */
static char **environment_new(void)
{
    size_t count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **environment = calloc(count + 2, sizeof *environment);
    if (environment != NULL) {
        memcpy(environment, environ, count * sizeof *environment);
        static char mark[] = CHANNEL_VARIABLE "=1";
        environment[count] = mark;
    }
    return environment;
}

/* The descriptor must not be the number that the child's end is moved to: dup2 would leave it
 * close-on-exec. */
static int descriptor_moved_up(int descriptor)
{
    if (descriptor < 0 || descriptor > CHANNEL_DESCRIPTOR) {
        return descriptor;
    }
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, CHANNEL_DESCRIPTOR + 1);
    close(descriptor);
    return moved;
}

static int32_t clone_child(const struct child *child, uint64_t namespaces, int *pid_descriptor)
{
    struct clone_args arguments = {.flags = CLONE_PIDFD | namespaces,
                                   .pidfd = (uint64_t)(uintptr_t)pid_descriptor,
                                   .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) {
        child_run(child);
    }
    return (int32_t)pid;
}

/* 0 when the program runs, otherwise the error that kept it from being executed. */
static int execution_error(int descriptor)
{
    int error = 0;
    ssize_t got = 0;
    do {
        got = read(descriptor, &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof error ? error : 0;
}

void launch_wait(const struct launch *launch)
{
    siginfo_t information;
    while (waitid(P_PIDFD, (id_t)launch->pid_descriptor, &information, WEXITED) != 0 &&
           errno == EINTR) {
    }
}

static tactus_status launch_with(struct launch *launch, struct child *child, uint64_t namespaces)
{
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) != 0) {
        return TACTUS_E_OS;
    }
    child->failure = descriptor_moved_up(failure[1]);
    child->isolated = namespaces != 0;
    launch->isolated = child->isolated;
    launch->pid = clone_child(child, namespaces, &launch->pid_descriptor);
    int error = launch->pid < 0 ? errno : 0;
    close(child->failure);
    if (launch->pid > 0) {
        error = execution_error(failure[0]);
        if (error != 0) {
            launch_wait(launch);
            close(launch->pid_descriptor);
            launch->pid_descriptor = -1;
        }
    }
    close(failure[0]);
    errno = error;
    return error == 0 ? TACTUS_OK : TACTUS_E_OS;
}

/* By a limit, a security module, or a system without them. */
static bool namespaces_may_be_refused(int error)
{
    return error == EPERM || error == EACCES || error == ENOSPC || error == EUSERS ||
           error == EINVAL;
}

tactus_status launch_domain(struct launch *launch, const char *program, const char *name)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return TACTUS_E_OS;
    }
    char *name_copy = strdup(name);
    struct child child = {.program = program,
                          .arguments = {name_copy, NULL},
                          .environment = environment_new(),
                          .null = descriptor_moved_up(open("/dev/null", O_RDONLY | O_CLOEXEC)),
                          .socket = descriptor_moved_up(ends[1])};
    tactus_status status = filter_init(&child.filter);
    if (name_copy == NULL || child.environment == NULL) {
        status = TACTUS_E_NO_MEMORY;
    }
    if (status == TACTUS_OK) {
        (void)snprintf(child.user_map, sizeof child.user_map, "65534 %u 1\n", geteuid());
        (void)snprintf(child.group_map, sizeof child.group_map, "65534 %u 1\n", getegid());
        launch->socket = ends[0];
        status = launch_with(launch, &child, NAMESPACES);
        if (status != TACTUS_OK && namespaces_may_be_refused(errno)) {
            status = launch_with(launch, &child, 0);
        }
    }
    int error = errno;
    filter_deinit(&child.filter);
    free(child.environment);
    free(name_copy);
    close(child.socket);
    close(child.null);
    if (status != TACTUS_OK) {
        close(ends[0]);
        launch->socket = -1;
    }
    errno = error;
    return status;
}
