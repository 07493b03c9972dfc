/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool.h"

#include "mem.h"

#define ATTEMPTS 64u

/* Rows and columns as in the table of task.h, with the steps of a record's life added. What is not
 * named is refused; 0 would be VACANT, so every entry is stored plus one. */
#define TO(state) ((uint8_t)((state) + 1))
static const uint8_t steps[WORD_STATES][TASK_EVENTS] = {
    [WORD_VACANT] = {[EVENT_RESERVE] = TO(WORD_RESERVED)},
    [WORD_RESERVED] = {[EVENT_INIT] = TO(WORD_INIT), [EVENT_RECYCLE] = TO(WORD_VACANT)},
    [WORD_INIT] = {[EVENT_SCHEDULE] = TO(WORD_QUEUED),
                   [EVENT_CANCEL] = TO(WORD_CANCELLED),
                   [EVENT_FREE] = TO(WORD_FREEING)},
    [WORD_QUEUED] = {[EVENT_SCHEDULE] = TO(WORD_QUEUED),
                     [EVENT_COMPLETE] = TO(WORD_COMPLETED),
                     [EVENT_CANCEL] = TO(WORD_SUSPENDED),
                     [EVENT_FREE] = TO(WORD_FREEING)},
    [WORD_COMPLETED] = {[EVENT_SCHEDULE] = TO(WORD_QUEUED),
                        [EVENT_CANCEL] = TO(WORD_CANCELLED),
                        [EVENT_FREE] = TO(WORD_FREEING)},
    [WORD_CANCELLED] = {[EVENT_SCHEDULE] = TO(WORD_QUEUED),
                        [EVENT_COMPLETE] = TO(WORD_CANCELLED),
                        [EVENT_CANCEL] = TO(WORD_CANCELLED),
                        [EVENT_FREE] = TO(WORD_FREEING)},
    [WORD_SUSPENDED] = {[EVENT_SCHEDULE] = TO(WORD_QUEUED),
                        [EVENT_COMPLETE] = TO(WORD_SUSPENDED),
                        [EVENT_CANCEL] = TO(WORD_SUSPENDED),
                        [EVENT_FREE] = TO(WORD_FREEING)},
    [WORD_FREEING] = {[EVENT_RELEASE] = TO(WORD_RELEASED), [EVENT_GIVE_UP] = TO(WORD_CANCELLED)},
    [WORD_RELEASED] = {[EVENT_RECYCLE] = TO(WORD_VACANT)},
};

enum task_word_state task_step(enum task_word_state state, enum task_event event)
{
    if ((unsigned)state >= WORD_STATES || (unsigned)event >= TASK_EVENTS || !steps[state][event]) {
        return WORD_REFUSED;
    }
    return (enum task_word_state)(steps[state][event] - 1);
}

enum tactus_task_state task_public_state(enum task_word_state state)
{
    switch (state) {
    case WORD_INIT:
        return TACTUS_TASK_INIT;
    case WORD_QUEUED:
        return TACTUS_TASK_QUEUED;
    case WORD_COMPLETED:
        return TACTUS_TASK_COMPLETED;
    case WORD_CANCELLED:
    case WORD_SUSPENDED:
        return TACTUS_TASK_CANCELLED;
    default:
        return TACTUS_TASK_FREE;
    }
}

bool word_is_live(uint32_t word, uint32_t generation)
{
    enum task_word_state state = word_state(word);
    return word_generation(word) == generation && state != WORD_VACANT && state != WORD_RESERVED &&
           state != WORD_RELEASED;
}

tactus_status task_move(struct tactus_pool_task *task, uint32_t generation, enum task_event event,
                        uint32_t *before)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (word_generation(word) != generation) {
            return TACTUS_E_STALE;
        }
        enum task_word_state state = task_step(word_state(word), event);
        if (state == WORD_REFUSED) {
            return word_is_live(word, generation) ? TACTUS_E_STATE : TACTUS_E_STALE;
        }
        uint32_t next = (word & ~WORD_STATE_MASK) | (uint32_t)state;
        if (atomic_compare_exchange_strong_explicit(&task->word, &word, next, memory_order_acq_rel,
                                                    memory_order_acquire)) {
            if (before != NULL) {
                *before = word;
            }
            return TACTUS_OK;
        }
    }
    return TACTUS_E_STATE;
}

