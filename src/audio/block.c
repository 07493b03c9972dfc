/* SPDX-License-Identifier: BSD-3-Clause */
#include "block.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT ((size_t)64)

float *block_new(uint32_t frames)
{
    size_t bytes = (frames * sizeof(float) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    float *block = aligned_alloc(ALIGNMENT, bytes);
    if (block != NULL) {
        memset(block, 0, bytes);
    }
    return block;
}
