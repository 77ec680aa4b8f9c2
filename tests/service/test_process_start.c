/*
 * test_process_start.c - the story of start() and what it should not do: it
 * fails, ends the process or loses it, and the launcher goes on (cases 23, 24,
 * 89, 95; B22, B23, B58; table O).
 */
#include <poll.h>

#include "service/story.h"

static struct launcher *start_one(struct stage *stage, const char *step)
{
	return START(stage, ARGUMENTS("service=web", "workers=1", "burst=1",
				      "interval=3600000", "start:id", step));
}

/* The fault is in the log, the worker's place waits for a token, and TERM is
 * obeyed meanwhile: case 95, table O. */
static void check_end(struct stage *stage, const char *step, const char *text)
{
	struct launcher *launcher = start_one(stage, step);
	int pid = (int)launcher_hear_pid(launcher, "is web id 0 generation 1");

	(void)launcher_log(launcher,
			   stage_text(stage, "Child %d %s", pid, text));
	/* The one replacement that its tokens allow. */
	(void)launcher_hear(launcher, "is web id 0 generation 2");
	(void)launcher_log(launcher, text);
	launcher_stop(stage, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
	assert_int_equal(lines_count(&launcher->said, "waited 0"), 1);
}

static void a_start_that_fails_ends_its_worker_with_1(void **state)
{
	check_end(*state, "start:fail", "exited with status 1");
}

/* B23, table O: SystemExit(5). */
static void a_start_that_asks_for_a_status_gets_it(void **state)
{
	check_end(*state, "start:exit-code=5", "exited with status 5");
	check_end(*state, "start:exit-code=255", "exited with status 255");
}

/* Table O: SystemExit(), not an accident as there. */
static void a_start_that_asks_for_0_ends_cleanly(void **state)
{
	check_end(*state, "start:exit-code=0", "exited with status 0");
}

static void a_start_that_returns_a_number_of_its_own_ends_with_1(void **state)
{
	check_end(*state, "start:return=7", "exited with status 1");
}

/* Table O. */
static void a_start_that_calls_exit_ends_with_its_status(void **state)
{
	check_end(*state, "start:_exit=7", "exited with status 7");
	check_end(*state, "start:exit=7", "exited with status 7");
}

static void a_start_that_aborts_is_a_death_by_its_signal(void **state)
{
	check_end(*state, "start:abort", "killed by signal 6 (SIGABRT");
}

static void a_start_that_leaves_its_thread_is_a_failure(void **state)
{
	check_end(*state, "start:pthread_exit", "exited with status 1");
}

/* What was told of it. */
static void a_failure_of_start_is_logged_by_its_worker(void **state)
{
	struct launcher *launcher = start_one(*state, "start:fail");

	(void)launcher_log(launcher, "Error starting thread. [service web: "
				     "Input/output error]");
	launcher_stop(*state, launcher, 0);
}

/* Cases 23 and 24; B21: it serves until it is stopped. */
static void a_start_that_returns_at_once_serves_on(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start:say=up",
				  "stop@w:say=stopped", "wait@w:say=waited"));

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	wait_for_children(launcher->pid, 2);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "stopped"), 2);
	/* And the program's own. */
	assert_int_equal(lines_count(&launcher->said, "waited"), 3);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
}

/* It is TERM's deadline that ends it; nobody is left. */
static void a_start_that_never_returns_is_killed_at_its_deadline(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("graceful=300", "service=web", "ready=fork",
				  "start:say=up", "start:never-returns"));

	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher, "timeout exceeded");
}

/* Its copy must not run on in our code (fault 6), nor hold up the worker. */
static void a_start_that_forks_and_returns_twice_serves_once(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:fork-and-return",
					"start:say=up", "stop@w:say=stopped",
					"wait@w:say=waiting"));
	pid_t copy = launcher_hear_pid(launcher, "copy returns");

	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_all_end_within(*state, DEADLINE_MS);
	assert_int_equal(lines_count(&launcher->said, "up"), 2);
	assert_int_equal(lines_count(&launcher->said, "stopped"), 1);
	assert_int_equal(lines_count(&launcher->said, "waiting"), 1);
	assert_int_equal(lines_count(&launcher->said,
				     stage_text(*state, "%d waited", copy)),
			 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

/* Its process group is the worker's. */
static void what_a_service_forks_ends_with_its_worker(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:fork-and-stay",
					"start:say=up"));

	(void)launcher_hear(launcher, "grandchild");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_all_end_within(*state, DEADLINE_MS);
}

/* Who leaves for good is replaced as anybody who exits, and not counted. */
static void a_service_that_daemonises_has_left_its_launcher(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "burst=1", "interval=3600000",
				  "start@0#1:daemonise", "start:say=up"));
	pid_t daemon = launcher_hear_pid(launcher, "daemon");

	(void)launcher_log(launcher, "exited with status 0");
	(void)launcher_hear(launcher, "up");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	process_kill(daemon, SIGKILL);
	assert_int_equal(end_of_orphan(daemon), 128 + SIGKILL);
	assert_nobody_left(*state);
}

static void wait_until_all_are_closed(pid_t pid)
{
	uint64_t until_ms = now_ms() + DEADLINE_MS;

	while (count_fds(pid, "") > 0) {
		assert_true(now_ms() < until_ms);
		(void)poll(NULL, 0, 1);
	}
}

/* It holds on to what it polls, so TERM reaches it all the same. */
static void a_service_that_closes_all_descriptors_can_be_stopped(void **state)
{
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "ready=fork", "start:say=closes",
				"start:close-all-fds", "start:never-returns"));
	pid_t pid = launcher_hear_pid(launcher, "closes");

	wait_until_all_are_closed(pid);
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "exited with status 70");
}

/* It has nothing left to say it with. */
static void a_service_that_closes_all_descriptors_is_known_by_70(void **state)
{
	check_end(*state, "start:close-all-fds", "exited with status 70");
}

static void
a_service_that_closes_all_descriptors_loses_its_launcher(void **state)
{
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "ready=fork", "start:say=closes",
				"start:close-all-fds", "start:never-returns"));
	pid_t pid = launcher_hear_pid(launcher, "closes");

	wait_until_all_are_closed(pid);
	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_all_end_within(*state, DEADLINE_MS);
}

static void a_service_that_blocks_all_signals_is_stopped_by_one(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "start:block-all-signals",
				  "start:say=up", "stop@w:reason"));

	(void)launcher_hear(launcher, "up");
	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "stops for operator");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_start_that_fails_ends_its_worker_with_1),
		STORY(a_start_that_asks_for_a_status_gets_it),
		STORY(a_start_that_asks_for_0_ends_cleanly),
		STORY(a_start_that_returns_a_number_of_its_own_ends_with_1),
		STORY(a_start_that_calls_exit_ends_with_its_status),
		STORY(a_start_that_aborts_is_a_death_by_its_signal),
		STORY(a_start_that_leaves_its_thread_is_a_failure),
		STORY(a_failure_of_start_is_logged_by_its_worker),
		STORY(a_start_that_returns_at_once_serves_on),
		STORY(a_start_that_never_returns_is_killed_at_its_deadline),
		STORY(a_start_that_forks_and_returns_twice_serves_once),
		STORY(what_a_service_forks_ends_with_its_worker),
		STORY(a_service_that_daemonises_has_left_its_launcher),
		STORY(a_service_that_closes_all_descriptors_can_be_stopped),
		STORY(a_service_that_closes_all_descriptors_is_known_by_70),
		STORY(a_service_that_closes_all_descriptors_loses_its_launcher),
		STORY(a_service_that_blocks_all_signals_is_stopped_by_one),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
