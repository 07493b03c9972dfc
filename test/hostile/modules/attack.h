/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the attacking modules share: one channel in, one out, and a look at their own mappings. What
 * a module does is told by TACTUS_ATTACK; results leave through the audio output, the one way that
 * stays open whatever the sandbox forbids.
 */
#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tactus/module.h>

struct attack_map {
    uintptr_t start;
    uintptr_t end;
    char rights[5];
    char name[256];
};

/* The mappings of this process, each one's name in `name`; returns how many. */
static inline uint32_t attack_maps(struct attack_map *maps, uint32_t maps_max)
{
    uint32_t count = 0;
    char line[512];
    FILE *file = fopen("/proc/self/maps", "re");
    while (file != NULL && count < maps_max && fgets(line, sizeof line, file) != NULL) {
        struct attack_map *map = &maps[count];
        unsigned long start = 0;
        unsigned long end = 0;
        map->name[0] = '\0';
        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %255[^\n]", &start, &end, map->rights,
                   map->name) >= 3) {
            map->start = start;
            map->end = end;
            count++;
        }
    }
    if (file != NULL)
        (void)fclose(file);
    return count;
}

static inline bool attack_is(const char *what)
{
    const char *wanted = getenv("TACTUS_ATTACK");
    return wanted != NULL && strcmp(wanted, what) == 0;
}

#define ATTACK_MODULE(module_name, module_new, module_process)                                     \
    static void attack_free(void *instance)                                                        \
    {                                                                                              \
        (void)instance;                                                                            \
    }                                                                                              \
    static const struct tactus_module attack_module = {.abi = TACTUS_MODULE_ABI,                   \
                                                       .name = module_name,                        \
                                                       .inputs = 1,                                \
                                                       .outputs = 1,                               \
                                                       .instance_new = module_new,                 \
                                                       .process = module_process,                  \
                                                       .instance_free = attack_free};              \
    const struct tactus_module *tactus_module(void);                                               \
    const struct tactus_module *tactus_module(void)                                                \
    {                                                                                              \
        return &attack_module;                                                                     \
    }

#endif
