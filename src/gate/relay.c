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

static bool takes_part(const struct relay_board *board, uint32_t stage)
{
    return atomic_load_explicit(&board->stage[stage].absent, memory_order_relaxed) == 0;
}

static uint64_t deadline_ns(const struct relay_board *board, uint32_t stage)
{
    return begin_ns(board) + board->stage[stage].deadline_offset_ns;
}

/* What the stages before one have to say, nearest first. Everything is counted from the asker's own
 * `finished`, so that a word that lies behind it, however far, is one to wait for. */
struct survey {
    int32_t ahead;       /* how many ticks all of them have finished or are passed over in */
    uint32_t unfinished; /* the nearest one to wait for; RELAY_KERNEL: none */
    uint32_t expected;   /* the word to wait for as read: its done word, or else the target */
    bool is_open;        /* a tick beyond `finished` has begun */
};

static struct survey survey_before(const struct relay_view *view, uint32_t stages,
                                   uint32_t finished, uint64_t now_ns)
{
    const struct relay_board *board = view->board;
    uint32_t target = atomic_load_explicit(&board->target, memory_order_acquire);
    bool is_open = is_after(target, finished);
    bool was_passed_over = false;
    struct survey survey = {INT32_MAX, RELAY_KERNEL, 0, is_open};
    for (uint32_t i = stages; i-- > 0;) {
        if (!takes_part(board, i)) {
            continue;
        }
        if (board->live != 0 && is_open && now_ns >= deadline_ns(board, i)) {
            was_passed_over = true;
            continue;
        }
        uint32_t done = atomic_load_explicit(view->done[i], memory_order_acquire);
        int32_t ahead = (int32_t)(done - finished);
        survey.ahead = ahead < survey.ahead ? ahead : survey.ahead;
        if (ahead <= 0 && survey.unfinished == RELAY_KERNEL) {
            survey.unfinished = i;
            survey.expected = done;
        }
    }
    if (!was_passed_over) {
        /* Read after the done words, it is never behind an honest one, which saves a look. But who
         * is passed over, is so in the tick whose deadline was compared and in no later one. */
        target = atomic_load_explicit(&board->target, memory_order_acquire);
    }
    int32_t ahead = (int32_t)(target - finished);
    survey.ahead = ahead < survey.ahead ? ahead : survey.ahead;
    survey.expected = survey.unfinished == RELAY_KERNEL ? target : survey.expected;
    return survey;
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
    uint32_t stages = stage == RELAY_KERNEL ? board->stages : stage;
    struct survey survey = survey_before(view, stages, finished, now_ns);
    if (survey.ahead > 0) {
        *up_to = finished + (uint32_t)survey.ahead;
        return RELAY_RUN;
    }
    wait->until_ns = now_ns + RELAY_LOOK_NS;
    if (survey.unfinished == RELAY_KERNEL) {
        wait->word = &board->target;
        wait->expected = survey.expected;
        return RELAY_WAIT;
    }
    wait->word = view->done[survey.unfinished];
    wait->expected = survey.expected;
    if (board->live != 0) {
        /* The deadline in this tick or, before it has begun, in the next one. That may be late or
         * never come: then look again without haste. */
        uint64_t deadline =
            deadline_ns(board, survey.unfinished) + (survey.is_open ? 0 : board->tick_ns);
        wait->until_ns =
            earlier(deadline > now_ns ? deadline : now_ns + board->tick_ns, wait->until_ns);
    }
    return RELAY_WAIT;
}

uint32_t relay_straggler(const struct relay_view *view, uint32_t tick)
{
    uint32_t stages = view->board->stages;
    for (uint32_t i = 0; i < stages; i++) {
        uint32_t done = atomic_load_explicit(view->done[i], memory_order_acquire);
        if (takes_part(view->board, i) && is_after(tick, done)) {
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
