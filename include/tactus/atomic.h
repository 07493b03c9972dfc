/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The words that two threads or two address spaces share. In C they are C11 atomics; in C++ the
 * same bytes, which only C code may touch.
 */
#ifndef TACTUS_ATOMIC_H
#define TACTUS_ATOMIC_H

#include <stdint.h>

#ifdef __cplusplus
typedef uint32_t tactus_atomic_u32;
typedef uint64_t tactus_atomic_u64;
#else
typedef _Atomic uint32_t tactus_atomic_u32;
typedef _Atomic uint64_t tactus_atomic_u64;
_Static_assert(sizeof(tactus_atomic_u32) == sizeof(uint32_t),
               "an atomic word has no lock beside it");
#endif

#endif
