/*
 * test_process_worker.c - the story of signals to one worker: they are its own
 * and the launcher sees only how it ends (cases 5, 7, 87, 88, 92; B57, B59,
 * B60).
 */
#include "service/story.h"

/* Cases 5, 87: stop, reset, start, in this order and in place. */
static void hup_to_one_worker_restarts_it_in_place(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start:say=up",
				  "stop@w:reason", "wait@w:say=ended",
				  "reset:say=reset", "start:id"));

	launcher_hear_all(launcher, "is web", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	process_kill(pids[1], SIGHUP);
	(void)launcher_log(launcher, "Child caught SIGHUP, handling [service "
				     "web]");
	assert_int_equal(launcher_hear_pid(launcher, "stops for reload"),
			 pids[1]);
	assert_int_equal(launcher_hear_pid(launcher, "ended"), pids[1]);
	assert_int_equal(launcher_hear_pid(launcher, "reset"), pids[1]);
	assert_int_equal(launcher_hear_pid(launcher, "up"), pids[1]);
	assert_non_null(
		strstr(launcher_hear(launcher, "is web"), "generation 1"));
	(void)launcher_log(launcher, "Restarted [service web]");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
	/* Its reason is that of the last stop, not the first. */
	assert_int_equal(lines_count(&launcher->said, "stops for operator"), 2);
}

/* A mutation resets, and that is all. */
static void hup_to_one_worker_of_a_mutable_service_only_resets_it(void **state)
{
	pid_t pids[2];
	struct launcher *launcher =
		START(*state, ARGUMENTS("method=mutate", "service=web",
					"workers=2", "start:say=up",
					"stop@w:reason", "reset:say=reset"));

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	process_kill(pids[0], SIGHUP);
	assert_int_equal(launcher_hear_pid(launcher, "reset"), pids[0]);
	(void)launcher_log(launcher, "Restarted");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "reset"), 1);
	assert_int_equal(lines_count(&launcher->said, "up"), 2);
	assert_int_equal(lines_count(&launcher->said, "stops for"), 2);
}

/* Its old self goes on; the error is told. */
static void a_reset_that_fails_in_a_worker_is_told(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "start:say=up", "reset:fail"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGHUP);
	(void)launcher_log(launcher, "Reset of service web failed: "
				     "Input/output error");
	assert_int_equal(launcher_hear_pid(launcher, "up"), pid);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

/* A start that fails the second time is a death like any other. */
static void a_worker_that_cannot_start_again_is_replaced(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("service=web", "ready=told", "start:ready",
			  "start:say=up", "start#1:hold=9", "start#1:fail"),
		.prepare = hold_enter, .argument = &hold);
	pid_t pid = launcher_hear_pid(launcher, "up");

	hold_release_one(&hold);
	(void)launcher_log(launcher, "exited with status 1");
	assert_int_not_equal(launcher_hear_pid(launcher, "up"), pid);
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

static void hups_in_a_row_to_one_worker_end_nothing(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up",
					"stop@w:slow=20", "reset@w:slow=20"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	for (int i = 0; i < 10; i++) {
		process_kill(pid, SIGHUP);
		(void)launcher_log(launcher, "Child caught SIGHUP");
	}
	assert_int_equal(launcher_hear_pid(launcher, "up"), pid);
	(void)launcher_log(launcher, "Restarted");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
}

/* It was stopped, for another reason, and is not started any more. */
static void term_during_a_restart_is_the_end_of_it(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "start:say=up", "stop@w:reason",
				"reset@w:say=resets", "reset@w:hold=9"),
		      .prepare = hold_enter, .argument = &hold);
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGHUP);
	(void)launcher_hear(launcher, "resets");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "Caught SIGTERM signal, graceful exiting "
				     "[service web]");
	hold_release(&hold);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->said, "up"), 1);
	assert_int_equal(lines_count(&launcher->said, "stops for reload"), 1);
	hold_close(&hold);
}

