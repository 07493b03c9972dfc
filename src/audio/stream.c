/* SPDX-License-Identifier: BSD-3-Clause */
#include "stream.h"

#include <stdlib.h>
#include <time.h>

#include <tactus/time.h>

#include "message.h"

/* --- in the EDF thread -------------------------------------------------------------------------
 */

static uint64_t ticks_of(const struct stream *stream)
{
    return atomic_load_explicit(&stream->ticks, memory_order_acquire);
}

static uint64_t complete_of(const struct stream_set *set)
{
    return atomic_load_explicit(&set->complete, memory_order_acquire);
}

/* Up to which tick this stream can go now. */
static uint64_t goal_of(const struct stream *stream)
{
    uint64_t complete = complete_of(stream->set);
    if (stream->reader == NULL) {
        return complete;
    }
    uint64_t goal = complete + stream->room_ticks;
    return goal < stream->set->last_tick ? goal : stream->set->last_tick;
}

static void fail(struct stream *stream, const struct tactus_message *reason)
{
    stream->has_failed = true;
    stream->failure = *reason;
}

static void fill_tick(struct stream *stream)
{
    struct tactus_message reason;
    uint32_t frames = stream->set->block_frames;
    if (!file_reader_read(stream->reader, stream->planes, frames, &reason) && !stream->has_failed) {
        fail(stream, &reason);
    }
    for (uint32_t i = 0; i < stream->rings_count; i++) {
        struct stream_ring *ring = &stream->rings[i];
        (void)tactus_ring_write(&ring->ring, (const float *const *)ring->planes, frames);
    }
}

static void drain_tick(struct stream *stream, uint64_t tick)
{
    struct tactus_message reason;
    uint32_t frames = stream->set->block_frames;
    uint64_t begin = tick * frames;
    uint64_t total = stream->set->frames_total;
    bool has_all = true;
    for (uint32_t i = 0; i < stream->rings_count; i++) {
        struct stream_ring *ring = &stream->rings[i];
        has_all = tactus_ring_read(&ring->ring, ring->planes, frames) && has_all;
    }
    uint32_t used = total - begin < frames ? (uint32_t)(total - begin) : frames;
    stream->silent_frames += has_all ? 0 : used;
    if (!stream->has_failed && used > 0 &&
        !file_writer_write(stream->writer, (const float *const *)stream->planes, used, &reason)) {
        fail(stream, &reason);
    }
}

static void work(struct stream *stream)
{
    uint64_t tick = ticks_of(stream);
    while (tick < goal_of(stream)) {
        if (stream->reader != NULL) {
            fill_tick(stream);
        } else {
            drain_tick(stream, tick);
        }
        tick++;
        atomic_store_explicit(&stream->ticks, tick, memory_order_release);
    }
}

/* Lets ticks run as far as every input is filled and every output has room. */
static void allow(struct stream_set *set)
{
    uint64_t allowed = set->last_tick;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct stream *stream = &set->streams[i];
        uint64_t limit = ticks_of(stream) + (stream->reader != NULL ? 0 : stream->room_ticks);
        allowed = limit < allowed ? limit : allowed;
    }
    if (allowed > set->allowed) {
        set->allowed = allowed;
        tactus_supervisor_allow(set->supervisor, allowed);
    }
}

static int stream_run(void *data)
{
    struct stream *stream = data;
    work(stream);
    allow(stream->set);
    return TACTUS_COMPLETED;
}

uint64_t stream_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * TACTUS_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* When the first tick that lacks input would begin, or the first one that finds no room. */
static uint64_t stream_deadline_ns(void *data)
{
    const struct stream *stream = data;
    const struct stream_set *set = stream->set;
    uint64_t complete = complete_of(set);
    uint64_t done = ticks_of(stream);
    uint64_t last = stream->reader != NULL ? done : done + stream->room_ticks;
    uint64_t left = last > complete ? last - complete : 0;
    return stream_clock_ns() + left * set->tick_ns;
}

/* --- in the tick thread ------------------------------------------------------------------------
 */

/* Half of the room is used up: enough to do to be worth a wake, and enough left to be in time. */
static bool has_work(const struct stream *stream, uint64_t tick)
{
    const struct stream_set *set = stream->set;
    uint64_t done = ticks_of(stream);
    if (stream->reader != NULL) {
        return done < set->last_tick && done < tick + (stream->room_ticks + 1) / 2;
    }
    return tick - done >= stream->room_ticks / 2 || tick == set->last_tick;
}

/* A disk that did not keep up with a live run: by this side's own count of ticks. */
static void note_lateness(struct stream *stream, uint64_t tick)
{
    uint64_t done = ticks_of(stream);
    bool is_late = stream->reader != NULL ? done < tick : tick > done + stream->room_ticks;
    stream->late_ticks += is_late ? 1 : 0;
}

