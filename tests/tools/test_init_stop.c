/*
 * test_init_stop.c - the story of how `muster init` stops its command: not at
 * all by itself, and in steps where it was asked to (E27, E28).
 */
#include "tools/init.h"

/* However often it is asked. */
static void by_itself_it_only_forwards_and_nothing_escalates(void **state)
{
	struct launcher *launcher =
		INIT(*state, WORKER("take=TERM", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	for (int i = 0; i < 4; i++) {
		signal_from_another(launcher, SIGTERM);
		(void)launcher_hear(launcher, "took TERM");
	}
	assert_silent(launcher);
	assert_false(launcher_ends_within(launcher, 0));
	process_kill(pid, SIGUSR1);
	assert_int_equal(launcher_end(launcher), 138);
	assert_nobody_left(*state);
}

/* What a program says of its own graceful end is what counts. */
static void a_graceful_end_keeps_the_commands_status(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("--stop-on", "TERM"),
					 WORKER("take=TERM:7", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 7);
	assert_silent(launcher);
}

static void a_stop_timeout_ends_with_kill(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("-t", "50ms"),
					 WORKER("ignore=TERM", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 137);
	(void)launcher_log(launcher, "timeout exceeded");
}

/* By itself it has no deadline; the second request is one. */
static void
without_a_stop_timeout_it_is_the_second_request_that_kills(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("--stop-on", "TERM"),
					 WORKER("take=TERM", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	signal_from_another(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took TERM");
	assert_false(launcher_ends_within(launcher, 100));
	signal_from_another(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 137);
	assert_int_equal(lines_count(&launcher->said, "took TERM"), 1);
	assert_nobody_left(*state);
}

static void
stop_on_chooses_what_begins_the_stop_and_stop_signal_how(void **state)
{
	struct launcher *launcher = INIT(
		*state,
		OPTIONS("--stop-on", "INT,RTMIN+3", "--stop-signal", "QUIT"),
		WORKER("take=QUIT:4", "take=TERM", "take=INT", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took TERM");
	launcher_signal(launcher, SIGRTMIN + 3);
	(void)launcher_hear(launcher, "took QUIT");
	assert_int_equal(launcher_end(launcher), 4);
	assert_false(lines_have(&launcher->said, "took INT"));
}

static void with_stop_on_none_a_stop_timeout_starts_nothing(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--stop-on", "none", "-t", "1ms"),
		     WORKER("take=TERM", "say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	for (int i = 0; i < 2; i++) {
		signal_from_another(launcher, SIGTERM);
		(void)launcher_hear(launcher, "took TERM");
	}
	end_by_kill(*state, launcher, pid);
	assert_silent(launcher);
}

/* Its grace is drawn out by nothing but itself. */
static void a_drain_delays_the_stop_signal(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--drain", "30ms", "--log-level", "info"),
		     WORKER("take=TERM:0", "take=USR1", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "Caught SIGTERM, draining");
	(void)launcher_log(launcher, "after 30.0 ms");
	assert_int_equal(lines_count(&launcher->said, "took TERM"), 1);
}

/* Meanwhile the command serves on, and has its signals. */
static void each_further_request_skips_to_the_next_step(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--drain", "10m", "--log-level", "info"),
		     WORKER("take=TERM", "take=USR1", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	signal_from_another(launcher, SIGTERM);
	(void)launcher_log(launcher, "draining");
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_hear(launcher, "took USR1");
	assert_false(lines_have(&launcher->said, "took TERM"));
	signal_from_another(launcher, SIGTERM);
	(void)launcher_hear(launcher, "took TERM");
	signal_from_another(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 137);
	assert_nobody_left(*state);
}

static void a_command_that_ends_during_the_drain_ends_it(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--drain", "10m", "--log-level", "info"),
		     WORKER("take=USR1:5", "say=ready"));

	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "draining");
	launcher_signal(launcher, SIGUSR1);
	assert_int_equal(launcher_end(launcher), 5);
	assert_nobody_left(*state);
}

/* CONT follows: a stopped command takes the signal, too. */
static void a_stopped_command_is_stopped_gracefully(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--stop-on", "TERM"),
		     WORKER("take=TERM:6", "say=ready", "stop"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	process_status_wait(pid, "State:", "T (stopped)");
	launcher_stop(*state, launcher, 6);
}

/* Stopped and in the group of another. */
static void with_g_a_command_in_another_group_is_stopped_too(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("-g", "--stop-on", "TERM"),
		     WORKER("join", "take=TERM:6", "say=ready", "stop"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	process_status_wait(pid, "State:", "T (stopped)");
	launcher_stop(*state, launcher, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(by_itself_it_only_forwards_and_nothing_escalates),
		STAGE_TEST(a_graceful_end_keeps_the_commands_status),
		STAGE_TEST(a_stop_timeout_ends_with_kill),
		STAGE_TEST(
			without_a_stop_timeout_it_is_the_second_request_that_kills),
		STAGE_TEST(
			stop_on_chooses_what_begins_the_stop_and_stop_signal_how),
		STAGE_TEST(with_stop_on_none_a_stop_timeout_starts_nothing),
		STAGE_TEST(a_drain_delays_the_stop_signal),
		STAGE_TEST(each_further_request_skips_to_the_next_step),
		STAGE_TEST(a_command_that_ends_during_the_drain_ends_it),
		STAGE_TEST(a_stopped_command_is_stopped_gracefully),
		STAGE_TEST(with_g_a_command_in_another_group_is_stopped_too),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
