/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both ends of a ring against a naive queue of frame numbers. The two parts are mapped the way two
 * domains have them: each end can write its own part and only read the other, and the page behind
 * the producer part is not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <tactus/buffer.h>

#include "random.h"

#define CHANNELS_MAX  5u
#define CAPACITY_MAX  256u
#define BLOCK_MAX     (CAPACITY_MAX + 32u)
#define PAGE          ((size_t)4096)
#define CONSUMER_PART sizeof(struct tactus_ring_consumer_part)

/* Two mappings of one part: by its writer and by its reader. */
struct part {
    unsigned char *pages_writable;
    unsigned char *pages_readable;
    size_t pages_bytes;
    void *writable;
    void *readable;
};

struct pair {
    struct part producer_part;
    struct part consumer_part;
    struct tactus_ring producer;
    struct tactus_ring consumer;
};

static unsigned char *map(int file, size_t bytes, int protection)
{
    /* One page more than the file has: nobody may touch it. */
    unsigned char *pages = mmap(NULL, bytes + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_ptr_equal(mmap(pages, bytes, protection, MAP_SHARED | MAP_FIXED, file, 0), pages);
    return pages;
}

static struct part part_new(size_t bytes)
{
    struct part part = {.pages_bytes = (bytes + PAGE - 1) / PAGE * PAGE};
    const int file = memfd_create("ring", MFD_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, (off_t)part.pages_bytes), 0);
    part.pages_writable = map(file, part.pages_bytes, PROT_READ | PROT_WRITE);
    part.pages_readable = map(file, part.pages_bytes, PROT_READ);
    close(file);
    part.writable = part.pages_writable + part.pages_bytes - bytes;
    part.readable = part.pages_readable + part.pages_bytes - bytes;
    return part;
}

static void part_free(struct part *part)
{
    munmap(part->pages_writable, part->pages_bytes + PAGE);
    munmap(part->pages_readable, part->pages_bytes + PAGE);
}

/* Both ends begin at `first_index`, as though so many frames had passed already. */
static struct pair *pair_new(uint32_t channels, uint32_t capacity_frames, uint32_t first_index)
{
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    pair->producer_part = part_new(tactus_ring_producer_bytes(channels, capacity_frames));
    pair->consumer_part = part_new(CONSUMER_PART);
    assert_int_equal(tactus_ring_init(&pair->producer, pair->producer_part.writable,
                                      pair->consumer_part.readable, channels, capacity_frames),
                     TACTUS_OK);
    assert_int_equal(tactus_ring_init(&pair->consumer, pair->producer_part.readable,
                                      pair->consumer_part.writable, channels, capacity_frames),
                     TACTUS_OK);
    pair->producer.index = first_index;
    pair->consumer.index = first_index;
    atomic_store(&pair->producer.producer->write_index, first_index);
    atomic_store(&pair->consumer.consumer->read_index, first_index);
    return pair;
}

/* The thread sanitizer tells races by addresses: for its sake both ends use the same ones. */
static void use_same_addresses(struct pair *pair)
{
    pair->producer.consumer = pair->consumer.consumer;
    pair->consumer.producer = pair->producer.producer;
    pair->consumer.data = pair->producer.data;
}

static void pair_free(struct pair *pair)
{
    part_free(&pair->producer_part);
    part_free(&pair->consumer_part);
    free(pair);
}

/* The sample of a frame: exact in a float, different in each channel, never zero. */
static float sample(uint32_t frame, uint32_t channel)
{
    if (frame == UINT32_MAX)
        return 0.0f;
    return (float)(1 + frame % 1000003) * (channel % 2 == 0 ? 1.0f : -1.0f) + (float)channel / 8.0f;
}

/* ---- the model: the k-th frame that comes out is the k-th that went in, or silence ---- */

#define SILENCE UINT32_MAX

struct world {
    struct random_source source;
    struct pair *pair;
    uint32_t channels;
    uint32_t capacity;
    uint32_t queue[CAPACITY_MAX]; /* the frames in the ring, oldest first */
    uint32_t queued;
    uint32_t owed;
    uint32_t producer_owed;
    uint32_t next_frame;
    uint64_t producer_missed;
    uint64_t consumer_missed;
    uint64_t producer_forged;
    uint64_t consumer_forged;
    float planes[CHANNELS_MAX][BLOCK_MAX];
};

