/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An intrusive list: doubly linked, circular, with the head as one more node.
 *
 * Invariants: node->next->previous == node and node->previous->next == node, always and for every
 * initialised node. A head that links to itself is an empty list; any other node that does is on no
 * list. A node is on at most one list, and is initialised before its first use.
 *
 * Every call takes constant time, but list_contains. One thread at a time; the memory of the nodes
 * is the caller's and must stay in place while they are linked.
 */
#ifndef TACTUS_CORE_LIST_H
#define TACTUS_CORE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
    struct list_node *next;
    struct list_node *previous;
};

/* The object of `type` whose member named `member` is the node that is pointed at. */
#define LIST_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

/* Visits each node of the list in order. The body may remove `node` (and free its object), and no
 * other: `following` was read before the body runs. */
#define LIST_FOR_EACH(node, following, head)                                                       \
    for (struct list_node *node = (head)->next, *following = node->next; node != (head);           \
         node = following, following = node->next)

/* Makes a head of an empty list, or a node that is on none. */
static inline void list_init(struct list_node *node)
{
    node->next = node;
    node->previous = node;
}

/* A head: nothing is on the list. */
static inline bool list_is_empty(const struct list_node *head)
{
    return head->next == head;
}

/* A node other than a head: it is on a list. */
static inline bool list_is_linked(const struct list_node *node)
{
    return node->next != node;
}

/* `place` is a node on a list, or the head: then the node becomes the first. The node is on no
 * list. */
static inline void list_insert_after(struct list_node *place, struct list_node *node)
{
    node->previous = place;
    node->next = place->next;
    place->next->previous = node;
    place->next = node;
}

/* `place` is a node on a list, or the head: then the node becomes the last. The node is on no
 * list. */
static inline void list_insert_before(struct list_node *place, struct list_node *node)
{
    list_insert_after(place->previous, node);
}

static inline void list_append(struct list_node *head, struct list_node *node)
{
    list_insert_before(head, node);
}

/* Leaves the node initialised and on no list; one that is on none stays so. */
static inline void list_remove(struct list_node *node)
{
    node->previous->next = node->next;
    node->next->previous = node->previous;
    list_init(node);
}

#endif
