/*
 * test_between.c - what is asked between two turns is done by the next one,
 * whether anything else happens or not, and leaves nothing half done.
 */
#include "core/fixture.h"

/* No turn has a reason to wait longer than for what was asked. */
static void turn_at_once(struct fixture *fixture)
{
	uint64_t began_ns = fake.now_ns;

	(void)turn_for(fixture, 3600 * NSEC_PER_SEC);
	assert_true(fake.now_ns - began_ns < NSEC_PER_SEC);
}

/* The next ones cannot be executed. */
static void break_command(void)
{
	fake.birth.step = MUSTER_STEP_EXEC;
	fake.birth.error = ENOENT;
}

static void add_broken(struct fixture *fixture)
{
	break_command();
	add_group(fixture);
	settle(fixture);
	fake.birth.step = MUSTER_STEP_NONE;
}

static void all_serve_when_the_one_that_does_not_is_removed(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	settle(fixture);
	add_broken(fixture);
	forget(fixture);
	assert_int_equal(muster_remove_group(fixture->muster, 1), 0);
	turn_at_once(fixture);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_SERVING)->group, -1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REMOVED), 1);
}

/* The one it waits for has failed, and is to have nobody. */
static void who_waits_for_nobody_any_more_starts(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	settle(fixture);
	add_broken(fixture);
	fixture->group.after = (int[]){1};
	fixture->group.after_count = 1;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 1, 0), 0);
	turn_at_once(fixture);
	turn(fixture);
	assert_non_null(fake_worker(shared_of(fixture, 2)->edition->plan, 0));
}

/* It had nobody when the other one joined, and has before both start. */
static void who_is_scaled_up_before_the_start_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = 0;
	add_group(fixture);
	fixture->group.workers = 1;
	fixture->group.after = (int[]){0};
	fixture->group.after_count = 1;
	add_group(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	assert_int_equal(muster_start(fixture->muster), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
}

static void who_was_parked_waits_for_who_was_too(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = 0;
	begin(fixture);
	fixture->group.after = (int[]){0};
	fixture->group.after_count = 1;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	assert_int_equal(muster_set_workers(fixture->muster, 1, 1), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
}

/* What executed before was another one. */
static void another_command_is_seen_executing_before_it_counts(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	add_group(fixture);
	settle(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 1, 0), 0);
	settle(fixture);
	forget(fixture);
	break_command();
	assert_int_equal(
		muster_change_group(fixture->muster, 1, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP), 1);
}

/* Whoever follows rolls would wait for its end. */
static void a_roll_of_nobody_has_an_end(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 0;
	begin(fixture);
	settle(fixture);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_RELOAD), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 1);
}

/* News that nobody has taken yet names what was changed before. */
static void an_addition_that_fails_leaves_the_news_alone(void **state)
{
	static const struct muster_listener listeners[] = {
		{.name = "one", .address = "tcp:*:1001"},
		{.name = "two", .address = "tcp:*:1002"},
	};
	struct muster_event event = MUSTER_EVENT_INIT;
	struct fixture *fixture = *state;
	int told = 0;

	begin(fixture);
	settle(fixture);
	fixture->group.listener_count = 1;
	for (int i = 0; i < 2; i++) {
		fixture->group.listeners = &listeners[i];
		assert_int_equal(muster_change_group(fixture->muster, 0,
						     &fixture->group),
				 0);
	}
	fixture->group.listeners = NULL;
	fixture->group.listener_count = 0;
	fixture->group.ready = MUSTER_READY_NOTIFY;
	fake.notify_error = EMFILE;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -EMFILE);
	while (muster_next_event(fixture->muster, &event) > 0)
		if (event.kind == MUSTER_EVENT_LISTENING)
			assert_string_equal(event.name, listeners[told++].name);
	assert_int_equal(told, 2);
}

static void a_change_opens_what_the_new_workers_get(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	settle(fixture);
	fixture->group.wants_launcher_fd = true;
	assert_int_equal(
		muster_change_group(fixture->muster, 0, &fixture->group), 0);
	assert_true(fixture->supervisor->context.launcher_fd >= 0);
}

/* Whoever lives needs whom it is after by one that does not live just now. */
static void a_stop_keeps_its_order_over_one_that_waits(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	for (int i = 0; i < 2; i++) {
		fixture->group.after = (int[]){i};
		fixture->group.after_count = 1;
		fixture->group.backoff_min_ns = 100 * NSEC_PER_SEC;
		fixture->group.backoff_max_ns = 100 * NSEC_PER_SEC;
		add_group(fixture);
		turn(fixture);
		settle(fixture);
	}
	assert_int_equal(fake.launches, 3);
	fake_crash(fake.processes[1], SIGSEGV);
	settle(fixture);
	assert_int_equal(fixture->supervisor->context.counts[WORKER_WAITING],
			 1);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(fake.processes[2]->sent[SIGTERM], 1);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 0);
	assert_int_equal(finish(fixture), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(all_serve_when_the_one_that_does_not_is_removed),
		fixture_test(who_waits_for_nobody_any_more_starts),
		fixture_test(who_is_scaled_up_before_the_start_is_waited_for),
		fixture_test(who_was_parked_waits_for_who_was_too),
		fixture_test(
			another_command_is_seen_executing_before_it_counts),
		fixture_test(a_roll_of_nobody_has_an_end),
		fixture_test(an_addition_that_fails_leaves_the_news_alone),
		fixture_test(a_change_opens_what_the_new_workers_get),
		fixture_test(a_stop_keeps_its_order_over_one_that_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
