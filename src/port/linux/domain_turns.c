/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdatomic.h>
#include <stdbool.h>

#include "domain_side.h"
#include "os.h"

static uint32_t finished_tick(const struct tactus_domain *domain, uint32_t stage)
{
    return atomic_load_explicit(domain->view.done[stage], memory_order_relaxed);
}

/* Waits for the turn of one stage; false: the run is over, or there is nothing to run. */
static bool wait_for_turn(struct tactus_domain *domain, uint32_t stage, uint32_t *up_to)
{
    for (;;) {
        if (atomic_load_explicit(&domain->is_ticking, memory_order_acquire) == 0) {
            return false;
        }
        struct relay_wait wait;
        enum relay_turn turn = relay_ask(&domain->view, stage, finished_tick(domain, stage),
                                         os_clock_ns(), up_to, &wait);
        if (turn == RELAY_RUN) {
            return true;
        }
        if (turn == RELAY_STOP) {
            return false;
        }
        os_word_wait(wait.word, OS_SHARED, wait.expected, wait.until_ns);
    }
}

static void take_turn(struct tactus_domain *domain, uint32_t turn, uint32_t up_to)
{
    uint32_t stage = domain->turns[turn];
    uint32_t finished = finished_tick(domain, stage);
    bool is_last = turn + 1 == domain->turns_count;
    if (domain->turns_count > 1) {
        up_to = finished + 1; /* one tick at a time, or its turns would overtake each other */
    }
    uint32_t due = up_to - finished;
    int32_t span_priority = is_last ? INT32_MAX : domain->view.board->stage[stage].span_priority;
    tactus_ll_run(domain->ll, domain->cycle + due, span_priority, UINT32_MAX);
    if (is_last) {
        domain->cycle += due;
    }
    relay_finish(&domain->view, stage, up_to);
    os_word_wake(domain->view.done[stage], OS_SHARED);
}

void domain_turns_run(struct tactus_domain *domain)
{
    uint32_t turn = 0;
    os_cpu_bind(domain->hello.cpu);
    if (domain->turns_count == 0) {
        return;
    }
    while (atomic_load_explicit(&domain->view.board->stop, memory_order_relaxed) == 0) {
        uint32_t up_to = 0;
        if (atomic_load_explicit(&domain->is_ticking, memory_order_acquire) == 0) {
            os_word_wait(&domain->is_ticking, OS_PRIVATE, 0, UINT64_MAX);
        } else if (wait_for_turn(domain, domain->turns[turn], &up_to)) {
            take_turn(domain, turn, up_to);
            turn = (turn + 1) % domain->turns_count;
        }
    }
}
