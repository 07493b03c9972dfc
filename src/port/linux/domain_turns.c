/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The LL thread of a domain. It follows the relay for as long as the domain takes part in it, also
 * when the last task has left and the kernel side does not know yet; otherwise it sleeps.
 */
#include <stdatomic.h>
#include <stdbool.h>

#include "domain_side.h"
#include "os.h"

static uint32_t finished_tick(const struct tactus_domain *domain, uint32_t stage)
{
    return atomic_load_explicit(domain->view.done[stage], memory_order_relaxed);
}

static bool is_ticking(const struct tactus_domain *domain)
{
    return atomic_load_explicit(&domain->is_ticking, memory_order_acquire) != 0;
}

static bool is_absent(const struct tactus_domain *domain)
{
    const struct relay_stage *stage = &domain->view.board->stage[domain->turns[0]];
    return atomic_load_explicit(&stage->absent, memory_order_relaxed) != 0;
}

static void publish(struct tactus_domain *domain, uint32_t stage, uint32_t tick)
{
    relay_finish(&domain->view, stage, tick);
    /* Each party sleeps on one word; where they have real-time priority they come first, before
     * the sleepers that anybody may add. */
    os_word_wake_first(domain->view.done[stage], domain->hello.realtime != 0
                                                     ? domain->view.board->stages + 1
                                                     : OS_ALL_SLEEPERS);
}

/* Runs its tasks of one tick up to the turn's span, if it has any for this tick: what passed before
 * tick_start does not count. */
static void run_cycle(struct tactus_domain *domain, uint32_t turn, uint32_t tick)
{
    bool is_last = turn + 1 == domain->turns_count;
    uint32_t stage = domain->turns[turn];
    if (turn == 0) {
        domain->runs_cycle =
            is_ticking(domain) &&
            (int32_t)(tick - atomic_load_explicit(&domain->start_tick, memory_order_relaxed)) > 0;
        domain->cycle += domain->runs_cycle ? 1 : 0;
    }
    if (domain->runs_cycle) {
        tactus_ll_run(domain->ll, domain->cycle,
                      is_last ? INT32_MAX : domain->view.board->stage[stage].span_priority,
                      UINT32_MAX);
    }
}

static void take_turn(struct tactus_domain *domain, uint32_t turn, uint32_t up_to)
{
    uint32_t stage = domain->turns[turn];
    uint32_t finished = finished_tick(domain, stage);
    if (domain->turns_count > 1) {
        up_to = finished + 1; /* one tick at a time, or its turns would overtake each other */
    }
    for (uint32_t tick = finished; tick != up_to;) {
        tick++;
        run_cycle(domain, turn, tick);
    }
    publish(domain, stage, up_to);
}

/* Sleeps until there is something to run; the ticks up to then are over. */
static void sleep_until_ticking(struct tactus_domain *domain)
{
    while (!is_ticking(domain)) {
        os_word_wait(&domain->is_ticking, OS_PRIVATE, 0, UINT64_MAX);
    }
    uint32_t start_tick = atomic_load_explicit(&domain->start_tick, memory_order_relaxed);
    for (uint32_t i = 0; i < domain->turns_count; i++) {
        if ((int32_t)(start_tick - finished_tick(domain, domain->turns[i])) > 0) {
            publish(domain, domain->turns[i], start_tick);
        }
    }
}

void domain_turns_run(struct tactus_domain *domain)
{
    uint32_t turn = 0;
    os_cpu_bind(domain->hello.cpu);
    if (domain->turns_count == 0) {
        return;
    }
    for (;;) {
        uint32_t up_to = 0;
        uint32_t stage = domain->turns[turn];
        struct relay_wait wait;
        if (!is_ticking(domain) && is_absent(domain)) {
            sleep_until_ticking(domain);
            turn = 0;
            continue;
        }
        switch (relay_ask(&domain->view, stage, finished_tick(domain, stage), os_clock_ns(), &up_to,
                          &wait)) {
        case RELAY_RUN:
            take_turn(domain, turn, up_to);
            turn = (turn + 1) % domain->turns_count;
            break;
        case RELAY_WAIT:
            os_word_wait(wait.word, OS_SHARED, wait.expected, wait.until_ns);
            break;
        case RELAY_STOP:
            return;
        }
    }
}