void stream_set_tick_end(struct stream_set *set, uint64_t tick)
{
    atomic_store_explicit(&set->complete, tick, memory_order_release);
    tactus_runtime *runtime = tactus_supervisor_runtime(set->supervisor);
    for (uint32_t i = 0; i < set->count; i++) {
        struct stream *stream = &set->streams[i];
        note_lateness(stream, tick);
        /* One that is queued or runs just now goes once more; any other one is queued. Refused only
         * where it is being freed, and then it has nothing more to do. */
        if (has_work(stream, tick) &&
            tactus_task_reschedule(runtime, stream->task, 0) != TACTUS_OK) {
            (void)!tactus_task_schedule(runtime, stream->task, 0, 0);
        }
    }
}

/* --- set-up and end ----------------------------------------------------------------------------
 */

static tactus_status planes_new(struct stream *stream, uint32_t frames)
{
    stream->planes = calloc(stream->channels, sizeof *stream->planes);
    for (uint32_t i = 0; stream->planes != NULL && i < stream->channels; i++) {
        stream->planes[i] = calloc(frames, sizeof(float));
        if (stream->planes[i] == NULL) {
            return TACTUS_E_NO_MEMORY;
        }
    }
    return stream->planes == NULL ? TACTUS_E_NO_MEMORY : TACTUS_OK;
}

static tactus_status stream_open(struct stream_set *set, const struct graph *graph,
                                 const struct graph_node *node, struct tactus_message *message)
{
    struct stream *stream = &set->streams[set->count++];
    stream->set = set;
    stream->node = node;
    if (node->kind == GRAPH_FILE_IN) {
        tactus_status status = file_reader_new(node->uri, graph->rate_hz, &stream->reader, message);
        if (status != TACTUS_OK) {
            return status;
        }
        uint64_t frames = file_reader_frames(stream->reader);
        set->frames_total = frames > set->frames_total ? frames : set->frames_total;
        stream->channels = file_reader_channels(stream->reader);
    } else {
        stream->channels = node->inputs;
    }
    tactus_status status = planes_new(stream, graph->block_frames);
    if (status != TACTUS_OK) {
        message_set(message, "out of memory");
    }
    return status;
}

tactus_status stream_set_init(struct stream_set *set, const struct graph *graph,
                              struct tactus_message *message)
{
    *set = (struct stream_set){.block_frames = graph->block_frames, .tick_ns = graph->tick_ns};
    set->streams = calloc(graph->nodes_count, sizeof *set->streams);
    tactus_status status = TACTUS_OK;
    if (set->streams == NULL) {
        message_set(message, "out of memory");
        return TACTUS_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < graph->nodes_count && status == TACTUS_OK; i++) {
        const struct graph_node *node = &graph->nodes[i];
        if (node->kind == GRAPH_FILE_IN || node->kind == GRAPH_FILE_OUT) {
            status = stream_open(set, graph, node, message);
        }
    }
    if (set->frames_total == 0) { /* nothing but a stop ends it; graph_load lets only live runs */
        set->frames_total = UINT64_MAX;
    }
    set->last_tick = set->frames_total / set->block_frames +
                     (set->frames_total % set->block_frames != 0 ? 1 : 0);
    if (status != TACTUS_OK) {
        stream_set_deinit(set);
    }
    return status;
}

static tactus_status ring_bind(struct stream *stream, const struct layout_link *link)
{
    struct stream_ring *ring = &stream->rings[stream->rings_count++];
    void *producer =
        tactus_supervisor_partition_memory(stream->set->supervisor, link->producer_partition);
    void *consumer =
        tactus_supervisor_partition_memory(stream->set->supervisor, link->consumer_partition);
    ring->party =
        link->producer_party == LAYOUT_STREAMS ? link->consumer_party : link->producer_party;
    ring->planes = calloc(link->channels, sizeof *ring->planes);
    if (ring->planes == NULL) {
        return TACTUS_E_NO_MEMORY;
    }
    return tactus_ring_init(&ring->ring, producer, consumer, link->channels, link->capacity_frames);
}

/* An input hands each ring the channels that its consumer needs; an output takes each of its
 * channels from the ring that has it. */
static void planes_bind(struct stream *stream, struct stream_ring *ring, uint32_t link_index,
                        const struct layout *layout)
{
    const struct layout_link *link = &layout->links[link_index];
    uint32_t node = (uint32_t)(stream->node - layout->graph->nodes);
    for (uint32_t c = 0; stream->reader != NULL && c < link->channels; c++) {
        ring->planes[c] = stream->planes[link->channel[c]];
    }
    for (uint32_t i = 0; stream->reader == NULL && i < stream->channels; i++) {
        if (layout->inputs[node][i].link == link_index) {
            ring->planes[layout->inputs[node][i].channel] = stream->planes[i];
        }
    }
}

