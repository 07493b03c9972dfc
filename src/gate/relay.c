/* SPDX-License-Identifier: BSD-3-Clause */
#include "relay.h"

#include <stdatomic.h>

static bool is_after(uint32_t tick, uint32_t other)
{
    return (int32_t)(tick - other) > 0;
}

static uint64_t begin_ns(const struct relay_board *board)
{
    uint64_t low = atomic_load_explicit(&board->begin_low_ns, memory_order_relaxed);
    uint64_t high = atomic_load_explicit(&board->begin_high_ns, memory_order_relaxed);
    return high << 32 | low;
}

/* The nearest earlier stage that takes part, or RELAY_KERNEL. */
static uint32_t predecessor(const struct relay_view *view, uint32_t stage)
{
    uint32_t i = stage == RELAY_KERNEL ? view->board->stages : stage;
    while (i > 0) {
        i--;
        if (atomic_load_explicit(&view->board->stage[i].absent, memory_order_relaxed) == 0) {
            return i;
        }
    }
    return RELAY_KERNEL;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

enum relay_turn relay_ask(const struct relay_view *view, uint32_t stage, uint32_t finished,
                          uint64_t now_ns, uint32_t *up_to, struct relay_wait *wait)
{
    struct relay_board *board = view->board;
    if (atomic_load_explicit(&board->stop, memory_order_relaxed) != 0) {
        return RELAY_STOP;
    }
    uint32_t before = predecessor(view, stage);
    uint32_t offered =
        before == RELAY_KERNEL ? 0 : atomic_load_explicit(view->done[before], memory_order_acquire);
    /* Read after the done word, the target is never behind an honest one. */
    uint32_t target = atomic_load_explicit(&board->target, memory_order_acquire);
    if (before == RELAY_KERNEL || is_after(offered, target)) {
        offered = target;
        *wait = (struct relay_wait){&board->target, target, 0};
    } else {
        *wait = (struct relay_wait){view->done[before], offered, 0};
    }
    if (is_after(offered, finished)) {
        *up_to = offered;
        return RELAY_RUN;
    }
    wait->until_ns = now_ns + RELAY_LOOK_NS;
    if (board->live != 0 && before != RELAY_KERNEL) {
        uint64_t deadline_ns = begin_ns(board) + board->stage[before].deadline_offset_ns;
        if (is_after(target, finished)) {
            if (now_ns >= deadline_ns) {
                *up_to = target;
                return RELAY_RUN;
            }
        } else {
            deadline_ns += board->tick_ns;
        }
        /* The next tick may be late or may never come: then look again, but without haste. */
        wait->until_ns =
            deadline_ns > now_ns ? earlier(deadline_ns, wait->until_ns) : now_ns + board->tick_ns;
    }
    return RELAY_WAIT;
}

uint32_t relay_straggler(const struct relay_view *view, uint32_t tick)
{
    uint32_t stages = view->board->stages;
    for (uint32_t i = 0; i < stages; i++) {
        bool takes_part =
            atomic_load_explicit(&view->board->stage[i].absent, memory_order_relaxed) == 0;
        if (takes_part &&
            is_after(tick, atomic_load_explicit(view->done[i], memory_order_acquire))) {
            return i;
        }
    }
    return stages;
}

void relay_finish(const struct relay_view *view, uint32_t stage, uint32_t tick)
{
    atomic_store_explicit(view->done[stage], tick, memory_order_release);
}

void relay_open(struct relay_board *board, uint32_t tick, uint64_t begin)
{
    atomic_store_explicit(&board->begin_low_ns, (uint32_t)begin, memory_order_relaxed);
    atomic_store_explicit(&board->begin_high_ns, (uint32_t)(begin >> 32), memory_order_relaxed);
    atomic_store_explicit(&board->target, tick, memory_order_release);
}
