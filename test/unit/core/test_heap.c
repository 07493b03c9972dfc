/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heap against a naive model that knows the owner of every granule and the bytes that were
 * written to every allocation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <stdbool.h>

#include <tactus/heap.h>

#include "random.h"

#define GRANULE         64u
#define ALLOCATIONS_MAX 4096u
#define NOBODY          0u

struct allocation {
    unsigned char *memory;
    size_t bytes;
    uint64_t pattern;
};

struct world {
    struct random_source source;
    tactus_heap *heap;
    unsigned char *memory;
    size_t memory_bytes;
    unsigned char *control;
    size_t control_bytes;
    bool memory_is_there; /* or an empty range of addresses that nobody may touch */
    uint32_t *owners;     /* per granule: 1 + index of the allocation, or NOBODY */
    struct allocation allocations[ALLOCATIONS_MAX];
    uint32_t live;
    size_t in_use_bytes;
    size_t high_water_bytes;
    uint64_t failures;
};

static size_t rounded(size_t bytes)
{
    return (bytes + GRANULE - 1) / GRANULE * GRANULE;
}

static void *map(size_t bytes, int protection)
{
    void *memory =
        mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    return memory;
}

/* To the byte, so that the address sanitizer sees the first one beyond. */
static unsigned char *aligned(size_t bytes)
{
    void *memory = NULL;
    assert_int_equal(posix_memalign(&memory, GRANULE, bytes), 0);
    return memory;
}

static struct world *world_new(size_t memory_bytes, bool memory_is_there, const char *name)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->source = random_start(name);
    world->memory_bytes = memory_bytes;
    world->memory_is_there = memory_is_there;
    world->memory = map(memory_bytes, memory_is_there ? PROT_READ | PROT_WRITE : PROT_NONE);
    world->control_bytes = tactus_heap_control_bytes(memory_bytes);
    assert_true(world->control_bytes > 0);
    world->control = aligned(world->control_bytes);
    memset(world->control, 0xa5, world->control_bytes);
    world->owners = calloc(memory_bytes / GRANULE, sizeof world->owners[0]);
    assert_non_null(world->owners);
    const struct tactus_heap_config config = {world->memory, memory_bytes, world->control,
                                              world->control_bytes, TACTUS_HEAP_ZERO};
    assert_int_equal(tactus_heap_init(&config, &world->heap), TACTUS_OK);
    const unsigned char *heap = (const unsigned char *)world->heap;
    assert_true(heap >= world->control && heap < world->control + world->control_bytes);
    return world;
}

static void world_free(struct world *world)
{
    tactus_heap_deinit(world->heap);
    munmap(world->memory, world->memory_bytes);
    free(world->control);
    free(world->owners);
    free(world);
}

static struct tactus_heap_stats stats_of(const struct world *world)
{
    struct tactus_heap_stats stats;
    memset(&stats, 0xff, sizeof stats);
    tactus_heap_stats_get(world->heap, &stats);
    return stats;
}

static void check_stats(const struct world *world)
{
    const struct tactus_heap_stats stats = stats_of(world);
    assert_true(stats.in_use_bytes == world->in_use_bytes);
    assert_true(stats.high_water_bytes == world->high_water_bytes);
    assert_true(stats.failures == world->failures);
    assert_true(stats.live == world->live);
    assert_true(stats.largest_free_bytes <= world->memory_bytes - world->in_use_bytes);
    assert_true(stats.largest_free_bytes % GRANULE == 0);
}

/* The largest free block of the statistics against the longest run of granules without owner: free
 * neighbours are always joined, and no more than a class is lost. */