static bool request_is_newer(struct tactus_pool_task *task, uint32_t applied)
{
    return atomic_load_explicit(&task->request.sequence, memory_order_relaxed) != applied;
}

/* Replaces the state in *word. False: the word changed, *word is what it is now. */
static bool word_exchange(struct tactus_pool_task *task, uint32_t *word, enum task_word_state state)
{
    return atomic_compare_exchange_strong_explicit(&task->word, word,
                                                   (*word & ~WORD_STATE_MASK) | (uint32_t)state,
                                                   memory_order_acq_rel, memory_order_acquire);
}

/* Makes a task QUEUED again that has just been made COMPLETED, unless somebody has moved it on. */
static void complete_take_back(struct tactus_pool_task *task, uint32_t generation)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (word_state(word) != WORD_COMPLETED || word_generation(word) != generation ||
            word_exchange(task, &word, WORD_QUEUED)) {
            return;
        }
    }
}

void task_complete(struct tactus_pool_task *task, uint32_t generation, uint32_t applied)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        enum task_word_state state = task_step(word_state(word), EVENT_COMPLETE);
        if (state == WORD_REFUSED || word_generation(word) != generation ||
            request_is_newer(task, applied)) {
            return;
        }
        if (word_exchange(task, &word, state)) {
            /* A request that came after that look posted the task, so that the exchange failed; but
             * not where POSTED was set before, by the very request that was taken in (it came
             * between the boundary's look at the word and that at the request): cancelled and
             * scheduled anew, such a word is as it was. */
            if ((word & WORD_POSTED) != 0 && request_is_newer(task, applied)) {
                complete_take_back(task, generation);
            }
            return;
        }
    }
}

tactus_status task_pin(struct tactus_pool_task *task, uint32_t generation, enum task_event event,
                       uint32_t *before)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!word_is_live(word, generation)) {
            return TACTUS_E_STALE;
        }
        if (task_step(word_state(word), event) == WORD_REFUSED) {
            break;
        }
        *before = word;
        if ((word & WORD_BUSY) != 0) {
            return TACTUS_E_EXISTS;
        }
        if (atomic_compare_exchange_strong_explicit(&task->word, &word, word | WORD_BUSY,
                                                    memory_order_acq_rel, memory_order_acquire)) {
            return TACTUS_OK;
        }
    }
    return TACTUS_E_STATE;
}

void task_unpin(struct tactus_pool_task *task)
{
    atomic_fetch_and_explicit(&task->word, ~WORD_BUSY, memory_order_acq_rel);
}

struct tactus_pool_task *pool_task(const struct task_pool *pool, tactus_task handle)
{
    if (handle.index >= pool->tasks_max || handle.generation == 0) {
        return NULL;
    }
    return &pool->tasks[handle.index];
}

struct tactus_pool_task *pool_reserve(struct task_pool *pool)
{
    uint32_t first = atomic_fetch_add_explicit(&pool->hint, 1u, memory_order_relaxed);
    for (uint32_t i = 0; i < pool->tasks_max; i++) {
        struct tactus_pool_task *task = &pool->tasks[(first + i) % pool->tasks_max];
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        if (word_state(word) == WORD_VACANT &&
            task_move(task, word_generation(word), EVENT_RESERVE, NULL) == TACTUS_OK) {
            return task;
        }
    }
    return NULL;
}

void pool_recycle(struct tactus_pool_task *task)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_relaxed);
    uint32_t generation = word_generation(word);
    /* The caller is alone with the record: nobody else's compare-and-swap can succeed on it. */
    uint32_t next = generation == WORD_GENERATION_MAX ? word_make(generation, WORD_RELEASED)
                                                      : word_make(generation + 1u, WORD_VACANT);
    atomic_store_explicit(&task->word, next, memory_order_release);
}

