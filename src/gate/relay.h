/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The relay: whose turn it is within a tick, decided by everybody for himself from words that have
 * one writer each.
 *
 *   board (written by the kernel side alone, read by all): up to which tick everybody may run, when
 *   that tick began, and the order of the stages.
 *   done words (one per stage, written by the stage's domain alone, read by the others): the last
 *   tick for which this stage is finished.
 *
 * A stage may run up to the tick that all earlier stages which take part have finished, and the
 * target; in a live run one that has passed its deadline is not waited for. Waiting is on the
 * nearest unfinished one, so that in the ordinary course each party is woken once, by the one
 * before it. A forged done word makes its forger's input seem to be there, a missing or spurious
 * wake costs a look; neither lets anybody run before an honest third stage is done, or beyond the
 * target.
 *
 * Ticks are counted from 1 modulo 2^32 and compared by their signed difference.
 */
#ifndef GATE_RELAY_H
#define GATE_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include <tactus/atomic.h>

#define RELAY_STAGES_MAX 1024u
#define RELAY_KERNEL     UINT32_MAX
/* How long anybody sleeps without looking again, where no deadline says less: a wake that a domain
 * owes and withholds costs its successors no more than this. */
#define RELAY_LOOK_NS UINT64_C(100000000)

struct relay_stage {
    uint64_t deadline_offset_ns; /* after the tick's begin; live only */
    uint32_t done_partition;     /* where its domain keeps its done words */
    uint32_t done_index;         /* its word among them */
    int32_t span_priority;       /* the turn's last task, see tactus_ll_run */
    /* Written by the kernel side (relaxed), read by all: 0 where the stage takes part. A stage
     * whose domain is gone or has nothing to run is not waited for. A stale value costs a look
     * more. */
    tactus_atomic_u32 absent;
};

struct relay_board {
    /* Written by the kernel side's tick thread (release, after begin_ns), read by all (acquire). */
    tactus_atomic_u32 target;
    /* Written once by the kernel side (relaxed) before the last wake: nobody waits any more. */
    tactus_atomic_u32 stop;
    /* Low and high half of the begin of tick `target`; written by the tick thread before target. A
     * reader that meets a torn pair waits for a wrong time once, at most RELAY_LOOK_NS. */
    tactus_atomic_u32 begin_low_ns;
    tactus_atomic_u32 begin_high_ns;
    uint32_t stages; /* fixed before the first tick */
    uint32_t live;   /* likewise */
    uint64_t tick_ns;
    struct relay_stage stage[RELAY_STAGES_MAX];
};

/* One party's view: where it finds the done word of each earlier stage. Private memory. */
struct relay_view {
    struct relay_board *board;                 /* read-only memory in a domain */
    tactus_atomic_u32 *done[RELAY_STAGES_MAX]; /* read-only memory, but for its own */
};

struct relay_wait { /* what to sleep on where it is not yet one's turn */
    tactus_atomic_u32 *word;
    uint32_t expected;
    uint64_t until_ns;
};

enum relay_turn { RELAY_RUN, RELAY_WAIT, RELAY_STOP };

/* May `stage` (RELAY_KERNEL: the kernel side, after all stages) go on, when it has finished tick
 * `finished`? RELAY_RUN: up to tick *up_to. Never blocks. */
enum relay_turn relay_ask(const struct relay_view *view, uint32_t stage, uint32_t finished,
                          uint64_t now_ns, uint32_t *up_to, struct relay_wait *wait);

/* The first stage that takes part and has not finished `tick`; `stages` where all have. */
uint32_t relay_straggler(const struct relay_view *view, uint32_t tick);

/* After `stage` finished `tick`: publishes it. The caller then wakes the waiters of that word. */
void relay_finish(const struct relay_view *view, uint32_t stage, uint32_t tick);

/* The kernel side: opens ticks up to `tick`, the last of which begins at begin_ns. The caller then
 * wakes the waiters of board->target. */
void relay_open(struct relay_board *board, uint32_t tick, uint64_t begin_ns);

#endif
