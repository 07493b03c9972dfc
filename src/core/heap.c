/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The heap of tactus/heap.h. Sizes and places are counted in granules of 64 bytes; a block is a run
 * of granules that is wholly in use or wholly free, and two free blocks are never neighbours.
 *
 * Each granule has one descriptor in the control block. What a descriptor says:
 *
 *   INTERIOR    nothing: neither of the below
 *   USED        first granule of a live allocation; value: its granules
 *   FREE_ONE    a free block of one granule; value: next, link: previous in its free list
 *   FREE_FIRST  first granule of a longer free block; value: its granules, link: next
 *   FREE_LAST   last granule of the same; value: its granules, link: previous
 *
 * Only the first and the last granule of a block are ever marked, so splitting and joining touch a
 * fixed number of descriptors, the descriptor left of a block tells at once whether a free block
 * ends there, and a pointer is a live allocation exactly where its granule is marked USED.
 *
 * Free blocks are listed by class: below 32 granules each size is a class (row 0), then every power
 * of two is a row of 32 classes. A bit per row and a bit per class find the smallest class that has
 * a block in two steps.
 */
#include <limits.h>
#include <stdbool.h>

#include <tactus/heap.h>

#include "mem.h"

#define GRANULE_BYTES    64u
#define MEMORY_MIN_BYTES ((size_t)4096)
#define MEMORY_MAX_BYTES ((size_t)1 << 30)

#define COLUMNS_LOG2 5u
#define COLUMNS      (1u << COLUMNS_LOG2)
#define ROWS_MAX     21u /* 2^24 granules, the largest heap, are the first class of row 20 */

#define NONE ((uint32_t)0x0fffffff) /* no granule; fits the value of a descriptor */

enum descriptor_kind { INTERIOR, USED, FREE_ONE, FREE_FIRST, FREE_LAST };

struct descriptor {
    uint32_t kind_and_value; /* kind << 28 | value */
    uint32_t link;
};

struct tactus_heap {
    unsigned char *memory;
    struct descriptor *descriptors; /* one per granule */
    uint32_t *heads;                /* rows * COLUMNS first blocks of the free lists */
    uint32_t granules;
    uint32_t rows;
    uint32_t allowed_flags;
    uint32_t row_bits;              /* bit r: row r has a block */
    uint32_t column_bits[ROWS_MAX]; /* bit c of word r: the class has a block */
    uint32_t in_use_granules;
    uint32_t high_water_granules;
    uint64_t failures;
    uint64_t live;
};

struct size_class {
    uint32_t row;
    uint32_t column;
};

/* ---- sizes ---- */

static uint32_t floor_log2(uint32_t value)
{
    return (uint32_t)(sizeof(unsigned) * CHAR_BIT) - 1u - (uint32_t)__builtin_clz(value);
}

static uint32_t lowest_bit(uint32_t bits)
{
    return (uint32_t)__builtin_ctz(bits);
}

/* The class that holds free blocks of so many granules, 1 to 2^24. */
static struct size_class class_of(uint32_t granules)
{
    if (granules < COLUMNS) {
        return (struct size_class){0, granules};
    }
    const uint32_t shift = floor_log2(granules) - COLUMNS_LOG2;
    return (struct size_class){shift + 1, (granules >> shift) - COLUMNS};
}

/* The lowest class all of whose blocks have at least so many granules. */
static struct size_class class_of_at_least(uint32_t granules)
{
    if (granules < COLUMNS) {
        return (struct size_class){0, granules};
    }
    const uint32_t width = 1u << (floor_log2(granules) - COLUMNS_LOG2);
    return class_of(granules + width - 1);
}

static uint32_t rows_of(uint32_t granules)
{
    return class_of(granules).row + 1;
}

/* ---- descriptors ---- */

static void mark(struct tactus_heap *heap, uint32_t granule, enum descriptor_kind kind,
                 uint32_t value, uint32_t link)
{
    heap->descriptors[granule] = (struct descriptor){(uint32_t)kind << 28 | value, link};
}

static enum descriptor_kind kind_of(const struct tactus_heap *heap, uint32_t granule)
{
    return (enum descriptor_kind)(heap->descriptors[granule].kind_and_value >> 28);
}

static uint32_t value_of(const struct tactus_heap *heap, uint32_t granule)
{
    return heap->descriptors[granule].kind_and_value & NONE;
}

