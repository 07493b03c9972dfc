/* SPDX-License-Identifier: BSD-3-Clause */
#include "edf.h"

#define FREE_WAIT_NS  (UINT64_C(100) * 1000000u)
#define FREE_SLICE_NS (UINT64_C(10) * 1000000u)
#define OWNER_WAIT_NS (UINT64_C(1) * 1000000u)

static struct edf *edf_of(tactus_scheduler *scheduler)
{
    return scheduler->data;
}

static bool owner_take(struct edf *edf, enum edf_owner owner)
{
    uint32_t none = EDF_FREE;
    return atomic_compare_exchange_strong_explicit(&edf->owner, &none, (uint32_t)owner,
                                                   memory_order_acq_rel, memory_order_relaxed);
}

/* With the store the scheduler may soon be gone: what comes after uses a copy of the port. */
static void owner_give(struct edf *edf)
{
    struct tactus_port port = edf->scheduler->runtime->port;
    atomic_store_explicit(&edf->owner, EDF_FREE, memory_order_release);
    port.ops->word_wake(port.context, &edf->owner);
}

/* --- the holder: what was posted ------------------------------------------------------------- */

static void heaps_remove(struct edf *edf, struct tactus_pool_task *task)
{
    if (task->part.edf.where == EDF_WAITING)
        edf_heap_remove(&edf->waiting, task);
    else if (task->part.edf.where == EDF_READY)
        edf_heap_remove(&edf->ready, task);
}

static bool arrives_before(const struct tactus_pool_task *left,
                           const struct tactus_pool_task *right)
{
    return (int32_t)(left->part.edf.asked - right->part.edf.asked) < 0;
}

/* Opens the posts. Returns the tasks whose requests are new; *leaving gets those that are freed. */
static struct tactus_pool_task *posts_take(struct edf *edf, struct tactus_pool_task **leaving)
{
    struct tactus_pool_task *asking = NULL;
    struct tactus_pool_task *task = post_take(&edf->scheduler->posts);
    while (task != NULL) {
        struct tactus_pool_task *following = task->post_next;
        struct task_request_copy request;
        uint32_t word = post_open(task);
        if (word_state(word) == WORD_QUEUED) {
            struct edf_part *part = &task->part.edf;
            if (request_read(&task->request, &request) && request.sequence != task->applied) {
                heaps_remove(edf, task);
                task->applied = request.sequence;
                part->start_ns = request.start;
                part->asked = request.arrival;
                task->next = asking;
                asking = task;
            }
        } else if (word_state(word) == WORD_FREEING && (word & WORD_BUSY) == 0) {
            heaps_remove(edf, task);
            task->next = *leaving;
            *leaving = task;
        }
        task = following;
    }
    return asking;
}

static void posts_apply(struct edf *edf)
{
    const struct tactus_port *port = &edf->scheduler->runtime->port;
    if (post_list_is_empty(&edf->scheduler->posts))
        return;
    struct tactus_pool_task *leaving = NULL;
    struct tactus_pool_task *task = chain_sort(posts_take(edf, &leaving), arrives_before);
    while (task != NULL) {
        struct tactus_pool_task *following = task->next;
        task->part.edf.arrival = ++edf->arrivals;
        edf_heap_insert(&edf->waiting, task);
        task = following;
    }
    while (leaving != NULL) {
        struct tactus_pool_task *following = leaving->next;
        post_release(leaving, port);
        leaving = following;
    }
}

/* --- the scheduler's thread ------------------------------------------------------------------ */

/* Queued, and by no request that is newer than what was taken in. */
static bool is_due_to_run(struct tactus_pool_task *task)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    uint32_t sequence = atomic_load_explicit(&task->request.sequence, memory_order_relaxed);
    return word_state(word) == WORD_QUEUED && sequence == task->applied;
}

/* Drops from the top of a heap what is not to run: cancelled, or asked for anew (then it is posted
 * as well). Returns the first that is. */
static struct tactus_pool_task *heap_first_live(struct edf_heap *heap)
{
    struct tactus_pool_task *task = edf_heap_first(heap);
    while (task != NULL && !is_due_to_run(task)) {
        edf_heap_remove(heap, task);
        task = edf_heap_first(heap);
    }
    return task;
}

/* Whose start has come is ready, with the deadline that it names now. */
static void starts_apply(struct edf *edf, uint64_t now_ns)
{
    struct tactus_pool_task *task = heap_first_live(&edf->waiting);
    while (task != NULL && task->part.edf.start_ns <= now_ns) {
        edf_heap_remove(&edf->waiting, task);
        task->part.edf.deadline_ns = task->deadline_ns(task->data);
        edf_heap_insert(&edf->ready, task);
        task = heap_first_live(&edf->waiting);
    }
}