static void model_drop(struct world *world, uint32_t frames)
{
    world->queued -= frames;
    memmove(world->queue, world->queue + frames, world->queued * sizeof world->queue[0]);
}

/* What is late is dropped as soon as the consumer looks. */
static void model_settle(struct world *world)
{
    const uint32_t late = world->owed < world->queued ? world->owed : world->queued;
    model_drop(world, late);
    world->owed -= late;
}

/* What was dropped is made up for by silence as soon as the producer looks. */
static void model_make_up(struct world *world)
{
    while (world->producer_owed > 0 && world->queued < world->capacity) {
        world->queue[world->queued++] = SILENCE;
        world->producer_owed--;
    }
}

static void plane_pointers(struct world *world, float *planes[CHANNELS_MAX])
{
    for (uint32_t channel = 0; channel < CHANNELS_MAX; channel++)
        planes[channel] = world->planes[channel];
}

static void write_some(struct world *world, uint32_t frames, bool index_is_forged)
{
    float *planes[CHANNELS_MAX];
    plane_pointers(world, planes);
    for (uint32_t channel = 0; channel < world->channels; channel++) {
        for (uint32_t i = 0; i < frames; i++)
            planes[channel][i] = sample(world->next_frame + i, channel);
    }
    if (!index_is_forged)
        model_make_up(world);
    const uint32_t space = index_is_forged ? 0 : world->capacity - world->queued;
    const int written =
        tactus_ring_write(&world->pair->producer, (const float *const *)planes, frames);
    world->producer_forged += index_is_forged;
    assert_int_equal(written != 0, frames <= space);
    if (!written) {
        world->producer_missed += frames;
        world->producer_owed += frames;
        world->next_frame += frames;
        return;
    }
    for (uint32_t i = 0; i < frames; i++)
        world->queue[world->queued++] = world->next_frame++;
}

static void read_some(struct world *world, uint32_t frames, bool index_is_forged)
{
    float *planes[CHANNELS_MAX];
    plane_pointers(world, planes);
    memset(world->planes, 0x55, sizeof world->planes);
    if (!index_is_forged)
        model_settle(world);
    const uint32_t available = index_is_forged ? 0 : world->queued;
    const int is_sound = tactus_ring_read(&world->pair->consumer, planes, frames);
    world->consumer_forged += index_is_forged;
    assert_int_equal(is_sound != 0, frames <= available);

    float untouched;
    memset(&untouched, 0x55, sizeof untouched);
    for (uint32_t channel = 0; channel < CHANNELS_MAX; channel++) {
        const uint32_t end = channel < world->channels ? frames : 0;
        for (uint32_t i = 0; i < end; i++)
            assert_true(planes[channel][i] == (is_sound ? sample(world->queue[i], channel) : 0.0f));
        for (uint32_t i = end; i < BLOCK_MAX; i++)
            assert_true(planes[channel][i] == untouched);
    }
    if (is_sound) {
        model_drop(world, frames);
    } else {
        world->consumer_missed += frames;
        world->owed += frames;
        if (!index_is_forged)
            model_settle(world);
    }
}

static void check_counters(const struct world *world)
{
    const struct tactus_ring *producer = &world->pair->producer;
    const struct tactus_ring *consumer = &world->pair->consumer;
    assert_true(producer->missed_frames == world->producer_missed);
    assert_true(consumer->missed_frames == world->consumer_missed);
    assert_true(producer->forged == world->producer_forged);
    assert_true(consumer->forged == world->consumer_forged);
    assert_int_equal(consumer->owed_frames, world->owed);
    assert_int_equal(producer->owed_frames, world->producer_owed);
    assert_int_equal(producer->index - consumer->index, world->queued);
}

static void check_rooms(struct world *world)
{
    model_settle(world);
    assert_int_equal(tactus_ring_available_frames(&world->pair->consumer), world->queued);
    model_make_up(world);
    assert_int_equal(tactus_ring_space_frames(&world->pair->producer),
                     world->capacity - world->queued);
}

/* An index whose distance to ours is not allowed: 1 less than nothing, 1 more than everything, the
 * sign bit, and anything. */