/* Of a free block, named by its first granule. */
static uint32_t free_granules(const struct tactus_heap *heap, uint32_t block)
{
    return kind_of(heap, block) == FREE_ONE ? 1 : value_of(heap, block);
}

static uint32_t next_of(const struct tactus_heap *heap, uint32_t block)
{
    return kind_of(heap, block) == FREE_ONE ? value_of(heap, block) : heap->descriptors[block].link;
}

static uint32_t previous_of(const struct tactus_heap *heap, uint32_t block)
{
    return heap->descriptors[block + free_granules(heap, block) - 1].link;
}

static void mark_free(struct tactus_heap *heap, uint32_t block, uint32_t granules, uint32_t next,
                      uint32_t previous)
{
    if (granules == 1) {
        mark(heap, block, FREE_ONE, next, previous);
    } else {
        mark(heap, block, FREE_FIRST, granules, next);
        mark(heap, block + granules - 1, FREE_LAST, granules, previous);
    }
}

static void mark_interior(struct tactus_heap *heap, uint32_t block, uint32_t granules)
{
    mark(heap, block, INTERIOR, 0, 0);
    mark(heap, block + granules - 1, INTERIOR, 0, 0);
}

/* ---- free lists ---- */

static uint32_t *head_of(const struct tactus_heap *heap, struct size_class class)
{
    return &heap->heads[class.row * COLUMNS + class.column];
}

/* Puts a run of interior granules on the free list of its size. */
static void list_free_block(struct tactus_heap *heap, uint32_t block, uint32_t granules)
{
    const struct size_class class = class_of(granules);
    uint32_t *head = head_of(heap, class);
    mark_free(heap, block, granules, *head, NONE);
    if (*head != NONE) {
        mark_free(heap, *head, free_granules(heap, *head), next_of(heap, *head), block);
    }
    *head = block;
    heap->row_bits |= 1u << class.row;
    heap->column_bits[class.row] |= 1u << class.column;
}

/* Takes a block off its free list; leaves a run of interior granules and returns their number. */
static uint32_t unlist_free_block(struct tactus_heap *heap, uint32_t block)
{
    const uint32_t granules = free_granules(heap, block);
    const uint32_t next = next_of(heap, block);
    const uint32_t previous = previous_of(heap, block);
    const struct size_class class = class_of(granules);

    if (next != NONE) {
        mark_free(heap, next, free_granules(heap, next), next_of(heap, next), previous);
    }
    if (previous != NONE) {
        mark_free(heap, previous, free_granules(heap, previous), next, previous_of(heap, previous));
    } else {
        *head_of(heap, class) = next;
        if (next == NONE) {
            heap->column_bits[class.row] &= ~(1u << class.column);
            if (heap->column_bits[class.row] == 0) {
                heap->row_bits &= ~(1u << class.row);
            }
        }
    }
    mark_interior(heap, block, granules);
    return granules;
}

/* The first block of the lowest class from `class` on that has one, or NONE. */
static uint32_t first_from(const struct tactus_heap *heap, struct size_class class)
{
    if (class.row >= heap->rows) {
        return NONE;
    }
    const uint32_t columns = heap->column_bits[class.row] & (UINT32_MAX << class.column);
    if (columns != 0) {
        return *head_of(heap, (struct size_class){class.row, lowest_bit(columns)});
    }
    const uint32_t rows = heap->row_bits & (UINT32_MAX << (class.row + 1));
    if (rows == 0) {
        return NONE;
    }
    const uint32_t row = lowest_bit(rows);
    return *head_of(heap, (struct size_class){row, lowest_bit(heap->column_bits[row])});
}

/* ---- placing ---- */

/* Where in a free block `granules` at that alignment would start; NONE where they do not fit. */
static uint32_t place_in(const struct tactus_heap *heap, uint32_t block, uint32_t granules,
                         size_t alignment)
{
    if (block == NONE) {
        return NONE;
    }
    const uintptr_t address = (uintptr_t)heap->memory + (size_t)block * GRANULE_BYTES;
    const size_t skip = (size_t)((0 - address) & (alignment - 1)) / GRANULE_BYTES;
    const uint32_t free = free_granules(heap, block);
    if (free < granules || skip > free - granules) {
        return NONE;
    }
    return block + (uint32_t)skip;
}

