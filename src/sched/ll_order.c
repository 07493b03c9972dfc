/* SPDX-License-Identifier: BSD-3-Clause */
#include "ll.h"

/* One boundary's work, sorted by kind: chains through tactus_pool_task.next. */
struct ll_batch {
    struct tactus_pool_task *places;  /* ask for a new place */
    struct tactus_pool_task *leaving; /* somebody waits in free for the acknowledgement */
    uint32_t taken;
};

static struct ll_place *order_place_at(struct list_node *node)
{
    return LIST_ENTRY(node, struct ll_place, node);
}

static struct ll_place *task_place(struct tactus_pool_task *task)
{
    return &task->part.ll.place[task->part.ll.place_index];
}

static struct ll_place *task_former_place(struct tactus_pool_task *task)
{
    return &task->part.ll.place[task->part.ll.place_index ^ 1u];
}

/* A record starts all zero. */
static bool place_is_taken(const struct ll_place *place)
{
    return place->node.next != NULL && list_is_linked(&place->node);
}

static void place_leave(struct ll_place *place)
{
    if (place_is_taken(place)) {
        list_remove(&place->node);
    }
}

static bool arrives_before(const struct tactus_pool_task *left,
                           const struct tactus_pool_task *right)
{
    return (int32_t)(left->part.ll.asked_arrival - right->part.ll.asked_arrival) < 0;
}

static bool group_is_before(const struct ll_place *left, const struct ll_place *right)
{
    if (left->group_priority != right->group_priority) {
        return left->group_priority < right->group_priority;
    }
    return left->group_arrival < right->group_arrival;
}

static bool root_is_before(const struct tactus_pool_task *left,
                           const struct tactus_pool_task *right)
{
    return group_is_before(&left->part.ll.place[left->part.ll.place_index],
                           &right->part.ll.place[right->part.ll.place_index]);
}

/* Takes in a request; true where it asks for a new place. */
static bool request_apply(struct tactus_pool_task *task, uint64_t next_cycle)
{
    struct ll_part *part = &task->part.ll;
    struct task_request_copy request;
    if (!request_read(&task->request, &request) || request.sequence == task->applied) {
        return false;
    }
    bool is_new = !place_is_taken(task_place(task)) || request.arrival != part->asked_arrival;
    task->applied = request.sequence;
    part->due_cycle = next_cycle + request.start;
    part->period_cycles = request.period;
    part->asked_arrival = request.arrival;
    part->anchor = request.anchor;
    part->reference = request.reference;
    part->reference_arrival = request.reference_arrival;
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
        enum task_word_state state = word_state(word);
        /* While somebody is in the middle of scheduling it, whoever frees it will post it again. */
        task->part.ll.is_leaving = state == WORD_FREEING && (word & WORD_BUSY) == 0;
        bool is_asking = state == WORD_QUEUED || state == WORD_SUSPENDED;
        /* Who leaves gets its place first all the same, for those who are anchored to it. */
        if ((is_asking || task->part.ll.is_leaving) && request_apply(task, next_cycle)) {
            task->next = batch.places;
            batch.places = task;
        } else if (task->part.ll.is_leaving) {
            task->next = batch.leaving;
            batch.leaving = task;
        }
        task = following;
    }
    return batch;
}

/* The task moves to its other place, which is on no list yet. */
static struct ll_place *place_begin(struct tactus_pool_task *task)
{
    task->part.ll.place_index ^= 1u;
    struct ll_place *place = task_place(task);
    place->task = task;
    place->arrival = task->part.ll.asked_arrival;
    task->part.ll.is_pending = false;
    list_init(&place->node);
    return place;
}

static void group_begin(struct ll *ll, struct tactus_pool_task *task, struct ll_place *place)
{
    place->group_priority = (int32_t)atomic_load_explicit(&task->priority, memory_order_relaxed);
    place->group_arrival = ++ll->arrivals;
}

/* Inserts one root, not before `at`; returns where it went. */
static struct list_node *order_insert(struct ll *ll, struct list_node *at, struct ll_place *place)
{
    while (at != &ll->order && !group_is_before(place, order_place_at(at))) {
        at = at->next;
    }
    list_insert_before(at, &place->node);
    return at;
}

/* Merges a sorted chain of roots into the order, in one pass over both. */
static void order_merge(struct ll *ll, struct tactus_pool_task *roots)
{
    struct list_node *at = ll->order.next;
    for (; roots != NULL; roots = roots->next) {
        at = order_insert(ll, at, task_place(roots));
    }
}

/* The place that a task named when it arrived, or the one that the reference has gone to since,
 * within one tick. *is_pending: it has not got that yet. NULL: neither. */
