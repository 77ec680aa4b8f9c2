/*
 * test_roll.c - one generation takes the place of another (B73, B79, B80, case
 * 6), and what becomes of the old one when the new one fails.
 */
#include "core/fixture.h"

static void begin_and_forget(struct fixture *fixture, uint32_t workers)
{
	fixture->group.workers = workers;
	begin(fixture);
	settle(fixture);
	forget(fixture);
}

static void say_ready(const struct fake_process *process)
{
	const struct notify_message message = {
		.pid = process->pid,
		.fields = NOTIFY_READY,
	};

	assert_non_null(process);
	fake_say(&message);
}

static void begin_with_notify(struct fixture *fixture, uint32_t workers)
{
	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = workers;
	begin(fixture);
	turn(fixture);
	for (uint32_t i = 0; i < workers; i++)
		say_ready(fake.processes[i]);
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), workers);
	forget(fixture);
}

/* What each event said of the ready ones. */
static uint32_t least_ready(const struct fixture *fixture)
{
	uint32_t least = UINT32_MAX;

	for (size_t i = 0; i < fixture->event_count; i++)
		if (fixture->events[i].pid != 0 &&
		    fixture->events[i].kind != MUSTER_EVENT_SIGNAL &&
		    fixture->events[i].ready < least)
			least = fixture->events[i].ready;
	return least;
}

static void every_worker_is_replaced_and_none_is_missed_meanwhile(void **state)
{
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 12);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 24);
	assert_int_equal(fake_live(), 12);
	for (uint32_t i = 0; i < 12; i++) {
		assert_int_equal(fake.processes[i]->state, FAKE_REAPED);
		assert_int_equal(fake.processes[i]->sent[SIGTERM], 1);
		assert_int_equal(worker_of(fixture, i)->generation, 2);
	}
	/* 10 %, rounded down, may be missing. */
	assert_true(least_ready(fixture) >= 11);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_ROLLED)->count, 12);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_ROLLED)->roll, 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ABORTED), 0);
}

/* The reference's fault 1. */
static void a_roll_costs_no_token(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.throttle_burst = 1;
	begin_and_forget(fixture, 50);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(muster_reload(fixture->muster, 0), 0);
		settle(fixture);
	}
	assert_int_equal(fake.now_ns, FAKE_START_NS);
	assert_int_equal(fake.launches, 6 * 50);
	assert_int_equal(shared_of(fixture, 0)->stats.throttled, 0);
}

static void a_newcomer_is_waited_for_until_it_executes(void **state)
{
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 1);
	assert_true(fake.processes[0]->was_waited_for);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_true(fake.processes[1]->was_waited_for);
	fake_crash(worker_of(fixture, 0), SIGSEGV);
	settle(fixture);
	assert_false(fake.processes[2]->was_waited_for);
}

static void the_old_one_serves_until_the_new_one_is_ready(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 1);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 0);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 1);
	say_ready(fake.processes[1]);
	settle(fixture);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(fake_live(), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 1);
}

static void a_newcomer_that_fails_first_ends_the_roll(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 10);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	fake_exit(fake.processes[10], 3);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ABORTED), 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_ABORTED)->exit.code,
			 3);
	assert_int_equal(fake_live(), 10);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(fake.processes[i]->state, FAKE_RUNNING);
		assert_int_equal(fake.processes[i]->sent[SIGTERM], 0);
	}
	/* And they are replaced again when they die. */
	fake_crash(fake.processes[0], SIGSEGV);
	settle(fixture);
	assert_int_equal(fake_live(), 10);
}

static void a_newcomer_that_never_is_ready_ends_the_roll(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready_timeout_ns = 5 * NSEC_PER_SEC;
	begin_with_notify(fixture, 2);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	run_for(fixture, 6 * NSEC_PER_SEC);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_ABORTED)->why,
			 MUSTER_WHY_NOT_READY);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 0);
	assert_int_equal(fake.processes[1]->sent[SIGTERM], 0);
}

static void without_surge_the_old_one_goes_first(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.max_surge = MUSTER_ROLL_NONE;
	fixture->group.max_unavailable = 1;
	fake.stop_takes_ns = NSEC_PER_MSEC;
	begin_and_forget(fixture, 4);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	run_for(fixture, NSEC_PER_SEC);
	assert_int_equal(fake.launches, 8);
	assert_int_equal(least_ready(fixture), 3);
	for (uint32_t i = 4; i < 8; i++) /* never more than four at a time */
		assert_true(fake.processes[i]->launched_ns >=
			    fake.processes[i - 4]->death_ns);
}

static void reloads_during_a_roll_are_one(void **state)
{
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 20);
	for (int i = 0; i < 10; i++)
		assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 40);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_ROLLED)->roll, 10);
}

static void who_was_rolled_is_rolled_again(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 2);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	say_ready(fake.processes[2]);
	settle(fixture); /* slot 0 is rolled, slot 1 has begun */
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	for (int i = 0; i < 4; i++) {
		settle(fixture);
		for (uint32_t p = 3; p < fake.count; p++)
			say_ready(fake.processes[p]);
	}
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 1);
	assert_int_equal(fake.processes[2]->state, FAKE_REAPED);
}

