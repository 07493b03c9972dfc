/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A completion against control, in every order: the compare-and-swaps of task_complete are
 * preceded by whatever control calls the test puts there, so that each interleaving is met and none
 * by chance. The result is to be that of some order of whole steps.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* A pointer, since what it calls makes exchanges too. */
static void (*before_exchange)(void);

#undef atomic_compare_exchange_strong_explicit
#define atomic_compare_exchange_strong_explicit(...)                                               \
    (before_exchange(), atomic_compare_exchange_weak_explicit(__VA_ARGS__))
#include "pool.c" /* NOLINT(bugprone-suspicious-include): its very steps are what is tested */
#undef atomic_compare_exchange_strong_explicit

#include "post.h"

#define GENERATION 1u
#define APPLIED    2u
#define CALLS_MAX  4u

static struct tactus_pool_task task;
static struct post_list posts;
static char calls[2][CALLS_MAX + 1]; /* before the first exchange of a completion, and the second */
static uint32_t exchange = 2;

/* What a scheduler makes of schedule, as the LL one does. */
static void call_schedule(void)
{
    struct task_request_copy copy = {0};
    uint32_t word = 0;
    bool pushed;
    assert_int_equal(task_pin(&task, GENERATION, EVENT_SCHEDULE, &word), TACTUS_OK);
    if (word_state(word) != WORD_QUEUED) {
        request_write(&task.request, &copy, false);
        assert_int_equal(post_move(&posts, &task, GENERATION, EVENT_SCHEDULE, &pushed), TACTUS_OK);
    }
    task_unpin(&task);
}

/* c: cancel, s: schedule, x: the run completes and nothing comes in between. */
static void control(const char *steps_of)
{
    for (; *steps_of != '\0'; steps_of++) {
        if (*steps_of == 'c') {
            assert_int_equal(task_move(&task, GENERATION, EVENT_CANCEL, NULL), TACTUS_OK);
        } else if (*steps_of == 's') {
            call_schedule();
        } else {
            task_complete(&task, GENERATION, APPLIED);
        }
    }
}

static void control_comes_between(void)
{
    if (exchange < 2) {
        const char *now = calls[exchange++];
        uint32_t outer = exchange;
        exchange = 2; /* the calls' own exchanges are met by nobody */
        control(now);
        exchange = outer;
    }
}

/* A task that runs, and whose request was taken in. `is_posted`: it was posted once more between
 * the boundary's look at the word and its look at the request, which is that of this post. */
static void begin(bool is_posted)
{
    memset(&task, 0, sizeof task);
    memset(&posts, 0, sizeof posts);
    task.request.sequence = APPLIED;
    task.word = word_make(GENERATION, WORD_QUEUED) | (is_posted ? WORD_POSTED : 0);
}

static enum tactus_task_state state_now(void)
{
    assert_int_equal(word_generation(task.word), GENERATION);
    assert_int_equal(task.word & WORD_BUSY, 0);
    return task_public_state(word_state(task.word));
}

/* All states that some order of whole steps ends in, a bit each. */
static uint32_t states_allowed(bool is_posted, const char *all, uint32_t length)
{
    uint32_t states = 0;
    for (uint32_t at = 0; at <= length; at++) {
        char order[CALLS_MAX + 2];
        (void)snprintf(order, sizeof order, "%.*sx%s", (int)at, all, all + at);
        begin(is_posted);
        control(order);
        states |= 1u << state_now();
    }
    return states;
}

static void check(bool is_posted, const char *all, uint32_t length)
{
    uint32_t allowed = states_allowed(is_posted, all, length);
    for (uint32_t first = 0; first <= length; first++) {
        (void)snprintf(calls[0], sizeof calls[0], "%.*s", (int)first, all);
        (void)snprintf(calls[1], sizeof calls[1], "%s", all + first);
        begin(is_posted);
        exchange = 0;
        task_complete(&task, GENERATION, APPLIED);
        /* What has met no exchange comes afterwards. */
        uint32_t met = exchange;
        exchange = 2;
        for (; met < 2; met++) {
            control(calls[met]);
        }
        if ((allowed & 1u << state_now()) == 0) {
            fail_msg("%s%s|%s ends in state %u, allowed are %#x", is_posted ? "posted, " : "",
                     calls[0], calls[1], (unsigned)state_now(), (unsigned)allowed);
        }
    }
}

static void R6_a_completion_never_undoes_a_newer_wish(void **state)
{
    (void)state;
    before_exchange = control_comes_between;
    for (uint32_t length = 0; length <= CALLS_MAX; length++) {
        for (uint32_t bits = 0; bits < 1u << length; bits++) {
            char all[CALLS_MAX + 1] = {0};
            for (uint32_t i = 0; i < length; i++) {
                all[i] = (bits >> i & 1u) != 0 ? 's' : 'c';
            }
            check(false, all, length);
            check(true, all, length);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(R6_a_completion_never_undoes_a_newer_wish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
