/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two lists and a set of items against plain arrays of item numbers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "list.h"
#include "random.h"

#define ITEMS      24u
#define LISTS      2u
#define OPERATIONS 200000

struct item {
    uint32_t number;
    struct list_node node; /* deliberately not first */
};

struct order {
    uint32_t numbers[ITEMS];
    uint32_t count;
};

struct world {
    struct list_node heads[LISTS];
    struct item items[ITEMS];
    struct order orders[LISTS];
    struct random_source source;
};

static void order_insert(struct order *order, uint32_t position, uint32_t number)
{
    memmove(&order->numbers[position + 1], &order->numbers[position],
            (order->count - position) * sizeof order->numbers[0]);
    order->numbers[position] = number;
    order->count++;
}

static void order_remove(struct order *order, uint32_t position)
{
    order->count--;
    memmove(&order->numbers[position], &order->numbers[position + 1],
            (order->count - position) * sizeof order->numbers[0]);
}

/* Finds an item in the model; false where it is on no list. */
static bool order_find(const struct world *world, uint32_t number, uint32_t *list,
                       uint32_t *position)
{
    for (*list = 0; *list < LISTS; (*list)++) {
        for (*position = 0; *position < world->orders[*list].count; (*position)++) {
            if (world->orders[*list].numbers[*position] == number)
                return true;
        }
    }
    return false;
}

static bool is_on_list(const struct list_node *head, const struct list_node *node)
{
    const struct list_node *at = head->next;
    while (at != head && at != node) {
        at = at->next;
    }
    return at == node;
}

/* NULL where there is none. */
static struct list_node *removed_first(struct list_node *head)
{
    struct list_node *node = list_is_empty(head) ? NULL : head->next;
    if (node != NULL) {
        list_remove(node);
    }
    return node;
}

static uint32_t number_of(struct list_node *node)
{
    return LIST_ENTRY(node, struct item, node)->number;
}

static void check_list(struct world *world, uint32_t list)
{
    struct list_node *head = &world->heads[list];
    const struct order *order = &world->orders[list];
    assert_int_equal(list_is_empty(head), order->count == 0);

    uint32_t position = 0;
    for (struct list_node *node = head->next; node != head; node = node->next) {
        assert_in_range(position, 0, order->count - 1);
        assert_int_equal(number_of(node), order->numbers[position]);
        assert_ptr_equal(node->next->previous, node);
        assert_ptr_equal(node->previous->next, node);
        position++;
    }
    assert_int_equal(position, order->count);
    for (struct list_node *node = head->previous; node != head; node = node->previous) {
        position--;
        assert_int_equal(number_of(node), order->numbers[position]);
    }
    assert_int_equal(position, 0);
}

static void check_items(struct world *world)
{
    for (uint32_t number = 0; number < ITEMS; number++) {
        uint32_t on_list;
        uint32_t position;
        const bool is_on_one = order_find(world, number, &on_list, &position);
        const struct list_node *node = &world->items[number].node;
        assert_int_equal(list_is_linked(node), is_on_one);
        for (uint32_t list = 0; list < LISTS; list++)
            assert_int_equal(is_on_list(&world->heads[list], node), is_on_one && on_list == list);
    }
}

static void insert_somewhere(struct world *world, uint32_t number)
{
    const uint32_t list = random_below(&world->source, LISTS);
    struct list_node *head = &world->heads[list];
    struct order *order = &world->orders[list];
    struct list_node *node = &world->items[number].node;
    const uint32_t position = random_below(&world->source, order->count + 1);

    switch (random_below(&world->source, 4)) {
    case 0:
        list_insert_after(head, node);
        order_insert(order, 0, number);
        break;
    case 1:
        list_append(head, node);
        order_insert(order, order->count, number);
        break;
    case 2: /* before the item at that position; at the end, before the head */
        list_insert_before(
            position == order->count ? head : &world->items[order->numbers[position]].node, node);
        order_insert(order, position, number);
        break;
    default: /* after the item before that position; at the beginning, after the head */
        list_insert_after(position == 0 ? head : &world->items[order->numbers[position - 1]].node,
                          node);
        order_insert(order, position, number);
        break;
    }
}

static void take_first(struct world *world)
{
    const uint32_t list = random_below(&world->source, LISTS);
    struct list_node *node = removed_first(&world->heads[list]);
    if (world->orders[list].count == 0) {
        assert_null(node);
        return;
    }
    assert_non_null(node);
    assert_int_equal(number_of(node), world->orders[list].numbers[0]);
    order_remove(&world->orders[list], 0);
}

/* Removes a random subset from inside the loop; every item is visited once and in order. */
static void sweep(struct world *world)
{
    const uint32_t list = random_below(&world->source, LISTS);
    const struct order before = world->orders[list];
    uint32_t visited = 0;
    uint32_t removed = 0;
    LIST_FOR_EACH(node, following, &world->heads[list])
    {
        assert_int_equal(number_of(node), before.numbers[visited]);
        if (random_below(&world->source, 2) == 0) {
            list_remove(node);
            order_remove(&world->orders[list], visited - removed);
            removed++;
        }
        visited++;
    }
    assert_int_equal(visited, before.count);
}

static void test_against_arrays(void **state)
{
    (void)state;
    struct world world = {.source = random_start("test_list")};
    for (uint32_t list = 0; list < LISTS; list++)
        list_init(&world.heads[list]);
    for (uint32_t number = 0; number < ITEMS; number++) {
        world.items[number].number = number;
        list_init(&world.items[number].node);
    }

    for (int i = 0; i < OPERATIONS; i++) {
        const uint32_t number = random_below(&world.source, ITEMS);
        uint32_t list;
        uint32_t position;
        const uint32_t choice = random_below(&world.source, 64);
        if (choice == 0) {
            sweep(&world);
        } else if (choice < 4) {
            take_first(&world);
        } else if (order_find(&world, number, &list, &position)) {
            list_remove(&world.items[number].node);
            order_remove(&world.orders[list], position);
        } else if (choice < 8) {
            list_remove(&world.items[number].node); /* on no list: nothing happens */
        } else {
            insert_somewhere(&world, number);
        }
        for (list = 0; list < LISTS; list++)
            check_list(&world, list);
        if (i % 16 == 0)
            check_items(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
