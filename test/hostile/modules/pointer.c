/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attacks promise 1 with raw pointers.
 *
 * TACTUS_ATTACK is read or write; where, stands in the file TACTUS_TARGETS, "pid start end" in
 * hexadecimal per line, once it is there, or is the start of the mapping of its own whose name ends
 * in TACTUS_MAPPING. The first access is to end the domain.
 *
 * sweep and sweep-write: survives each SIGSEGV and tries one word in every page of all targets that
 * are not mapped here as well. The second sample of each block is 0.5 from then on, and the first
 * is the number of pages that let it in.
 */
#include <setjmp.h>
#include <signal.h>
#include <unistd.h>

#include "attack.h"

#define MAPS_MAX     4096u
#define ATTACK_BLOCK 100u
#define PAGES_MAX    300000u

struct target {
    uintptr_t start;
    uintptr_t end;
};

static struct target targets[MAPS_MAX];
static uint32_t targets_count;
static struct attack_map maps[MAPS_MAX];
static uint32_t block;
static bool is_swept;
static float entered;
static float tried;
static sigjmp_buf back;

static void take_targets(const char *path)
{
    FILE *file = NULL;
    for (uint32_t i = 0; i < 2000 && file == NULL; i++) {
        file = fopen(path, "re");
        if (file == NULL)
            (void)usleep(10000);
    }
    unsigned long start = 0;
    unsigned long end = 0;
    while (file != NULL && targets_count < MAPS_MAX &&
           fscanf(file, "%*d %lx %lx", &start, &end) == 2)
        targets[targets_count++] = (struct target){start, end};
    if (file != NULL)
        (void)fclose(file);
}

static void take_mapping(const char *ending)
{
    uint32_t count = attack_maps(maps, MAPS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const char *at = strstr(maps[i].name, ending);
        if (at != NULL && (at[strlen(ending)] == ' ' || at[strlen(ending)] == '\0'))
            targets[targets_count++] = (struct target){maps[i].start, maps[i].end};
    }
}

static void *instance_new(uint32_t rate_hz, uint32_t block_frames, const float *values)
{
    (void)rate_hz;
    (void)block_frames;
    (void)values;
    if (getenv("TACTUS_TARGETS") != NULL)
        take_targets(getenv("TACTUS_TARGETS"));
    if (getenv("TACTUS_MAPPING") != NULL)
        take_mapping(getenv("TACTUS_MAPPING"));
    /* Without a target there is no attack, and the test must not think that there was one. */
    return targets_count > 0 ? &block : NULL;
}

static void on_fault(int signal)
{
    (void)signal;
    siglongjmp(back, 1);
}

static bool is_mapped_here(uintptr_t address, uint32_t maps_count)
{
    for (uint32_t i = 0; i < maps_count; i++)
        if (address >= maps[i].start && address < maps[i].end)
            return true;
    return false;
}

static bool access_works(volatile uint32_t *word, bool writes)
{
    if (sigsetjmp(back, 1) != 0)
        return false;
    uint32_t value = *word;
    if (writes)
        *word = value;
    return true;
}

static void sweep(bool writes)
{
    struct sigaction action = {.sa_handler = on_fault};
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    sigaddset(&faults, SIGBUS);
    (void)sigaction(SIGSEGV, &action, NULL);
    (void)sigaction(SIGBUS, &action, NULL);
    (void)pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
    uint32_t count = attack_maps(maps, MAPS_MAX);
    for (uint32_t i = 0; i < targets_count; i++) {
        for (uintptr_t page = targets[i].start; page < targets[i].end; page += 4096) {
            if (tried < (float)PAGES_MAX && !is_mapped_here(page, count)) {
                tried += 1;
                entered += access_works((volatile uint32_t *)page, writes) ? 1 : 0;
            }
        }
    }
    is_swept = true;
}

static void process(void *instance, const float *const *inputs, float *const *outputs,
                    uint32_t frames)
{
    (void)instance;
    memcpy(outputs[0], inputs[0], frames * sizeof(float));
    if (++block == ATTACK_BLOCK) {
        volatile uint32_t *word = (volatile uint32_t *)targets[0].start;
        if (attack_is("read"))
            outputs[0][0] = (float)*word;
        else if (attack_is("write"))
            *word = 0xA77AC4EDu;
        else if (attack_is("sweep") || attack_is("sweep-write"))
            sweep(attack_is("sweep-write"));
    }
    if (is_swept) {
        outputs[0][0] = entered / (float)(1u << 20);
        outputs[0][1] = 0.5f;
        outputs[0][2] = tried / (float)(1u << 20);
    }
}

ATTACK_MODULE("pointer", instance_new, process)
