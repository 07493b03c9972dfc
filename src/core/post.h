/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Posts: the way from control to a scheduler. A task is posted at most once at a time (the POSTED
 * bit of its word says so); what is asked stands in its word and its request. The scheduler takes
 * all posts with one exchange and reads, task by task, what is asked by then. No lock, no wait.
 */
#ifndef TACTUS_CORE_POST_H
#define TACTUS_CORE_POST_H

#include <tactus/port.h>

#include "pool.h"

struct post_list {
    /* Pushed by any thread (release: the record's post_next), taken whole by the scheduler's
     * thread (acquire). Since all are taken at once, no push can meet a node again (no ABA). */
    _Atomic(struct tactus_pool_task *) head;
};

/* Moves the task of that generation along the table, sets POSTED and, where it was not set, pushes
 * it. The caller keeps the record from being reused: by the BUSY bit or since it is freeing it.
 * *pushed: this call pushed it. Errors as of task_move, then nothing was pushed. */
tactus_status post_move(struct post_list *list, struct tactus_pool_task *task, uint32_t generation,
                        enum task_event event, bool *pushed);

/* Posts the task as it is, while its state is `state`; otherwise TACTUS_E_STATE. */
tactus_status post_state(struct post_list *list, struct tactus_pool_task *task,
                         enum task_word_state state, bool *pushed);

static inline bool post_list_is_empty(struct post_list *list)
{
    return atomic_load_explicit(&list->head, memory_order_relaxed) == NULL;
}

/* The scheduler: all posts, chained by post_next, the latest first. */
struct tactus_pool_task *post_take(struct post_list *list);

/* The scheduler: clears POSTED of one taken task; returns its word as it was then. From then on it
 * may be pushed again, so that post_next must have been read before. */
uint32_t post_open(struct tactus_pool_task *task);

/* The scheduler: tells whoever waits in free for a task that was taken that nothing holds it any
 * more. Not where that wait has timed out; nor where it has since begun anew and posted the task
 * again, which will be taken once more. The record may be somebody else's afterwards. */
void post_release(struct tactus_pool_task *task, const struct tactus_port *port);

/* Sorts a chain of `next` by what `is_before` says, equal ones keep their order. O(m log m) steps,
 * no recursion, no memory. */
struct tactus_pool_task *chain_sort(struct tactus_pool_task *chain,
                                    bool (*is_before)(const struct tactus_pool_task *left,
                                                      const struct tactus_pool_task *right));

#endif
