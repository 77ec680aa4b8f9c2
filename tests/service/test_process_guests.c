/*
 * test_process_guests.c - the story of a launcher that is not alone in its
 * program: with other threads, other launchers, other children (case 55; B11,
 * B62; gunicorn's reap_unknown_child).
 */
#include "service/story.h"

/* It would need the process's signals. */
static void skip_where_there_are_no_guests(void)
{
	const char *engine = getenv("MUSTER_TEST_ENGINE");

	if (engine && strcmp(engine, "signal") == 0)
		SKIP("the signal engine serves no guest");
}

static void a_launcher_with_a_second_thread_refuses_to_fork(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("before-wait:thread", "service=web",
					"start:say=up"));

	(void)launcher_hear(launcher,
			    "wait -16 this process has more than one thread: "
			    "a fork would copy one of them and the locks of "
			    "all");
	assert_int_equal(launcher_end(launcher), 99);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "error: this process has more than one "
				     "thread");
	assert_int_equal(lines_count(&launcher->said, "up"), 0);
}

/* Those who run are not touched, and the stop is as ever. */
static void a_thread_that_comes_later_holds_up_replacements_only(void **state)
{
	pid_t pids[2];
	struct launcher *launcher =
		START(*state, ARGUMENTS("on-ready#2:thread", "service=web",
					"workers=2", "start:say=up"));

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	process_kill(pids[0], SIGKILL);
	(void)launcher_log(launcher, "Could not launch a worker: clone: Device "
				     "or resource busy");
	assert_int_equal(kill(pids[1], 0), 0);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
}

static void the_process_launcher_of_a_service_launchers_program(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service-launcher=1", "service=web",
					"start:say=up"));

	(void)launcher_hear(launcher, "-16 ");
	assert_int_equal(launcher_end(launcher), 99);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->said, "up"), 0);
}

static void a_second_owner_is_refused_and_the_first_goes_on(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("on-ready#1:second=owner",
					"service=web", "start:id"));

	(void)launcher_hear(launcher, "is web");
	(void)launcher_hear(launcher, "second -16 ");
	launcher_turn(launcher);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "is web"), 1);
}

/* B11: neither waits for the other's children, and its worker has what every
 * worker has. */
static void a_guest_works_beside_an_owner(void **state)
{
	struct launcher *launcher;
	pid_t pid;

	skip_where_there_are_no_guests();
	launcher = START(*state,
			 ARGUMENTS("on-ready#1:second=guest",
				   "on-ready#2:second=guest", "service=web",
				   "start:id", "stop@w:reason"));
	pid = launcher_hear_pid(launcher, "is web");
	assert_int_not_equal(launcher_hear_pid(launcher, "is web"), pid);
	(void)launcher_hear(launcher, "stops for operator");
	(void)launcher_hear(launcher, "second 0");
	assert_int_equal(kill(pid, 0), 0);
	process_kill(pid, SIGKILL);
	(void)launcher_log(launcher, "killed by signal 9");
	(void)launcher_hear(launcher, "is web id 0 generation 2");
	launcher_stop(*state, launcher, 0);
}

/* A library's user has a handler, and goes on to have it. */
static void a_guest_leaves_the_programs_sigchld_handler_alone(void **state)
{
	struct launcher *launcher;

	skip_where_there_are_no_guests();
	launcher = START(*state,
			 ARGUMENTS("guest=1", "sigchld=count",
				   "on-ready#1:stop-launcher", "service=web",
				   "start:say=up", "start#1:_exit=0"));

	(void)launcher_hear(launcher, "host sees a child");
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
}

/* Its status is lost, the worker is not. */
static void a_program_that_reaps_every_child_loses_no_worker(void **state)
{
	struct launcher *launcher;

	skip_where_there_are_no_guests();
	launcher = START(*state,
			 ARGUMENTS("guest=1", "sigchld=reap",
				   "on-ready#1:stop-launcher", "service=web",
				   "burst=5", "start#1:_exit=3",
				   "start#2:_exit=3", "start:say=up"));

	(void)launcher_hear(launcher, "up");
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3);
}

/* For as long as it waits: no status is lost to the program's handler. */
static void an_owner_takes_sigchld_for_itself(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("sigchld=reap", "service=web", "burst=5",
				  "start#1:_exit=3", "start:say=up"));

	(void)launcher_log(launcher, "exited with status 3");
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
}

static void fork_a_stranger(void *unused)
{
	(void)unused;
	if (fork() == 0)
		_exit(3);
}

/* gunicorn's reap_unknown_child: a child of whoever executed us. */
static void a_stranger_that_ends_is_no_worker(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up"),
		      .prepare = fork_a_stranger);

	(void)launcher_hear(launcher, "up");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_all_end_within(*state, DEADLINE_MS);
	assert_int_equal(lines_count(&launcher->log, "exited with status 3"),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(a_launcher_with_a_second_thread_refuses_to_fork),
		STORY(a_thread_that_comes_later_holds_up_replacements_only),
		STORY(the_process_launcher_of_a_service_launchers_program),
		STORY(a_second_owner_is_refused_and_the_first_goes_on),
		STORY(a_guest_works_beside_an_owner),
		STORY(a_guest_leaves_the_programs_sigchld_handler_alone),
		STORY(a_program_that_reaps_every_child_loses_no_worker),
		STORY(an_owner_takes_sigchld_for_itself),
		STORY(a_stranger_that_ends_is_no_worker),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