static uint32_t forged_distance(struct world *world)
{
    const uint32_t classes[] = {world->capacity + 1, world->capacity * 2, INT32_MAX,
                                UINT32_C(1) << 31,   UINT32_MAX - 1,      UINT32_MAX};
    const uint32_t choice = random_below(&world->source, 8);
    if (choice < 6)
        return classes[choice];
    return world->capacity + 1 + random_below(&world->source, UINT32_MAX - world->capacity);
}

static void forge_write_index(struct world *world)
{
    tactus_atomic_u32 *word = &world->pair->producer.producer->write_index;
    const uint32_t honest = atomic_load(word);
    atomic_store(word, world->pair->consumer.index + forged_distance(world));
    assert_int_equal(tactus_ring_available_frames(&world->pair->consumer), 0);
    world->consumer_forged++;
    /* Reading nothing succeeds as ever. */
    read_some(world, 1 + random_below(&world->source, BLOCK_MAX), true);
    atomic_store(word, honest);
}

static void forge_read_index(struct world *world)
{
    tactus_atomic_u32 *word = &world->pair->consumer.consumer->read_index;
    const uint32_t honest = atomic_load(word);
    atomic_store(word, world->pair->producer.index - forged_distance(world));
    assert_int_equal(tactus_ring_space_frames(&world->pair->producer), 0);
    world->producer_forged++;
    write_some(world, 1 + random_below(&world->source, BLOCK_MAX), true);
    atomic_store(word, honest);
}

/* Sizes: mostly what fits or just does not. */
static uint32_t some_frames(struct world *world, uint32_t limit)
{
    switch (random_below(&world->source, 4)) {
    case 0:
        return limit;
    case 1:
        return limit + 1;
    case 2:
        return random_below(&world->source, limit + 1);
    default:
        return random_below(&world->source, world->capacity + 2);
    }
}

static void one_operation(struct world *world)
{
    const uint32_t choice = random_below(&world->source, 100);
    if (choice < 2)
        forge_write_index(world);
    else if (choice < 4)
        forge_read_index(world);
    else if (choice < 14)
        check_rooms(world);
    else if (choice < 66)
        write_some(world, some_frames(world, world->capacity - world->queued), false);
    else
        read_some(world,
                  some_frames(world, world->queued > world->owed ? world->queued - world->owed : 0),
                  false);
}

static void test_against_queue(void **state)
{
    (void)state;
    struct random_source source = random_start("test_ring");
    const uint32_t last_run = 63;
    for (uint32_t run = 0; run <= last_run; run++) {
        struct world *world = calloc(1, sizeof *world);
        assert_non_null(world);
        world->source = source;
        world->channels = 1 + random_below(&world->source, CHANNELS_MAX);
        world->capacity = 16u << random_below(&world->source, 5);
        /* Half of the runs pass the end of the 32-bit indices. */
        const uint32_t first = run % 2 == 0 ? 0 - random_below(&world->source, 20000)
                                            : (uint32_t)random_next(&world->source);
        world->pair = pair_new(world->channels, world->capacity, first);
        for (int i = 0; i < 4000; i++) {
            one_operation(world);
            check_counters(world);
        }
        source = world->source;
        pair_free(world->pair);
        free(world);
    }
}

/* Every value of the other end's index near each border, at several places of our own index. */
static void test_every_class_of_index(void **state)
{
    (void)state;
    const uint32_t capacity = 16;
    const uint32_t starts[] = {0, 1, 15, 16, UINT32_MAX, UINT32_MAX - 15, UINT32_C(1) << 31};
    for (size_t s = 0; s < sizeof starts / sizeof starts[0]; s++) {
        struct pair *pair = pair_new(1, capacity, starts[s]);
        for (uint32_t corner = 0; corner < 8; corner++) {
            for (uint32_t delta = 0; delta < 64; delta++) {
                const uint32_t distance = corner * (UINT32_C(1) << 29) + delta - 32;
                atomic_store(&pair->producer.producer->write_index, starts[s] + distance);
                atomic_store(&pair->consumer.consumer->read_index, starts[s] - distance);
                const bool is_possible = distance <= capacity;
                const uint64_t forged = is_possible ? 0 : 1;
                pair->producer.forged = 0;
                pair->consumer.forged = 0;
                assert_int_equal(tactus_ring_available_frames(&pair->consumer),
                                 is_possible ? distance : 0);
                assert_int_equal(tactus_ring_space_frames(&pair->producer),
                                 is_possible ? capacity - distance : 0);
                assert_true(pair->consumer.forged == forged);
                assert_true(pair->producer.forged == forged);
            }
        }
        pair_free(pair);
    }
}

