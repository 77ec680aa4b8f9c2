/*
 * heap.h - intrusive min-heap of deadlines.
 *
 * An array of pointers to nodes that know their own place, so that a deadline
 * moves or goes in O(log n). heap_reserve is the only call that may fail:
 * whoever owns n nodes reserves n places first, and then arming cannot fail.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_NOWHERE SIZE_MAX

struct heap_node {
	uint64_t due_ns;
	size_t place; /* HEAP_NOWHERE when in no heap */
};

#define HEAP_NODE_NULL ((struct heap_node){.place = HEAP_NOWHERE})

struct heap {
	struct heap_node **nodes;
	size_t count;
	size_t capacity;
};

/* Makes room for n nodes in all. Returns 0 or -ENOMEM. */
int heap_reserve(struct heap *heap, size_t n);

/* Puts node in, or moves it, so that it is due at due_ns. Room must be
 * reserved. */
void heap_set(struct heap *heap, struct heap_node *node, uint64_t due_ns);

/* Takes node out; nothing happens when it is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);

/* The node that is due first, or NULL. */
struct heap_node *heap_first(const struct heap *heap);

/* When the first is due, NSEC_NEVER when the heap is empty. */
uint64_t heap_due_ns(const struct heap *heap);

/* Frees the array; the nodes belong to others. */
void heap_fini(struct heap *heap);
