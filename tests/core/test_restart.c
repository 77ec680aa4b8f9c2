/*
 * test_restart.c - what follows when a worker ends by itself.
 */
#include "core/fixture.h"

static void a_death_is_made_good_in_its_own_turn(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *started;
	const struct muster_event *exited;
	struct fake_process *old;

	begin_with(fixture, 3);
	old = worker_of(fixture, 1);
	forget(fixture);
	run_for(fixture, 5 * NSEC_PER_SEC);
	fake_crash(old, SIGSEGV);
	turn(fixture);
	assert_int_equal(fake.launches, 4);
	exited = nth_event(fixture, MUSTER_EVENT_EXITED, 0);
	started = nth_event(fixture, MUSTER_EVENT_STARTED, 0);
	assert_true(exited < started);
	assert_int_equal(exited->pid, old->pid);
	assert_int_equal(exited->slot, 1);
	assert_int_equal(exited->generation, 1);
	assert_int_equal(exited->exit.kind, MUSTER_EXIT_SIGNAL);
	assert_int_equal(exited->exit.code, SIGSEGV);
	assert_int_equal(exited->next, MUSTER_NEXT_NOW);
	assert_int_equal(exited->why, MUSTER_WHY_RULE);
	assert_int_equal(exited->uptime_ns, 5 * NSEC_PER_SEC);
	assert_int_equal(exited->delay_ns, 0);
	assert_int_equal(started->slot, 1);
	assert_int_equal(started->generation, 2);
	assert_int_equal(started->old_pid, old->pid);
	assert_int_equal(started->pid, worker_of(fixture, 1)->pid);
	assert_int_equal(worker_of(fixture, 1)->generation, 2);
}

static void the_throttle_arms_a_timer_and_nobody_sleeps(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *exited;
	uint64_t now_ns;

	fixture->group.throttle_burst = 2;
	begin_with(fixture, 4);
	now_ns = fake.now_ns;
	for (uint32_t i = 0; i < 4; i++)
		fake_exit(fake.processes[i], 1);
	turn(fixture);
	assert_int_equal(fake.now_ns, now_ns);
	assert_int_equal(fake.launches, 6);
	for (uint32_t i = 2; i < 4; i++) {
		exited = nth_event(fixture, MUSTER_EVENT_EXITED, i);
		assert_int_equal(exited->next, MUSTER_NEXT_LATER);
		assert_int_equal(exited->why, MUSTER_WHY_THROTTLE);
		assert_int_equal(exited->delay_ns, (i - 1) * NSEC_PER_SEC);
	}
	turn_for(fixture, MUSTER_FOREVER);
	assert_int_equal(fake.until_ns, now_ns + NSEC_PER_SEC);
	assert_int_equal(fake.launches, 7);
	turn_for(fixture, MUSTER_FOREVER);
	assert_int_equal(fake.now_ns, now_ns + 2 * NSEC_PER_SEC);
	assert_int_equal(fake.launches, 8);
}

/* B43: a TERM while somebody waits for a token is acted on at once. */
static void TERM_is_not_held_up_by_the_throttle(void **state)
{
	struct fixture *fixture = *state;
	uint64_t now_ns;

	fixture->group.throttle_burst = 1;
	begin_with(fixture, 3);
	for (uint32_t i = 0; i < 3; i++)
		fake_exit(fake.processes[i], 1);
	settle(fixture);
	now_ns = fake.now_ns;
	assert_int_equal(fake.launches, 4);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.now_ns, now_ns);
	assert_int_equal(fake.launches, 4);
}

/* B44: a worker that was healthy costs no token. */
static void healthy_workers_are_never_throttled(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.throttle_burst = 1;
	begin_with(fixture, 50);
	run_for(fixture, NSEC_PER_SEC);
	for (uint32_t i = 0; i < 50; i++)
		fake_exit(fake.processes[i], 0);
	turn(fixture);
	assert_int_equal(fake.launches, 100);
}

static void a_crash_loop_costs_one_fork_a_second(void **state)
{
	struct fixture *fixture = *state;
	uint64_t launches;
	uint32_t turns;

	fake.birth.life_ns = NSEC_PER_MSEC;
	fake.birth.status = 1;
	fixture->group.workers = 4;
	begin(fixture);
	run_for(fixture, 10 * NSEC_PER_SEC);
	launches = fake.launches;
	turns = run_for(fixture, 100 * NSEC_PER_SEC);
	assert_in_range(fake.launches - launches, 99, 101);
	/* One to launch and one to see it die. */
	assert_true(turns <= 210);
}

static void backoff_doubles_up_to_its_cap_and_forgets(void **state)
{
	struct fixture *fixture = *state;
	uint64_t peak_ns = NSEC_PER_SEC;

	fixture->group.backoff_min_ns = NSEC_PER_SEC;
	fixture->group.backoff_max_ns = 4 * NSEC_PER_SEC;
	begin_with(fixture, 1);
	for (int i = 0; i < 5; i++) {
		const struct muster_event *exited;

		fake_exit(worker_of(fixture, 0), 1);
		turn(fixture);
		exited = last_event(fixture, MUSTER_EVENT_EXITED);
		assert_int_equal(exited->why, MUSTER_WHY_BACKOFF);
		assert_in_range(exited->delay_ns, peak_ns / 2, peak_ns);
		turn_for(fixture, MUSTER_FOREVER);
		assert_int_equal(fake.now_ns,
				 exited->time_ns + exited->delay_ns);
		peak_ns = nsec_min(2 * peak_ns, 4 * NSEC_PER_SEC);
	}
	run_for(fixture, NSEC_PER_SEC);
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_in_range(last_event(fixture, MUSTER_EVENT_EXITED)->delay_ns,
			NSEC_PER_SEC / 2, NSEC_PER_SEC);
}

