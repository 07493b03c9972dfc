/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks promises 2 and 3: writes what it likes into everything that it can write, in every block.
 * TACTUS_ATTACK is one of
 *   read   the read index of its input ring       done   its done words
 *   write  the write index of its output ring     stats  active node and statistics
 *   all    every word of every partition of its own
 *   wake   wakes on every word it can see
 *   requeue  moves the waiters of every word it can see to a word of its own, again and again
 *   block  sleeps on them as the head of a queue that no plain wake gets past
 *   hog    never ends a block, and says all the time that it has
 *   blame  fails while it is loaded, in words that name another domain
 *   gate   floods the gate with records, true to form or not
 * and TACTUS_VALUES one of zero, ahead, behind, far, ones, random, own (the class of values).
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

#define MAPS_MAX         4096u
#define GATE_SOCKET      3
#define GATE_WORDS       128u
#define SECOND_NS        1000000000L
#define WAITERS_PER_WORD 2u

static struct attack_map maps[MAPS_MAX];
static uint32_t maps_count;
static uint32_t block;
static uint64_t noise = 0x9E3779B97F4A7C15u;
static atomic_uint trap; /* where waiters are moved to */

static uint32_t random_word(void)
{
    noise ^= noise << 13;
    noise ^= noise >> 7;
    noise ^= noise << 17;
    return (uint32_t)(noise >> 16);
}

static uint32_t forged(uint32_t honest)
{
    const char *values = getenv("TACTUS_VALUES");
    switch (values != NULL ? values[0] : 'r') {
    case 'z':
        return 0;
    case 'a':
        return honest + 1 + random_word() % 100;
    case 'b':
        return honest - 1 - random_word() % 100;
    case 'f':
        return honest + INT32_MAX + random_word() % 3;
    case 'o':
        return values[1] == 'w' ? honest : UINT32_MAX;
    default:
        return random_word();
    }
}

static bool name_ends(const struct attack_map *map, const char *ending)
{
    const char *at = strstr(map->name, ending);
    return at != NULL && (at[strlen(ending)] == ' ' || at[strlen(ending)] == '\0');
}

static bool is_partition(const struct attack_map *map)
{
    return strstr(map->name, "memfd:tactus:") != NULL;
}

/* --- words ------------------------------------------------------------------------------------ */

static void forge(const char *ending, size_t bytes_max)
{
    for (uint32_t i = 0; i < maps_count; i++) {
        if (!is_partition(&maps[i]) || maps[i].rights[1] != 'w' || !name_ends(&maps[i], ending))
            continue;
        size_t bytes = maps[i].end - maps[i].start;
        bytes = bytes < bytes_max ? bytes : bytes_max;
        volatile uint32_t *words = (volatile uint32_t *)maps[i].start;
        for (size_t w = 0; w < bytes / sizeof *words; w++)
            words[w] = forged(words[w]);
    }
}

static void forge_all(void)
{
    forge(":read", 64);
    forge(":audio", 4096);
    forge(":done", 4096);
    forge(":stats", SIZE_MAX);
}

/* --- sleepers --------------------------------------------------------------------------------- */

static void futex_each_word(int operation, uint32_t stride)
{
    for (uint32_t i = 0; i < maps_count; i++) {
        if (!is_partition(&maps[i]))
            continue;
        for (uintptr_t word = maps[i].start; word < maps[i].end && word < maps[i].start + 4096;
             word += stride)
            (void)syscall(SYS_futex, word, operation, operation == FUTEX_WAKE ? INT32_MAX : 0,
                          (unsigned long)INT32_MAX, &trap, 0);
    }
}

static void *requeue_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        for (uint32_t i = 0; i < maps_count; i++) {
            if (!is_partition(&maps[i]) || name_ends(&maps[i], ":audio"))
                continue;
            for (uintptr_t word = maps[i].start; word < maps[i].start + 64; word += 4)
                (void)syscall(SYS_futex, word, FUTEX_REQUEUE, 0, (unsigned long)INT32_MAX, &trap,
                              0);
        }
    }
    return NULL;
}