static void check_largest(const struct world *world)
{
    size_t longest = 0;
    size_t run = 0;
    for (size_t granule = 0; granule < world->memory_bytes / GRANULE; granule++) {
        run = world->owners[granule] == NOBODY ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    const size_t largest = stats_of(world).largest_free_bytes / GRANULE;
    assert_true(largest <= longest);
    if (longest < 64)
        assert_true(largest == longest);
    else
        assert_true(largest * 32 > longest * 31);
}

/* ---- contents ---- */

static void fill(const struct allocation *allocation)
{
    struct random_source bytes = {allocation->pattern};
    for (size_t i = 0; i < allocation->bytes; i++)
        allocation->memory[i] =
            (unsigned char)(i % 8 == 0 ? random_next(&bytes) : bytes.state >> i % 8);
}

static void check_contents(const struct allocation *allocation)
{
    struct random_source bytes = {allocation->pattern};
    for (size_t i = 0; i < allocation->bytes; i++) {
        const uint64_t expected = i % 8 == 0 ? random_next(&bytes) : bytes.state >> i % 8;
        assert_int_equal(allocation->memory[i], (unsigned char)expected);
    }
}

/* ---- operations ---- */

/* The granules that a free block needs so that so many are found in it for certain: from 64 on,
 * sizes are rounded up to a 32nd of the power of two below them. */
static size_t sure_granules(size_t granules)
{
    size_t step = 1;
    while (granules / step >= 64)
        step *= 2;
    return (granules + step - 1) / step * step;
}

static void check_refusal(const struct world *world, size_t bytes, size_t alignment,
                          size_t largest_before)
{
    const size_t spare = alignment > GRANULE ? alignment - GRANULE : 0;
    if (bytes > world->memory_bytes || spare > world->memory_bytes)
        return;
    assert_true(rounded(bytes) + spare > largest_before);
    /* The bound that tactus/heap.h states. */
    const size_t sure_bytes = sure_granules((rounded(bytes) + spare) / GRANULE) * GRANULE;
    assert_true(world->memory_bytes - world->in_use_bytes <=
                (world->live + 1) * (sure_bytes - GRANULE));
    assert_true(sure_bytes * 32 <= (rounded(bytes) + spare) * 33);
}

static void check_grant(struct world *world, const struct allocation *allocation, size_t alignment,
                        bool is_zeroed)
{
    assert_true(allocation->memory >= world->memory);
    const size_t offset = (size_t)(allocation->memory - world->memory);
    assert_true(offset < world->memory_bytes);
    assert_true(rounded(allocation->bytes) <= world->memory_bytes - offset);
    assert_true(((uintptr_t)allocation->memory & (alignment - 1)) == 0);
    assert_int_equal(offset % GRANULE, 0);

    const uint32_t owner = 1 + (uint32_t)(allocation - world->allocations);
    const size_t granules = rounded(allocation->bytes) / GRANULE;
    for (size_t granule = 0; granule < granules; granule++) {
        assert_int_equal(world->owners[offset / GRANULE + granule], NOBODY);
        world->owners[offset / GRANULE + granule] = owner;
    }
    for (size_t i = 0; is_zeroed && i < allocation->bytes; i++)
        assert_int_equal(allocation->memory[i], 0);
}

static void allocate(struct world *world, size_t bytes, size_t alignment)
{
    const bool is_zeroed = world->memory_is_there && random_below(&world->source, 4) == 0;
    const size_t largest_before = stats_of(world).largest_free_bytes;
    struct allocation *allocation = &world->allocations[world->live];
    *allocation = (struct allocation){
        .memory =
            tactus_heap_alloc(world->heap, is_zeroed ? TACTUS_HEAP_ZERO : 0, bytes, alignment),
        .bytes = bytes,
        .pattern = random_next(&world->source),
    };
    if (allocation->memory == NULL) {
        world->failures++;
        check_refusal(world, bytes, alignment, largest_before);
        return;
    }
    if (alignment <= GRANULE)
        assert_true(bytes <= largest_before);
    check_grant(world, allocation, alignment, is_zeroed);
    if (world->memory_is_there)
        fill(allocation);
    world->live++;
    world->in_use_bytes += rounded(bytes);
    if (world->in_use_bytes > world->high_water_bytes)
        world->high_water_bytes = world->in_use_bytes;
}

static void allocate_randomly(struct world *world)
{
    uint32_t bits = 1;
    while ((world->memory_bytes >> bits) > 1)
        bits++;
    size_t bytes;
    switch (random_below(&world->source, 8)) {
    case 0: /* anything */
        bytes = 1 + (size_t)random_length(&world->source, bits + 1);
        break;
    case 1: /* exactly what should just fit */
        bytes = stats_of(world).largest_free_bytes;
        break;
    case 2: /* and what should just not */
        bytes = stats_of(world).largest_free_bytes + 1;
        break;
    case 3:
        bytes = 1 + random_below(&world->source, (uint32_t)(world->memory_bytes / 16));
        break;
    default: /* small */
        bytes = 1 + (size_t)random_length(&world->source, 10);
        break;
    }
    if (bytes == 0)
        return;
    const bool is_aligned_more = random_below(&world->source, 3) == 0;
    const uint32_t exponent = random_below(&world->source, is_aligned_more ? bits + 2 : 7);
    allocate(world, bytes, (size_t)1 << exponent);
}

static void release(struct world *world, uint32_t index)
{
    struct allocation *allocation = &world->allocations[index];
    if (world->memory_is_there)
        check_contents(allocation);
    assert_int_equal(tactus_heap_free(world->heap, allocation->memory), TACTUS_OK);
    const size_t first = (size_t)(allocation->memory - world->memory) / GRANULE;
    for (size_t granule = 0; granule < rounded(allocation->bytes) / GRANULE; granule++)
        world->owners[first + granule] = NOBODY;
    world->in_use_bytes -= rounded(allocation->bytes);

    /* The last one moves into the gap. */
    world->live--;
    *allocation = world->allocations[world->live];
    if (index < world->live) {
        const size_t moved = (size_t)(allocation->memory - world->memory) / GRANULE;
        for (size_t granule = 0; granule < rounded(allocation->bytes) / GRANULE; granule++)
            world->owners[moved + granule] = 1 + index;
    }
}

/* A pointer anywhere in the heap's memory is live exactly where the model says so; any other one is
 * refused and not a bit of the metadata changes. */
static void free_wrongly(struct world *world, unsigned char *before)
{
    unsigned char local[GRANULE];
    size_t offset = random_below(&world->source, (uint32_t)world->memory_bytes);
    if (random_below(&world->source, 2) == 0)
        offset = offset / GRANULE * GRANULE;
    void *wrong = world->memory + offset;
    const uint32_t owner = world->owners[offset / GRANULE];
    if (owner != NOBODY && world->allocations[owner - 1].memory == wrong)
        wrong = world->memory + offset + 1 + random_below(&world->source, GRANULE - 1);
    switch (random_below(&world->source, 12)) {
    case 0:
        wrong = local;
        break;
    case 1:
        wrong = world->control + random_below(&world->source, (uint32_t)world->control_bytes);
        break;
    case 2:
        wrong = world->memory + world->memory_bytes;
        break;
    case 3:
        wrong = (void *)((uintptr_t)world->memory - GRANULE);
        break;
    case 4:
        wrong = (void *)(uintptr_t)(UINTPTR_MAX - random_below(&world->source, 4096));
        break;
    case 5:
        wrong = (void *)(uintptr_t)(1 + random_below(&world->source, 4096));
        break;
    default:
        break;
    }
    memcpy(before, world->control, world->control_bytes);
    assert_int_equal(tactus_heap_free(world->heap, wrong), TACTUS_E_BAD_POINTER);
    assert_memory_equal(before, world->control, world->control_bytes);
}

static void free_twice(struct world *world, uint32_t index)
{
    void *memory = world->allocations[index].memory;
    release(world, index);
    assert_int_equal(tactus_heap_free(world->heap, memory), TACTUS_E_BAD_POINTER);
}

static void ask_the_impossible(struct world *world)
{
    const size_t huge[] = {world->memory_bytes + 1, SIZE_MAX / 2, SIZE_MAX - 62, SIZE_MAX};
    const size_t size = huge[random_below(&world->source, 4)];
    const size_t crooked = 3 + 4 * (size_t)random_length(&world->source, 60);
    assert_null(tactus_heap_alloc(world->heap, 0, 0, 64));
    assert_null(tactus_heap_alloc(world->heap, 0, 1, 0));
    assert_null(tactus_heap_alloc(world->heap, 0, 1, crooked));
    assert_null(
        tactus_heap_alloc(world->heap, 0, size, (size_t)1 << random_below(&world->source, 64)));
    assert_null(tactus_heap_alloc(world->heap, 2u << random_below(&world->source, 31), 1, 64));
    assert_null(tactus_heap_alloc(world->heap, 0, 1, SIZE_MAX / 2 + 1));
    world->failures += 6;
    assert_int_equal(tactus_heap_free(world->heap, NULL), TACTUS_OK);
}

static void one_operation(struct world *world, bool is_filling, unsigned char *scratch)
{
    const uint32_t choice = random_below(&world->source, 100);
    if (choice < 2) {
        ask_the_impossible(world);
    } else if (choice < 6) {
        free_wrongly(world, scratch);
    } else if (world->live == ALLOCATIONS_MAX ||
               (world->live > 0 && choice < (is_filling ? 40 : 65))) {
        const uint32_t index = random_below(&world->source, world->live);
        if (choice % 4 == 0)
            free_twice(world, index);
        else
            release(world, index);
    } else {
        allocate_randomly(world);
    }
}

/* Everything is freed in random order: one block is left, and can be had as a whole. */
static void check_empties_to_one_block(struct world *world)
{
    while (world->live > 0)
        release(world, random_below(&world->source, world->live));
    check_stats(world);
    assert_true(stats_of(world).in_use_bytes == 0);
    assert_true(stats_of(world).largest_free_bytes == world->memory_bytes);
    allocate(world, world->memory_bytes, 1);
    assert_int_equal(world->live, 1);
    assert_true(stats_of(world).largest_free_bytes == 0);
    allocate(world, 1, 1);
    assert_int_equal(world->live, 1);
    release(world, 0);
    check_stats(world);
}

static void run(size_t memory_bytes, bool memory_is_there, int operations, const char *name)
{
    struct world *world = world_new(memory_bytes, memory_is_there, name);
    unsigned char *scratch = malloc(world->control_bytes);
    assert_non_null(scratch);
    bool is_filling = true;
    for (int i = 0; i < operations; i++) {
        if (random_below(&world->source, 200) == 0)
            is_filling = !is_filling;
        one_operation(world, is_filling, scratch);
        check_stats(world);
        if (i % 64 == 0)
            check_largest(world);
        if (random_below(&world->source, 5000) == 0)
            check_empties_to_one_block(world);
    }
    check_largest(world);
    check_empties_to_one_block(world);
    free(scratch);
    world_free(world);
}

/* ---- tests ---- */

static void test_against_model_smallest(void **state)
{
    (void)state;
    run(4096, true, 100000, "test_heap smallest");
}

static void test_against_model_odd(void **state)
{
    (void)state;
    run(4096 + 64, true, 50000, "test_heap odd");
    run((size_t)(1000 + 37) * 64, true, 50000, "test_heap odder");
}

static void test_against_model_medium(void **state)
{
    (void)state;
    run((size_t)1 << 18, true, 100000, "test_heap medium");
}

static void test_memory_is_never_touched(void **state)
{
    (void)state;
    run((size_t)1 << 20, false, 100000, "test_heap untouched");
}

static void test_largest_heap(void **state)
{
    (void)state;
    const size_t memory_bytes = (size_t)1 << 30;
    struct random_source source = random_start("test_heap largest");
    struct tactus_heap_config config = {
        .memory = map(memory_bytes, PROT_NONE),
        .memory_bytes = memory_bytes,
        .control_bytes = tactus_heap_control_bytes(memory_bytes),
    };
    assert_true(config.control_bytes < memory_bytes / 7);
    config.control = map(config.control_bytes, PROT_READ | PROT_WRITE);
    tactus_heap *heap;
    assert_int_equal(tactus_heap_init(&config, &heap), TACTUS_OK);

    void *live[1024] = {NULL};
    for (int i = 0; i < 20000; i++) {
        void **slot = &live[random_below(&source, 1024)];
        assert_int_equal(tactus_heap_free(heap, *slot), TACTUS_OK);
        *slot = tactus_heap_alloc(heap, 0, 1 + (size_t)random_length(&source, 24),
                                  (size_t)1 << random_below(&source, 22));
    }
    for (uint32_t i = 0; i < 1024; i++)
        assert_int_equal(tactus_heap_free(heap, live[i]), TACTUS_OK);
    void *whole = tactus_heap_alloc(heap, 0, memory_bytes, 64);
    assert_ptr_equal(whole, config.memory);
    assert_int_equal(tactus_heap_free(heap, whole), TACTUS_OK);
    tactus_heap_deinit(heap);
    munmap(config.memory, memory_bytes);
    munmap(config.control, config.control_bytes);
}

/* Whole-heap requests at every alignment that the memory's own address happens to have. */
static void test_whole_heap_at_its_own_alignment(void **state)
{
    (void)state;
    struct world *world = world_new(1 << 16, true, "test_heap whole");
    size_t alignment = 1;
    for (; ((uintptr_t)world->memory & (alignment * 2 - 1)) == 0; alignment *= 2) {
        void *whole = tactus_heap_alloc(world->heap, 0, 1 << 16, alignment);
        assert_ptr_equal(whole, world->memory);
        assert_int_equal(tactus_heap_free(world->heap, whole), TACTUS_OK);
    }
    assert_null(tactus_heap_alloc(world->heap, 0, 1 << 16, alignment * 2));
    world_free(world);
}

static void test_flags_not_allowed(void **state)
{
    (void)state;
    struct world *world = world_new(4096, true, "test_heap flags");
    const struct tactus_heap_config config = {world->memory, 4096, world->control,
                                              world->control_bytes, 0};
    assert_int_equal(tactus_heap_init(&config, &world->heap), TACTUS_OK);
    assert_null(tactus_heap_alloc(world->heap, TACTUS_HEAP_ZERO, 1, 1));
    assert_true(stats_of(world).failures == 1);
    void *memory = tactus_heap_alloc(world->heap, 0, 1, 1);
    assert_non_null(memory);
    assert_int_equal(tactus_heap_free(world->heap, memory), TACTUS_OK);
    world_free(world);
}

static void test_after_deinit_everything_is_refused(void **state)
{
    (void)state;
    struct world *world = world_new(4096, true, "test_heap deinit");
    void *memory = tactus_heap_alloc(world->heap, 0, 1, 1);
    assert_non_null(memory);
    tactus_heap_deinit(world->heap);
    assert_null(tactus_heap_alloc(world->heap, 0, 1, 1));
    assert_int_equal(tactus_heap_free(world->heap, memory), TACTUS_E_BAD_POINTER);
    assert_int_equal(tactus_heap_free(NULL, memory), TACTUS_E_BAD_POINTER);
    assert_int_equal(tactus_heap_free(NULL, NULL), TACTUS_OK);
    assert_null(tactus_heap_alloc(NULL, 0, 1, 1));
    tactus_heap_deinit(NULL);
    world_free(world);
}

static void refused(struct tactus_heap_config config)
{
    tactus_heap *heap = NULL;
    assert_int_equal(tactus_heap_init(&config, &heap), TACTUS_E_INVALID);
    assert_null(heap);
}

static void test_init_refuses(void **state)
{
    (void)state;
    const size_t control_bytes = tactus_heap_control_bytes(8192);
    unsigned char *all = aligned(8192 + 64 + control_bytes);
    const struct tactus_heap_config good = {all, 8192, all + 8192, control_bytes, 0};
    tactus_heap *heap = NULL;
    assert_int_equal(tactus_heap_init(&good, &heap), TACTUS_OK);
    assert_int_equal(tactus_heap_init(&good, NULL), TACTUS_E_INVALID);
    heap = NULL;
    assert_int_equal(tactus_heap_init(NULL, &heap), TACTUS_E_INVALID);

    const size_t sizes[] = {
        0, 1, 64, 4095, 4032, 4097, 8191, ((size_t)1 << 30) + 64, SIZE_MAX, SIZE_MAX - 63};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_true(tactus_heap_control_bytes(sizes[i]) == 0);
        struct tactus_heap_config bad = good;
        bad.memory_bytes = sizes[i];
        refused(bad);
    }
    struct tactus_heap_config bad[9];
    for (size_t i = 0; i < 9; i++)
        bad[i] = good;
    bad[0].memory = NULL;
    bad[1].control = NULL;
    bad[2].memory = all + 32;
    bad[3].control = all + 8192 + 8;
    bad[4].control_bytes--;
    bad[5].control = all;
    bad[6].control = all + 8192 - 64;
    bad[7].memory = all + 8192 + 64;
    bad[8].memory = (void *)(UINTPTR_MAX - 4095); /* around the end of the address space */
    for (size_t i = 0; i < 9; i++)
        refused(bad[i]);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_model_smallest),
        cmocka_unit_test(test_against_model_odd),
        cmocka_unit_test(test_against_model_medium),
        cmocka_unit_test(test_memory_is_never_touched),
        cmocka_unit_test(test_largest_heap),
        cmocka_unit_test(test_whole_heap_at_its_own_alignment),
        cmocka_unit_test(test_flags_not_allowed),
        cmocka_unit_test(test_after_deinit_everything_is_refused),
        cmocka_unit_test(test_init_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
