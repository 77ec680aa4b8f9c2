/*
 * test_overdue.c - the story of workers that do not stop when asked: signal,
 * CONT, wait, KILL, reap, log, each by its own deadline (B61, B84, E24;
 * table O: timeout exceeded; case 96).
 */
#include <sys/wait.h>

#include "tools/support.h"

/* Case 96; the reference leaves it running, or dies of SIGALRM. */
static void a_worker_that_ignores_term_is_killed_after_the_timeout(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--stop-timeout", "1"),
		      WORKER("take=TERM", "say=ready"));
	uint64_t begun_ms;
	uint64_t took_ms;

	(void)launcher_hear(launcher, "ready");
	begun_ms = now_ms();
	launcher_stop(*state, launcher, 1);
	took_ms = now_ms() - begun_ms;
	assert_in_range(took_ms, 1000, DEADLINE_MS);
	(void)launcher_log(launcher, "Caught SIGTERM, stopping children");
	(void)launcher_log(launcher, "Graceful shutdown timeout exceeded");
	(void)launcher_log(launcher, "killed by signal 9 (SIGKILL)");
	(void)launcher_log(launcher, "Shutdown finish, exit status 1");
}

/* Who stops in time is not killed with those who do not. */
static void only_those_who_are_late_are_killed(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "6", "-t", "100ms"),
		      WORKER("s1:ignore=TERM", "s4:ignore=TERM", "say=ready"));
	pid_t pids[6];

	launcher_hear_all(launcher, "ready", pids, 6);
	launcher_stop(*state, launcher, 1);
	assert_int_equal(lines_count(&launcher->log, "timeout exceeded, child"),
			 2);
	assert_int_equal(lines_count(&launcher->log, "killed by signal 15"), 4);
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"), 2);
}

/* Each of many: reaped and told, none left. */
static void
forty_workers_that_ignore_term_are_all_killed_and_reaped(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "40", "-t", "100ms"),
		      WORKER("ignore=TERM", "say=ready"));
	pid_t pids[40];

	launcher_hear_all(launcher, "ready", pids, 40);
	launcher_stop(*state, launcher, 1);
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"), 40);
	for (int i = 0; i < 40; i++)
		assert_int_equal(
			lines_count(&launcher->log,
				    stage_text(*state, "Child %d k", pids[i])),
			1);
}

/* Grace is for what a worker has begun. */
static void a_worker_that_needs_time_for_its_stop_is_let_finish(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("-w", "2", "-t", "5s"),
		WORKER("s0:say=quick", "s1:take=TERM", "s1:say=slow", "s1:stop",
		       "s1:after=50", "s1:say=finished", "s1:exit=0"));
	pid_t slow = launcher_hear_pid(launcher, "slow");

	launcher->said.mark = 0;
	(void)launcher_hear(launcher, "quick");
	process_status_wait(slow, "State:", "T (stopped)");
	launcher_stop(*state, launcher, 0);
	assert_true(lines_have(&launcher->said, "finished"));
	assert_false(lines_have(&launcher->log, "timeout exceeded"));
}

/* 0: for ever. The deadline that does not come is told by one that would. */
static void a_stop_timeout_of_0_never_kills(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-t", "0"),
		      WORKER("take=TERM", "say=ready", "stop", "after=200",
			     "exit=0"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	process_status_wait(pid, "State:", "T (stopped)");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_false(lines_have(&launcher->log, "killed"));
	assert_true(lines_have(&launcher->said, "took TERM"));
}

/* Fault 3 of the reference. */
static void a_worker_that_called_setsid_is_reaped_and_replaced(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"),
		      WORKER("setsid", "g1:say=away", "g2:say=second"));
	pid_t pid = launcher_hear_pid(launcher, "away");

	process_kill(pid, SIGKILL);
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d killed by signal 9", (int)pid));
	(void)launcher_hear(launcher, "second");
	launcher_stop(*state, launcher, 0);
}

static void a_worker_that_called_setsid_and_ignores_term_is_killed(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3", "-t", "50ms"),
		      WORKER("setsid", "ignore=TERM", "say=away"));
	pid_t pids[3];

	launcher_hear_all(launcher, "away", pids, 3);
	launcher_stop(*state, launcher, 1);
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"), 3);
}