static void task_run(struct edf *edf, struct tactus_pool_task *task, uint64_t start_ns)
{
    tactus_scheduler *scheduler = edf->scheduler;
    uint32_t generation = word_generation(atomic_load_explicit(&task->word, memory_order_relaxed));
    uint64_t deadline_ns = task->part.edf.deadline_ns;
    edf_heap_remove(&edf->ready, task);
    atomic_store_explicit(&scheduler->current, task->index + 1u, memory_order_release);
    int result = task->run(task->data);
    uint64_t end_ns = runtime_clock_ns(scheduler->runtime);
    /* Not so where it was cancelled meanwhile, even if somebody has scheduled it anew: that is
     * posted and comes by itself. */
    bool goes_on = is_due_to_run(task);
    if (result == TACTUS_COMPLETED) {
        if (goes_on && task->complete != NULL)
            task->complete(task->data);
        task_complete(task, generation, task->applied);
    } else if (goes_on) {
        task->part.edf.start_ns = task->deadline_ns(task->data);
        task->part.edf.arrival = ++edf->arrivals;
        edf_heap_insert(&edf->waiting, task);
    }
    atomic_store_explicit(&scheduler->current, 0, memory_order_release);
    stats_run(&task->count, atomic_load_explicit(&task->stats, memory_order_relaxed),
              end_ns > start_ns ? end_ns - start_ns : 0, end_ns > deadline_ns,
              result != TACTUS_RESCHEDULE && result != TACTUS_COMPLETED);
}

/* Takes the heaps for the thread; a control thread has them for a few steps at most, unless it is
 * stopped there. */
static bool thread_enter(struct edf *edf)
{
    tactus_scheduler *scheduler = edf->scheduler;
    const struct tactus_port *port = &scheduler->runtime->port;
    uint64_t until_ns = 0;
    while (!owner_take(edf, EDF_THREAD)) {
        uint64_t now_ns = runtime_clock_ns(scheduler->runtime);
        if (until_ns == 0)
            until_ns = now_ns + OWNER_WAIT_NS;
        if (now_ns >= until_ns)
            return false;
        port->ops->word_wait(port->context, &edf->owner, EDF_CONTROL, until_ns);
    }
    atomic_store_explicit(&scheduler->thread, port->ops->thread_id(port->context),
                          memory_order_relaxed);
    return true;
}

int tactus_edf_run(tactus_scheduler *scheduler, uint64_t *next_ns)
{
    struct edf *edf = edf_of(scheduler);
    if (!thread_enter(edf)) {
        *next_ns = runtime_clock_ns(scheduler->runtime);
        return 0;
    }
    posts_apply(edf);
    uint64_t now_ns = runtime_clock_ns(scheduler->runtime);
    starts_apply(edf, now_ns);
    struct tactus_pool_task *task = heap_first_live(&edf->ready);
    *next_ns = now_ns;
    if (task != NULL) {
        task_run(edf, task, now_ns);
        posts_apply(edf);
    } else {
        struct tactus_pool_task *waiting = heap_first_live(&edf->waiting);
        *next_ns = waiting != NULL ? waiting->part.edf.start_ns : UINT64_MAX;
    }
    atomic_store_explicit(&scheduler->thread, 0, memory_order_relaxed);
    owner_give(edf);
    return task != NULL;
}

/* --- control --------------------------------------------------------------------------------- */

static void activate(tactus_scheduler *scheduler)
{
    const struct tactus_port *port = &scheduler->runtime->port;
    port->ops->activate(port->context, scheduler->core, (tactus_activation)scheduler->type);
}

static tactus_status edf_reschedule(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                                    uint64_t start_ns)
{
    uint64_t now_ns = runtime_clock_ns(scheduler->runtime);
    struct task_request_copy copy = {
        .start = start_ns < UINT64_MAX - now_ns ? now_ns + start_ns : UINT64_MAX - 1u,
        .arrival = atomic_fetch_add_explicit(&scheduler->arrivals, 1u, memory_order_relaxed),
    };
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    request_write(&task->request, &copy, true);
    bool pushed;
    tactus_status status =
        post_move(&scheduler->posts, task, word_generation(word), EVENT_SCHEDULE, &pushed);
    if (pushed)
        activate(scheduler);
    return status;
}

static tactus_status edf_schedule(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                                  const struct tactus_schedule_request *request)
{
    if (request->period_ns != 0)
        return TACTUS_E_PERIOD;
    /* A task that runs is queued already, and decides by its return value what comes next. */
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    if (word_state(word) == WORD_QUEUED &&
        atomic_load_explicit(&scheduler->current, memory_order_acquire) == task->index + 1u)
        return TACTUS_OK;
    return edf_reschedule(scheduler, task, request->start_ns);
}

/* tactus_task_reschedule moves a queued task, and no other. */
static tactus_status edf_move(tactus_scheduler *scheduler, struct tactus_pool_task *task,
                              uint64_t start_ns)
{
    uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
    if (word_state(word) != WORD_QUEUED)
        return TACTUS_E_STATE;
    return edf_reschedule(scheduler, task, start_ns);
}

