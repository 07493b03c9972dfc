/* SPDX-License-Identifier: BSD-3-Clause */
#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <tactus/time.h>

uint64_t os_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * TACTUS_NS_PER_S + (uint64_t)now.tv_nsec;
}

uintptr_t os_thread_id(void)
{
    static _Thread_local char mark;
    return (uintptr_t)&mark;
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / TACTUS_NS_PER_S),
                             .tv_nsec = (long)(ns % TACTUS_NS_PER_S)};
}

void os_word_wait(tactus_atomic_u32 *word, enum os_scope scope, uint32_t expected,
                  uint64_t until_ns)
{
    int operation = FUTEX_WAIT_BITSET | (scope == OS_PRIVATE ? FUTEX_PRIVATE_FLAG : 0);
    struct timespec until = timespec_of(until_ns);
    (void)syscall(SYS_futex, word, operation, expected, until_ns == UINT64_MAX ? NULL : &until,
                  NULL, FUTEX_BITSET_MATCH_ANY);
}

void os_word_wake(tactus_atomic_u32 *word, enum os_scope scope)
{
    int operation = FUTEX_WAKE | (scope == OS_PRIVATE ? FUTEX_PRIVATE_FLAG : 0);
    (void)syscall(SYS_futex, word, operation, INT32_MAX, NULL, NULL, 0);
}

void os_word_wake_first(tactus_atomic_u32 *word, uint32_t count)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

void os_sleep_until(uint64_t until_ns)
{
    struct timespec until = timespec_of(until_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
    }
}

tactus_status os_thread_new(pthread_t *thread, const char *name, void *(*start)(void *),
                            void *argument)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* Inherited, so that it has its name from the first moment; naming another thread takes a /proc
     * of one's own pid namespace. */
    char own_name[16] = "";
    (void)prctl(PR_GET_NAME, own_name);
    (void)prctl(PR_SET_NAME, name);
    int error = pthread_create(thread, NULL, start, argument);
    (void)prctl(PR_SET_NAME, own_name);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        errno = error;
        return TACTUS_E_OS;
    }
    return TACTUS_OK;
}

bool os_realtime_set_thread(int32_t thread, int priority)
{
    struct sched_param parameter = {.sched_priority = priority};
    int policy = priority > 0 ? SCHED_FIFO | SCHED_RESET_ON_FORK : SCHED_OTHER;
    return sched_setscheduler(thread, policy, &parameter) == 0;
}

bool os_realtime_set(int priority)
{
    struct sched_param parameter = {.sched_priority = priority};
    return sched_setscheduler(0, priority > 0 ? SCHED_FIFO : SCHED_OTHER, &parameter) == 0;
}

void os_realtime_keep(void)
{
    struct sched_param parameter;
    if (sched_getscheduler(0) == SCHED_FIFO && sched_getparam(0, &parameter) == 0) {
        (void)os_realtime_set_thread(0, parameter.sched_priority);
    }
}

void os_cpu_bind(uint32_t cpu)
{
    if (cpu == OS_NO_CPU) {
        return;
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set); /* refused: it runs elsewhere, a little later */
}

uint32_t os_cpu_last(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return OS_NO_CPU;
    }
    for (uint32_t cpu = CPU_SETSIZE; cpu-- > 0;) {
        if (CPU_ISSET(cpu, &set)) {
            return cpu;
        }
    }
    return OS_NO_CPU;
}
