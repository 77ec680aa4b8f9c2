/*
 * test_flood.c - what is said on the notify socket costs nobody else: how
 * much of it is heard in a turn, and how often it is said that something was
 * refused.
 */
#include "core/fixture.h"

#define STRANGER 77
#define ROOM 11U

static void begin_with_notify(struct fixture *fixture, uint32_t workers)
{
	fake.notify_room = ROOM;
	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = workers;
	begin(fixture);
	turn(fixture);
}

static void say_ready(pid_t pid)
{
	const struct notify_message message = {
		.pid = pid,
		.fields = NOTIFY_READY,
	};

	fake_say(&message);
}

static void say_many(uint32_t count)
{
	while (count-- > 0)
		say_ready(STRANGER);
}

static void a_stranger_is_refused_and_told_of_once_a_second(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;
	uint64_t began_ns;

	begin_with_notify(fixture, 1);
	began_ns = fake.now_ns;
	say_many(1);
	turn(fixture);
	event = last_event(fixture, MUSTER_EVENT_REFUSED);
	assert_int_equal(event->count, 1);
	assert_int_equal(event->pid, STRANGER);
	assert_int_equal(event->group, -1);
	for (int i = 0; i < 5; i++) {
		say_many(3);
		turn(fixture);
	}
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REFUSED), 1);
	/* It wakes by itself to say the rest, and not again. */
	(void)run_for(fixture, 10 * NSEC_PER_SEC);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REFUSED), 2);
	event = last_event(fixture, MUSTER_EVENT_REFUSED);
	assert_int_equal(event->count, 15);
	assert_int_equal(event->time_ns, began_ns + NSEC_PER_SEC);
	/* After a quiet while the first one is told at once. */
	say_many(1);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REFUSED), 3);
}

static void what_was_refused_is_told_before_the_end(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 1);
	say_many(1);
	turn(fixture);
	say_many(4);
	turn(fixture);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_REFUSED)->count, 4);
	assert_true(last_event(fixture, MUSTER_EVENT_REFUSED)->number <
		    last_event(fixture, MUSTER_EVENT_DONE)->number);
}

static uint32_t count_refused(const struct fixture *fixture)
{
	uint32_t count = 0;

	for (size_t i = 0; i < fixture->event_count; i++)
		if (fixture->events[i].kind == MUSTER_EVENT_REFUSED)
			count += fixture->events[i].count;
	return count;
}

/* As if somebody filled the queue while it is emptied. */
static void a_turn_hears_no_more_than_the_queue_holds(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 1);
	say_many(1000);
	turn(fixture);
	assert_int_equal(count_refused(fixture), ROOM);
	settle(fixture);
	(void)run_for(fixture, 2 * NSEC_PER_SEC);
	assert_int_equal(count_refused(fixture), 1000);
}

/* Even when each of many dies before it was ready. */
static void the_dead_of_a_turn_are_listened_to_once(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 20);
	forget(fixture);
	for (uint32_t i = 0; i < 20; i++)
		fake_exit(worker_of(fixture, i), 1);
	say_many(1000);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_EXITED), 20);
	assert_true(count_refused(fixture) <= 2 * ROOM);
}

/* More than a turn takes by itself stand before them. */
static void the_last_words_of_who_served_are_heard(void **state)
{
	struct notify_message last = {.fields = NOTIFY_STATUS};
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 1);
	say_ready(worker_of(fixture, 0)->pid);
	settle(fixture);
	fixture->supervisor->context.notify_room = 200;
	say_many(100);
	last.pid = worker_of(fixture, 0)->pid;
	(void)strcpy(last.status, "disk full");
	fake_say(&last);
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STATUS), 1);
	assert_true(last_event(fixture, MUSTER_EVENT_STATUS)->number <
		    last_event(fixture, MUSTER_EVENT_EXITED)->number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_stranger_is_refused_and_told_of_once_a_second),
		fixture_test(what_was_refused_is_told_before_the_end),
		fixture_test(a_turn_hears_no_more_than_the_queue_holds),
		fixture_test(the_dead_of_a_turn_are_listened_to_once),
		fixture_test(the_last_words_of_who_served_are_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
