/*
 * test_awaited.c - whose child becomes somebody else is not stood still for,
 * and is ready, or the command's signals its, when it has executed.
 */
#include "core/fixture.h"

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

static void prepare(struct fixture *fixture)
{
	static struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;

	asked.sets_uid = true;
	asked.uid = 1000;
	fixture->group.privileges = &asked;
	fake.holds_launches = true;
}

static void who_has_not_executed_is_not_ready(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	assert_false(fake.processes[0]->was_waited_for);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTED), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SERVING), 0);
	fake_execute(fake.processes[0]);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 1);
	assert_true(count_events(fixture, MUSTER_EVENT_SERVING) > 0);
	assert_int_equal(fake.processes[0]->launch_fd, -1);
}

/* One is awaited as well as the other, in any order. */
static void many_are_awaited_at_a_time(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.workers = 200;
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 200);
	for (uint32_t i = 200; i > 0; i--) {
		fake_execute(fake.processes[i - 1]);
		settle(fixture);
		assert_int_equal(count_events(fixture, MUSTER_EVENT_READY),
				 201 - i);
	}
}

/* As where a launch is waited for: the command can be executed. */
static void a_restart_is_not_awaited(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin(fixture);
	settle(fixture);
	fake_execute(fake.processes[0]);
	settle(fixture);
	fake_exit(fake.processes[0], 1);
	settle(fixture);
	assert_int_equal(fake.launches, 2);
	assert_int_equal(fake.processes[1]->launch_fd, -1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 2);
}

/* It was stopped, or a file server is dead: everything else goes on. */
static void the_launcher_stops_who_does_not_execute(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	begin(fixture);
	settle(fixture);
	fake_signal(SIGTERM);
	settle(fixture);
	assert_int_equal(fake_live(), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 0);
	(void)finish(fixture);
}

static void who_does_not_execute_in_time_is_replaced(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.ready_timeout_ns = 5 * NSEC_PER_SEC;
	begin(fixture);
	(void)run_for(fixture, 4 * NSEC_PER_SEC);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 0);
	(void)run_for(fixture, 2 * NSEC_PER_SEC);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_STOPPING)->why,
			 MUSTER_WHY_NOT_READY);
	(void)run_for(fixture, 2 * NSEC_PER_SEC);
	assert_int_equal(fake.launches, 2);
	fake_execute(fake.processes[1]);
	(void)run_for(fixture, 20 * NSEC_PER_SEC);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 1);
	assert_int_equal(fake_live(), 1);
}

static void a_command_that_cannot_be_executed_ends_it_all(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fake.holds_launches = false;
	fake.birth.step = MUSTER_STEP_UID;
	fake.birth.error = EPERM;
	begin(fixture);
	assert_int_equal(finish(fixture), 125);
	assert_int_equal(fake.launches, 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 0);
}

/* The end is delivered before anybody has looked at the launch. */
static void who_has_executed_and_ended_was_ready(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin(fixture);
	settle(fixture);
	fake.processes[0]->report->exec_ns = fake.now_ns;
	fake_exit(fake.processes[0], 3);
	assert_int_equal(finish(fixture), 3);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 1);
}

static void who_was_killed_before_was_not(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin(fixture);
	settle(fixture);
	fake_crash(fake.processes[0], SIGKILL);
	assert_int_equal(finish(fixture), 128 + SIGKILL);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 0);
}

/* E2: what comes before is the command's, not its launch's. */
static void a_signal_is_kept_for_who_is_awaited(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->options.forwards = BIT(SIGTERM) | BIT(SIGUSR1);
	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin(fixture);
	fake_signal(SIGUSR1);
	settle(fixture);
	fake_signal(SIGTERM);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 0);
	fake_execute(fake.processes[0]);
	settle(fixture);
	assert_int_equal(fake.processes[0]->hand_ons, 2);
	assert_int_equal(fake.processes[0]->handed.signo, SIGTERM);
	fake_exit(fake.processes[0], 0);
	assert_int_equal(finish(fixture), 0);
}

static void who_cannot_be_awaited_is_no_worker(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fake.holds_launches = false;
	fake.await_error = EMFILE;
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_EXITED), 1);
	fake.await_error = 0;
	fake.await_failures = 1;
	(void)run_for(fixture, NSEC_PER_SEC);
	assert_true(fake.launches >= 2);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 1);
	assert_int_equal(fake_live(), 1);
	assert_true(count_events(fixture, MUSTER_EVENT_SERVING) > 0);
}

static void the_launcher_ends_with_some_awaited(void **state)
{
	struct fixture *fixture = *state;

	prepare(fixture);
	fixture->group.workers = 3;
	begin(fixture);
	settle(fixture);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake_live(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(who_has_not_executed_is_not_ready),
		fixture_test(many_are_awaited_at_a_time),
		fixture_test(a_restart_is_not_awaited),
		fixture_test(the_launcher_stops_who_does_not_execute),
		fixture_test(who_does_not_execute_in_time_is_replaced),
		fixture_test(a_command_that_cannot_be_executed_ends_it_all),
		fixture_test(who_has_executed_and_ended_was_ready),
		fixture_test(who_was_killed_before_was_not),
		fixture_test(a_signal_is_kept_for_who_is_awaited),
		fixture_test(who_cannot_be_awaited_is_no_worker),
		fixture_test(the_launcher_ends_with_some_awaited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