static void TERM_during_a_roll_wins(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 4);
	fake_signal(SIGHUP);
	settle(fixture);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake_live(), 0);
}

static void mutate_sends_HUP_and_keeps_the_workers(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart_method = MUSTER_METHOD_MUTATE;
	fake.birth.manners = FAKE_HANGS; /* it takes HUP */
	begin_and_forget(fixture, 3);
	fake_signal(SIGHUP);
	settle(fixture);
	assert_int_equal(fake.launches, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fake.processes[i]->sent[SIGHUP], 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_RELOAD)->count, 3);
}

/* Its configuration may have been read before the change. */
static void who_starts_is_told_to_mutate_when_it_is_ready(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart_method = MUSTER_METHOD_MUTATE;
	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture);
	turn(fixture);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	assert_int_equal(fake.processes[0]->sent[SIGHUP], 0);
	say_ready(fake.processes[0]);
	settle(fixture);
	assert_int_equal(fake.processes[0]->sent[SIGHUP], 1);
}

static void an_old_one_that_dies_has_its_successor_already(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 1);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	fake_crash(fake.processes[0], SIGKILL);
	settle(fixture);
	assert_int_equal(fake.launches, 2);
	say_ready(fake.processes[1]);
	settle(fixture);
	assert_int_equal(fake_live(), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 1);
}

static void changed_options_are_those_of_the_new_ones(void **state)
{
	static const char *const argv[] = {"/srv/other", NULL};
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 2);
	fixture->group.argv = argv;
	fixture->group.workers = 3;
	assert_int_equal(
		muster_change_group(fixture->muster, 0, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_string_equal(worker_of(fixture, i)->plan->path,
				    "/srv/other");
}

static void an_aborted_change_goes_back_to_the_options_before(void **state)
{
	static const char *const argv[] = {"/srv/broken", NULL};
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 2);
	fixture->group.argv = argv;
	fake.birth.step = MUSTER_STEP_EXEC;
	fake.birth.error = ENOENT;
	assert_int_equal(
		muster_change_group(fixture->muster, 0, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ABORTED), 1);
	fake.birth.step = MUSTER_STEP_NONE;
	fake_crash(worker_of(fixture, 0), SIGSEGV);
	settle(fixture);
	assert_string_equal(worker_of(fixture, 0)->plan->path, "/srv/worker");
	assert_int_equal(fake_live(), 2);
}

static void a_removed_group_stops_and_the_others_go_on(void **state)
{
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 2);
	add_group(fixture);
	settle(fixture);
	assert_int_equal(muster_remove_group(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_REMOVED)->group, 0);
	turn(fixture);
	assert_int_equal(muster_remove_group(fixture->muster, 0), -EINVAL);
	assert_int_equal(muster_reload(fixture->muster, 0), -EINVAL);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), -EINVAL);
	assert_int_equal(muster_reload(fixture->muster, 1), 0);
}

/* A stop by SIGHUP, too, must be taken by who was stopped. */
static void a_stop_by_HUP_lets_the_worker_go_on(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.stop_signal = SIGHUP;
	begin_and_forget(fixture, 1);
	muster_stop(fixture->muster);
	assert_int_equal(fake.processes[0]->sent[SIGHUP], 1);
	assert_int_equal(fake.processes[0]->sent[SIGCONT], 1);
	assert_int_equal(finish(fixture), 0);
}

static void who_is_removed_counts_in_all(void **state)
{
	struct muster_stats stats = MUSTER_STATS_INIT;
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 3);
	add_group(fixture);
	settle(fixture);
	fake_exit(worker_of(fixture, 1), 0);
	settle(fixture);
	assert_int_equal(muster_remove_group(fixture->muster, 0), 0);
	settle(fixture);
	turn(fixture);
	assert_int_equal(muster_get_stats(fixture->muster, 0, &stats), -EINVAL);
	assert_int_equal(muster_get_stats(fixture->muster, -1, &stats), 0);
	assert_int_equal(stats.running, 3);
	assert_int_equal(stats.started, 7);
	assert_int_equal(stats.restarts, 1);
	assert_int_equal(stats.exited, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(
			every_worker_is_replaced_and_none_is_missed_meanwhile),
		fixture_test(a_roll_costs_no_token),
		fixture_test(a_newcomer_is_waited_for_until_it_executes),
		fixture_test(the_old_one_serves_until_the_new_one_is_ready),
		fixture_test(a_newcomer_that_fails_first_ends_the_roll),
		fixture_test(a_newcomer_that_never_is_ready_ends_the_roll),
		fixture_test(without_surge_the_old_one_goes_first),
		fixture_test(reloads_during_a_roll_are_one),
		fixture_test(who_was_rolled_is_rolled_again),
		fixture_test(TERM_during_a_roll_wins),
		fixture_test(mutate_sends_HUP_and_keeps_the_workers),
		fixture_test(who_starts_is_told_to_mutate_when_it_is_ready),
		fixture_test(an_old_one_that_dies_has_its_successor_already),
		fixture_test(changed_options_are_those_of_the_new_ones),
		fixture_test(an_aborted_change_goes_back_to_the_options_before),
		fixture_test(a_stop_by_HUP_lets_the_worker_go_on),
		fixture_test(a_removed_group_stops_and_the_others_go_on),
		fixture_test(who_is_removed_counts_in_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