/* The restart's deadline passes, and the launcher's does not. */
static void a_stop_during_a_restart_has_the_launchers_time(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("graceful=2000", "service=web",
				  "start:say=up", "stop@w:slow=1200",
				  "reset@w:say=resets", "reset@w:slow=1400"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGHUP);
	(void)launcher_hear(launcher, "resets");
	launcher_stop(*state, launcher, 0);
	(void)launcher_log(launcher, "exited with status 0");
}

/* A roll's reason is the restart's own, and yet it is another stop. */
static void a_roll_during_a_restart_is_the_end_of_it(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "start:say=up", "stop@w:reason",
				"reset@w:say=resets", "reset@w:hold=9"),
		      .prepare = hold_enter, .argument = &hold);
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGHUP);
	(void)launcher_hear(launcher, "resets");
	launcher_signal(launcher, SIGHUP);
	assert_int_not_equal(launcher_hear_pid(launcher, "up"), pid);
	(void)launcher_log(launcher, "Caught SIGTERM signal, graceful exiting "
				     "[service web]");
	hold_release(&hold);
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d exited with status 0", pid));
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->said, "up"), 2);
	assert_int_equal(lines_count(&launcher->said, "stops for reload"), 1);
	hold_close(&hold);
}

/* B59. */
static void a_second_term_kills_a_worker_whose_stop_hangs(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up",
					"stop@w#1:say=hangs", "stop@w#1:hang"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGTERM);
	(void)launcher_hear(launcher, "hangs");
	send_from_elsewhere(pid, SIGTERM);
	(void)launcher_log(launcher, "killed by signal 15 (SIGTERM)");
	assert_int_not_equal(launcher_hear_pid(launcher, "up"), pid);
	launcher_stop(*state, launcher, 0);
}

/* B60, case 92. */
static void int_to_one_worker_ends_it_at_once_with_1(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up",
					"stop@w:say=stopped"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGINT);
	(void)launcher_log(launcher, "Caught SIGINT signal, instantaneous "
				     "exiting [service web]");
	(void)launcher_log(launcher, "exited with status 1");
	assert_int_not_equal(launcher_hear_pid(launcher, "up"), pid);
	assert_int_equal(lines_count(&launcher->said, "stopped"), 0);
	launcher_stop(*state, launcher, 0);
}

/* puma's stuck workers: it has a deadline even when it was not the launcher
 * that asked. */
static void a_worker_that_somebody_asked_has_a_deadline(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("graceful=300", "service=web",
					"start:say=up", "stop@w#1:hang"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGTERM);
	(void)launcher_log(launcher, "Graceful shutdown timeout exceeded, "
				     "instantaneous exiting [service web]");
	(void)launcher_log(launcher, "exited with status 1");
	assert_int_not_equal(launcher_hear_pid(launcher, "up"), pid);
	launcher_stop(*state, launcher, 0);
}

/* B59's other end: a service that wants to be replaced. */
static void a_worker_may_stop_itself_and_is_replaced(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up",
					"start#1:stop-self", "stop@w:reason"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	assert_int_equal(launcher_hear_pid(launcher, "stops for operator"),
			 pid);
	(void)launcher_log(launcher, "exited with status 0");
	assert_int_not_equal(launcher_hear_pid(launcher, "up"), pid);
	launcher_stop(*state, launcher, 0);
}

/* The signals that were the launcher's are the service's again. */
static void a_worker_dies_of_signals_that_the_launcher_ignores(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGUSR1);
	(void)launcher_log(launcher, "killed by signal 10 (SIGUSR1)");
	assert_int_not_equal(launcher_hear_pid(launcher, "up"), pid);
	launcher_stop(*state, launcher, 0);
}

