/*
 * test_restart.c - the story of deaths and what follows: said, replaced by the
 * rule, and counted in muster's own end (B64, B66, B67; table O; case 1).
 */
#include "tools/support.h"

/* Case 1. */
static void a_worker_that_is_killed_is_replaced(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2"), WORKER("say=ready"));
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 2);
	process_kill(pids[0], SIGTERM);
	pids[2] = launcher_hear_pid(launcher, "ready");
	assert_int_not_equal(pids[2], pids[0]);
	assert_int_not_equal(pids[2], pids[1]);
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d killed by signal 15", pids[0]));
	(void)launcher_log(launcher,
			   stage_text(*state, "Started child %d [", pids[2]));
	assert_non_null(strstr(launcher->log.line,
			       stage_text(*state, "replaces %d", pids[0])));
	launcher_stop(*state, launcher, 0);
}

/* Table O: worker os._exit(7), process mode also at -w 1; B66: 0 too. */
static void every_end_is_told_exactly_and_replaced(void **state)
{
	static const struct {
		const char *step, *told;
	} ends[] = {
		{"exit=7", "exited with status 7 "},
		{"exit=0", "exited with status 0 "},
		{"exit=255", "exited with status 255 "},
		{"die=KILL", "killed by signal 9 (SIGKILL"},
		{"die=SEGV", "killed by signal 11 (SIGSEGV"},
		{"die=HUP", "killed by signal 1 (SIGHUP"},
		{"die=40", "killed by signal 40 (SIGRTMIN+6"},
	};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct launcher *launcher =
			START(*state,
			      WORKER(stage_text(*state, "g1:%s", ends[i].step),
				     "say=again"));
		pid_t pid = launcher_hear_pid(launcher, "again");

		(void)launcher_log(launcher, ends[i].told);
		assert_non_null(strstr(launcher->log.line, "generation 1"));
		assert_non_null(strstr(launcher->log.line, "slot 0"));
		assert_non_null(strstr(launcher->log.line, "uptime "));
		assert_int_equal(line_number(launcher_log(launcher, "Started"),
					     "child "),
				 pid);
		launcher_stop(*state, launcher, 0);
	}
}

/* B64: what nobody has to look at is no warning. */
static void a_failure_is_a_warning_and_a_clean_end_is_not(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("g1:exit=0", "g2:exit=1", "say=third"));

	(void)launcher_hear(launcher, "third");
	(void)launcher_log(launcher, "muster: Child ");
	(void)launcher_log(launcher, "muster: warning: Child ");
	launcher_stop(*state, launcher, 0);
}

static void restart_never_ends_with_the_last_workers_status(void **state)
{
	static const struct {
		const char *step;
		int status;
	} ends[] = {
		{"exit=0", 0},	   {"exit=3", 3},     {"exit=126", 126},
		{"exit=255", 255}, {"die=KILL", 137}, {"die=SEGV", 139},
	};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct launcher *launcher =
			START(*state, OPTIONS("--restart", "never"),
			      WORKER(ends[i].step));

		assert_int_equal(launcher_end(launcher), ends[i].status);
		(void)launcher_log(launcher, ", not replaced]");
		assert_int_equal(lines_count(&launcher->log, "Started child"),
				 1);
		assert_nobody_left(*state);
	}
}

static void restart_never_goes_on_while_one_is_left(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3", "--restart", "never"),
		      WORKER("s0:exit=4", "s1:exit=0", "say=stays"));

	(void)launcher_hear(launcher, "stays");
	(void)launcher_log(launcher, ", not replaced]");
	(void)launcher_log(launcher, ", not replaced]");
	assert_false(launcher_ends_within(launcher, 0));
	/* A stop that all obey ends with 0. */
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3);
}