/* Looks for a block to serve a request of `granules`, as though it were one of `search_granules`,
 * at most the heap's: the first of their own class, which is a lucky hit (also what makes the whole
 * of a block available as one allocation), then the good fit of the paper. */
static uint32_t find_block(const struct tactus_heap *heap, uint32_t search_granules,
                           uint32_t granules, size_t alignment)
{
    uint32_t block = *head_of(heap, class_of(search_granules));
    if (place_in(heap, block, granules, alignment) == NONE) {
        block = first_from(heap, class_of_at_least(search_granules));
    }
    return place_in(heap, block, granules, alignment) == NONE ? NONE : block;
}

/* Takes `granules` at `start` out of a free block; what is left before and after is free again. */
static void carve(struct tactus_heap *heap, uint32_t block, uint32_t start, uint32_t granules)
{
    const uint32_t block_end = block + unlist_free_block(heap, block);
    const uint32_t end = start + granules;
    if (block < start) {
        list_free_block(heap, block, start - block);
    }
    if (end < block_end) {
        list_free_block(heap, end, block_end - end);
    }
    mark(heap, start, USED, granules, 0);
}

/* The first granule of a new allocation, or NONE. */
static uint32_t take(struct tactus_heap *heap, uint32_t granules, size_t alignment)
{
    const size_t spare_granules = alignment / GRANULE_BYTES - 1;
    uint32_t block = NONE;
    /* So many granules hold an aligned run wherever they begin... */
    if (spare_granules <= heap->granules - granules) {
        block = find_block(heap, granules + (uint32_t)spare_granules, granules, alignment);
    }
    /* ...and fewer may, by chance. */
    if (block == NONE && spare_granules > 0) {
        block = find_block(heap, granules, granules, alignment);
    }
    if (block == NONE) {
        return NONE;
    }

    const uint32_t start = place_in(heap, block, granules, alignment);
    carve(heap, block, start, granules);
    heap->live++;
    heap->in_use_granules += granules;
    if (heap->in_use_granules > heap->high_water_granules) {
        heap->high_water_granules = heap->in_use_granules;
    }
    return start;
}

/* ---- the public calls ---- */

static size_t heads_offset(void)
{
    return sizeof(struct tactus_heap);
}

static size_t descriptors_offset(uint32_t granules)
{
    const size_t end = heads_offset() + (size_t)rows_of(granules) * COLUMNS * sizeof(uint32_t);
    return (end + GRANULE_BYTES - 1) / GRANULE_BYTES * GRANULE_BYTES;
}

size_t tactus_heap_control_bytes(size_t memory_bytes)
{
    if (memory_bytes < MEMORY_MIN_BYTES || memory_bytes > MEMORY_MAX_BYTES) {
        return 0;
    }
    if (memory_bytes % GRANULE_BYTES != 0) {
        return 0;
    }
    const size_t granules = memory_bytes / GRANULE_BYTES;
    return descriptors_offset((uint32_t)granules) + granules * sizeof(struct descriptor);
}

/* Not NULL, aligned, and not around the end of the address space. */
static bool region_is_usable(const void *start, size_t bytes)
{
    const uintptr_t address = (uintptr_t)start;
    return address != 0 && address % GRANULE_BYTES == 0 && bytes <= UINTPTR_MAX - address;
}

static bool config_is_valid(const struct tactus_heap_config *config)
{
    const size_t control_bytes = tactus_heap_control_bytes(config->memory_bytes);
    if (control_bytes == 0 || config->control_bytes < control_bytes) {
        return false;
    }
    if (!region_is_usable(config->memory, config->memory_bytes) ||
        !region_is_usable(config->control, config->control_bytes)) {
        return false;
    }
    const uintptr_t memory = (uintptr_t)config->memory;
    const uintptr_t control = (uintptr_t)config->control;
    return memory + config->memory_bytes <= control || control + config->control_bytes <= memory;
}

tactus_status tactus_heap_init(const struct tactus_heap_config *config, tactus_heap **heap)
{
    if (config == NULL || heap == NULL || !config_is_valid(config)) {
        return TACTUS_E_INVALID;
    }

    const uint32_t granules = (uint32_t)(config->memory_bytes / GRANULE_BYTES);
    unsigned char *control = config->control;
    /* All bits zero marks every granule INTERIOR, as list_free_block wants it. */
    memset(control, 0, tactus_heap_control_bytes(config->memory_bytes));

    struct tactus_heap *made = config->control;
    made->memory = config->memory;
    made->heads = (uint32_t *)(void *)(control + heads_offset());
    made->descriptors = (struct descriptor *)(void *)(control + descriptors_offset(granules));
    made->granules = granules;
    made->rows = rows_of(granules);
    made->allowed_flags = config->allowed_flags;
    for (uint32_t head = 0; head < made->rows * COLUMNS; head++) {
        made->heads[head] = NONE;
    }
    list_free_block(made, 0, granules);
    *heap = made;
    return TACTUS_OK;
}