/* pkill -HUP reaches all at once. */
static void hup_to_launcher_and_workers_together_ends_nothing(void **state)
{
	pid_t pids[3];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=3", "start:say=up"));

	launcher_hear_all(launcher, "up", pids, 3);
	(void)launcher_log(launcher, "All 3 workers are ready");
	launcher_signal(launcher, SIGHUP);
	for (int i = 0; i < 3; i++)
		(void)kill(pids[i], SIGHUP); /* some may be gone already */
	(void)launcher_log(launcher, "Reloaded");
	launcher_stop(*state, launcher, 0);
	assert_false(lines_have(&launcher->log, "killed by signal"));
}

/* A whole cgroup or process group is told, as by systemd: the launcher, which
 * tells its workers, and they. */
static void check_all_told_to_stop(struct stage *stage, bool are_workers_first)
{
	struct hold hold = hold_open();
	struct launcher *launcher =
		START(stage,
		      ARGUMENTS("service=web", "workers=2", "start:say=up",
				"stop@w:say=stops", "stop@w:hold=9",
				"stop@w:say=in time"),
		      .prepare = hold_enter, .argument = &hold);
	pid_t pids[2];

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	if (!are_workers_first) {
		launcher_signal(launcher, SIGTERM);
		launcher_hear_all(launcher, "stops", pids, 2);
	}
	for (int i = 0; i < 2; i++)
		process_kill(pids[i], SIGTERM);
	if (are_workers_first) {
		launcher_hear_all(launcher, "stops", pids, 2);
		launcher_signal(launcher, SIGTERM);
		(void)launcher_log(launcher, "Waiting on 2 children to exit");
	}
	/* They have heard of both. */
	for (int i = 0; i < 2; i++)
		process_status_wait(pids[i], "ShdPnd", "0000000000000000");
	hold_release(&hold);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(stage);
	assert_false(lines_have(&launcher->log, "killed by signal"));
	assert_int_equal(lines_count(&launcher->said, "in time"), 2);
	hold_close(&hold);
}

static void term_to_workers_and_then_the_launcher_is_one_stop(void **state)
{
	check_all_told_to_stop(*state, true);
}

static void term_to_the_launcher_and_then_workers_is_one_stop(void **state)
{
	check_all_told_to_stop(*state, false);
}

/* B59: somebody means it. Two that come at once are one, so until it has. */
static void terms_beside_the_launchers_kill_a_worker(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "start:say=up",
					"stop@w:say=hangs", "stop@w:hang"));
	pid_t pid = launcher_hear_pid(launcher, "up");
	int pidfd = process_open(pid);

	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "hangs");
	do
		send_from_elsewhere(pid, SIGTERM);
	while (!process_ends_within(pidfd, 50));
	assert_int_equal(close(pidfd), 0);
	(void)launcher_log(launcher, "killed by signal 15 (SIGTERM)");
	(void)launcher_end(launcher);
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(hup_to_one_worker_restarts_it_in_place),
		STORY(hup_to_one_worker_of_a_mutable_service_only_resets_it),
		STORY(a_reset_that_fails_in_a_worker_is_told),
		STORY(a_worker_that_cannot_start_again_is_replaced),
		STORY(hups_in_a_row_to_one_worker_end_nothing),
		STORY(term_during_a_restart_is_the_end_of_it),
		STORY(a_stop_during_a_restart_has_the_launchers_time),
		STORY(a_roll_during_a_restart_is_the_end_of_it),
		STORY(a_second_term_kills_a_worker_whose_stop_hangs),
		STORY(int_to_one_worker_ends_it_at_once_with_1),
		STORY(a_worker_that_somebody_asked_has_a_deadline),
		STORY(a_worker_may_stop_itself_and_is_replaced),
		STORY(a_worker_dies_of_signals_that_the_launcher_ignores),
		STORY(hup_to_launcher_and_workers_together_ends_nothing),
		STORY(term_to_workers_and_then_the_launcher_is_one_stop),
		STORY(term_to_the_launcher_and_then_workers_is_one_stop),
		STORY(terms_beside_the_launchers_kill_a_worker),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
