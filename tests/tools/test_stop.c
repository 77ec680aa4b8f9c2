/*
 * test_stop.c - the story of a graceful stop: everybody is asked once, the end
 * is 0, nobody is left (table O; cases 3, 8, 26; B43, B72, B76).
 */
#include "tools/support.h"

/* Table O: SIGTERM, all stop in time; case 3. */
static void term_stops_all_workers_and_ends_with_0(void **state)
{
	pid_t pids[2];
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"), WORKER("say=ready"));

	launcher_hear_all(launcher, "ready", pids, 2);
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	(void)launcher_log(launcher, "Waiting on 2 children to exit");
	(void)launcher_log(launcher, "killed by signal 15 (SIGTERM)");
	(void)launcher_log(launcher, "killed by signal 15 (SIGTERM)");
	(void)launcher_log(launcher, "Shutdown finish, exit status 0");
}

/* Case 8; table O: process mode also at -w 1. */
static void term_with_one_worker_ends_with_0(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("take=TERM:0", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 0);
	assert_true(lines_have(&launcher->said, "took TERM"));
	(void)launcher_log(launcher, "exited with status 0");
}

/* B67. */
static void the_end_is_0_whatever_the_workers_end_with(void **state)
{
	pid_t pids[3];
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3"),
		      WORKER("s0:take=TERM:42", "s1:take=TERM:1", "say=ready"));

	launcher_hear_all(launcher, "ready", pids, 3);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "exited with status 42"),
			 1);
	assert_int_equal(lines_count(&launcher->log, "exited with status 1 "),
			 1);
}

static void inherit_hold(void *argument)
{
	if (dup2(*(int *)argument, 9) < 0)
		_exit(123);
}

/* Case 26. The workers stay until the test lets them go, so a second TERM would
 * be seen; muster has turned many times by then. */
static void a_stop_sends_term_exactly_once_to_each_child(void **state)
{
	pid_t pids[12];
	struct launcher *launcher;
	int hold[2];

	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	launcher = START(
		*state,
		OPTIONS("-w", "12", "--pass-fd", "9", "--log-level", "debug"),
		WORKER("take=TERM", "say=ready", "hold=9", "exit=0"),
		.prepare = inherit_hold, .argument = &hold[0]);
	launcher_hear_all(launcher, "ready", pids, 12);
	launcher_signal(launcher, SIGTERM);
	for (int i = 0; i < 12; i++)
		(void)launcher_hear(launcher, "took TERM");
	for (int i = 0; i < 5; i++) {
		launcher_signal(launcher, SIGHUP);
		(void)launcher_log(launcher, "Caught SIGHUP");
	}
	(void)close(hold[1]);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	(void)close(hold[0]);
	for (int i = 0; i < 12; i++) {
		const char *text = stage_text(*state, "%d took TERM", pids[i]);

		assert_int_equal(lines_count(&launcher->said, text), 1);
	}
	assert_int_equal(lines_count(&launcher->said, "took TERM"), 12);
	assert_int_equal(lines_count(&launcher->log, "Sent SIGTERM to child"),
			 12);
}

/* B43: running is looked at again after every wait. */
static void after_term_nobody_is_launched_any_more(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("-w", "8", "--throttle", "off", "-t", "200ms"),
		WORKER("s0:ignore=TERM", "s0:say=stays", "s0:after=100000",
		       "exit=3"));

	(void)launcher_hear(launcher, "stays");
	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher, "Caught SIGTERM");
	assert_null(lines_next(&launcher->log, "Started child"));
}

static void stop_signal_chooses_how_a_worker_is_asked(void **state)
{
	static const struct {
		const char *name, *taken;
	} signals[] = {
		{"USR1", "took USR1"},	{"SIGQUIT", "took QUIT"},
		{"2", "took INT"},	{"int", "took INT"},
		{"RTMIN+3", "took 37"},
	};

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct launcher *launcher =
			START(*state, OPTIONS("--stop-signal", signals[i].name),
			      WORKER("take=USR1:0", "take=QUIT:0", "take=INT:0",
				     "take=37:0", "ignore=TERM", "say=ready"));

		(void)launcher_hear(launcher, "ready");
		launcher_stop(*state, launcher, 0);
		(void)launcher_hear(launcher, signals[i].taken);
	}
}