void tactus_heap_deinit(tactus_heap *heap)
{
    /* No granules: whatever is still asked of it is refused. */
    if (heap != NULL) {
        memset(heap, 0, sizeof *heap);
    }
}

static bool request_is_valid(const struct tactus_heap *heap, uint32_t flags, size_t bytes,
                             size_t alignment)
{
    if ((flags & ~heap->allowed_flags) != 0 || (flags & ~TACTUS_HEAP_ZERO) != 0) {
        return false;
    }
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        return false;
    }
    return bytes > 0 && bytes <= (size_t)heap->granules * GRANULE_BYTES;
}

void *tactus_heap_alloc(tactus_heap *heap, uint32_t flags, size_t bytes, size_t alignment)
{
    if (heap == NULL) {
        return NULL;
    }
    uint32_t start = NONE;
    uint32_t granules = 0;
    if (request_is_valid(heap, flags, bytes, alignment)) {
        granules = (uint32_t)((bytes + GRANULE_BYTES - 1) / GRANULE_BYTES);
        start = take(heap, granules, alignment < GRANULE_BYTES ? GRANULE_BYTES : alignment);
    }
    if (start == NONE) {
        heap->failures++;
        return NULL;
    }
    void *memory = heap->memory + (size_t)start * GRANULE_BYTES;
    if ((flags & TACTUS_HEAP_ZERO) != 0) {
        memset(memory, 0, (size_t)granules * GRANULE_BYTES);
    }
    return memory;
}

tactus_status tactus_heap_free(tactus_heap *heap, void *memory)
{
    if (memory == NULL) {
        return TACTUS_OK;
    }
    if (heap == NULL) {
        return TACTUS_E_BAD_POINTER;
    }
    /* A pointer below the heap's memory becomes an offset beyond its end. */
    const uintptr_t offset = (uintptr_t)memory - (uintptr_t)heap->memory;
    if (offset >= (uintptr_t)heap->granules * GRANULE_BYTES || offset % GRANULE_BYTES != 0) {
        return TACTUS_E_BAD_POINTER;
    }
    uint32_t block = (uint32_t)(offset / GRANULE_BYTES);
    if (kind_of(heap, block) != USED) {
        return TACTUS_E_BAD_POINTER;
    }

    uint32_t granules = value_of(heap, block);
    const uint32_t end = block + granules;
    heap->live--;
    heap->in_use_granules -= granules;
    mark_interior(heap, block, granules);

    if (end < heap->granules && kind_of(heap, end) >= FREE_ONE) {
        granules += unlist_free_block(heap, end);
    }
    if (block > 0 && kind_of(heap, block - 1) >= FREE_ONE) {
        const uint32_t left_granules =
            kind_of(heap, block - 1) == FREE_ONE ? 1 : value_of(heap, block - 1);
        block -= left_granules;
        granules += unlist_free_block(heap, block);
    }
    list_free_block(heap, block, granules);
    return TACTUS_OK;
}

/* The first block of the highest class: a larger request finds neither it nor a higher class. */
static uint32_t largest_granules(const struct tactus_heap *heap)
{
    if (heap->row_bits == 0) {
        return 0;
    }
    const uint32_t row = floor_log2(heap->row_bits);
    const uint32_t column = floor_log2(heap->column_bits[row]);
    return free_granules(heap, *head_of(heap, (struct size_class){row, column}));
}

void tactus_heap_stats_get(const tactus_heap *heap, struct tactus_heap_stats *stats)
{
    *stats = (struct tactus_heap_stats){
        .in_use_bytes = (size_t)heap->in_use_granules * GRANULE_BYTES,
        .high_water_bytes = (size_t)heap->high_water_granules * GRANULE_BYTES,
        .largest_free_bytes = (size_t)largest_granules(heap) * GRANULE_BYTES,
        .failures = heap->failures,
        .live = heap->live,
    };
}