/* E24: one that cannot be helped does not stop the others' replacement. */
static void a_stopped_worker_does_not_block_the_handling_of_others(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3", "--throttle", "off"),
		      WORKER("s0:say=stops", "say=runs", "s0:stop"));
	pid_t pids[3];
	pid_t stopped;

	launcher_hear_all(launcher, "runs", pids, 3);
	launcher->said.mark = 0;
	stopped = launcher_hear_pid(launcher, "stops");
	process_status_wait(stopped, "State:", "T (stopped)");
	for (int i = 0; i < 3; i++) {
		if (pids[i] == stopped)
			continue;
		launcher->said.mark = launcher->said.length;
		process_kill(pids[i], SIGKILL);
		(void)launcher_hear(launcher, "runs");
	}
	launcher_stop(*state, launcher, 0);
}

static void a_stopped_worker_that_ignores_term_is_killed(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("-t", "50ms"),
		WORKER("ignore=TERM", "say=ready", "stop", "stop", "stop"));
	pid_t pid = launcher_hear_pid(launcher, "ready");

	process_status_wait(pid, "State:", "T (stopped)");
	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher, "killed by signal 9");
}

/* What a worker leaves in its group goes with it (--kill group). */
static void what_a_worker_left_in_its_group_is_killed_with_it(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"), WORKER("fork", "say=ready"));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	assert_int_equal(lines_count(&launcher->said, "grandchild"), 2);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_all_end_within(*state, 1000);
}

/* Before its successor comes: two of a kind never run at once. */
static void what_a_dead_worker_left_in_its_group_is_killed(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("g1:fork", "g1:exit=3", "say=second"));
	pid_t grandchild = launcher_hear_pid(launcher, "grandchild");
	int pidfd;

	(void)launcher_hear(launcher, "second");
	/* It is the test's child now, and not reaped. */
	pidfd = process_open(grandchild);
	assert_true(process_ends_within(pidfd, 1000));
	(void)close(pidfd);
	assert_int_equal(waitpid(grandchild, NULL, 0), grandchild);
	launcher_stop(*state, launcher, 0);
}

/* --kill process: groups are left alone. */
static void with_kill_process_the_worker_alone_is_killed(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--kill", "process", "-t", "50ms"),
		      WORKER("ignore=TERM", "fork", "say=ready"));
	pid_t grandchild = launcher_hear_pid(launcher, "grandchild");
	int pidfd = process_open(grandchild);

	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 1);
	assert_false(process_ends_within(pidfd, 0));
	process_kill(grandchild, SIGKILL);
	assert_all_end_within(*state, 1000);
	(void)close(pidfd);
}

static void a_worker_leads_its_group_or_stays_in_musters(void **state)
{
	struct launcher *launcher = START(*state, WORKER("place"));
	const char *line = launcher_hear(launcher, "place ");

	assert_int_equal(line_number(line, "place "), line_number(line, ""));
	launcher_stop(*state, launcher, 0);

	launcher = START(*state, OPTIONS("--kill", "process"), WORKER("place"));
	line = launcher_hear(launcher, "place ");
	assert_int_equal(line_number(line, "place "), launcher->pid);
	launcher_stop(*state, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(
			a_worker_that_ignores_term_is_killed_after_the_timeout),
		STAGE_TEST(only_those_who_are_late_are_killed),
		STAGE_TEST(
			forty_workers_that_ignore_term_are_all_killed_and_reaped),
		STAGE_TEST(a_worker_that_needs_time_for_its_stop_is_let_finish),
		STAGE_TEST(a_stop_timeout_of_0_never_kills),
		STAGE_TEST(a_worker_that_called_setsid_is_reaped_and_replaced),
		STAGE_TEST(
			a_worker_that_called_setsid_and_ignores_term_is_killed),
		STAGE_TEST(
			a_stopped_worker_does_not_block_the_handling_of_others),
		STAGE_TEST(a_stopped_worker_that_ignores_term_is_killed),
		STAGE_TEST(what_a_worker_left_in_its_group_is_killed_with_it),
		STAGE_TEST(what_a_dead_worker_left_in_its_group_is_killed),
		STAGE_TEST(with_kill_process_the_worker_alone_is_killed),
		STAGE_TEST(a_worker_leads_its_group_or_stays_in_musters),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