static tactus_status stream_bind(struct stream *stream, const struct layout *layout)
{
    uint32_t node = (uint32_t)(stream->node - layout->graph->nodes);
    stream->rings = calloc(layout->links_count + 1, sizeof *stream->rings);
    tactus_status status = stream->rings == NULL ? TACTUS_E_NO_MEMORY : TACTUS_OK;
    stream->room_ticks = UINT32_MAX;
    for (uint32_t i = 0; i < layout->links_count && status == TACTUS_OK; i++) {
        const struct layout_link *link = &layout->links[i];
        if ((stream->reader != NULL ? link->producer : link->consumer) != node) {
            continue;
        }
        status = ring_bind(stream, link);
        if (status == TACTUS_OK) {
            planes_bind(stream, &stream->rings[stream->rings_count - 1], i, layout);
        }
        /* From file to file each end may be behind the ticks or ahead of them: half for each. */
        bool is_direct = link->producer_party == link->consumer_party;
        uint32_t frames = is_direct ? link->capacity_frames / 2 : link->capacity_frames;
        uint32_t room = frames / stream->set->block_frames;
        stream->room_ticks = room < stream->room_ticks ? room : stream->room_ticks;
    }
    if (stream->rings_count == 0) { /* an input that nobody listens to: done before it begins */
        stream->room_ticks = 0;
        atomic_store_explicit(&stream->ticks, stream->set->last_tick, memory_order_relaxed);
    }
    return status;
}

static tactus_status stream_start(struct stream *stream, const struct layout *layout,
                                  struct tactus_message *message)
{
    const struct graph_node *node = stream->node;
    tactus_status status = stream_bind(stream, layout);
    if (status == TACTUS_OK && node->kind == GRAPH_FILE_OUT) {
        status = file_writer_new(node->uri, node->format, layout->graph->rate_hz, node->inputs,
                                 &stream->writer, message);
    }
    if (status != TACTUS_OK) {
        return status;
    }
    struct tactus_task_config config = {.name = node->id,
                                        .type = TACTUS_EDF,
                                        .run = stream_run,
                                        .deadline_ns = stream_deadline_ns,
                                        .data = stream};
    return tactus_task_init(tactus_supervisor_runtime(stream->set->supervisor), &config,
                            &stream->task);
}

tactus_status stream_set_start(struct stream_set *set, tactus_supervisor *supervisor,
                               const struct layout *layout, struct tactus_message *message)
{
    tactus_status status = TACTUS_OK;
    set->supervisor = supervisor;
    message->text[0] = '\0';
    for (uint32_t i = 0; i < set->count && status == TACTUS_OK; i++) {
        status = stream_start(&set->streams[i], layout, message);
    }
    if (status != TACTUS_OK) {
        if (message->text[0] == '\0') {
            message_set(message, "cannot set up the file streams: %s", tactus_status_text(status));
        }
        return status;
    }
    /* No task runs yet: this thread may fill what they will fill from now on. */
    for (uint32_t i = 0; i < set->count; i++) {
        work(&set->streams[i]);
    }
    allow(set);
    return TACTUS_OK;
}

void stream_set_finish(struct stream_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        struct stream *stream = &set->streams[i];
        tactus_runtime *runtime = tactus_supervisor_runtime(set->supervisor);
        while (tactus_task_free(runtime, stream->task) == TACTUS_E_TIMED_OUT) {
            /* A disk that is slow: what it is writing is not given up. */
        }
        work(stream);
    }
}

uint64_t stream_set_forged(const struct stream_set *set, uint32_t party)
{
    uint64_t forged = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct stream *stream = &set->streams[i];
        for (uint32_t r = 0; r < stream->rings_count; r++) {
            forged += stream->rings[r].party == party ? stream->rings[r].ring.forged : 0;
        }
    }
    return forged;
}

void stream_set_deinit(struct stream_set *set)
{
    for (uint32_t i = 0; i < set->count; i++) {
        struct stream *stream = &set->streams[i];
        if (stream->reader != NULL) {
            file_reader_free(stream->reader);
        }
        if (stream->writer != NULL) {
            file_writer_free(stream->writer);
        }
        for (uint32_t r = 0; r < stream->rings_count; r++) {
            free((void *)stream->rings[r].planes);
        }
        for (uint32_t c = 0; stream->planes != NULL && c < stream->channels; c++) {
            free(stream->planes[c]);
        }
        free((void *)stream->planes);
        free(stream->rings);
    }
    free(set->streams);
    *set = (struct stream_set){0};
}
