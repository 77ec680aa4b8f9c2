/*
 * heap.c - intrusive min-heap of deadlines.
 *
 * A binary heap in an array. Every move of a node goes through heap_put, which
 * keeps the node's own place in step with the array: that is the one thing to
 * preserve when changing this file. Order among equal deadlines is not
 * promised. Never reads a clock, never touches what the nodes are part of, and
 * allocates in heap_reserve only.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/heap.h"
#include "base/nsec.h"
#include "base/unforked.h"

static void heap_put(struct heap *heap, struct heap_node *node, size_t place)
{
	heap->nodes[place] = node;
	node->place = place;
}

/* Moves the hole at place towards the root until node fits in; returns where
 * the hole is then. */
static size_t heap_rise(struct heap *heap, uint64_t due_ns, size_t place)
{
	while (place > 0) {
		size_t parent = (place - 1) / 2;

		if (heap->nodes[parent]->due_ns <= due_ns)
			break;
		heap_put(heap, heap->nodes[parent], place);
		place = parent;
	}
	return place;
}

/* The same away from the root. */
static size_t heap_sink(struct heap *heap, uint64_t due_ns, size_t place)
{
	for (;;) {
		size_t child = 2 * place + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count &&
		    heap->nodes[child + 1]->due_ns < heap->nodes[child]->due_ns)
			child++;
		if (due_ns <= heap->nodes[child]->due_ns)
			break;
		heap_put(heap, heap->nodes[child], place);
		place = child;
	}
	return place;
}

/* Puts node where it belongs, given a hole at place. At most one of the two
 * moves the hole. */
static void heap_settle(struct heap *heap, struct heap_node *node, size_t place)
{
	place = heap_rise(heap, node->due_ns, place);
	place = heap_sink(heap, node->due_ns, place);
	heap_put(heap, node, place);
}

static void heap_free_nodes(struct heap *heap)
{
	heap->nodes = unforked_free(heap->nodes, heap->capacity,
				    sizeof(struct heap_node *));
}

int heap_reserve(struct heap *heap, size_t n)
{
	struct heap_node **nodes;
	size_t capacity = 2 * heap->capacity;

	if (n <= heap->capacity)
		return 0;
	/* Doubled, so that reserving one place per worker stays linear. */
	if (capacity < n)
		capacity = n;
	nodes = unforked_new(capacity, sizeof(struct heap_node *));
	if (!nodes)
		return -ENOMEM;
	if (heap->count > 0)
		memcpy(nodes, heap->nodes,
		       heap->count * sizeof(struct heap_node *));
	heap_free_nodes(heap);
	heap->nodes = nodes;
	heap->capacity = capacity;
	return 0;
}

void heap_set(struct heap *heap, struct heap_node *node, uint64_t due_ns)
{
	if (node->place == HEAP_NOWHERE) {
		assert(heap->count < heap->capacity);
		heap_put(heap, node, heap->count++);
	}
	assert(node->place < heap->count);
	assert(heap->nodes[node->place] == node);
	node->due_ns = due_ns;
	heap_settle(heap, node, node->place);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	size_t place = node->place;
	struct heap_node *last;

	if (place == HEAP_NOWHERE)
		return;
	assert(place < heap->count);
	assert(heap->nodes[place] == node);
	last = heap->nodes[--heap->count];
	if (last != node)
		heap_settle(heap, last, place);
	node->place = HEAP_NOWHERE;
}

struct heap_node *heap_first(const struct heap *heap)
{
	return heap->count > 0 ? heap->nodes[0] : NULL;
}

uint64_t heap_due_ns(const struct heap *heap)
{
	return heap->count > 0 ? heap->nodes[0]->due_ns : NSEC_NEVER;
}

void heap_fini(struct heap *heap)
{
	heap_free_nodes(heap);
	*heap = (struct heap){0};
}
