/*
 * list.h - intrusive doubly linked ring.
 *
 * The head is a node like the others. A node that is in no list points at
 * itself, so list_remove may be called twice and list_is_linked needs no flag.
 * The comment at each link names the list's owner.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev;
	struct list *next;
};

#define CONTAINER_OF(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline void list_init(struct list *node)
{
	node->prev = node;
	node->next = node;
}

static inline bool list_is_linked(const struct list *node)
{
	return node->next != node;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Moves node to the end of the list; it may be in another one. */
static inline void list_append(struct list *head, struct list *node)
{
	list_remove(node);
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

/* The same to its beginning. */
static inline void list_prepend(struct list *head, struct list *node)
{
	list_remove(node); /* it may be the first already */
	list_append(head->next, node);
}

static inline struct list *list_first(const struct list *head)
{
	return list_is_empty(head) ? NULL : head->next;
}

static inline struct list *list_last(const struct list *head)
{
	return list_is_empty(head) ? NULL : head->prev;
}
