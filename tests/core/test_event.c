/*
 * test_event.c - the queue of news: order, growth, limit, and the count of what
 * was lost.
 */
#include "core/event.h"
#include "core/fixture.h"

static void push(struct event_queue *queue, uint32_t number)
{
	const struct muster_event event = {
		.kind = MUSTER_EVENT_STARTED,
		.count = number,
	};

	event_push(queue, &event);
}

static void pop(struct event_queue *queue, uint32_t number)
{
	struct muster_event event;

	assert_int_equal(event_pop(queue, &event), 1);
	assert_int_equal(event.kind, MUSTER_EVENT_STARTED);
	assert_int_equal(event.count, number);
}

static void pop_lost(struct event_queue *queue, uint32_t count)
{
	struct muster_event event;

	assert_int_equal(event_pop(queue, &event), 1);
	assert_int_equal(event.kind, MUSTER_EVENT_LOST);
	assert_int_equal(event.group, -1);
	assert_int_equal(event.count, count);
}

static void pop_nothing(struct event_queue *queue)
{
	struct muster_event event = {.count = 42};

	assert_int_equal(event_pop(queue, &event), 0);
	assert_int_equal(event.count, 42);
}

static void an_empty_queue_gives_nothing(void **state)
{
	struct event_queue queue = {0};

	(void)state;
	pop_nothing(&queue);
	event_queue_fini(&queue);
	event_queue_fini(&queue);
}

static void the_oldest_comes_first(void **state)
{
	struct event_queue queue = {0};

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		push(&queue, i);
	for (uint32_t i = 0; i < 10; i++)
		pop(&queue, i);
	pop_nothing(&queue);
	event_queue_fini(&queue);
}

/* The ring is full at every position of its head once. */
static void growing_keeps_the_order_wherever_the_ring_begins(void **state)
{
	(void)state;
	for (uint32_t start = 0; start < 64; start++) {
		struct event_queue queue = {0};

		for (uint32_t i = 0; i < start; i++) {
			push(&queue, 0);
			pop(&queue, 0);
		}
		for (uint32_t i = 0; i < 300; i++)
			push(&queue, i);
		for (uint32_t i = 0; i < 300; i++)
			pop(&queue, i);
		pop_nothing(&queue);
		event_queue_fini(&queue);
	}
}

static void a_queue_that_is_emptied_does_not_grow(void **state)
{
	struct event_queue queue = {0};
	uint32_t capacity;

	(void)state;
	push(&queue, 0);
	pop(&queue, 0);
	capacity = queue.capacity;
	for (uint32_t i = 0; i < 10000; i++) {
		push(&queue, i);
		pop(&queue, i);
	}
	assert_int_equal(queue.capacity, capacity);
	event_queue_fini(&queue);
}

static void what_is_beyond_the_limit_is_lost_and_counted(void **state)
{
	struct event_queue queue = {0};

	(void)state;
	for (uint32_t i = 0; i < EVENT_QUEUE_MAX + 5; i++)
		push(&queue, i);
	assert_int_equal(queue.capacity, EVENT_QUEUE_MAX);
	for (uint32_t i = 0; i < EVENT_QUEUE_MAX; i++)
		pop(&queue, i);
	pop_lost(&queue, 5);
	pop_nothing(&queue);
	event_queue_fini(&queue);
}

static void a_queue_that_lost_takes_news_again(void **state)
{
	struct event_queue queue = {0};

	(void)state;
	for (uint32_t i = 0; i < EVENT_QUEUE_MAX + 1; i++)
		push(&queue, i);
	pop(&queue, 0);
	push(&queue, EVENT_QUEUE_MAX);
	push(&queue, 0); /* the second one that is lost */
	for (uint32_t i = 1; i <= EVENT_QUEUE_MAX; i++)
		pop(&queue, i);
	pop_lost(&queue, 2);
	push(&queue, 7);
	pop(&queue, 7);
	pop_nothing(&queue);
	event_queue_fini(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_queue_gives_nothing),
		cmocka_unit_test(the_oldest_comes_first),
		cmocka_unit_test(
			growing_keeps_the_order_wherever_the_ring_begins),
		cmocka_unit_test(a_queue_that_is_emptied_does_not_grow),
		cmocka_unit_test(what_is_beyond_the_limit_is_lost_and_counted),
		cmocka_unit_test(a_queue_that_lost_takes_news_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
