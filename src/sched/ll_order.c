/* SPDX-License-Identifier: BSD-3-Clause */
#include "ll.h"

/* One boundary's work, sorted by kind: chains through tactus_pool_task.next. */
struct ll_batch {
    struct tactus_pool_task *places;  /* ask for a new place */
    struct tactus_pool_task *leaving; /* somebody waits in free for the acknowledgement */
    uint32_t taken;
};

static struct tactus_pool_task *order_task(struct list_node *node)
{
    return LIST_ENTRY(node, struct tactus_pool_task, part.ll.order);
}

static bool has_place(const struct tactus_pool_task *task)
{
    return task->part.ll.order.next != NULL && list_is_linked(&task->part.ll.order);
}

static bool arrives_before(const struct tactus_pool_task *left,
                           const struct tactus_pool_task *right)
{
    return (int32_t)(left->part.ll.placed_arrival - right->part.ll.placed_arrival) < 0;
}

static bool group_is_before(const struct tactus_pool_task *left,
                            const struct tactus_pool_task *right)
{
    const struct ll_part *a = &left->part.ll;
    const struct ll_part *b = &right->part.ll;
    if (a->group_priority != b->group_priority)
        return a->group_priority < b->group_priority;
    return a->group_arrival < b->group_arrival;
}

/* Takes in a request; true where it asks for a new place. */
static bool request_apply(struct tactus_pool_task *task, uint64_t next_cycle)
{
    struct ll_part *part = &task->part.ll;
    struct task_request_copy request;
    if (!request_read(&task->request, &request) || request.sequence == part->applied)
        return false;
    bool is_new = !has_place(task) || request.arrival != part->placed_arrival;
    part->applied = request.sequence;
    part->due_cycle = next_cycle + request.start;
    part->period_cycles = request.period;
    part->placed_arrival = request.arrival;
    part->anchor = request.anchor;
    part->reference = request.reference;
    return is_new;
}

/* Opens what was posted and puts each task on the chain of its kind. */
static struct ll_batch batch_take(struct ll *ll, uint64_t next_cycle)
{
    struct ll_batch batch = {NULL, NULL, 0};
    struct tactus_pool_task *task = post_take(&ll->scheduler->posts);
    while (task != NULL) {
        struct tactus_pool_task *following = task->post_next;
        uint32_t word = post_open(task);
        batch.taken++;
        switch (word_state(word)) {
        case WORD_QUEUED:
        case WORD_SUSPENDED:
            if (request_apply(task, next_cycle)) {
                task->next = batch.places;
                batch.places = task;
            }
            break;
        case WORD_FREEING:
            /* While somebody is in the middle of scheduling it, whoever frees it will post it
             * again. */
            if ((word & WORD_BUSY) == 0) {
                if (has_place(task))
                    list_remove(&task->part.ll.order);
                task->next = batch.leaving;
                batch.leaving = task;
            }
            break;
        default:
            break;
        }
        task = following;
    }
    return batch;
}

static void group_begin(struct ll *ll, struct tactus_pool_task *task)
{
    task->part.ll.group_priority =
        (int32_t)atomic_load_explicit(&task->priority, memory_order_relaxed);
    task->part.ll.group_arrival = ++ll->arrivals;
}

/* Merges a sorted chain of roots into the order, in one pass over both. */
static void order_merge(struct ll *ll, struct tactus_pool_task *roots)
{
    struct list_node *at = ll->order.next;
    while (roots != NULL) {
        while (at != &ll->order && !group_is_before(roots, order_task(at)))
            at = at->next;
        list_insert_before(at, &roots->part.ll.order);
        roots = roots->next;
    }
}

/* The reference's record, where it still has a place here. */
static struct tactus_pool_task *reference_find(struct ll *ll, tactus_task handle)
{
    struct tactus_pool_task *task = pool_task(&ll->scheduler->runtime->pool, handle);
    if (task == NULL)
        return NULL;
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    bool is_here = word_is_live(word, handle.generation) &&
                   atomic_load_explicit(&task->scheduler, memory_order_relaxed) == ll->scheduler;
    return is_here && has_place(task) ? task : NULL;
}