static struct ll_place *reference_place(struct ll *ll, const struct tactus_pool_task *task,
                                        bool *is_pending)
{
    struct tactus_task handle = task->part.ll.reference;
    struct tactus_pool_task *reference = pool_task(&ll->scheduler->runtime->pool, handle);
    *is_pending = false;
    if (reference == NULL) {
        return NULL;
    }
    uint32_t word = atomic_load_explicit(&reference->word, memory_order_acquire);
    if (!word_is_live(word, handle.generation) ||
        atomic_load_explicit(&reference->scheduler, memory_order_relaxed) != ll->scheduler) {
        return NULL;
    }
    struct ll_place *place = task_place(reference);
    struct ll_place *former = task_former_place(reference);
    if (place_is_taken(place) && place->arrival == task->part.ll.reference_arrival) {
        return place;
    }
    if (place_is_taken(former) && former->arrival == task->part.ll.reference_arrival) {
        return former;
    }
    *is_pending = reference->part.ll.is_pending;
    return place_is_taken(place) ? place : NULL;
}

/* Puts an anchored task next to its reference. False: that is still to get its place. */
static bool order_anchor(struct ll *ll, struct tactus_pool_task *task, bool is_last_try)
{
    bool is_pending;
    struct ll_place *reference = reference_place(ll, task, &is_pending);
    if (is_pending && !is_last_try) {
        return false;
    }
    struct ll_place *place = place_begin(task);
    if (reference == NULL) {
        /* It was queued when it was named, and went between the call and this boundary: nobody is
         * left to be next to. */
        group_begin(ll, task, place);
        (void)order_insert(ll, ll->order.next, place);
        return true;
    }
    place->group_priority = reference->group_priority;
    place->group_arrival = reference->group_arrival;
    if (task->part.ll.anchor == TACTUS_ANCHOR_BEFORE) {
        list_insert_before(&reference->node, &place->node);
    } else {
        list_insert_after(&reference->node, &place->node);
    }
    return true;
}

/* Places a chain of anchored tasks in the order of arrival, and puts them on the chain *placed.
 * Returns those that have to wait for others. */
static struct tactus_pool_task *order_anchor_all(struct ll *ll, struct tactus_pool_task *anchored,
                                                 struct tactus_pool_task **placed, bool is_last_try)
{
    struct tactus_pool_task *left = NULL;
    struct tactus_pool_task **left_end = &left;
    while (anchored != NULL) {
        struct tactus_pool_task *task = anchored;
        anchored = task->next;
        if (order_anchor(ll, task, is_last_try)) {
            task->next = *placed;
            *placed = task;
        } else {
            *left_end = task;
            left_end = &task->next;
        }
    }
    *left_end = NULL;
    return left;
}

/* Gives everybody on the chain a place: the roots first, since they come between groups only, then
 * what is anchored, in the order of arrival. Former places stay until all is done, so that the
 * result is as if each had been placed when it arrived. Returns all of them as a chain. */
static struct tactus_pool_task *order_place(struct ll *ll, struct tactus_pool_task *places)
{
    struct tactus_pool_task *roots = NULL;
    struct tactus_pool_task *anchored = NULL;
    struct tactus_pool_task **roots_end = &roots;
    struct tactus_pool_task **anchored_end = &anchored;
    struct tactus_pool_task *task = chain_sort(places, arrives_before);
    for (; task != NULL; task = task->next) {
        task->part.ll.is_pending = true;
        if (task->part.ll.anchor == TACTUS_ANCHOR_NONE) {
            group_begin(ll, task, place_begin(task));
            *roots_end = task;
            roots_end = &task->next;
        } else {
            *anchored_end = task;
            anchored_end = &task->next;
        }
    }
    *roots_end = NULL;
    *anchored_end = NULL;
    struct tactus_pool_task *placed = chain_sort(roots, root_is_before);
    order_merge(ll, placed);
    anchored = order_anchor_all(ll, anchored, &placed, false);
    anchored = order_anchor_all(ll, anchored, &placed, true);
    return placed;
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
    entry->sequence = task->applied;
    entry->priority = task_place(task)->group_priority;
}

/* Walks the order once: what is queued goes into the run array, what has left loses its place. */
static void run_array_build(struct ll *ll)
{
    uint32_t count = 0;
    LIST_FOR_EACH(node, following, &ll->order)
    {
        struct tactus_pool_task *task = order_place_at(node)->task;
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        switch (word_state(word)) {
        case WORD_QUEUED:
            entry_fill(&ll->run[count++], task, word);
            break;
        case WORD_SUSPENDED:
        case WORD_FREEING: /* who frees it is about to post it: then it goes */
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

void ll_boundary(struct ll *ll, uint64_t next_cycle, bool is_claimed)
{
    if (!ll->is_dirty && post_list_is_empty(&ll->scheduler->posts)) {
        return;
    }
    struct ll_batch batch = batch_take(ll, next_cycle);
    struct tactus_pool_task *task = order_place(ll, batch.places);
    while (task != NULL) {
        struct tactus_pool_task *following = task->next;
        place_leave(task_former_place(task));
        if (task->part.ll.is_leaving) {
            task->next = batch.leaving;
            batch.leaving = task;
        }
        task = following;
    }
    for (task = batch.leaving; task != NULL; task = task->next) {
        place_leave(task_place(task));
    }
    run_array_build(ll);
    for (task = batch.leaving; task != NULL;) {
        struct tactus_pool_task *following = task->next;
        post_release(task, &ll->scheduler->runtime->port);
        task = following;
    }
    if (batch.taken > 0 && !is_claimed) {
        ll_source_leave(ll, batch.taken);
    }
}