/* Killed by the launcher's own wish: that is what was asked for. */
static void stop_signal_kill_is_no_timeout(void **state)
{
	pid_t pids[3];
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3", "--stop-signal", "KILL"),
		      WORKER("ignore=TERM", "say=ready"));

	launcher_hear_all(launcher, "ready", pids, 3);
	launcher_stop(*state, launcher, 0);
	assert_false(lines_have(&launcher->log, "timeout exceeded"));
}

/* A stopped worker takes its signal only when it goes on: CONT follows. */
static void a_worker_that_has_stopped_itself_is_stopped_gracefully(void **state)
{
	pid_t pids[2];
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"),
		      WORKER("take=TERM:0", "say=ready", "s0:stop"));

	launcher_hear_all(launcher, "ready", pids, 2);
	for (int i = 0; i < 2; i++)
		process_kill(pids[i], SIGSTOP);
	process_status_wait(pids[0], "State:", "T (stopped)");
	process_status_wait(pids[1], "State:", "T (stopped)");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "took TERM"), 2);
}

/* E18, the reference's trap: a stop is no death. */
static void a_worker_that_stops_and_goes_on_is_not_taken_for_dead(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("take=CONT", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	for (int i = 0; i < 3; i++) {
		process_kill(pid, SIGSTOP);
		process_status_wait(pid, "State:", "T (stopped)");
		process_kill(pid, SIGCONT);
		(void)launcher_hear(launcher, "took CONT");
	}
	launcher_signal(launcher, SIGUSR1); /* it has turned since */
	(void)launcher_log(launcher, "Caught SIGUSR1");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

/* E29: not a poll's interval, and not the whole of the grace time. */
static void muster_ends_with_its_last_worker_and_not_later(void **state)
{
	struct launcher *launcher;
	uint64_t closed_ms;
	int hold[2];

	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	launcher = START(*state, OPTIONS("--pass-fd", "9", "-t", "60s"),
			 WORKER("take=TERM", "say=ready", "hold=9", "exit=0"),
			 .prepare = inherit_hold, .argument = &hold[0]);
	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took TERM");
	assert_false(launcher_ends_within(launcher, 0));
	closed_ms = now_ms();
	(void)close(hold[1]);
	assert_int_equal(launcher_end(launcher), 0);
	assert_in_range(now_ms() - closed_ms, 0, DEADLINE_MS);
	(void)close(hold[0]);
}

/* A stop while some wait for their throttle: nobody is waited for who does not
 * run. */
static void a_stop_does_not_wait_for_workers_that_are_not_running(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2", "--throttle", "1/1h:1"),
		      WORKER("s0:exit=1", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	(void)launcher_log(launcher, "Forking too fast, sleeping");
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "Waiting on 1 children to exit");
}

static void a_hundred_workers_stop_and_none_is_left(void **state)
{
	static pid_t many[100];
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "100"), WORKER("say=ready"));

	launcher_hear_all(launcher, "ready", many, 100);
	assert_int_equal(children_of(launcher->pid, many), 100);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "killed by signal 15"),
			 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(term_stops_all_workers_and_ends_with_0),
		STAGE_TEST(term_with_one_worker_ends_with_0),
		STAGE_TEST(the_end_is_0_whatever_the_workers_end_with),
		STAGE_TEST(a_stop_sends_term_exactly_once_to_each_child),
		STAGE_TEST(after_term_nobody_is_launched_any_more),
		STAGE_TEST(stop_signal_chooses_how_a_worker_is_asked),
		STAGE_TEST(stop_signal_kill_is_no_timeout),
		STAGE_TEST(
			a_worker_that_has_stopped_itself_is_stopped_gracefully),
		STAGE_TEST(
			a_worker_that_stops_and_goes_on_is_not_taken_for_dead),
		STAGE_TEST(muster_ends_with_its_last_worker_and_not_later),
		STAGE_TEST(
			a_stop_does_not_wait_for_workers_that_are_not_running),
		STAGE_TEST(a_hundred_workers_stop_and_none_is_left),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
