/*
 * test_order.c - groups that are after others: they start when those are ready
 * and stop before them.
 */
#include "core/fixture.h"

static void say_ready(const struct fake_process *process)
{
	const struct notify_message message = {
		.pid = process->pid,
		.fields = NOTIFY_READY,
	};

	fake_say(&message);
}

/* A group that waits for another, which is not ready yet. */
static void begin_waiting(struct fixture *fixture)
{
	static const int after[] = {0};

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture);
	fixture->group.ready = MUSTER_READY_EXEC;
	fixture->group.after = after;
	fixture->group.after_count = 1;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
}

static void who_waits_is_announced_when_it_starts(void **state)
{
	struct fixture *fixture = *state;

	begin_waiting(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTING), 1);
	say_ready(fake.processes[0]);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTING), 2);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_STARTING)->group, 1);
	turn(fixture);
	assert_int_equal(fake.launches, 2);
}

/* It has not begun, so what it waits for is what its newest options say. */
static void who_waits_and_is_changed_waits_for_others(void **state)
{
	static const int self[] = {1};
	struct fixture *fixture = *state;

	begin_waiting(fixture); /* for group 0, which never is ready */
	fixture->group.workers = 2;
	assert_int_equal(
		muster_change_group(fixture->muster, 1, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	fixture->group.after = self;
	assert_int_equal(
		muster_change_group(fixture->muster, 1, &fixture->group),
		-EINVAL);
	fixture->group.after_count = 0;
	assert_int_equal(
		muster_change_group(fixture->muster, 1, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 3);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTING), 2);
}

/* Its place in the order stays what it was. */
static void who_has_begun_stops_before_those_it_was_after(void **state)
{
	struct fixture *fixture = *state;

	begin_waiting(fixture);
	say_ready(fake.processes[0]);
	turn(fixture);
	turn(fixture); /* what was unblocked is launched by the next one */
	assert_int_equal(fake.launches, 2);
	fixture->group.after_count = 0;
	assert_int_equal(
		muster_change_group(fixture->muster, 1, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 3);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(fake.processes[2]->sent[SIGTERM], 1);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 0);
	assert_int_equal(finish(fixture), 0);
}

static void who_is_named_twice_is_waited_for_once(void **state)
{
	static const int after[] = {0, 0};
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture);
	fixture->group.ready = MUSTER_READY_EXEC;
	fixture->group.after = after;
	fixture->group.after_count = 2;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	say_ready(fake.processes[0]);
	turn(fixture);
	turn(fixture); /* what was unblocked is launched by the next one */
	assert_int_equal(fake.launches, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(who_waits_is_announced_when_it_starts),
		fixture_test(who_waits_and_is_changed_waits_for_others),
		fixture_test(who_has_begun_stops_before_those_it_was_after),
		fixture_test(who_is_named_twice_is_waited_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
