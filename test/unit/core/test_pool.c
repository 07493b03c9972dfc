/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"
#include "post.h"
#include "random.h"
#include "word64.h"

#define TASKS      8u
#define OPERATIONS 300000u

struct fixture {
    struct tactus_pool_task tasks[TASKS];
    struct task_pool pool;
};

static int up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof fixture);
    fixture.pool.tasks = fixture.tasks;
    fixture.pool.tasks_max = TASKS;
    for (uint32_t i = 0; i < TASKS; i++) {
        fixture.tasks[i].index = i;
        fixture.tasks[i].word = word_make(1, WORD_VACANT);
    }
    *state = &fixture;
    return 0;
}

/* The table of task.h, in words: what each event makes of each state, RUNNING being QUEUED to the
 * word. "-" is refused. I Q C X F: INIT QUEUED COMPLETED CANCELLED FREE. */
static const struct {
    char from;
    const char *to; /* schedule, completed, cancel, free */
} table[] = {{'I', "Q-XF"}, {'Q', "QCXF"}, {'C', "Q-XF"}, {'X', "QXXF"}, {'F', "----"}};

static char letter_of(enum task_word_state state)
{
    return state == WORD_REFUSED ? '-' : "IQRCXF"[task_public_state(state)];
}

static void R6_transitions_are_those_of_the_table(void **state)
{
    static const enum task_event events[] = {EVENT_SCHEDULE, EVENT_COMPLETE, EVENT_CANCEL,
                                             EVENT_FREE};
    (void)state;
    for (uint32_t word = 0; word < WORD_STATES; word++) {
        char from = letter_of((enum task_word_state)word);
        for (uint32_t row = 0; row < sizeof table / sizeof table[0]; row++) {
            if (table[row].from != from)
                continue;
            for (uint32_t column = 0; column < 4; column++)
                assert_int_equal(letter_of(task_step((enum task_word_state)word, events[column])),
                                 table[row].to[column]);
        }
    }
    assert_int_equal(task_step(WORD_STATES, EVENT_FREE), WORD_REFUSED);
    assert_int_equal(task_step(WORD_INIT, TASK_EVENTS), WORD_REFUSED);
}

static void R6_random_events_follow_a_naive_model(void **state)
{
    struct fixture *fixture = *state;
    struct random_source random = random_start("task states");
    struct tactus_pool_task *task = &fixture->tasks[0];
    char now = 'V';
    uint32_t generation = 1;
    static const char names[] = "VRIQCXSFL"; /* in the order of enum task_word_state */
    static const char *const moves[TASK_EVENTS] = {[EVENT_SCHEDULE] = "IQ QQ CQ XQ SQ",
                                                   [EVENT_COMPLETE] = "QC XX SS",
                                                   [EVENT_CANCEL] = "IX QS CX XX SS",
                                                   [EVENT_FREE] = "IF QF CF XF SF",
                                                   [EVENT_RELEASE] = "FL",
                                                   [EVENT_GIVE_UP] = "FX",
                                                   [EVENT_RESERVE] = "VR",
                                                   [EVENT_INIT] = "RI",
                                                   [EVENT_RECYCLE] = "RV LV"};
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        enum task_event event = (enum task_event)random_below(&random, TASK_EVENTS);
        uint32_t asked = random_below(&random, 8) == 0 ? generation + 1 : generation;
        char next = '-';
        for (const char *move = moves[event]; asked == generation; move += 3) {
            if (move[0] == now)
                next = move[1];
            if (move[2] == '\0')
                break;
        }
        uint32_t before = 0;
        tactus_status status = TACTUS_OK;
        if (event == EVENT_RECYCLE && next != '-') {
            pool_recycle(task);
            generation++;
        } else if (event == EVENT_RECYCLE) {
            continue;
        } else {
            status = task_move(task, asked, event, &before);
        }
        assert_int_equal(status == TACTUS_OK, next != '-');
        if (status == TACTUS_OK && event != EVENT_RECYCLE)
            assert_int_equal(names[word_state(before)], now);
        if (asked != generation && event != EVENT_RECYCLE)
            assert_int_equal(status, TACTUS_E_STALE);
        if (next != '-')
            now = next;
        assert_int_equal(names[word_state(task->word)], now);
        assert_int_equal(word_generation(task->word), generation);
    }
}

static void R5_a_record_that_used_up_its_generations_is_retired(void **state)
{
    struct fixture *fixture = *state;
    for (uint32_t i = 0; i < TASKS; i++)
        fixture->tasks[i].word = word_make(WORD_GENERATION_MAX, WORD_VACANT);
    for (uint32_t i = 0; i < TASKS; i++) {
        struct tactus_pool_task *task = pool_reserve(&fixture->pool);
        assert_non_null(task);
        assert_false(pool_is_vacant(&fixture->pool));
        pool_recycle(task);
    }
    assert_null(pool_reserve(&fixture->pool));
    assert_true(pool_is_vacant(&fixture->pool));
}

static void the_pool_gives_each_record_once(void **state)
{
    struct fixture *fixture = *state;
    struct tactus_pool_task *taken[TASKS];
    for (uint32_t i = 0; i < TASKS; i++) {
        taken[i] = pool_reserve(&fixture->pool);
        assert_non_null(taken[i]);
        for (uint32_t j = 0; j < i; j++)
            assert_ptr_not_equal(taken[i], taken[j]);
    }
    assert_null(pool_reserve(&fixture->pool));
    pool_recycle(taken[3]);
    assert_ptr_equal(pool_reserve(&fixture->pool), taken[3]);
    assert_null(pool_task(&fixture->pool, (tactus_task){TASKS, 1}));
    assert_null(pool_task(&fixture->pool, (tactus_task){0, 0}));
}