static void *block_word(void *argument)
{
    static uint32_t owner[WAITERS_PER_WORD];
    volatile uint32_t *word = argument;
    for (;;) {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += SECOND_NS / 10;
        until.tv_sec += until.tv_nsec / SECOND_NS;
        until.tv_nsec %= SECOND_NS;
        (void)syscall(SYS_futex, word, FUTEX_WAIT_REQUEUE_PI, *word, &until, &owner[0], 0);
    }
    return NULL;
}

static void threads_start(void *(*start)(void *), const char *ending)
{
    pthread_t thread;
    for (uint32_t i = 0; i < maps_count; i++) {
        if (ending == NULL || (is_partition(&maps[i]) && name_ends(&maps[i], ending)))
            (void)pthread_create(&thread, NULL, start, (void *)maps[i].start);
        if (ending == NULL)
            return;
    }
}

/* The board begins with the tick that is open. */
static void hog(void)
{
    volatile uint32_t *target = NULL;
    volatile uint32_t *finished = NULL;
    for (uint32_t i = 0; i < maps_count; i++) {
        if (is_partition(&maps[i]) && name_ends(&maps[i], ":board"))
            target = (volatile uint32_t *)maps[i].start;
        else if (is_partition(&maps[i]) && maps[i].rights[1] == 'w' && name_ends(&maps[i], ":done"))
            finished = (volatile uint32_t *)maps[i].start;
    }
    while (target != NULL && finished != NULL)
        *finished = *target;
}

/* --- the gate --------------------------------------------------------------------------------- */

static void flood_gate(void)
{
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t record[GATE_WORDS + 8];
        for (uint32_t w = 0; w < GATE_WORDS + 8; w++)
            record[w] = i % 2 == 0 || w == 4 ? random_word() : 0;
        record[0] = i % 3 == 0 ? random_word() : 1;
        record[1] = i % 8;
        record[2] = i % 5 == 0 ? random_word() : block * 64 + i;
        size_t bytes = i % 7 == 0 ? random_word() % sizeof record : GATE_WORDS * sizeof *record;
        (void)send(GATE_SOCKET, record, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

/* Which number is next, it need not know. */
static void blame(void)
{
    uint32_t record[GATE_WORDS] = {1, 5};
    record[4] = 1;
    (void)snprintf((char *)&record[10], 64, "node calm: domain calm has crashed");
    for (record[2] = 1; record[2] < 1000; record[2]++)
        (void)send(GATE_SOCKET, record, sizeof record, MSG_NOSIGNAL);
    for (;;)
        (void)pause();
}

/* --- the module ------------------------------------------------------------------------------- */

static void *instance_new(uint32_t rate_hz, uint32_t block_frames, const float *values)
{
    (void)rate_hz;
    (void)block_frames;
    (void)values;
    maps_count = attack_maps(maps, MAPS_MAX);
    if (attack_is("requeue")) {
        threads_start(requeue_for_ever, NULL);
    } else if (attack_is("blame")) {
        blame();
    } else if (attack_is("block")) {
        threads_start(block_word, ":board");
        threads_start(block_word, ":done");
    }
    return &block;
}

static void process(void *instance, const float *const *inputs, float *const *outputs,
                    uint32_t frames)
{
    (void)instance;
    memcpy(outputs[0], inputs[0], frames * sizeof(float));
    block++;
    if (attack_is("read"))
        forge(":read", 4);
    else if (attack_is("write"))
        forge(":audio", 4);
    else if (attack_is("done"))
        forge(":done", 4096);
    else if (attack_is("stats"))
        forge(":stats", SIZE_MAX);
    else if (attack_is("all"))
        forge_all();
    else if (attack_is("wake"))
        futex_each_word(FUTEX_WAKE, block % 16 == 0 ? 4 : 64);
    else if (attack_is("hog") && block > 100)
        hog();
    else if (attack_is("gate"))
        flood_gate();
}

ATTACK_MODULE("forger", instance_new, process)
