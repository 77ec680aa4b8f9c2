/*
 * test_heap.c - the first due comes first, whatever was moved or taken out.
 *
 * The random test compares with the simplest model there is, a linear search,
 * and prints its seed; MUSTER_TEST_SEED repeats a run.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/heap.h"
#include "base/nsec.h"
#include "in_child.h"
#include "random.h"

#define NODES 64
#define STEPS 200000

/* The sanitizer would rather abort than let a too large request fail. */
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void nodes_init(struct heap_node *nodes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		nodes[i] = HEAP_NODE_NULL;
}

/* Every parent is due no later than its children, every node knows its place,
 * and there are as many as expected. */
static void assert_is_sound(const struct heap *heap, size_t expected)
{
	size_t i;

	assert_int_equal(heap->count, expected);
	for (i = 0; i < heap->count; i++) {
		assert_int_equal(heap->nodes[i]->place, i);
		if (i > 0)
			assert_true(heap->nodes[(i - 1) / 2]->due_ns <=
				    heap->nodes[i]->due_ns);
	}
}

static void heap_fill(struct heap *heap, struct heap_node *nodes,
		      const uint64_t *due_ns, size_t count)
{
	size_t i;

	nodes_init(nodes, count);
	assert_int_equal(heap_reserve(heap, count), 0);
	for (i = 0; i < count; i++)
		heap_set(heap, &nodes[i], due_ns[i]);
	assert_is_sound(heap, count);
}

static void an_empty_heap_is_never_due(void **state)
{
	struct heap heap = {0};

	(void)state;
	assert_null(heap_first(&heap));
	assert_true(heap_due_ns(&heap) == NSEC_NEVER);
	heap_fini(&heap);
	heap_fini(&heap);
}

static void a_node_of_no_heap_can_be_removed(void **state)
{
	struct heap_node node = HEAP_NODE_NULL;
	struct heap heap = {0};

	(void)state;
	heap_remove(&heap, &node);
	assert_true(node.place == HEAP_NOWHERE);
	assert_is_sound(&heap, 0);
}

static void a_single_node_comes_and_goes(void **state)
{
	_cleanup_(heap_fini) struct heap heap = {0};
	struct heap_node node = HEAP_NODE_NULL;

	(void)state;
	assert_int_equal(heap_reserve(&heap, 1), 0);
	heap_set(&heap, &node, 17);
	assert_ptr_equal(heap_first(&heap), &node);
	assert_true(heap_due_ns(&heap) == 17);
	heap_remove(&heap, &node);
	assert_null(heap_first(&heap));
	assert_true(node.place == HEAP_NOWHERE);
	heap_remove(&heap, &node); /* twice is once */
	assert_is_sound(&heap, 0);
}

static void room_once_reserved_is_enough(void **state)
{
	_cleanup_(heap_fini) struct heap heap = {0};
	struct heap_node nodes[NODES];
	struct heap_node **before;
	size_t i;

	(void)state;
	nodes_init(nodes, NODES);
	assert_int_equal(heap_reserve(&heap, NODES), 0);
	assert_true(heap.capacity >= NODES);
	before = heap.nodes;
	for (i = 0; i < NODES; i++)
		heap_set(&heap, &nodes[i], NODES - i);
	assert_int_equal(heap_reserve(&heap, NODES), 0);
	assert_int_equal(heap_reserve(&heap, 0), 0);
	assert_ptr_equal(heap.nodes, before);
}

static void growing_keeps_the_nodes(void **state)
{
	_cleanup_(heap_fini) struct heap heap = {0};
	struct heap_node nodes[NODES];
	size_t i;

	(void)state;
	nodes_init(nodes, NODES);
	for (i = 0; i < NODES; i++) {
		assert_int_equal(heap_reserve(&heap, i + 1), 0);
		heap_set(&heap, &nodes[i], NODES - i);
		assert_ptr_equal(heap_first(&heap), &nodes[i]);
	}
	assert_is_sound(&heap, NODES);
}

