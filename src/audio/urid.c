/* SPDX-License-Identifier: BSD-3-Clause */
#include "urid.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define URIDS_MAX   8192u
#define URIDS_SLOTS 16384u /* open addressing, at most half full */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *uris[URIDS_MAX];       /* by URID - 1; under the lock */
static uint16_t slots[URIDS_SLOTS]; /* URID, 0: free; under the lock */
static uint32_t uris_count;         /* under the lock */

static uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    }
    return hash;
}

LV2_URID urid_map(LV2_URID_Map_Handle handle, const char *uri)
{
    (void)handle;
    LV2_URID urid = 0;
    (void)pthread_mutex_lock(&lock);
    uint32_t slot = hash_of(uri) % URIDS_SLOTS;
    while (slots[slot] != 0 && strcmp(uris[slots[slot] - 1], uri) != 0) {
        slot = (slot + 1) % URIDS_SLOTS;
    }
    urid = slots[slot];
    if (urid == 0 && uris_count < URIDS_MAX) {
        uris[uris_count] = strdup(uri);
        if (uris[uris_count] != NULL) {
            uris_count++;
            slots[slot] = (uint16_t)uris_count;
            urid = uris_count;
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return urid;
}

const char *urid_unmap(LV2_URID_Unmap_Handle handle, LV2_URID urid)
{
    (void)handle;
    const char *uri = NULL;
    (void)pthread_mutex_lock(&lock);
    if (urid > 0 && urid <= uris_count) {
        uri = uris[urid - 1];
    }
    (void)pthread_mutex_unlock(&lock);
    return uri;
}
