/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A 64-bit value with one writer and any readers, on machines that have no 64-bit atomics too.
 *
 * Two slots; the low bit of `sequence` names the one that holds. The writer fills the other slot
 * and then moves the sequence on, so a writer that is stopped in between hinders no reader. Zeroed
 * memory is the value 0.
 */
#ifndef TACTUS_CORE_WORD64_H
#define TACTUS_CORE_WORD64_H

#include <stdatomic.h>
#include <stdint.h>

#include <tactus/atomic.h>

struct word64 {
    /* Writer: the one thread that owns the value. Readers: any. Release after the slot, acquire
     * before it: whoever sees the number sees the slot. */
    tactus_atomic_u32 sequence;
    /* Writer and readers as above: low half, high half. Release, so that a reader who meets a half
     * of a later write sees that the sequence has moved on. */
    tactus_atomic_u32 slot[2][2];
};

/* The owner alone. */
static inline void word64_write(struct word64 *word, uint64_t value)
{
    uint32_t sequence = atomic_load_explicit(&word->sequence, memory_order_relaxed) + 1u;
    tactus_atomic_u32 *slot = word->slot[sequence & 1u];
    atomic_store_explicit(&slot[0], (uint32_t)value, memory_order_release);
    atomic_store_explicit(&slot[1], (uint32_t)(value >> 32), memory_order_release);
    atomic_store_explicit(&word->sequence, sequence, memory_order_release);
}

/* Any thread. Tries again while the writer passes by, which takes two whole writes within one try;
 * after 64 such tries the value may be mixed from two. */
static inline uint64_t word64_read(struct word64 *word)
{
    uint64_t value = 0;
    for (uint32_t attempt = 0; attempt < 64u; attempt++) {
        uint32_t sequence = atomic_load_explicit(&word->sequence, memory_order_acquire);
        tactus_atomic_u32 *slot = word->slot[sequence & 1u];
        value = atomic_load_explicit(&slot[0], memory_order_acquire);
        value |= (uint64_t)atomic_load_explicit(&slot[1], memory_order_acquire) << 32;
        if (atomic_load_explicit(&word->sequence, memory_order_relaxed) == sequence) {
            break;
        }
    }
    return value;
}

#endif