/* Puts an anchored task next to its reference. */
static void order_anchor(struct ll *ll, struct tactus_pool_task *task)
{
    struct ll_part *part = &task->part.ll;
    struct tactus_pool_task *reference = reference_find(ll, part->reference);
    list_remove(&part->order);
    if (reference == NULL) {
        /* It was queued when it was named, and went between the call and this boundary: nobody is
         * left to be next to. */
        group_begin(ll, task);
        task->next = NULL;
        order_merge(ll, task);
        return;
    }
    part->group_priority = reference->part.ll.group_priority;
    part->group_arrival = reference->part.ll.group_arrival;
    if (part->anchor == TACTUS_ANCHOR_BEFORE)
        list_insert_before(&reference->part.ll.order, &part->order);
    else
        list_insert_after(&reference->part.ll.order, &part->order);
}

/* Gives everybody on the chain a place: the roots first, since they come between groups only, then
 * what is anchored, in the order of arrival. */
static void order_place(struct ll *ll, struct tactus_pool_task *places)
{
    struct tactus_pool_task *roots = NULL;
    struct tactus_pool_task *anchored = NULL;
    struct tactus_pool_task **roots_end = &roots;
    struct tactus_pool_task **anchored_end = &anchored;
    struct tactus_pool_task *task = chain_sort(places, arrives_before);
    while (task != NULL) {
        struct tactus_pool_task *following = task->next;
        task->next = NULL;
        if (task->part.ll.order.next == NULL)
            list_init(&task->part.ll.order);
        if (task->part.ll.anchor == TACTUS_ANCHOR_NONE) {
            list_remove(&task->part.ll.order);
            group_begin(ll, task);
            *roots_end = task;
            roots_end = &task->next;
        } else {
            *anchored_end = task;
            anchored_end = &task->next;
        }
        task = following;
    }
    order_merge(ll, chain_sort(roots, group_is_before));
    while (anchored != NULL) {
        struct tactus_pool_task *following = anchored->next;
        order_anchor(ll, anchored);
        anchored = following;
    }
}

static void entry_fill(struct ll_entry *entry, struct tactus_pool_task *task, uint32_t word)
{
    entry->task = task;
    entry->run = task->run;
    entry->data = task->data;
    entry->stats = atomic_load_explicit(&task->stats, memory_order_acquire);
    entry->due_cycle = task->part.ll.due_cycle;
    entry->period_cycles = task->part.ll.period_cycles;
    entry->word = word & ~(WORD_BUSY | WORD_POSTED);
    entry->sequence = task->part.ll.applied;
    entry->priority = task->part.ll.group_priority;
}

/* Walks the order once: what is queued goes into the run array, what has left loses its place. */
static void run_array_build(struct ll *ll)
{
    uint32_t count = 0;
    LIST_FOR_EACH(node, following, &ll->order)
    {
        struct tactus_pool_task *task = order_task(node);
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        switch (word_state(word)) {
        case WORD_QUEUED:
            entry_fill(&ll->run[count++], task, word);
            break;
        case WORD_SUSPENDED:
            break;
        case WORD_FREEING:
            /* Whoever frees it is about to post it: then it goes, and is told so. */
            break;
        default:
            list_remove(node);
            break;
        }
    }
    ll->run_count = count;
    ll->is_dirty = false;
    atomic_store_explicit(&ll->tasks, count, memory_order_relaxed);
}

/* Tells those who wait in free. With the step the record is theirs: it is not touched again. */
static void leaving_release(struct ll *ll, struct tactus_pool_task *task)
{
    const struct tactus_port *port = &ll->scheduler->runtime->port;
    while (task != NULL) {
        struct tactus_pool_task *following = task->next;
        uint32_t word = atomic_load_explicit(&task->word, memory_order_relaxed);
        /* Refused where the wait has timed out: then the task lives on, without a place. */
        if (task_move(task, word_generation(word), EVENT_RELEASE, NULL) == TACTUS_OK)
            port->ops->word_wake(port->context, &task->word);
        task = following;
    }
}

void ll_boundary(struct ll *ll, uint64_t next_cycle, bool is_claimed)
{
    if (!ll->is_dirty && post_list_is_empty(&ll->scheduler->posts))
        return;
    struct ll_batch batch = batch_take(ll, next_cycle);
    order_place(ll, batch.places);
    run_array_build(ll);
    leaving_release(ll, batch.leaving);
    if (batch.taken > 0 && !is_claimed)
        ll_source_leave(ll, batch.taken);
}
