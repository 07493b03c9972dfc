/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef AUDIO_BLOCK_H
#define AUDIO_BLOCK_H

#include <stdint.h>

/* Silence: `frames` floats aligned to 64 bytes, to be freed with free; NULL: out of memory. Not in
 * a tick. */
float *block_new(uint32_t frames);

#endif
