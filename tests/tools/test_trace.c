/*
 * test_trace.c - the story of workers in a debugger's hands: a traced one that
 * died is the tracer's until it lets go, and nobody else waits for that (E24).
 */
#include <poll.h>

#include "tools/trace.h"

#define NO_TRACE "nothing can be traced here"

/* User and system time, in ticks of 10 ms. */
static unsigned long ticks_of(pid_t pid)
{
	char text[1024];
	char path[64];
	const char *rest;
	unsigned long user;
	unsigned long system;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file_read(path, text, sizeof(text));
	rest = strrchr(text, ')');
	assert_non_null(rest);
	assert_int_equal(sscanf(rest + 2,
				"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
				"%lu %lu",
				&user, &system),
			 2);
	return user + system;
}

/* A death that muster hears of and may not collect yet is no reason to look for
 * it again and again. */
static void assert_does_not_spin(pid_t pid)
{
	unsigned long before = ticks_of(pid);

	(void)poll(NULL, 0, 300); /* what is measured is this span */
	assert_in_range(ticks_of(pid) - before, 0, 6);
}

static void
a_traced_workers_death_waits_for_the_tracer_and_harms_nobody(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3"), WORKER("say=ready"));
	struct tracer tracer;
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	if (!tracer_seize(&tracer, pids[0]))
		SKIP(NO_TRACE);
	process_kill(pids[0], SIGKILL);
	process_status_wait(pids[0], "State:", "Z (zombie)");
	assert_does_not_spin(launcher->pid);
	/* The others are cared for. */
	process_kill(pids[1], SIGKILL);
	(void)launcher_hear(launcher, "ready");
	assert_int_equal(tracer_end(&tracer), 0);
	(void)launcher_hear(launcher, "ready");
	launcher->log.mark = 0;
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d killed by signal 9", pids[0]));
	launcher_stop(*state, launcher, 0);
}

/* TERM stops a traced worker, and its tracer sleeps. */
static void
a_traced_worker_that_cannot_stop_is_killed_and_waited_for(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("-w", "2", "-t", "100ms"), WORKER("say=ready"));
	struct tracer tracer;
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	if (!tracer_seize(&tracer, pids[1]))
		SKIP(NO_TRACE);
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher,
			   stage_text(*state, "Child %d killed by", pids[0]));
	(void)launcher_log(launcher, "Graceful shutdown timeout exceeded");
	process_status_wait(pids[1], "State:", "Z (zombie)");
	assert_does_not_spin(launcher->pid);
	assert_int_equal(tracer_end(&tracer), 0);
	assert_int_equal(launcher_end(launcher), 1);
	assert_nobody_left(*state);
	(void)launcher_log(launcher,
			   stage_text(*state, "Child %d killed by", pids[1]));
}

/* A zombie that a tracer never gives back: not even that keeps muster. */
static void int_does_not_wait_for_a_tracer_for_ever(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"), WORKER("say=ready"));
	struct tracer tracer;
	pid_t pids[2];
	int other;

	launcher_hear_all(launcher, "ready", pids, 2);
	other = process_open(pids[0]);
	if (!tracer_seize(&tracer, pids[1]))
		SKIP(NO_TRACE);
	launcher_signal(launcher, SIGINT);
	assert_true(launcher_ends_within(launcher, DEADLINE_MS));
	assert_int_equal(launcher_end(launcher), 1);
	assert_true(process_ends_within(other, 0));
	(void)close(other);
	assert_int_equal(tracer_end(&tracer), 0);
	assert_all_end_within(*state, 1000);
}

/* Killed between clone and execve: a death like others, without a loop and
 * without 126 or 127. */
static void a_worker_that_dies_before_it_executes_is_replaced(void **state)
{
	struct launcher *launcher = START(*state, OPTIONS("--throttle", "off"),
					  WORKER("say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");
	struct tracer tracer;

	(void)launcher_log(launcher, "Started child");
	if (!tracer_kill_next_child(&tracer, launcher->pid))
		SKIP(NO_TRACE);
	process_kill(pid, SIGKILL);
	(void)launcher_hear(launcher, "ready");
	assert_int_equal(tracer_end(&tracer), 0);
	(void)launcher_log(launcher, "killed by signal 9");
	(void)launcher_log(launcher, "generation 2");
	(void)launcher_log(launcher, "killed by signal 9");
	assert_non_null(strstr(launcher->log.line, "generation 2"));
	(void)launcher_log(launcher, "Started child");
	assert_non_null(strstr(launcher->log.line, "generation 3"));
	assert_int_equal(lines_count(&launcher->said, "ready"), 2);
	launcher_stop(*state, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			a_traced_workers_death_waits_for_the_tracer_and_harms_nobody),
		STAGE_TEST(
			a_traced_worker_that_cannot_stop_is_killed_and_waited_for),
		STAGE_TEST(int_does_not_wait_for_a_tracer_for_ever),
		STAGE_TEST(a_worker_that_dies_before_it_executes_is_replaced),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
