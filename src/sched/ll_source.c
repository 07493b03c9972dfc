/* SPDX-License-Identifier: BSD-3-Clause */
#include "ll.h"

#define ATTEMPTS   1000u
#define WAIT_TICKS 100u

static uint32_t source_word(enum ll_source_state state, uint32_t count)
{
    return (uint32_t)state << SOURCE_SHIFT | count;
}

static enum ll_source_state source_state(uint32_t word)
{
    return (enum ll_source_state)(word >> SOURCE_SHIFT);
}

/* With the store the tick side, and soon the scheduler, may be somebody else's: what comes after it
 * uses a copy of the port, and of the word only the address. */
static void source_set(struct ll *ll, enum ll_source_state state)
{
    struct tactus_port port = ll->scheduler->runtime->port;
    atomic_store_explicit(&ll->source, source_word(state, 0), memory_order_release);
    port.ops->word_wake(port.context, &ll->source);
}

bool ll_wait(struct ll *ll, tactus_atomic_u32 *word, uint32_t value, uint64_t until_ns)
{
    tactus_runtime *runtime = ll->scheduler->runtime;
    if (runtime_clock_ns(runtime) >= until_ns)
        return false;
    runtime->port.ops->word_wait(runtime->port.context, word, value, until_ns);
    return true;
}

bool ll_source_join(struct ll *ll, bool is_mine, uint32_t *word)
{
    *word = atomic_load_explicit(&ll->source, memory_order_acquire);
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        enum ll_source_state state = source_state(*word);
        /* The tick thread itself runs, so that the start has succeeded, told or not. */
        if (state != SOURCE_RUNNING && !(is_mine && state == SOURCE_STARTING))
            return false;
        if (atomic_compare_exchange_weak_explicit(&ll->source, word, *word + 1u,
                                                  memory_order_acq_rel, memory_order_acquire))
            return true;
    }
    return false;
}

void ll_source_leave(struct ll *ll, uint32_t count)
{
    atomic_fetch_sub_explicit(&ll->source, count, memory_order_acq_rel);
}

bool ll_source_claim(struct ll *ll)
{
    uint32_t word = source_word(SOURCE_STOPPED, 0);
    return atomic_compare_exchange_strong_explicit(&ll->source, &word,
                                                   source_word(SOURCE_CLAIMED, 0),
                                                   memory_order_acq_rel, memory_order_acquire);
}

void ll_source_unclaim(struct ll *ll)
{
    source_set(ll, SOURCE_STOPPED);
}

/* By whoever has claimed the tick side. On success the caller has joined. */
static tactus_status source_start(struct ll *ll)
{
    tactus_scheduler *scheduler = ll->scheduler;
    const struct tactus_port *port = &scheduler->runtime->port;
    /* The tick thread may come before tick_start returns; it is the tick side from here on. */
    atomic_store_explicit(&ll->source, source_word(SOURCE_STARTING, 1u), memory_order_release);
    tactus_status status =
        port->ops->tick_start(port->context, scheduler->core, (tactus_activation)scheduler->type);
    if (status != TACTUS_OK) {
        source_set(ll, SOURCE_STOPPED);
        return status;
    }
    atomic_fetch_add_explicit(&ll->source,
                              source_word(SOURCE_RUNNING, 0) - source_word(SOURCE_STARTING, 0),
                              memory_order_acq_rel);
    port->ops->word_wake(port->context, &ll->source);
    return TACTUS_OK;
}

tactus_status ll_source_enter(struct ll *ll)
{
    tactus_runtime *runtime = ll->scheduler->runtime;
    bool is_mine = scheduler_is_mine(ll->scheduler);
    uint32_t word;
    if (ll_source_join(ll, is_mine, &word))
        return TACTUS_OK;
    /* From inside a tick of another scheduler a source can be neither started nor waited for. */
    if (runtime_in_tick(runtime))
        return TACTUS_E_STATE;
    uint64_t until_ns = runtime_clock_ns(runtime) + WAIT_TICKS * ll->tick_ns;
    for (;;) {
        if (ll_source_join(ll, false, &word))
            return TACTUS_OK;
        if (ll_source_claim(ll))
            return source_start(ll);
        if (source_state(word) == SOURCE_STOPPED || source_state(word) == SOURCE_RUNNING)
            continue; /* it just became so */
        if (!ll_wait(ll, &ll->source, word, until_ns))
            return TACTUS_E_TIMED_OUT;
    }
}

bool ll_source_try_stop(struct ll *ll)
{
    tactus_scheduler *scheduler = ll->scheduler;
    const struct tactus_port *port = &scheduler->runtime->port;
    uint32_t word = source_word(SOURCE_RUNNING, 0);
    if (ll->run_count > 0 || atomic_load_explicit(&ll->source, memory_order_relaxed) != word ||
        !atomic_compare_exchange_strong_explicit(&ll->source, &word,
                                                 source_word(SOURCE_STOPPING, 0),
                                                 memory_order_acq_rel, memory_order_relaxed))
        return false;
    /* What was due and not run by now passes with the stop: the next first task is not to make up
     * for it. */
    if (ll->target_cycle > ll->cycle)
        ll->cycle = ll->target_cycle;
    port->ops->tick_stop(port->context, scheduler->core, (tactus_activation)scheduler->type);
    atomic_store_explicit(&scheduler->thread, 0, memory_order_relaxed);
    source_set(ll, SOURCE_STOPPED);
    return true;
}