static void restart_on_failure_replaces_failures_only(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--restart", "on-failure", "--throttle", "off"),
		WORKER("g1:exit=1", "g2:die=KILL", "g3:exit=0", "say=fourth"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3);
	assert_int_equal(launcher->said.length, 0);
	(void)launcher_log(launcher, "exited with status 0");
	assert_non_null(strstr(launcher->log.line, "not replaced"));
}

static void restart_always_replaces_a_clean_end_too(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--restart", "always", "--throttle", "off"),
		WORKER("g1:exit=0", "g2:exit=0", "g3:exit=0", "say=fourth"));

	(void)launcher_hear(launcher, "fourth");
	launcher_stop(*state, launcher, 0);
}

/* Table O: start() raises: endless respawn, launcher 0 on TERM. */
static void a_worker_that_always_fails_is_replaced_for_ever(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--throttle", "off"), WORKER("exit=1"));

	for (int i = 0; i < 200; i++)
		(void)launcher_log(launcher, "Started child");
	launcher_stop(*state, launcher, 0);
}

/* Hundreds die in the same moment: every death is told once, every slot is
 * filled again, in as many turns as it takes. */
static void
two_hundred_simultaneous_deaths_are_all_told_and_replaced(void **state)
{
	static pid_t children[CHILDREN_MAX];
	static pid_t pids[200];
	uint64_t until_ms = now_ms() + DEADLINE_MS;
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "200", "--throttle", "off"),
		      WORKER("say=ready"));

	launcher_hear_all(launcher, "ready", pids, 200);
	/* None is handled until all are dead. */
	launcher_signal(launcher, SIGSTOP);
	process_status_wait(launcher->pid, "State:", "T (stopped)");
	for (int i = 0; i < 200; i++)
		process_kill(pids[i], SIGKILL);
	for (int i = 0; i < 200; i++)
		process_status_wait(pids[i], "State:", "Z (zombie)");
	launcher_signal(launcher, SIGCONT);
	for (int i = 0; i < 200; i++)
		(void)launcher_hear(launcher, "ready");
	/* The last dead one may be reaped a moment after it was replaced. */
	while (children_of(launcher->pid, children) != 200)
		assert_true(now_ms() < until_ms);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "killed by signal 9"),
			 200);
	assert_int_equal(lines_count(&launcher->log, ", generation 2"), 400);
}

static void fork_a_stranger(void *argument)
{
	const int *end = argument;
	pid_t pid = fork();

	if (pid == 0) {
		char nothing;

		(void)!read(*end, &nothing, 1);
		_exit(3);
	}
}

/* B65; gunicorn's reap_unknown_child: muster was executed by a process that had
 * a child already. Its end is nobody's death. */
static void the_end_of_a_stranger_is_no_workers_end(void **state)
{
	struct launcher *launcher;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	launcher = START(*state, OPTIONS("-w", "2"), WORKER("say=ready"),
			 .prepare = fork_a_stranger, .argument = &ends[0]);
	(void)launcher_hear(launcher, "ready");
	(void)launcher_hear(launcher, "ready");
	(void)close(ends[1]); /* it ends */
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_log(launcher, "Caught SIGUSR1");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_false(lines_have(&launcher->log, "status 3"));
	assert_int_equal(lines_count(&launcher->log, "Started child"), 2);
	(void)close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_worker_that_is_killed_is_replaced),
		STAGE_TEST(every_end_is_told_exactly_and_replaced),
		STAGE_TEST(a_failure_is_a_warning_and_a_clean_end_is_not),
		STAGE_TEST(restart_never_ends_with_the_last_workers_status),
		STAGE_TEST(restart_never_goes_on_while_one_is_left),
		STAGE_TEST(restart_on_failure_replaces_failures_only),
		STAGE_TEST(restart_always_replaces_a_clean_end_too),
		STAGE_TEST(a_worker_that_always_fails_is_replaced_for_ever),
		STAGE_TEST(
			two_hundred_simultaneous_deaths_are_all_told_and_replaced),
		STAGE_TEST(the_end_of_a_stranger_is_no_workers_end),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