static void the_busy_bit_is_had_by_one(void **state)
{
    struct fixture *fixture = *state;
    struct tactus_pool_task *task = &fixture->tasks[0];
    uint32_t before;
    task->word = word_make(5, WORD_INIT);
    assert_int_equal(task_pin(task, 4, EVENT_SCHEDULE, &before), TACTUS_E_STALE);
    assert_int_equal(task_pin(task, 5, EVENT_RELEASE, &before), TACTUS_E_STATE);
    assert_int_equal(task_pin(task, 5, EVENT_SCHEDULE, &before), TACTUS_OK);
    assert_int_equal(task_pin(task, 5, EVENT_SCHEDULE, &before), TACTUS_E_EXISTS);
    assert_int_equal(task_move(task, 5, EVENT_CANCEL, NULL), TACTUS_OK);
    assert_int_equal(task->word, word_make(5, WORD_CANCELLED) | WORD_BUSY);
    task_unpin(task);
    assert_int_equal(task->word, word_make(5, WORD_CANCELLED));
}

static void a_task_is_posted_once_until_it_is_taken(void **state)
{
    struct fixture *fixture = *state;
    struct post_list list = {NULL};
    bool pushed;
    for (uint32_t i = 0; i < 3; i++) {
        fixture->tasks[i].word = word_make(1, WORD_INIT);
        assert_int_equal(post_move(&list, &fixture->tasks[i], 1, EVENT_SCHEDULE, &pushed),
                         TACTUS_OK);
        assert_true(pushed);
        assert_int_equal(post_state(&list, &fixture->tasks[i], WORD_QUEUED, &pushed), TACTUS_OK);
        assert_false(pushed);
    }
    assert_int_equal(post_state(&list, &fixture->tasks[0], WORD_FREEING, &pushed), TACTUS_E_STATE);
    struct tactus_pool_task *task = post_take(&list);
    assert_true(post_list_is_empty(&list));
    for (uint32_t i = 3; i-- > 0; task = task->post_next) {
        assert_ptr_equal(task, &fixture->tasks[i]);
        assert_int_equal(post_open(task), word_make(1, WORD_QUEUED) | WORD_POSTED);
    }
    assert_null(task);
}

static bool priority_is_before(const struct tactus_pool_task *left,
                               const struct tactus_pool_task *right)
{
    return left->applied < right->applied;
}

static void chains_are_sorted_and_equals_keep_their_order(void **state)
{
    static struct tactus_pool_task tasks[1000];
    struct random_source random = random_start("chain");
    (void)state;
    for (uint32_t count = 0; count <= 1000; count += count < 20 ? 1 : 98) {
        struct tactus_pool_task *chain = NULL;
        for (uint32_t i = count; i-- > 0;) {
            tasks[i].index = i;
            tasks[i].applied = random_below(&random, 10);
            tasks[i].next = chain;
            chain = &tasks[i];
        }
        chain = chain_sort(chain, priority_is_before);
        uint32_t found = 0;
        for (; chain != NULL; chain = chain->next, found++) {
            if (chain->next != NULL)
                assert_true(
                    chain->applied < chain->next->applied ||
                    (chain->applied == chain->next->applied && chain->index < chain->next->index));
        }
        assert_int_equal(found, count);
    }
}

static void a_request_is_read_whole_or_not_at_all(void **state)
{
    struct fixture *fixture = *state;
    struct task_request *request = &fixture->tasks[0].request;
    struct task_request_copy copy = {.start = UINT64_C(0x100000002),
                                     .period = UINT64_MAX,
                                     .arrival = 9,
                                     .anchor = TACTUS_ANCHOR_AFTER,
                                     .reference = {3, 4}};
    struct task_request_copy read;
    request_write(request, &copy, true);
    assert_true(request_read(request, &read));
    assert_true(read.start == copy.start && read.period == copy.period && read.arrival == 9 &&
                read.reference.index == 3 && read.reference.generation == 4);
    copy.start = 1;
    copy.arrival = 77;
    request_write(request, &copy, false);
    assert_true(request_read(request, &read));
    assert_true(read.start == 1 && read.arrival == 9 && read.sequence == 4);
    request->sequence++;
    assert_false(request_read(request, &read));
}

static void a_word_of_64_bits_holds_what_was_written_last(void **state)
{
    struct word64 word = {0};
    (void)state;
    assert_true(word64_read(&word) == 0);
    for (uint64_t i = 0; i < 5; i++) {
        word64_write(&word, UINT64_MAX - i);
        assert_true(word64_read(&word) == UINT64_MAX - i);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(R6_transitions_are_those_of_the_table),
        TEST(R6_random_events_follow_a_naive_model),
        TEST(R5_a_record_that_used_up_its_generations_is_retired),
        TEST(the_pool_gives_each_record_once),
        TEST(the_busy_bit_is_had_by_one),
        TEST(a_task_is_posted_once_until_it_is_taken),
        TEST(chains_are_sorted_and_equals_keep_their_order),
        TEST(a_request_is_read_whole_or_not_at_all),
        TEST(a_word_of_64_bits_holds_what_was_written_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
