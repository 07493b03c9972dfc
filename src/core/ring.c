/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ring of tactus/buffer.h. What makes it safe against a hostile other end: the other end's
 * index is loaded once per call into a local, only its distance to our own index is used, and that
 * only after it was found to be at most the capacity. Every access to the planes is at our own
 * index masked by the capacity, for a length that the check has bounded.
 */
#include <stdatomic.h>
#include <stdbool.h>

#include <tactus/buffer.h>

#include "mem.h"

#define PART_ALIGNMENT      64u
#define CAPACITY_MIN_FRAMES 16u

_Static_assert(sizeof(struct tactus_ring_producer_part) == 64, "the planes follow at 64 bytes");
_Static_assert(sizeof(struct tactus_ring_consumer_part) == 64, "one cache line of its own");

size_t tactus_ring_producer_bytes(uint32_t channels, uint32_t capacity_frames)
{
    if (channels < 1 || channels > TACTUS_RING_CHANNELS_MAX) {
        return 0;
    }
    if (capacity_frames < CAPACITY_MIN_FRAMES ||
        capacity_frames > TACTUS_RING_CAPACITY_MAX_FRAMES) {
        return 0;
    }
    if ((capacity_frames & (capacity_frames - 1)) != 0) {
        return 0;
    }
    const size_t plane_bytes = capacity_frames * sizeof(float);
    const size_t room_bytes = SIZE_MAX - sizeof(struct tactus_ring_producer_part);
    if (channels > room_bytes / plane_bytes) { /* the largest rings exceed a 32-bit address space */
        return 0;
    }
    return sizeof(struct tactus_ring_producer_part) + channels * plane_bytes;
}

static bool part_is_usable(const void *part)
{
    return part != NULL && (uintptr_t)part % PART_ALIGNMENT == 0;
}

tactus_status tactus_ring_init(struct tactus_ring *ring, void *producer_part, void *consumer_part,
                               uint32_t channels, uint32_t capacity_frames)
{
    if (ring == NULL || !part_is_usable(producer_part) || !part_is_usable(consumer_part)) {
        return TACTUS_E_INVALID;
    }
    if (tactus_ring_producer_bytes(channels, capacity_frames) == 0) {
        return TACTUS_E_INVALID;
    }

    struct tactus_ring_producer_part *producer = producer_part;
    *ring = (struct tactus_ring){
        .producer = producer,
        .consumer = consumer_part,
        .data = (float *)(void *)(producer + 1),
        .channels = channels,
        .capacity_frames = capacity_frames,
    };
    return TACTUS_OK;
}

/* A run of frames of one plane: `first_frames` from `start`, the rest from the plane's beginning.
 */
struct span {
    uint32_t start;
    uint32_t first_frames;
    uint32_t rest_frames;
};

/* frames <= capacity_frames. */
static struct span span_at(const struct tactus_ring *ring, uint32_t frames)
{
    const uint32_t start = ring->index & (ring->capacity_frames - 1);
    const uint32_t until_end = ring->capacity_frames - start;
    const uint32_t first_frames = frames < until_end ? frames : until_end;
    return (struct span){start, first_frames, frames - first_frames};
}

/* Producer: `frames` more frames are there. */
static void publish(struct tactus_ring *ring, uint32_t frames)
{
    ring->index += frames;
    /* Release: whoever sees the index sees the frames before it. */
    atomic_store_explicit(&ring->producer->write_index, ring->index, memory_order_release);
}

/* A debt that must not wrap to a small one where the other end never comes back. */
static void owe(struct tactus_ring *ring, uint32_t frames)
{
    const uint32_t room_frames = UINT32_MAX - ring->owed_frames;
    ring->missed_frames += frames;
    ring->owed_frames += frames < room_frames ? frames : room_frames;
}

/* Producer: silence in the place of what was dropped, as far as it fits; returns what still fits.
 */
