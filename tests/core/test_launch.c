/*
 * test_launch.c - launches that fail: no process, no program, no way to watch.
 */
#include "core/fixture.h"

static void set_birth_failure(enum muster_step step, int error)
{
	fake.birth.step = step;
	fake.birth.error = error;
}

static void check_unexecutable(struct fixture *fixture, enum muster_step step,
			       int error, int status)
{
	const struct muster_event *event;

	fixture->event_count = 0;
	set_birth_failure(step, error);
	begin(fixture);
	assert_int_equal(finish(fixture), status);
	event = nth_event(fixture, MUSTER_EVENT_GIVE_UP, 0);
	assert_int_equal(event->why, MUSTER_WHY_UNEXECUTABLE);
	assert_int_equal(event->exit.kind, MUSTER_EXIT_LAUNCH);
	assert_int_equal(event->exit.step, step);
	assert_int_equal(event->exit.code, error);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DONE), 1);
	fixture->muster = muster_free(fixture->muster);
}

static void an_unexecutable_command_ends_with_the_shells_code(void **state)
{
	struct fixture *fixture = *state;

	check_unexecutable(fixture, MUSTER_STEP_EXEC, ENOENT, 127);
	check_unexecutable(fixture, MUSTER_STEP_EXEC, EACCES, 126);
	check_unexecutable(fixture, MUSTER_STEP_EXEC, ENOEXEC, 126);
	check_unexecutable(fixture, MUSTER_STEP_DESCRIPTORS, EBADF, 125);
	assert_int_equal(fake.launches, 4); /* one each: no loop */
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

/* With the step alone nobody would know which user it was. */
static void what_could_not_be_set_is_told(void **state)
{
	struct fixture *fixture = *state;
	char line[256];

	set_birth_failure(MUSTER_STEP_UID, EPERM);
	fake.birth.value = 1000;
	begin(fixture);
	assert_int_equal(finish(fixture), 125);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_EXITED, 0)->value,
			 1000);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_GIVE_UP, 0)->value,
			 1000);
	assert_true(muster_describe_event(
			    nth_event(fixture, MUSTER_EVENT_EXITED, 0), line,
			    sizeof(line)) > 0);
	assert_non_null(strstr(line, "cannot set the user 1000: Operation not "
				     "permitted"));
}

/* Its number is the child's, its bounds are what was asked for. */
static void what_a_limit_was_to_be_is_told(void **state)
{
	static struct muster_privileges asked = MUSTER_PRIVILEGES_INIT;
	struct fixture *fixture = *state;
	char line[256];

	asked.sets_limits = 1U << 7;
	asked.limits[7] = (struct muster_limit){64, UINT64_MAX};
	fixture->group.privileges = &asked;
	set_birth_failure(MUSTER_STEP_RLIMIT, EPERM);
	fake.birth.value = 7;
	begin(fixture);
	assert_int_equal(finish(fixture), 125);
	assert_true(muster_describe_event(
			    nth_event(fixture, MUSTER_EVENT_GIVE_UP, 0), line,
			    sizeof(line)) > 0);
	assert_non_null(strstr(line, "cannot set the limit nofile to "
				     "64:unlimited: Operation not permitted"));
}

/* The 63 others of the turn are launched already; nobody else is. */
static void an_unexecutable_command_of_many_workers_ends_as_soon(void **state)
{
	struct fixture *fixture = *state;

	set_birth_failure(MUSTER_STEP_EXEC, ENOENT);
	fixture->group.workers = 1000;
	begin(fixture);
	assert_int_equal(finish(fixture), 127);
	assert_int_equal(fake.launches, SUPERVISOR_BUDGET);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP), 1);
}

static void the_report_outweighs_the_status(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	begin(fixture);
	turn(fixture);
	fake_exit(worker_of(fixture, 0), 127); /* the program's own */
	turn(fixture);
	event = nth_event(fixture, MUSTER_EVENT_EXITED, 0);
	assert_int_equal(event->exit.kind, MUSTER_EXIT_STATUS);
	assert_int_equal(event->exit.code, 127);
	assert_int_equal(fake.launches, 2);
}

/* Somebody replaces the program just now. */
static void a_program_that_ran_before_is_tried_again(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	begin(fixture);
	run_for(fixture, 2 * NSEC_PER_SEC);
	set_birth_failure(MUSTER_STEP_EXEC, ENOENT);
	fake_exit(worker_of(fixture, 0), 0);
	turn(fixture);
	turn(fixture);
	event = nth_event(fixture, MUSTER_EVENT_EXITED, 1);
	assert_int_equal(event->exit.kind, MUSTER_EXIT_LAUNCH);
	assert_int_equal(event->next, MUSTER_NEXT_LATER);
	assert_int_equal(event->why, MUSTER_WHY_LAUNCH);
	set_birth_failure(MUSTER_STEP_NONE, 0);
	run_for(fixture, NSEC_PER_SEC);
	assert_int_equal(fake_live(), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP), 0);
}

/* Nobody has ended yet, but two have run for long: it can be executed. */
static void a_program_that_runs_elsewhere_is_tried_again(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 2;
	begin(fixture);
	run_for(fixture, 2 * NSEC_PER_SEC);
	set_birth_failure(MUSTER_STEP_EXEC, ENOENT);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 3), 0);
	settle(fixture);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_EXITED, 0)->next,
			 MUSTER_NEXT_LATER);
	assert_int_equal(fake_live(), 2);
}

