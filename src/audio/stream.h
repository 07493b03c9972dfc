/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * File streams: the kernel side's end of every ring to and from a file. Each is an EDF task that
 * fills or drains its rings ahead of the ticks. They are paced by the kernel side's own count of
 * complete ticks, never by an index that a domain wrote: what a domain has not delivered by then is
 * silence, and what it does not take is dropped.
 */
#ifndef AUDIO_STREAM_H
#define AUDIO_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>

#include <tactus/buffer.h>
#include <tactus/domain.h>

#include "file.h"
#include "layout.h"

struct stream_ring {
    struct tactus_ring ring;
    uint32_t party; /* at the other end */
    float **planes; /* of the stream's channels */
};

struct stream {
    struct stream_set *set;
    const struct graph_node *node;
    struct file_reader *reader; /* one of the two */
    struct file_writer *writer;
    uint32_t channels;
    struct stream_ring *rings;
    uint32_t rings_count;
    float **planes; /* one block of every channel */
    uint32_t room_ticks;
    tactus_task task;
    /* Ticks filled or drained: written by the EDF thread (release), read by the tick thread. */
    _Atomic uint64_t ticks;
    uint64_t late_ticks; /* the tick thread's; read by others after the run */
    /* Output: in which at least one ring had nothing; the EDF thread's, likewise. */
    uint64_t silent_frames;
    bool has_failed; /* reading or writing: the rest is silence, or lost */
    struct tactus_message failure;
};

struct stream_set {
    tactus_supervisor *supervisor;
    struct stream *streams;
    uint32_t count;
    uint32_t block_frames;
    uint64_t tick_ns;
    uint64_t frames_total; /* of the longest input; UINT64_MAX: without end */
    uint64_t last_tick;
    /* Complete ticks: written by the tick thread (release), read by the EDF thread (acquire). */
    _Atomic uint64_t complete;
    uint64_t allowed; /* the EDF thread's alone */
};

/* Opens every file of the graph; touches no output yet. */
TACTUS_MUST_CHECK tactus_status stream_set_init(struct stream_set *set, const struct graph *graph,
                                                struct tactus_message *message);

/* Binds the streams to the layout's rings, whose partitions exist now; makes their tasks; fills the
 * rings for the first ticks. */
TACTUS_MUST_CHECK tactus_status stream_set_start(struct stream_set *set,
                                                 tactus_supervisor *supervisor,
                                                 const struct layout *layout,
                                                 struct tactus_message *message);

/* The tick thread's, at the end of every turn: posts the streams that have something to do. */
void stream_set_tick_end(struct stream_set *set, uint64_t tick);

/* After the run: no task runs any more, and everything up to the last complete tick is in the
 * files. */
void stream_set_finish(struct stream_set *set);

/* How often a party's end of a ring with these streams had an impossible index. */
uint64_t stream_set_forged(const struct stream_set *set, uint32_t party);

/* Monotonic time, as the deadlines are counted. */
uint64_t stream_clock_ns(void);

void stream_set_deinit(struct stream_set *set);

#endif
