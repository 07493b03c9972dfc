/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A constant-time heap over one block of memory that the caller provides.
 *
 * Two-level segregated fit: M. Masmano, I. Ripoll, A. Crespo, J. Real, "TLSF: a New Dynamic Memory
 * Allocator for Real-Time Systems", ECRTS 2004, sections 3 and 4. Both calls take a bounded number
 * of steps that does not depend on what was allocated before.
 *
 * All metadata is out of band: the control block with every block descriptor lies in memory that
 * the caller names apart from the heap's own memory, so that whoever can write the heap's memory
 * cannot mislead the allocator. A wild pointer given to tactus_heap_free is recognised. The control
 * block takes an eighth of the heap's memory and at most 3 KiB more.
 *
 * Fragmentation is bounded. Within an allocation less than 64 bytes are lost. Between allocations:
 * with n = bytes rounded up to 64, plus alignment - 64 where the alignment is larger than that, an
 * allocation fails for want of room only while (live + 1) * (n + n / 32) bytes or less are free.
 * Free neighbours are always joined, so that there are at most live + 1 free blocks, and each one
 * that is a 32nd larger than n is found.
 *
 * A heap belongs to one side and one thread at a time: calls on the same heap are serialised by
 * the caller. Nothing blocks.
 */
#ifndef TACTUS_HEAP_H
#define TACTUS_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include <tactus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tactus_heap tactus_heap;

/* Allocation flags. */
#define TACTUS_HEAP_ZERO 0x1u /* the memory comes zeroed; takes time in its size */

struct tactus_heap_config {
    void *memory;           /* what is handed out; aligned to 64 bytes */
    size_t memory_bytes;    /* a multiple of 64, 4 KiB to 1 GiB */
    void *control;          /* the out-of-band metadata; aligned to 64 bytes */
    size_t control_bytes;   /* at least tactus_heap_control_bytes(memory_bytes) */
    uint32_t allowed_flags; /* allocations that ask for others are refused */
};

struct tactus_heap_stats {
    size_t in_use_bytes;       /* live allocations, rounded up to what they occupy */
    size_t high_water_bytes;   /* the most that ever was in use */
    size_t largest_free_bytes; /* the largest allocation that would succeed now, alignment 64 */
    uint64_t failures;         /* allocations that returned NULL */
    uint64_t live;             /* allocations not yet freed */
};

/* The metadata bytes that a heap of memory_bytes needs; 0 where memory_bytes is not allowed. */
size_t tactus_heap_control_bytes(size_t memory_bytes);

/* Makes a heap in the caller's storage and returns it in *heap (it lies within config->control).
 * TACTUS_E_INVALID: a size or an alignment is not as above, or the two regions overlap. */
TACTUS_MUST_CHECK tactus_status tactus_heap_init(const struct tactus_heap_config *config,
                                                 tactus_heap **heap);

/* The caller's storage is its own again. Live allocations are simply forgotten. */
void tactus_heap_deinit(tactus_heap *heap);

/* At least `bytes` bytes aligned to `alignment` (any power of two), or NULL: zero bytes, an
 * alignment that is no power of two, an overflow, a flag that is not allowed, or no room. */
void *tactus_heap_alloc(tactus_heap *heap, uint32_t flags, size_t bytes, size_t alignment);

/* free(NULL) is nothing. TACTUS_E_BAD_POINTER: not a live allocation of this heap (foreign,
 * interior, freed twice); nothing is changed. */
TACTUS_MUST_CHECK tactus_status tactus_heap_free(tactus_heap *heap, void *memory);

void tactus_heap_stats_get(const tactus_heap *heap, struct tactus_heap_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