/* B46: the exit code of the last worker. */
static void giving_up_stops_all_with_the_last_workers_code(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	fixture->group.give_up_deaths = 3;
	fixture->group.give_up_window_ns = 10 * NSEC_PER_SEC;
	begin_with(fixture, 4);
	fake_exit(worker_of(fixture, 0), 11);
	turn(fixture);
	fake_exit(worker_of(fixture, 1), 12);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP), 0);
	fake_exit(worker_of(fixture, 2), 13);
	assert_int_equal(finish(fixture), 13);
	assert_int_equal(fake.launches, 6);
	event = nth_event(fixture, MUSTER_EVENT_GIVE_UP, 0);
	assert_int_equal(event->why, MUSTER_WHY_GIVE_UP);
	assert_int_equal(event->exit.code, 13);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP), 1);
}

static void deaths_outside_the_window_do_not_add_up(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.give_up_deaths = 2;
	fixture->group.give_up_window_ns = 3 * NSEC_PER_SEC;
	fixture->group.healthy_after_ns = NSEC_NEVER;
	begin_with(fixture, 1);
	for (int i = 0; i < 10; i++) {
		fake_exit(worker_of(fixture, 0), 1);
		turn(fixture);
		run_for(fixture, 4 * NSEC_PER_SEC);
	}
	assert_int_equal(fake.launches, 11);
}

static void never_lets_them_end_and_tells_the_last_failure(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin_with(fixture, 4);
	fake_exit(worker_of(fixture, 0), 3);
	turn(fixture);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_EXITED, 0)->next,
			 MUSTER_NEXT_NEVER);
	fake_crash(worker_of(fixture, 1), SIGABRT);
	turn(fixture);
	fake_exit(worker_of(fixture, 2), 0);
	assert_int_equal(turn(fixture), 1);
	assert_int_equal(muster_status(fixture->muster), -EAGAIN);
	fake_exit(worker_of(fixture, 3), 0);
	assert_int_equal(turn(fixture), 0);
	assert_int_equal(muster_status(fixture->muster), 128 + SIGABRT);
	assert_int_equal(fake.launches, 4);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DONE), 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_DONE, 0)->code,
			 128 + SIGABRT);
}

static void workers_that_all_succeed_end_with_0(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin_with(fixture, 2);
	fake_exit(worker_of(fixture, 0), 0);
	fake_exit(worker_of(fixture, 1), 0);
	assert_int_equal(finish(fixture), 0);
}

static void on_failure_restarts_failures_only(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart = MUSTER_RESTART_ON_FAILURE;
	begin_with(fixture, 2);
	fake_exit(worker_of(fixture, 0), 0);
	fake_exit(worker_of(fixture, 1), 1);
	turn(fixture);
	assert_int_equal(fake.launches, 3);
	assert_int_equal(fake_live(), 1);
	fake_crash(worker_of(fixture, 1), SIGTERM); /* not by us */
	turn(fixture);
	assert_int_equal(fake.launches, 4);
	fake_exit(worker_of(fixture, 1), 0);
	assert_int_equal(finish(fixture), 0);
}

/* B66: 0 is restarted, too. */
static void always_restarts_success(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	fake_exit(worker_of(fixture, 0), 0);
	turn(fixture);
	assert_int_equal(fake.launches, 2);
}

/* The last one that failed counts, not the last one that ended. */
static void a_stop_after_failures_is_a_clean_stop(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin_with(fixture, 2);
	fake_exit(worker_of(fixture, 0), 3);
	turn(fixture);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0); /* B67 */
}

static void more_deaths_than_a_batch_are_all_made_good(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 500);
	run_for(fixture, 2 * NSEC_PER_SEC);
	for (uint32_t i = 0; i < 500; i++)
		fake_exit(fake.processes[i], 1);
	settle(fixture);
	assert_int_equal(fake.launches, 1000);
	assert_int_equal(fake_live(), 500);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_EXITED), 500);
}

/* All tokens of a long sleep have come at once: signals are read in between. */
static void who_is_due_at_once_is_launched_in_bounded_turns(void **state)
{
	struct fixture *fixture = *state;
	uint64_t launches;

	fixture->group.throttle_burst = 1;
	begin_with(fixture, 200);
	for (uint32_t i = 0; i < 200; i++)
		fake_exit(fake.processes[i], 1);
	settle(fixture);
	assert_int_equal(shared_of(fixture, 0)->counts[WORKER_WAITING], 199);
	fake_pass(3600 * NSEC_PER_SEC);
	do {
		launches = fake.launches;
		assert_int_equal(turn(fixture), 1);
		assert_true(fake.launches - launches <= SUPERVISOR_BUDGET);
	} while (fake.launches > launches);
	assert_int_equal(fake_live(), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_death_is_made_good_in_its_own_turn),
		fixture_test(the_throttle_arms_a_timer_and_nobody_sleeps),
		fixture_test(TERM_is_not_held_up_by_the_throttle),
		fixture_test(healthy_workers_are_never_throttled),
		fixture_test(a_crash_loop_costs_one_fork_a_second),
		fixture_test(backoff_doubles_up_to_its_cap_and_forgets),
		fixture_test(giving_up_stops_all_with_the_last_workers_code),
		fixture_test(deaths_outside_the_window_do_not_add_up),
		fixture_test(never_lets_them_end_and_tells_the_last_failure),
		fixture_test(workers_that_all_succeed_end_with_0),
		fixture_test(on_failure_restarts_failures_only),
		fixture_test(always_restarts_success),
		fixture_test(a_stop_after_failures_is_a_clean_stop),
		fixture_test(more_deaths_than_a_batch_are_all_made_good),
		fixture_test(who_is_due_at_once_is_launched_in_bounded_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
