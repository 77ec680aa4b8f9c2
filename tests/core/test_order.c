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

static void who_waits_may_be_let_go(void **state)
{
	struct fixture *fixture = *state;

	begin_waiting(fixture); /* for group 0, which never is ready */
	assert_int_equal(muster_set_after(fixture->muster, 1, NULL, 0), 0);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTING), 2);
	assert_int_equal(fake.launches, 2);
	/* Who has begun waits for nobody any more. */
	assert_int_equal(muster_set_after(fixture->muster, 1, (int[]){0}, 1),
			 0);
	assert_int_equal(muster_set_workers(fixture->muster, 1, 3), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 4);
}

/* Before its first turn. */
static void who_is_told_to_wait_waits(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture);
	add_group(fixture);
	assert_int_equal(muster_set_after(fixture->muster, 1, (int[]){0}, 1),
			 0);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	say_ready(fake.processes[0]);
	settle(fixture);
	turn(fixture);
	assert_int_equal(fake.launches, 2);
}

/* What it is after is no business of its options. */
static void who_waits_and_is_changed_waits_on(void **state)
{
	struct fixture *fixture = *state;

	begin_waiting(fixture);
	fixture->group.workers = 2;
	fixture->group.after_count = 0;
	assert_int_equal(
		muster_change_group(fixture->muster, 1, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	say_ready(fake.processes[0]);
	settle(fixture);
	turn(fixture);
	assert_int_equal(fake.launches, 3);
}

/* The order of the stop is the one of then. */
static void who_is_after_others_stops_before_them(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 1;
	begin(fixture);
	add_group(fixture);
	add_group(fixture);
	settle(fixture);
	assert_int_equal(muster_set_after(fixture->muster, 0, (int[]){1}, 1),
			 0);
	assert_int_equal(muster_set_after(fixture->muster, 1, (int[]){2}, 1),
			 0);
	assert_int_equal(muster_stop(fixture->muster), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fake.processes[i]->sent[SIGTERM], i == 0);
	turn(fixture);
	assert_int_equal(fake.processes[1]->sent[SIGTERM], 1);
	assert_int_equal(fake.processes[2]->sent[SIGTERM], 0);
	assert_int_equal(finish(fixture), 0);
}

/* A stop would wait for ever. */
static void no_group_is_after_itself_by_whatever_others(void **state)
{
	static const int orders[][2] = {{1, 1}, {1, 0}, {1, 2}};
	struct fixture *fixture = *state;

	begin(fixture);
	add_group(fixture);
	add_group(fixture);
	assert_int_equal(muster_set_after(fixture->muster, 0, (int[]){1}, 1),
			 0);
	assert_int_equal(muster_set_after(fixture->muster, 2, (int[]){0}, 1),
			 0);
	for (size_t i = 0; i < ARRAY_LEN(orders); i++)
		assert_int_equal(muster_set_after(fixture->muster, orders[i][0],
						  &orders[i][1], 1),
				 -EINVAL);
	assert_string_equal(muster_error(fixture->muster),
			    "after a group that is after this one, or after "
			    "itself");
	assert_int_equal(muster_set_after(fixture->muster, 1, (int[]){3}, 1),
			 -EINVAL);
	assert_int_equal(muster_set_after(fixture->muster, 1, (int[]){-1}, 1),
			 -EINVAL);
	assert_int_equal(muster_set_after(fixture->muster, 3, NULL, 0),
			 -EINVAL);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
}

/* That it had nobody to wait for says nothing of those who come. */
static void a_group_of_none_that_grows_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = 0;
	begin(fixture);
	settle(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 2), 0);
	fixture->group.ready = MUSTER_READY_EXEC;
	fixture->group.workers = 1;
	fixture->group.after = (int[]){0};
	fixture->group.after_count = 1;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 2);
	/* Nobody for a moment is no reason either. */
	assert_int_equal(muster_set_workers(fixture->muster, 0, 0), 0);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	turn(fixture);
	settle(fixture);
	assert_null(fake_worker(shared_of(fixture, 1)->edition->plan, 0));
	say_ready(fake_worker(shared_of(fixture, 0)->edition->plan, 0));
	turn(fixture);
	turn(fixture);
	assert_non_null(fake_worker(shared_of(fixture, 1)->edition->plan, 0));
	/* Both, and all: in the beginning, with nobody, and now. */
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SERVING), 4);
}

/* Between two turns, and nothing else happens. */
static void who_waits_is_let_go_without_a_wait(void **state)
{
	struct fixture *fixture = *state;

	begin_waiting(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 0), 0);
	(void)run_for(fixture, NSEC_PER_MSEC);
	assert_non_null(fake_worker(shared_of(fixture, 1)->edition->plan, 0));
	assert_true(fake.now_ns < FAKE_START_NS + NSEC_PER_SEC);
}

/* Slots 1 and 2 are ready, and go; slot 0 stays and is not. */
static void who_is_being_dropped_serves_nobody(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = 3;
	begin(fixture);
	turn(fixture);
	say_ready(fake.processes[1]);
	say_ready(fake.processes[2]);
	turn(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SERVING), 0);
}

static void who_waits_when_all_stop_is_not_announced(void **state)
{
	struct fixture *fixture = *state;

	begin_waiting(fixture);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTING), 1);
}

/* It was launched, but it never executed. */
static void nobody_relies_on_a_command_that_cannot_be_executed(void **state)
{
	struct fixture *fixture = *state;

	fake.birth.step = MUSTER_STEP_EXEC;
	fake.birth.error = ENOENT;
	fixture->group.workers = 3;
	begin(fixture);
	fixture->group.after = (int[]){0};
	fixture->group.after_count = 1;
	add_group(fixture);
	(void)run_for(fixture, NSEC_PER_SEC);
	assert_int_equal(fake.launches, 3);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SERVING), 0);
}

/* One proves it for all, and a restart need not prove it again. */
static void a_command_is_seen_executing_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 3;
	begin(fixture);
	settle(fixture);
	fake_exit(fake.processes[1], 0);
	settle(fixture);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(fake.processes[i]->was_waited_for, i == 0);
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
		fixture_test(who_waits_may_be_let_go),
		fixture_test(who_is_told_to_wait_waits),
		fixture_test(who_waits_and_is_changed_waits_on),
		fixture_test(who_is_after_others_stops_before_them),
		fixture_test(no_group_is_after_itself_by_whatever_others),
		fixture_test(a_group_of_none_that_grows_is_waited_for),
		fixture_test(who_waits_is_let_go_without_a_wait),
		fixture_test(who_is_being_dropped_serves_nobody),
		fixture_test(who_waits_when_all_stop_is_not_announced),
		fixture_test(
			nobody_relies_on_a_command_that_cannot_be_executed),
		fixture_test(a_command_is_seen_executing_once),
		fixture_test(who_is_named_twice_is_waited_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