static void test_debt_never_wraps(void **state)
{
    (void)state;
    struct pair *pair = pair_new(1, 16, 0);
    float plane[16] = {1.0f};
    float *planes[] = {plane};
    pair->consumer.owed_frames = UINT32_MAX - 20;
    for (int i = 0; i < 4; i++)
        assert_int_equal(tactus_ring_read(&pair->consumer, planes, 16), 0);
    assert_true(pair->consumer.owed_frames == UINT32_MAX);
    assert_true(pair->consumer.missed_frames == 64);
    pair_free(pair);
}

static void test_limits(void **state)
{
    (void)state;
    for (uint32_t channels = 0; channels <= 66; channels++) {
        for (uint32_t log2 = 0; log2 < 32; log2++) {
            const uint32_t capacity = UINT32_C(1) << log2;
            const size_t bytes = tactus_ring_producer_bytes(channels, capacity);
            const bool is_allowed = channels >= 1 && channels <= 64 && log2 >= 4 && log2 <= 24;
            assert_true(bytes == (is_allowed ? 64 + (size_t)channels * capacity * 4 : 0));
            if (log2 > 1) {
                assert_true(tactus_ring_producer_bytes(channels, capacity - 1) == 0);
                assert_true(tactus_ring_producer_bytes(channels, capacity + 1) == 0);
            }
        }
    }
    assert_true(tactus_ring_producer_bytes(1, 0) == 0);
    assert_true(tactus_ring_producer_bytes(UINT32_MAX, UINT32_MAX) == 0);
}

static void test_init_refuses(void **state)
{
    (void)state;
    _Alignas(64) static unsigned char producer[64 + 16 * 4 + 64];
    _Alignas(64) static unsigned char consumer[64 + 64];
    struct tactus_ring ring;
    assert_int_equal(tactus_ring_init(&ring, producer, consumer, 1, 16), TACTUS_OK);
    assert_int_equal(tactus_ring_init(NULL, producer, consumer, 1, 16), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, NULL, consumer, 1, 16), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, producer, NULL, 1, 16), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, producer + 4, consumer, 1, 16), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, producer, consumer + 32, 1, 16), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, producer, consumer, 0, 16), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, producer, consumer, 65, 16), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, producer, consumer, 1, 17), TACTUS_E_INVALID);
    assert_int_equal(tactus_ring_init(&ring, producer, consumer, 1, 8), TACTUS_E_INVALID);
}

/* ---- two threads ---- */

#define STRESS_FRAMES   600000u
#define STRESS_CHANNELS 2u
#define STRESS_CAPACITY 64u
#define STRESS_BLOCK    (STRESS_CAPACITY / 2) /* one end that waits never keeps the other waiting */

struct stress {
    struct pair *pair;
    struct random_source source;
    uint32_t wrong;
    atomic_bool is_over;
};

static void *produce(void *data)
{
    struct stress *stress = data;
    float planes[STRESS_CHANNELS][STRESS_CAPACITY];
    const float *pointers[STRESS_CHANNELS] = {planes[0], planes[1]};
    uint32_t frame = 0;
    while (frame < STRESS_FRAMES) {
        const uint32_t frames = 1 + random_below(&stress->source, STRESS_BLOCK);
        for (uint32_t i = 0; i < frames; i++) {
            planes[0][i] = sample(frame + i, 0);
            planes[1][i] = sample(frame + i, 1);
        }
        while (tactus_ring_space_frames(&stress->pair->producer) < frames) {
            if (atomic_load(&stress->is_over))
                return NULL;
            sched_yield();
        }
        if (!tactus_ring_write(&stress->pair->producer, pointers, frames))
            stress->wrong++; /* space never shrinks but by a write */
        frame += frames;
    }
    return NULL;
}

