/*
 * test_process_terminal.c - the story of a program with services in a terminal:
 * in its foreground HUP is a graceful stop, as a shell that leaves wants it
 * (B77, B78; table O: SIGHUP foreground).
 */
#include "service/story.h"

/* In a session without a terminal: the first that is opened is its own. */
static void enter_terminal(void *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(123);
}

/* The program's standard output is the terminal, by which it asks whether it
 * is in the foreground. */
static struct launcher *start_in_terminal(struct stage *stage, int *ret_master)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct launcher *launcher;
	char path[64];

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, path, sizeof(path)), 0);
	launcher = START(stage,
			 ARGUMENTS("service=web", "workers=2", "stop@w:reason"),
			 .prepare = enter_terminal, .argument = path);
	(void)launcher_log(launcher, "All 2 workers are ready");
	*ret_master = master;
	return launcher;
}

static void hup_in_the_foreground_is_a_graceful_stop(void **state)
{
	struct lines said = LINES_NULL;
	struct launcher *launcher = start_in_terminal(*state, &said.fd);

	launcher_signal(launcher, SIGHUP);
	(void)launcher_log(launcher, "Caught SIGHUP, stopping children");
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	lines_take(&said);
	assert_int_equal(lines_count(&said, "stops for operator"), 2);
	lines_fini(&said);
}

/* The kernel's HUP, and its workers have a terminal that is gone. */
static void a_terminal_that_is_closed_stops_everybody(void **state)
{
	int master;
	struct launcher *launcher = start_in_terminal(*state, &master);

	(void)close(master);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
}

/* A worker is in a process group of its own, so in nobody's foreground. */
static void hup_to_a_worker_in_a_terminal_restarts_it(void **state)
{
	int master;
	struct launcher *launcher = start_in_terminal(*state, &master);
	pid_t pids[CHILDREN_MAX];

	assert_int_equal(children_of(launcher->pid, pids), 2);
	process_kill(pids[0], SIGHUP);
	(void)launcher_log(launcher, "Child caught SIGHUP, handling");
	(void)launcher_log(launcher, "Restarted");
	launcher_stop(*state, launcher, 0);
	(void)close(master);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(hup_in_the_foreground_is_a_graceful_stop),
		STORY(a_terminal_that_is_closed_stops_everybody),
		STORY(hup_to_a_worker_in_a_terminal_restarts_it),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
