/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stall canary: a thread of higher priority than anything of tactus on every CPU notes the
 * longest time in which the machine did not let it run. Prints that in microseconds at SIGTERM.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_NS 250000
#define PRIORITY  90

static atomic_long worst_ns;

static long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static void *watch(void *argument)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)(uintptr_t)argument, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
    struct sched_param parameter = {.sched_priority = PRIORITY};
    (void)sched_setscheduler(0, SCHED_FIFO, &parameter);
    for (long before_ns = now_ns();;) {
        struct timespec until = {.tv_sec = (before_ns + PERIOD_NS) / 1000000000L,
                                 .tv_nsec = (before_ns + PERIOD_NS) % 1000000000L};
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        long after_ns = now_ns();
        long late_ns = after_ns - before_ns - PERIOD_NS;
        if (late_ns > atomic_load(&worst_ns))
            atomic_store(&worst_ns, late_ns);
        before_ns = after_ns;
    }
    return NULL;
}

int main(void)
{
    sigset_t end;
    int got = 0;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &end, NULL);
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    for (long cpu = 0; cpu < cpus; cpu++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, watch, (void *)(uintptr_t)cpu) != 0)
            return 1;
    }
    (void)sigwait(&end, &got);
    printf("%ld\n", atomic_load(&worst_ns) / 1000);
    return 0;
}
