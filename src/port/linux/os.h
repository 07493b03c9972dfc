/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operating system's calls that both sides of the Linux port need: clock, words to sleep on,
 * threads.
 */
#ifndef LINUX_OS_H
#define LINUX_OS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <tactus/atomic.h>
#include <tactus/status.h>

#define OS_NO_CPU UINT32_MAX

enum os_scope { OS_PRIVATE, OS_SHARED }; /* whether other processes sleep on the word too */

uint64_t os_clock_ns(void);
uintptr_t os_thread_id(void);

/* As tactus_port_ops.word_wait and word_wake. */
void os_word_wait(tactus_atomic_u32 *word, enum os_scope scope, uint32_t expected,
                  uint64_t until_ns);
void os_word_wake(tactus_atomic_u32 *word, enum os_scope scope);

/* Wakes the first `count` sleepers of a shared word; those of real-time priority come first. */
void os_word_wake_first(tactus_atomic_u32 *word, uint32_t count);
#define OS_ALL_SLEEPERS ((uint32_t)INT32_MAX)

void os_sleep_until(uint64_t until_ns);

/* Starts a thread with every signal blocked. */
TACTUS_MUST_CHECK tactus_status os_thread_new(pthread_t *thread, const char *name,
                                              void *(*start)(void *), void *argument);

/* Real-time priority (SCHED_FIFO) for the calling thread, 0: the ordinary one. False: refused. */
bool os_realtime_set(int priority);
/* From now on the calling thread's priority is not inherited by threads that it starts. */
void os_realtime_keep(void);
/* Sets that of another thread, by its number in this process' view; not inherited either. */
bool os_realtime_set_thread(int32_t thread, int priority);

/* Binds the calling thread to one CPU, if that can be; OS_NO_CPU: nothing is done. */
void os_cpu_bind(uint32_t cpu);
/* The last CPU that this process may use: the one for core 0. */
uint32_t os_cpu_last(void);

#endif
