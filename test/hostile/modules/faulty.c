/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks promise 3: ends or hangs in every way that a process can. TACTUS_ATTACK says how, in the
 * 400th block; "none" plays through, "slow" as well,
 * in no hurry.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "attack.h"

#define FAULT_BLOCK 400u

static uint32_t block;

static void loop_for_ever(void)
{
    for (volatile uint32_t turn = 0;;)
        turn = turn + 1;
}

static void overflow_stack(volatile char *above)
{
    volatile char frame[4096];
    frame[0] = *above;
    overflow_stack(frame);
    *above = frame[0];
}

/* The first process of a PID namespace ignores signals of its own: then it plays on. */
static void fault(void)
{
    if (attack_is("segv"))
        *(volatile int *)8 = 1;
    else if (attack_is("abort"))
        abort();
    else if (attack_is("exit"))
        _exit(3);
    else if (attack_is("exit0"))
        exit(0);
    else if (attack_is("kill"))
        (void)kill(getpid(), SIGKILL);
    else if (attack_is("trap"))
        __builtin_trap();
    else if (attack_is("stack"))
        overflow_stack((volatile char[]){0});
    else if (attack_is("loop"))
        loop_for_ever();
    else if (attack_is("sleep"))
        (void)pause();
    else if (attack_is("thread-exit"))
        pthread_exit(NULL);
}

static void *instance_new(uint32_t rate_hz, uint32_t block_frames, const float *values)
{
    (void)rate_hz;
    (void)block_frames;
    (void)values;
    if (attack_is("new-segv"))
        *(volatile int *)8 = 1;
    else if (attack_is("new-abort"))
        abort();
    else if (attack_is("new-exit"))
        _exit(3);
    else if (attack_is("new-null"))
        return NULL;
    else if (attack_is("new-loop"))
        loop_for_ever();
    return &block;
}

static void process(void *instance, const float *const *inputs, float *const *outputs,
                    uint32_t frames)
{
    (void)instance;
    memcpy(outputs[0], inputs[0], frames * sizeof(float));
    if (attack_is("slow"))
        (void)usleep(1000);
    if (++block == FAULT_BLOCK)
        fault();
}

__attribute__((constructor)) static void load(void)
{
    if (attack_is("load-segv"))
        *(volatile int *)8 = 1;
    else if (attack_is("load-loop"))
        loop_for_ever();
}

ATTACK_MODULE("faulty", instance_new, process)