static void too_much_room_is_refused_and_nothing_lost(void **state)
{
	_cleanup_(heap_fini) struct heap heap = {0};
	struct heap_node node = HEAP_NODE_NULL;
	size_t capacity;

	(void)state;
	assert_int_equal(heap_reserve(&heap, 1), 0);
	heap_set(&heap, &node, 5);
	capacity = heap.capacity;
	assert_int_equal(heap_reserve(&heap, SIZE_MAX), -ENOMEM);
	assert_int_equal(heap_reserve(&heap, SIZE_MAX / 8), -ENOMEM);
	/* as bytes this is 8, once it has wrapped */
	assert_int_equal(heap_reserve(&heap, SIZE_MAX / 8 + 2), -ENOMEM);
	assert_int_equal(heap.capacity, capacity);
	assert_ptr_equal(heap_first(&heap), &node);
}

static int arm_without_room(void)
{
	struct heap heap = {0};
	struct heap_node node = HEAP_NODE_NULL;

	CHILD_CHECK(close(STDERR_FILENO) == 0); /* the assertion's words */
	heap_set(&heap, &node, 1);
	return 0;
}

static void arming_without_room_is_a_bug_that_stops_us(void **state)
{
	int line = 0;
	int status = in_child_status(arm_without_room, &line);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* All arrangements of up to seven deadlines, of which two are equal. */
static void permute(uint64_t *due_ns, size_t fixed, size_t count,
		    void (*check)(const uint64_t *due_ns, size_t count))
{
	size_t i;

	if (fixed == count) {
		check(due_ns, count);
		return;
	}
	for (i = fixed; i < count; i++) {
		uint64_t swapped = due_ns[i];

		due_ns[i] = due_ns[fixed];
		due_ns[fixed] = swapped;
		permute(due_ns, fixed + 1, count, check);
		due_ns[fixed] = due_ns[i];
		due_ns[i] = swapped;
	}
}

static void permute_all(void (*check)(const uint64_t *due_ns, size_t count))
{
	size_t count;

	for (count = 1; count <= 7; count++) {
		uint64_t due_ns[] = {0, 10, 20, 20, 30, 40, NSEC_NEVER};

		permute(due_ns, 0, count, check);
	}
}

static void check_order(const uint64_t *due_ns, size_t count)
{
	_cleanup_(heap_fini) struct heap heap = {0};
	struct heap_node nodes[8];
	uint64_t last_ns = 0;
	size_t left;

	heap_fill(&heap, nodes, due_ns, count);
	for (left = count; left > 0; left--) {
		struct heap_node *first = heap_first(&heap);

		assert_true(first->due_ns >= last_ns);
		assert_true(heap_due_ns(&heap) == first->due_ns);
		last_ns = first->due_ns;
		heap_remove(&heap, first);
		assert_is_sound(&heap, left - 1);
	}
}

static void any_arrangement_comes_out_sorted(void **state)
{
	(void)state;
	permute_all(check_order);
}

static void check_each_removal(const uint64_t *due_ns, size_t count)
{
	size_t gone;

	for (gone = 0; gone < count; gone++) {
		_cleanup_(heap_fini) struct heap heap = {0};
		struct heap_node nodes[8];
		size_t i;

		heap_fill(&heap, nodes, due_ns, count);
		heap_remove(&heap, &nodes[gone]);
		assert_is_sound(&heap, count - 1);
		for (i = 0; i < count; i++)
			assert_int_equal(nodes[i].place == HEAP_NOWHERE,
					 i == gone);
	}
}

static void any_node_can_go_and_the_others_stay(void **state)
{
	(void)state;
	permute_all(check_each_removal);
}

static void check_each_move(const uint64_t *due_ns, size_t count)
{
	static const uint64_t targets[] = {0, 15, 20, 25, NSEC_NEVER};
	size_t moved;
	size_t i;

	for (moved = 0; moved < count; moved++)
		for (i = 0; i < ARRAY_LEN(targets); i++) {
			_cleanup_(heap_fini) struct heap heap = {0};
			struct heap_node nodes[8];

			heap_fill(&heap, nodes, due_ns, count);
			heap_set(&heap, &nodes[moved], targets[i]);
			assert_is_sound(&heap, count);
			assert_true(nodes[moved].due_ns == targets[i]);
		}
}

static void any_node_can_be_moved_anywhere(void **state)
{
	(void)state;
	permute_all(check_each_move);
}

/* 13 is in the right half of a heap whose left half is late: the last node must
 * rise when it takes the place of a node below its own grandparents. */
static void the_node_that_fills_a_gap_may_have_to_rise(void **state)
{
	static const uint64_t due_ns[] = {
		0, 50, 10, 60, 70, 11, 12, 61, 62, 71, 72, 13,
	};
	_cleanup_(heap_fini) struct heap heap = {0};
	struct heap_node nodes[ARRAY_LEN(due_ns)];

	(void)state;
	heap_fill(&heap, nodes, due_ns, ARRAY_LEN(due_ns));
	assert_ptr_equal(heap.nodes[11], &nodes[11]);
	heap_remove(&heap, &nodes[7]);
	assert_is_sound(&heap, ARRAY_LEN(due_ns) - 1);
	assert_true(nodes[11].place < 7);
}

struct model {
	struct heap heap;
	struct heap_node nodes[NODES];
	uint64_t due_ns[NODES];
	int is_in[NODES];
	size_t count;
};

static uint64_t model_due_ns(const struct model *model)
{
	uint64_t due_ns = NSEC_NEVER;
	size_t i;

	for (i = 0; i < NODES; i++)
		if (model->is_in[i])
			due_ns = nsec_min(due_ns, model->due_ns[i]);
	return due_ns;
}

static void model_step(struct model *model, struct random *random)
{
	size_t i = random_below(random, NODES);

	if (random_below(random, 3) == 0) {
		heap_remove(&model->heap, &model->nodes[i]);
		model->count -= (size_t)model->is_in[i];
		model->is_in[i] = 0;
		return;
	}
	/* few values, for many equal ones */
	model->due_ns[i] = random_below(random, 2 * NODES);
	heap_set(&model->heap, &model->nodes[i], model->due_ns[i]);
	model->count += (size_t)!model->is_in[i];
	model->is_in[i] = 1;
}

static void a_long_random_life_agrees_with_a_linear_search(void **state)
{
	struct random random = random_from_environment("heap");
	struct model model = {.count = 0};
	size_t step;

	(void)state;
	nodes_init(model.nodes, NODES);
	assert_int_equal(heap_reserve(&model.heap, NODES), 0);
	for (step = 0; step < STEPS; step++) {
		model_step(&model, &random);
		assert_true(heap_due_ns(&model.heap) == model_due_ns(&model));
		assert_is_sound(&model.heap, model.count);
	}
	heap_fini(&model.heap);
	assert_null(model.heap.nodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_heap_is_never_due),
		cmocka_unit_test(a_node_of_no_heap_can_be_removed),
		cmocka_unit_test(a_single_node_comes_and_goes),
		cmocka_unit_test(room_once_reserved_is_enough),
		cmocka_unit_test(growing_keeps_the_nodes),
		cmocka_unit_test(too_much_room_is_refused_and_nothing_lost),
		cmocka_unit_test(arming_without_room_is_a_bug_that_stops_us),
		cmocka_unit_test(any_arrangement_comes_out_sorted),
		cmocka_unit_test(any_node_can_go_and_the_others_stay),
		cmocka_unit_test(any_node_can_be_moved_anywhere),
		cmocka_unit_test(the_node_that_fills_a_gap_may_have_to_rise),
		cmocka_unit_test(
			a_long_random_life_agrees_with_a_linear_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
