/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A single-producer single-consumer ring of planar float audio, whose two ends do not trust each
 * other. Layout, two blocks of memory (partitions) with one writer each:
 *
 *   producer part: tactus_ring_producer_part, then `channels` planes of `capacity_frames` floats.
 *                  Written by the producer alone, read by the consumer.
 *   consumer part: tactus_ring_consumer_part. Written by the consumer alone, read by the producer.
 *
 * Indices count frames since the start modulo 2^32. Invariant of an honest ring:
 * 0 <= write_index - read_index <= capacity_frames. Each end keeps its own index and its counters
 * in private memory (struct tactus_ring) and never reads its own shared word back; it checks the
 * other end's index before each use. A forged index makes the ring look full to the producer and
 * empty to the consumer, is counted, and can do nothing else.
 *
 * One thread per end. Nothing blocks, allocates or makes a system call.
 */
#ifndef TACTUS_BUFFER_H
#define TACTUS_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#include <tactus/atomic.h>
#include <tactus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TACTUS_RING_CHANNELS_MAX        64u
#define TACTUS_RING_CAPACITY_MAX_FRAMES (1u << 24)

struct tactus_ring_producer_part {
    /* Written by the producer (release, after the data), read by the consumer (acquire). */
    tactus_atomic_u32 write_index;
    uint32_t reserved[15];
};

struct tactus_ring_consumer_part {
    /* Written by the consumer (release, after it read the data), read by the producer (acquire). */
    tactus_atomic_u32 read_index;
    uint32_t reserved[15];
};

/* One end of a ring: private to whoever uses it, in memory that nobody else can write. */
struct tactus_ring {
    struct tactus_ring_producer_part *producer; /* read-only memory on the consumer's side */
    struct tactus_ring_consumer_part *consumer; /* read-only memory on the producer's side */
    float *data;                                /* plane c starts at data + c * capacity_frames */
    uint32_t channels;
    uint32_t capacity_frames; /* a power of two */
    uint32_t index;           /* this end's own index */
    uint32_t owed_frames; /* consumer: taken as silence, may still arrive late and is dropped then;
                           * producer: dropped, made up for by silence when there is room */
    uint64_t missed_frames; /* consumer: taken as silence; producer: had no room, dropped */
    uint64_t forged;        /* how often the other end's index was impossible */
};

/* Bytes of the producer part; 0 where channels (1 to 64) or capacity_frames (a power of two, 16 to
 * 2^24) are out of range. The consumer part has sizeof(struct tactus_ring_consumer_part). */
size_t tactus_ring_producer_bytes(uint32_t channels, uint32_t capacity_frames);

/* Binds one end to parts that are zeroed and aligned to 64 bytes. Both ends call this once, before
 * either is used. TACTUS_E_INVALID: NULL, misaligned or out of range. */
TACTUS_MUST_CHECK tactus_status tactus_ring_init(struct tactus_ring *ring, void *producer_part,
                                                 void *consumer_part, uint32_t channels,
                                                 uint32_t capacity_frames);

/* Producer: frames that fit now. 0 while the consumer's index is impossible. */
uint32_t tactus_ring_space_frames(struct tactus_ring *ring);

/* Producer: writes `frames` frames from planes[0..channels-1], or none where they do not fit: then
 * they are counted as missed, and as many frames of silence come in their place as soon as there is
 * room, so that both ends stay in step. True: written. */
int tactus_ring_write(struct tactus_ring *ring, const float *const *planes, uint32_t frames);

/* Consumer: frames that can be read now. 0 while the producer's index is impossible. */
uint32_t tactus_ring_available_frames(struct tactus_ring *ring);

/* Consumer: reads exactly `frames` frames into planes[0..channels-1]. Where fewer are there, all of
 * it is silence, counted as missed, and as many frames are owed: what arrives late is dropped, so
 * that both ends stay in step. True: sound, false: silence. */
int tactus_ring_read(struct tactus_ring *ring, float *const *planes, uint32_t frames);

#ifdef __cplusplus
}
#endif

#endif