/* Nothing to do: the thread reads the word before each run. */
static tactus_status edf_cancel(tactus_scheduler *scheduler, struct tactus_pool_task *task)
{
    (void)scheduler;
    (void)task;
    return TACTUS_OK;
}

/* Posts, and waits for the thread to let go of the task. Where the thread does not come although it
 * is in no run, the caller does it. */
static tactus_status edf_free(tactus_scheduler *scheduler, struct tactus_pool_task *task)
{
    struct edf *edf = edf_of(scheduler);
    tactus_runtime *runtime = scheduler->runtime;
    const struct tactus_port *port = &runtime->port;
    uint64_t now_ns = runtime_clock_ns(runtime);
    uint64_t until_ns = now_ns + FREE_WAIT_NS;
    uint64_t help_ns = now_ns + FREE_SLICE_NS;
    /* From inside a task the run that is waited for may wait for the caller's. */
    bool waits_for_run = !runtime_in_task(runtime);
    bool pushed;
    tactus_status status = post_state(&scheduler->posts, task, WORD_FREEING, &pushed);
    if (status == TACTUS_OK)
        activate(scheduler);
    for (;;) {
        uint32_t word = atomic_load_explicit(&task->word, memory_order_acquire);
        if (word_state(word) != WORD_FREEING)
            return TACTUS_OK;
        now_ns = runtime_clock_ns(runtime);
        if (waits_for_run && atomic_load_explicit(&scheduler->current, memory_order_relaxed) != 0) {
            until_ns = now_ns + FREE_WAIT_NS;
            help_ns = now_ns + FREE_SLICE_NS;
        }
        if (now_ns >= help_ns && owner_take(edf, EDF_CONTROL)) {
            posts_apply(edf);
            owner_give(edf);
            continue;
        }
        if (now_ns >= until_ns)
            return TACTUS_E_TIMED_OUT;
        port->ops->word_wait(port->context, &task->word, word, now_ns + FREE_SLICE_NS);
    }
}

static tactus_status edf_quiesce(tactus_scheduler *scheduler)
{
    struct edf *edf = edf_of(scheduler);
    tactus_runtime *runtime = scheduler->runtime;
    const struct tactus_port *port = &runtime->port;
    uint64_t until_ns = runtime_clock_ns(runtime) + FREE_WAIT_NS;
    for (;;) {
        uint32_t owner = atomic_load_explicit(&edf->owner, memory_order_acquire);
        if (owner == EDF_FREE)
            return TACTUS_OK;
        if (runtime_clock_ns(runtime) >= until_ns)
            return TACTUS_E_TIMED_OUT;
        port->ops->word_wait(port->context, &edf->owner, owner, until_ns);
    }
}

static void edf_deinit(tactus_scheduler *scheduler)
{
    struct edf *edf = edf_of(scheduler);
    tactus_heap *heap = scheduler->runtime->heap;
    /* They came from there, or are NULL. */
    tactus_status status = tactus_heap_free(heap, edf->waiting.tasks);
    (void)status;
    status = tactus_heap_free(heap, edf->ready.tasks);
    (void)status;
}

static const struct tactus_scheduler_ops edf_ops = {
    .schedule = edf_schedule,
    .cancel = edf_cancel,
    .free = edf_free,
    .reschedule = edf_move,
    .quiesce = edf_quiesce,
    .deinit = edf_deinit,
};

tactus_status tactus_edf_register(tactus_runtime *runtime, uint32_t core,
                                  const struct tactus_edf_config *config,
                                  tactus_scheduler **scheduler)
{
    (void)config; /* nothing to configure yet */
    if (runtime == NULL || scheduler == NULL)
        return TACTUS_E_INVALID;
    tactus_scheduler *made;
    tactus_status status =
        tactus_scheduler_register(runtime, TACTUS_EDF, core, &edf_ops, sizeof(struct edf), &made);
    if (status != TACTUS_OK)
        return status;
    struct edf *edf = edf_of(made);
    size_t heap_bytes = runtime->pool.tasks_max * sizeof *edf->waiting.tasks;
    edf->scheduler = made;
    edf->waiting.place = EDF_WAITING;
    edf->ready.place = EDF_READY;
    edf->waiting.tasks = tactus_heap_alloc(runtime->heap, TACTUS_HEAP_ZERO, heap_bytes, 64u);
    edf->ready.tasks = tactus_heap_alloc(runtime->heap, TACTUS_HEAP_ZERO, heap_bytes, 64u);
    if (edf->waiting.tasks == NULL || edf->ready.tasks == NULL) {
        edf_deinit(made);
        registry_remove(made);
        return TACTUS_E_NO_MEMORY;
    }
    *scheduler = made;
    return TACTUS_OK;
}
