/*
 * test_process_log.c - the story of the log of a launcher and its workers, who
 * share it: its options, and a reader that stalls or leaves (case 99; B13,
 * B64; puma's stuck standard error).
 */
#include "service/story.h"

/* Case 99, of the process launcher. */
static void options_are_listed_at_debug_level(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("log=debug", "method=mutate",
					"graceful=-1", "service=web",
					"workers=2", "stop-timeout=3000"));

	(void)launcher_log(launcher, "Full set of CONF:");
	(void)launcher_log(launcher, "graceful_shutdown_timeout = 0");
	(void)launcher_log(launcher, "restart_method = mutate");
	(void)launcher_log(launcher, "web: workers = 2");
	(void)launcher_log(launcher, "web: ready = start");
	(void)launcher_log(launcher, "web: stop_timeout = 3");
	(void)launcher_log(launcher, "All 2 workers are ready");
	launcher_stop(*state, launcher, 0);
	/* By the launcher, and not by each worker. */
	assert_int_equal(lines_count(&launcher->log, "Full set of CONF:"), 1);
}

/* Those that were given, and no others. */
static void the_rules_of_a_service_are_listed(void **state)
{
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("log=debug", "parent-death=kill", "service=web",
			  "listen=tcp:127.0.0.1:0", "burst=3", "interval=250",
			  "backoff=1000", "give-up=5:60000", "roll=2:-25",
			  "watchdog=2000", "directory=/", "workers=0"));

	(void)launcher_log(launcher, "parent_death = kill");
	(void)launcher_log(launcher, "log_level = debug");
	(void)launcher_log(launcher, "web: throttle_burst = 3");
	(void)launcher_log(launcher, "web: throttle_interval = 250 ms");
	(void)launcher_log(launcher, "web: backoff_min = 1.00 s");
	(void)launcher_log(launcher, "web: backoff_max = 1.00 s");
	(void)launcher_log(launcher, "web: give_up_deaths = 5");
	(void)launcher_log(launcher, "web: give_up_window = 60.0 s");
	(void)launcher_log(launcher, "web: max_surge = 2");
	(void)launcher_log(launcher, "web: max_unavailable = 25%");
	(void)launcher_log(launcher, "web: watchdog = 2.00 s");
	(void)launcher_log(launcher, "web: listeners = 1");
	(void)launcher_log(launcher, "web: directory = given");
	launcher_stop(*state, launcher, 0);
	assert_false(lines_have(&launcher->log, "ready_timeout ="));
	assert_false(lines_have(&launcher->log, "umask ="));
}

static void at_the_level_of_errors_only_errors_are_told(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("log=error", "service=web",
					"start#1:fail", "start#2:say=up"));

	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_int_equal(lines_count(&launcher->log, "error: Error starting "
						     "thread."),
			 1);
}

/* What is in the launcher's buffers at a fork is not written twice. */
static void no_line_is_written_twice(void **state)
{
	pid_t pids[20];
	struct launcher *launcher =
		START(*state, ARGUMENTS("log=debug", "service=web",
					"workers=20", "start:say=up"));

	launcher_hear_all(launcher, "up", pids, 20);
	(void)launcher_log(launcher, "All 20 workers are ready");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Starting 20 workers"), 1);
	assert_int_equal(lines_count(&launcher->log, "Full set of CONF:"), 1);
	for (int i = 0; i < 20; i++) {
		const char *text =
			stage_text(*state, "Started child %d ", (int)pids[i]);

		assert_int_equal(lines_count(&launcher->log, text), 1);
	}
}

static void fill_pipe(int fd)
{
	static char space[65536];
	int flags = fcntl(fd, F_GETFL);

	assert_int_equal(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
	while (write(fd, space, sizeof(space)) > 0)
		;
	while (write(fd, space, 1) > 0)
		;
	assert_int_equal(fcntl(fd, F_SETFL, flags), 0);
}

/* It is full before the program begins, and nobody ever reads: workers come and
 * go, reload and stop as ever. */
static void a_reader_that_stalls_holds_up_nobody(void **state)
{
	struct launcher *launcher;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fill_pipe(ends[1]);
	launcher = START(*state,
			 ARGUMENTS("service=web", "workers=2", "burst=200",
				   "start:id", "stop@w:reason"),
			 .has_log = true, .log_fd = ends[1]);
	(void)close(ends[1]);
	for (int i = 0; i < 50; i++)
		process_kill(launcher_hear_pid(launcher, "is web"), SIGKILL);
	(void)launcher_hear(launcher, "is web");
	(void)launcher_hear(launcher, "is web");
	launcher_signal(launcher, SIGHUP);
	(void)launcher_hear(launcher, "stops for reload");
	(void)launcher_hear(launcher, "stops for reload");
	launcher_stop(*state, launcher, 0);
	(void)close(ends[0]);
}

/* EPIPE, and no SIGPIPE: to launcher and workers. */
static void a_reader_that_leaves_kills_nobody(void **state)
{
	struct launcher *launcher;
	pid_t pid;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	launcher = START(*state,
			 ARGUMENTS("service=web", "start:id", "stop@w:reason"),
			 .has_log = true, .log_fd = ends[1]);
	(void)close(ends[1]);
	pid = launcher_hear_pid(launcher, "is web");
	(void)close(ends[0]);
	process_kill(pid, SIGHUP);
	(void)launcher_hear(launcher, "stops for reload");
	assert_int_equal(launcher_hear_pid(launcher, "is web"), pid);
	process_kill(pid, SIGTERM);
	(void)launcher_hear(launcher, "stops for operator");
	assert_int_not_equal(launcher_hear_pid(launcher, "is web"), pid);
	launcher_stop(*state, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(options_are_listed_at_debug_level),
		STORY(the_rules_of_a_service_are_listed),
		STORY(at_the_level_of_errors_only_errors_are_told),
		STORY(no_line_is_written_twice),
		STORY(a_reader_that_stalls_holds_up_nobody),
		STORY(a_reader_that_leaves_kills_nobody),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