bool pool_is_vacant(const struct task_pool *pool)
{
    for (uint32_t i = 0; i < pool->tasks_max; i++) {
        uint32_t word = atomic_load_explicit(&pool->tasks[i].word, memory_order_acquire);
        bool is_retired = word == word_make(WORD_GENERATION_MAX, WORD_RELEASED);
        if (word_state(word) != WORD_VACANT && !is_retired) {
            return false;
        }
    }
    return true;
}

void task_name_set(struct tactus_pool_task *task, const char *name)
{
    uint32_t words[TACTUS_NAME_BYTES / 4u] = {0};
    char *bytes = (char *)words;
    for (uint32_t i = 0; i + 1u < TACTUS_NAME_BYTES && name[i] != '\0'; i++) {
        bytes[i] = name[i];
    }
    for (uint32_t i = 0; i < TACTUS_NAME_BYTES / 4u; i++) {
        atomic_store_explicit(&task->name[i], words[i], memory_order_release);
    }
}

void task_name_get(struct tactus_pool_task *task, char name[TACTUS_NAME_BYTES])
{
    uint32_t words[TACTUS_NAME_BYTES / 4u];
    for (uint32_t i = 0; i < TACTUS_NAME_BYTES / 4u; i++) {
        words[i] = atomic_load_explicit(&task->name[i], memory_order_acquire);
    }
    memcpy(name, words, sizeof words);
    name[TACTUS_NAME_BYTES - 1u] = '\0';
}

static void half_words_write(tactus_atomic_u32 words[2], uint64_t value)
{
    atomic_store_explicit(&words[0], (uint32_t)value, memory_order_release);
    atomic_store_explicit(&words[1], (uint32_t)(value >> 32), memory_order_release);
}

static uint64_t half_words_read(tactus_atomic_u32 words[2])
{
    uint64_t low = atomic_load_explicit(&words[0], memory_order_acquire);
    return low | (uint64_t)atomic_load_explicit(&words[1], memory_order_acquire) << 32;
}

void request_write(struct task_request *request, const struct task_request_copy *copy, bool place)
{
    uint32_t sequence = atomic_load_explicit(&request->sequence, memory_order_relaxed);
    atomic_store_explicit(&request->sequence, sequence + 1u, memory_order_relaxed);
    half_words_write(request->start, copy->start);
    half_words_write(request->period, copy->period);
    if (place) {
        atomic_store_explicit(&request->arrival, copy->arrival, memory_order_release);
        atomic_store_explicit(&request->anchor, (uint32_t)copy->anchor, memory_order_release);
        atomic_store_explicit(&request->reference_index, copy->reference.index,
                              memory_order_release);
        atomic_store_explicit(&request->reference_generation, copy->reference.generation,
                              memory_order_release);
        atomic_store_explicit(&request->reference_arrival, copy->reference_arrival,
                              memory_order_release);
    }
    atomic_store_explicit(&request->sequence, sequence + 2u, memory_order_release);
}

bool request_read(struct task_request *request, struct task_request_copy *copy)
{
    copy->sequence = atomic_load_explicit(&request->sequence, memory_order_acquire);
    copy->start = half_words_read(request->start);
    copy->period = half_words_read(request->period);
    copy->arrival = atomic_load_explicit(&request->arrival, memory_order_acquire);
    copy->anchor = (enum tactus_anchor)atomic_load_explicit(&request->anchor, memory_order_acquire);
    copy->reference.index = atomic_load_explicit(&request->reference_index, memory_order_acquire);
    copy->reference.generation =
        atomic_load_explicit(&request->reference_generation, memory_order_acquire);
    copy->reference_arrival =
        atomic_load_explicit(&request->reference_arrival, memory_order_acquire);
    uint32_t after = atomic_load_explicit(&request->sequence, memory_order_relaxed);
    return (copy->sequence & 1u) == 0 && after == copy->sequence;
}
