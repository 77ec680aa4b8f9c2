/*
 * test_list.c - the ring keeps its order and its links.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

#define ITEMS 4

struct item {
	int number;
	struct list link; /* in head of each test */
};

static void items_init(struct item items[ITEMS], struct list *head)
{
	int i;

	list_init(head);
	for (i = 0; i < ITEMS; i++) {
		items[i].number = i;
		list_init(&items[i].link);
	}
}

/* The numbers in list order as decimal digits after a leading 1; the ring is
 * walked both ways. */
static int list_digits(struct list *head)
{
	struct list *node;
	int digits = 1;

	for (node = head->next; node != head; node = node->next) {
		struct item *item = CONTAINER_OF(node, struct item, link);

		assert_ptr_equal(node->next->prev, node);
		assert_ptr_equal(node->prev->next, node);
		digits = digits * 10 + item->number;
	}
	return digits;
}

static void a_new_list_is_empty(void **state)
{
	struct list head;

	(void)state;
	list_init(&head);
	assert_true(list_is_empty(&head));
	assert_null(list_first(&head));
	assert_null(list_last(&head));
}

static void a_node_in_no_list_knows_it(void **state)
{
	struct item items[ITEMS];
	struct list head;

	(void)state;
	items_init(items, &head);
	assert_false(list_is_linked(&items[0].link));
	list_append(&head, &items[0].link);
	assert_true(list_is_linked(&items[0].link));
	list_remove(&items[0].link);
	assert_false(list_is_linked(&items[0].link));
}

static void nodes_stay_in_the_order_of_their_coming(void **state)
{
	struct item items[ITEMS];
	struct list head;
	int i;

	(void)state;
	items_init(items, &head);
	for (i = 0; i < ITEMS; i++)
		list_append(&head, &items[i].link);
	assert_int_equal(list_digits(&head), 10123);
	assert_ptr_equal(list_first(&head), &items[0].link);
	assert_ptr_equal(list_last(&head), &items[ITEMS - 1].link);
}

static void each_node_can_go_and_the_others_stay(void **state)
{
	static const int left[ITEMS] = {1123, 1023, 1013, 1012};
	int gone;

	(void)state;
	for (gone = 0; gone < ITEMS; gone++) {
		struct item items[ITEMS];
		struct list head;
		int i;

		items_init(items, &head);
		for (i = 0; i < ITEMS; i++)
			list_append(&head, &items[i].link);
		list_remove(&items[gone].link);
		assert_int_equal(list_digits(&head), left[gone]);
	}
}

static void removing_twice_is_removing_once(void **state)
{
	struct item items[ITEMS];
	struct list head;

	(void)state;
	items_init(items, &head);
	list_append(&head, &items[0].link);
	list_append(&head, &items[1].link);
	list_remove(&items[0].link);
	list_remove(&items[0].link);
	assert_int_equal(list_digits(&head), 11);
}

static void appending_again_moves_to_the_end(void **state)
{
	struct item items[ITEMS];
	struct list head;

	(void)state;
	items_init(items, &head);
	list_append(&head, &items[0].link);
	list_append(&head, &items[1].link);
	list_append(&head, &items[0].link);
	assert_int_equal(list_digits(&head), 110);
	list_append(&head, &items[0].link);
	assert_int_equal(list_digits(&head), 110);
}

static void appending_elsewhere_leaves_the_old_list(void **state)
{
	struct item items[ITEMS];
	struct list head;
	struct list other;

	(void)state;
	items_init(items, &head);
	list_init(&other);
	list_append(&head, &items[0].link);
	list_append(&head, &items[1].link);
	list_append(&other, &items[0].link);
	assert_int_equal(list_digits(&head), 11);
	assert_int_equal(list_digits(&other), 10);
	list_append(&other, &items[1].link);
	assert_true(list_is_empty(&head));
}

static void what_is_prepended_is_the_first_even_if_it_was(void **state)
{
	struct list nodes[2];
	struct list head;

	(void)state;
	list_init(&head);
	list_init(&nodes[0]);
	list_init(&nodes[1]);
	list_prepend(&head, &nodes[0]);
	list_prepend(&head, &nodes[1]);
	list_prepend(&head, &nodes[1]);
	assert_ptr_equal(list_first(&head), &nodes[1]);
	assert_ptr_equal(nodes[1].next, &nodes[0]);
	assert_ptr_equal(list_last(&head), &nodes[0]);
	list_prepend(&head, &nodes[0]); /* from the end */
	assert_ptr_equal(list_first(&head), &nodes[0]);
	assert_ptr_equal(list_last(&head), &nodes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_prepended_is_the_first_even_if_it_was),
		cmocka_unit_test(a_new_list_is_empty),
		cmocka_unit_test(a_node_in_no_list_knows_it),
		cmocka_unit_test(nodes_stay_in_the_order_of_their_coming),
		cmocka_unit_test(each_node_can_go_and_the_others_stay),
		cmocka_unit_test(removing_twice_is_removing_once),
		cmocka_unit_test(appending_again_moves_to_the_end),
		cmocka_unit_test(appending_elsewhere_leaves_the_old_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