/* Whatever was taken as silence on the way, sound is always the frame of its own time. */
static void *consume(void *data)
{
    struct stress *stress = data;
    float planes[STRESS_CHANNELS][STRESS_CAPACITY];
    float *pointers[STRESS_CHANNELS] = {planes[0], planes[1]};
    uint32_t frame = 0;
    while (frame + STRESS_CAPACITY < STRESS_FRAMES) {
        const uint32_t frames = 1 + random_below(&stress->source, STRESS_BLOCK);
        const bool is_patient = random_below(&stress->source, 64) != 0;
        while (is_patient && tactus_ring_available_frames(&stress->pair->consumer) < frames)
            sched_yield();
        const int is_sound = tactus_ring_read(&stress->pair->consumer, pointers, frames);
        if (is_patient && !is_sound)
            stress->wrong++; /* what is available never shrinks but by a read */
        for (uint32_t i = 0; i < frames; i++) {
            for (uint32_t channel = 0; channel < STRESS_CHANNELS; channel++) {
                const float expected = is_sound ? sample(frame + i, channel) : 0.0f;
                stress->wrong += planes[channel][i] != expected;
            }
        }
        frame += frames;
    }
    return NULL;
}

static void test_two_threads_stay_in_step(void **state)
{
    (void)state;
    struct random_source source = random_start("test_ring threads");
    struct pair *pair = pair_new(STRESS_CHANNELS, STRESS_CAPACITY, UINT32_MAX - STRESS_FRAMES / 2);
    use_same_addresses(pair);
    struct stress producer = {.pair = pair, .source = {random_next(&source)}};
    struct stress consumer = {.pair = pair, .source = {random_next(&source)}};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce, &producer), 0);
    consume(&consumer);
    atomic_store(&producer.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(producer.wrong, 0);
    assert_int_equal(consumer.wrong, 0);
    assert_true(pair->producer.forged == 0);
    assert_true(pair->consumer.forged == 0);
    assert_true(pair->producer.missed_frames == 0);
    pair_free(pair);
}

/* Scribbles over both shared words, as fast as it can. */
static void *scribble(void *data)
{
    struct stress *stress = data;
    while (!atomic_load(&stress->is_over)) {
        const uint32_t bits = (uint32_t)random_length(&stress->source, 32);
        atomic_store(&stress->pair->producer.producer->write_index, bits);
        atomic_store(&stress->pair->consumer.consumer->read_index, 0 - bits);
    }
    return NULL;
}

/* The ends go on within their bounds: the missing page, the canaries and the sanitizers watch. */
static void test_scribbled_indices_harm_nobody(void **state)
{
    (void)state;
    struct random_source source = random_start("test_ring scribbled");
    struct pair *pair = pair_new(STRESS_CHANNELS, STRESS_CAPACITY, 0);
    struct stress attacker = {.pair = pair, .source = {random_next(&source)}};
    float planes[4][STRESS_CAPACITY];
    memset(planes, 0, sizeof planes);
    float *sinks[STRESS_CHANNELS] = {planes[1], planes[2]};
    const float *sources[STRESS_CHANNELS] = {planes[1], planes[2]};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, scribble, &attacker), 0);
    /* Until the attacker had its turns as well. */
    for (int i = 0; i < 100000 || pair->producer.forged == 0 || pair->consumer.forged == 0; i++) {
        if (i % 1024 == 0)
            sched_yield();
        const uint32_t frames = random_below(&source, STRESS_CAPACITY + 1);
        tactus_ring_write(&pair->producer, sources, frames);
        tactus_ring_read(&pair->consumer, sinks, frames);
        assert_true(tactus_ring_space_frames(&pair->producer) <= STRESS_CAPACITY);
        assert_true(tactus_ring_available_frames(&pair->consumer) <= STRESS_CAPACITY);
    }
    atomic_store(&attacker.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    for (uint32_t i = 0; i < STRESS_CAPACITY; i++) {
        assert_true(planes[0][i] == 0.0f);
        assert_true(planes[3][i] == 0.0f);
    }
    pair_free(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_queue),
        cmocka_unit_test(test_every_class_of_index),
        cmocka_unit_test(test_debt_never_wraps),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_init_refuses),
        cmocka_unit_test(test_two_threads_stay_in_step),
        cmocka_unit_test(test_scribbled_indices_harm_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
