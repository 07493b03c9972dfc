/* SPDX-License-Identifier: BSD-3-Clause */
#include "post.h"

#define ATTEMPTS 64u

static void push(struct post_list *list, struct tactus_pool_task *task)
{
    struct tactus_pool_task *head = atomic_load_explicit(&list->head, memory_order_relaxed);
    do {
        task->post_next = head;
    } while (!atomic_compare_exchange_weak_explicit(&list->head, &head, task, memory_order_release,
                                                    memory_order_relaxed));
}

/* Replaces *word by `next` with POSTED, and pushes where that bit is new. False: the word changed,
 * *word is what it is now. */
static bool post_word(struct post_list *list, struct tactus_pool_task *task, uint32_t *word,
                      uint32_t next, bool *pushed)
{
    if (!atomic_compare_exchange_strong_explicit(&task->word, word, next | WORD_POSTED,
                                                 memory_order_acq_rel, memory_order_acquire)) {
        return false;
    }
    *pushed = (*word & WORD_POSTED) == 0;
    if (*pushed) {
        push(list, task);
    }
    return true;
}

tactus_status post_move(struct post_list *list, struct tactus_pool_task *task, uint32_t generation,
                        enum task_event event, bool *pushed)
{
    *pushed = false;
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!word_is_live(word, generation)) {
            return TACTUS_E_STALE;
        }
        enum task_word_state state = task_step(word_state(word), event);
        if (state == WORD_REFUSED) {
            break;
        }
        if (post_word(list, task, &word, (word & ~WORD_STATE_MASK) | (uint32_t)state, pushed)) {
            return TACTUS_OK;
        }
    }
    return TACTUS_E_STATE;
}

tactus_status post_state(struct post_list *list, struct tactus_pool_task *task,
                         enum task_word_state state, bool *pushed)
{
    *pushed = false;
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS && word_state(word) == state; attempt++) {
        if (post_word(list, task, &word, word, pushed)) {
            return TACTUS_OK;
        }
    }
    return TACTUS_E_STATE;
}

struct tactus_pool_task *post_take(struct post_list *list)
{
    return atomic_exchange_explicit(&list->head, NULL, memory_order_acquire);
}

uint32_t post_open(struct tactus_pool_task *task)
{
    return atomic_fetch_and_explicit(&task->word, ~WORD_POSTED, memory_order_acq_rel);
}

void post_release(struct tactus_pool_task *task, const struct tactus_port *port)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        enum task_word_state state = task_step(word_state(word), EVENT_RELEASE);
        if (state == WORD_REFUSED || (word & (WORD_POSTED | WORD_BUSY)) != 0) {
            return;
        }
        if (atomic_compare_exchange_strong_explicit(&task->word, &word,
                                                    (word & ~WORD_STATE_MASK) | (uint32_t)state,
                                                    memory_order_acq_rel, memory_order_acquire)) {
            port->ops->word_wake(port->context, &task->word);
            return;
        }
    }
}

/* Merges two sorted chains; what is equal comes from the left one first. */
static struct tactus_pool_task *
chain_merge(struct tactus_pool_task *left, struct tactus_pool_task *right,
            bool (*is_before)(const struct tactus_pool_task *, const struct tactus_pool_task *))
{
    struct tactus_pool_task *first = NULL;
    struct tactus_pool_task **end = &first;
    while (left != NULL && right != NULL) {
        struct tactus_pool_task **from = is_before(right, left) ? &right : &left;
        *end = *from;
        end = &(*from)->next;
        *from = *end;
    }
    *end = left != NULL ? left : right;
    return first;
}

struct tactus_pool_task *chain_sort(struct tactus_pool_task *chain,
                                    bool (*is_before)(const struct tactus_pool_task *,
                                                      const struct tactus_pool_task *))
{
    /* runs[i] is a sorted chain of 2^i tasks, or none, as in a binary counter; a higher one holds
     * what came earlier. A pool has at most 65535 tasks. */
    struct tactus_pool_task *runs[17] = {NULL};
    while (chain != NULL) {
        struct tactus_pool_task *run = chain;
        chain = chain->next;
        run->next = NULL;
        uint32_t i = 0;
        for (; i < 16u && runs[i] != NULL; i++) {
            run = chain_merge(runs[i], run, is_before);
            runs[i] = NULL;
        }
        runs[i] = run;
    }
    struct tactus_pool_task *sorted = NULL;
    for (uint32_t i = 0; i < 17u; i++) {
        sorted = chain_merge(runs[i], sorted, is_before);
    }
    return sorted;
}
