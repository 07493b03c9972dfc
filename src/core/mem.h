/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The four memory functions the freestanding code relies on. Every compiler
 * may emit calls to them even without a C library, so every target provides
 * them; a port without a C library brings its own. Nothing else belongs here.
 */
#ifndef TACTUS_CORE_MEM_H
#define TACTUS_CORE_MEM_H

#include <stddef.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t size_bytes);
void *memmove(void *destination, const void *source, size_t size_bytes);
void *memset(void *destination, int value, size_t size_bytes);
int memcmp(const void *left, const void *right, size_t size_bytes);

#endif