static void check_retried(struct fixture *fixture, int error)
{
	uint64_t last_ns = 0;

	fake.spawn_failures = UINT32_MAX;
	fake.spawn_error = error;
	begin(fixture);
	for (int i = 0; i < 12; i++) {
		const struct muster_event *event;
		uint64_t peak_ns = (50 * NSEC_PER_MSEC) << i;

		turn_for(fixture, MUSTER_FOREVER);
		event = last_event(fixture, MUSTER_EVENT_EXITED);
		peak_ns = nsec_min(peak_ns, 10 * NSEC_PER_SEC);
		assert_int_equal(fake.attempts, i + 1);
		assert_int_equal(event->exit.kind, MUSTER_EXIT_LAUNCH);
		assert_int_equal(event->exit.step, MUSTER_STEP_CLONE);
		assert_int_equal(event->exit.code, error);
		assert_int_equal(event->pid, 0);
		assert_int_equal(event->why, MUSTER_WHY_LAUNCH);
		assert_in_range(event->delay_ns, peak_ns / 2, peak_ns);
		assert_true(last_ns == 0 || event->time_ns > last_ns);
		last_ns = event->time_ns;
	}
	fake.attempts = 0;
	fixture->event_count = 0;
}

/* B35: never ends the launcher. */
static void a_failing_clone_is_retried_with_growing_delay(void **state)
{
	static const int errors[] = {EAGAIN, ENOMEM, EMFILE, ENFILE};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		check_retried(fixture, errors[i]);
		fixture->muster = muster_free(fixture->muster);
	}
}

static void a_failing_clone_does_not_spin(void **state)
{
	struct fixture *fixture = *state;
	uint32_t turns;

	fixture->group.workers = 100;
	fake.spawn_failures = UINT32_MAX;
	fake.spawn_error = EAGAIN;
	begin(fixture);
	run_for(fixture, 20 * NSEC_PER_SEC);
	fake.attempts = 0;
	turns = run_for(fixture, 100 * NSEC_PER_SEC);
	/* Each one every 5 to 10 s. */
	assert_true(fake.attempts <= 100 * 21);
	assert_true(turns <= fake.attempts + 1);
	fake.spawn_failures = 0;
	run_for(fixture, 11 * NSEC_PER_SEC);
	assert_int_equal(fake_live(), 100);
	fake.spawn_failures = 1;
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_in_range(last_event(fixture, MUSTER_EVENT_EXITED)->delay_ns,
			25 * NSEC_PER_MSEC, 50 * NSEC_PER_MSEC);
}

static void failing_clones_leave_the_others_alone(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 10;
	fake.spawn_failures = 4;
	fake.spawn_error = EAGAIN;
	begin(fixture);
	turn(fixture);
	assert_int_equal(fake_live(), 6);
	assert_int_equal(shared_of(fixture, 0)->counts[WORKER_WAITING], 4);
	run_for(fixture, NSEC_PER_SEC);
	assert_int_equal(fake_live(), 10);
	assert_int_equal(worker_of(fixture, 0)->generation, 1);
}

/* A clone that fails for a replacement is told as an end of its own. */
static void a_replacement_without_a_process_comes_later(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	run_for(fixture, 2 * NSEC_PER_SEC);
	fake.spawn_failures = 1;
	fake.spawn_error = ENOMEM;
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_EXITED, 0)->next,
			 MUSTER_NEXT_NOW);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_EXITED, 1)->next,
			 MUSTER_NEXT_LATER);
	run_for(fixture, NSEC_PER_SEC);
	assert_int_equal(worker_of(fixture, 0)->generation, 2);
	/* It was not immediate: no latency, nobody it replaces. */
	assert_int_equal(last_event(fixture, MUSTER_EVENT_STARTED)->latency_ns,
			 0);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_STARTED)->old_pid, 0);
}

static void a_worker_that_cannot_be_watched_is_killed(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *worker;

	fixture->group.workers = 2;
	fake.watch_failures = 1;
	begin(fixture);
	turn(fixture);
	worker = fake.processes[0];
	assert_int_equal(worker->sent[SIGKILL], 1);
	assert_int_equal(fake.processes[1]->sent[SIGKILL], 0);
	run_for(fixture, NSEC_PER_SEC);
	assert_int_equal(worker->state, FAKE_REAPED);
	assert_false(worker->is_pidfd_open);
	assert_int_equal(worker_of(fixture, 0)->generation, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(an_unexecutable_command_ends_with_the_shells_code),
		fixture_test(what_could_not_be_set_is_told),
		fixture_test(what_a_limit_was_to_be_is_told),
		fixture_test(
			an_unexecutable_command_of_many_workers_ends_as_soon),
		fixture_test(the_report_outweighs_the_status),
		fixture_test(a_program_that_ran_before_is_tried_again),
		fixture_test(a_program_that_runs_elsewhere_is_tried_again),
		fixture_test(a_failing_clone_is_retried_with_growing_delay),
		fixture_test(a_failing_clone_does_not_spin),
		fixture_test(failing_clones_leave_the_others_alone),
		fixture_test(a_replacement_without_a_process_comes_later),
		fixture_test(a_worker_that_cannot_be_watched_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