static uint32_t make_up(struct tactus_ring *ring, uint32_t space_frames)
{
    const uint32_t frames = space_frames < ring->owed_frames ? space_frames : ring->owed_frames;
    if (frames > 0) {
        const struct span span = span_at(ring, frames);
        for (uint32_t channel = 0; channel < ring->channels; channel++) {
            float *plane = ring->data + (size_t)channel * ring->capacity_frames;
            memset(plane + span.start, 0, span.first_frames * sizeof(float));
            memset(plane, 0, span.rest_frames * sizeof(float));
        }
        ring->owed_frames -= frames;
        publish(ring, frames);
    }
    return space_frames - frames;
}

uint32_t tactus_ring_space_frames(struct tactus_ring *ring)
{
    /* Acquire, against the consumer's release: its reads of the frames that we are about to
     * overwrite are done. */
    const uint32_t read_index =
        atomic_load_explicit(&ring->consumer->read_index, memory_order_acquire);
    const uint32_t used_frames = ring->index - read_index;
    if (used_frames > ring->capacity_frames) {
        ring->forged++;
        return 0;
    }
    return make_up(ring, ring->capacity_frames - used_frames);
}

int tactus_ring_write(struct tactus_ring *ring, const float *const *planes, uint32_t frames)
{
    if (frames > tactus_ring_space_frames(ring)) {
        owe(ring, frames);
        return 0;
    }
    const struct span span = span_at(ring, frames);
    for (uint32_t channel = 0; channel < ring->channels; channel++) {
        float *plane = ring->data + (size_t)channel * ring->capacity_frames;
        memcpy(plane + span.start, planes[channel], span.first_frames * sizeof(float));
        memcpy(plane, planes[channel] + span.first_frames, span.rest_frames * sizeof(float));
    }
    publish(ring, frames);
    return 1;
}

/* Consumer: gives `frames` frames back to the producer. */
static void consume(struct tactus_ring *ring, uint32_t frames)
{
    ring->index += frames;
    /* Release: our reads of these frames are done before the producer sees the space. */
    atomic_store_explicit(&ring->consumer->read_index, ring->index, memory_order_release);
}

/* Consumer: drops late frames out of `available_frames` and returns how many are left. */
static uint32_t settle(struct tactus_ring *ring, uint32_t available_frames)
{
    const uint32_t late_frames =
        available_frames < ring->owed_frames ? available_frames : ring->owed_frames;
    if (late_frames > 0) {
        ring->owed_frames -= late_frames;
        consume(ring, late_frames);
    }
    return available_frames - late_frames;
}

uint32_t tactus_ring_available_frames(struct tactus_ring *ring)
{
    /* Acquire, against the producer's release: the frames before the index are there. */
    const uint32_t write_index =
        atomic_load_explicit(&ring->producer->write_index, memory_order_acquire);
    const uint32_t available_frames = write_index - ring->index;
    if (available_frames > ring->capacity_frames) {
        ring->forged++;
        return 0;
    }
    return settle(ring, available_frames);
}

static void read_silence(struct tactus_ring *ring, float *const *planes, uint32_t frames,
                         uint32_t available_frames)
{
    for (uint32_t channel = 0; channel < ring->channels; channel++) {
        memset(planes[channel], 0, frames * sizeof(float)); /* all bits zero is 0.0f */
    }
    owe(ring, frames);
    settle(ring, available_frames);
}

int tactus_ring_read(struct tactus_ring *ring, float *const *planes, uint32_t frames)
{
    const uint32_t available_frames = tactus_ring_available_frames(ring);
    if (frames > available_frames) {
        read_silence(ring, planes, frames, available_frames);
        return 0;
    }
    const struct span span = span_at(ring, frames);
    for (uint32_t channel = 0; channel < ring->channels; channel++) {
        const float *plane = ring->data + (size_t)channel * ring->capacity_frames;
        memcpy(planes[channel], plane + span.start, span.first_frames * sizeof(float));
        memcpy(planes[channel] + span.first_frames, plane, span.rest_frames * sizeof(float));
    }
    consume(ring, frames);
    return 1;
}
