/*
 * test_init_left.c - the story of what the command leaves behind when it ends:
 * it has time to end, and not more (E29, E30), and no zombie stays (E17, E34);
 * as PID 1 of a pid namespace and as a subreaper.
 */
#include "tools/init.h"

/* The command ends with status 7 on USR1, and leaves a worker with these steps
 * in a session of its own. */
#define LEAVES(steps)                                            \
	COMMAND("sh", "-c",                                      \
		"trap 'exit 7' USR1; setsid \"$0\" " steps " & " \
		"echo $$ command; while :; do wait; done",       \
		((struct stage *)*state)->worker)

/* What was left is there already. */
static void end_command(struct launcher *launcher)
{
	launcher_signal(launcher, SIGUSR1);
	assert_int_equal(launcher_end(launcher), 7);
}

/* E7: muster is no PID 1 here. */
static void what_is_left_gets_term_and_is_waited_for(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--leftover-timeout", "10m"),
		     LEAVES("take=TERM:0 say=left"));

	(void)launcher_hear(launcher, "left");
	/* E29: ten minutes are not waited for. */
	end_command(launcher);
	(void)launcher_hear(launcher, "took TERM");
	assert_nobody_left(*state);
	/* How many, and who. */
	(void)launcher_log(launcher, "Sent SIGTERM to 1 processes left "
				     "behind: worker (");
}

/* In the command's own group, too: it is no less worth. */
static void what_is_left_in_the_commands_group_has_its_time_too(void **state)
{
	struct launcher *launcher = INIT(
		*state, OPTIONS("--leftover-timeout", "10m"),
		COMMAND("sh", "-c",
			"trap 'exit 7' USR1; \"$0\" take=TERM:0 say=left & "
			"while :; do wait; done",
			((struct stage *)*state)->worker));

	(void)launcher_hear(launcher, "left");
	end_command(launcher);
	(void)launcher_hear(launcher, "took TERM");
	assert_nobody_left(*state);
}

static void what_is_left_and_stopped_gets_cont_as_well(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--leftover-timeout", "10m"),
		     LEAVES("take=TERM:0 say=left stop"));
	pid_t pid = launcher_hear_pid(launcher, "left");

	process_status_wait(pid, "State:", "T (stopped)");
	end_command(launcher);
	(void)launcher_hear(launcher, "took TERM");
	assert_nobody_left(*state);
}

static void what_does_not_end_in_time_is_killed(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--leftover-timeout", "50ms"),
		     LEAVES("ignore=TERM fork say=left"));

	(void)launcher_hear(launcher, "left");
	end_command(launcher);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "Sent SIGTERM to 2 processes");
	(void)launcher_log(launcher, "Sent SIGKILL to 2 processes");
}

static void with_a_timeout_of_0_it_is_left_alone(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--leftover-timeout", "0"),
		     LEAVES("take=TERM:0 say=left"));
	pid_t pid = launcher_hear_pid(launcher, "left");
	int pidfd = process_open(pid);

	end_command(launcher);
	assert_false(process_ends_within(pidfd, 0));
	process_kill(pid, SIGKILL);
	assert_all_end_within(*state, DEADLINE_MS);
	assert_false(lines_have(&launcher->said, "took TERM"));
	assert_silent(launcher);
	(void)close(pidfd);
}

static void who_is_no_subreaper_has_no_orphans(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("--subreaper", "no"),
					 LEAVES("take=TERM:0 say=left"));
	pid_t pid = launcher_hear_pid(launcher, "left");

	end_command(launcher);
	/* To the next one above, which is the test. */
	process_status_wait(
		pid, "PPid:", stage_text(*state, "\t%d\n", (int)getpid()));
	process_kill(pid, SIGKILL);
	assert_all_end_within(*state, DEADLINE_MS);
}

/* Where the kernel's pidfds do not tell of groups the dead command itself is
 * kept for a moment. */
static void a_dead_command_is_not_taken_for_left(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--engine", "signal"), WORKER("exit=3"));

	assert_int_equal(launcher_end(launcher), 3);
	assert_silent(launcher);
}

/* While the command runs, an orphan's death is an orphan's. */
static void orphans_are_reaped_while_the_command_runs(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--log-level", "debug"),
		     COMMAND("sh", "-c",
			     "(sh -c 'exit 5' & sh -c 'exit 6' & exit 0); "
			     "trap 'exit 7' USR1; echo $$ ready; "
			     "while :; do sleep 50 & wait; done"));

	(void)launcher_hear(launcher, "ready");
	(void)launcher_log(launcher, "Reaped ");
	assert_false(launcher_ends_within(launcher, 0));
	end_command(launcher);
	assert_nobody_left(*state);
}

/* Executed in the place of muster: unshare(1), which starts it. */
static void exec_instead(void *arguments)
{
	char **list = arguments;

	(void)execvp(list[0], list);
	_exit(124);
}

static bool can_unshare(void)
{
	return system("unshare --pid --fork --mount-proc --kill-child true "
		      ">/dev/null 2>&1") == 0;
}

/* As PID 1, with the command of LEAVES; its pid out here is that of unshare's
 * only child. */
static struct launcher *start_as_pid_1(struct stage *stage, const char *timeout,
				       const char *steps)
{
	const char *script = stage_text(
		stage,
		"trap 'exit 7' USR1; setsid \"$0\" %s & while :; do wait; done",
		steps);
	const char *const arguments[] = {
		"unshare",	"--pid",	"--fork", "--mount-proc",
		"--kill-child", stage->program, "init",	  "--leftover-timeout",
		timeout,	"--",		"sh",	  "-c",
		script,		stage->worker,	NULL};

	if (!can_unshare())
		SKIP("no pid namespace can be made here");
	return START(stage, .prepare = exec_instead,
		     .argument = (void *)(uintptr_t)arguments);
}

static void signal_pid_1(const struct launcher *launcher, int signo)
{
	pid_t pids[CHILDREN_MAX];

	assert_int_equal(children_of(launcher->pid, pids), 1);
	process_kill(pids[0], signo);
}

static void as_pid_1_it_does_the_same(void **state)
{
	struct launcher *launcher =
		start_as_pid_1(*state, "10m", "take=TERM:0 say=left");

	(void)launcher_hear(launcher, "left");
	signal_pid_1(launcher, SIGUSR1);
	assert_int_equal(launcher_end(launcher), 7);
	(void)launcher_hear(launcher, "took TERM");
	(void)launcher_log(launcher, "left behind: worker (");
	assert_nobody_left(*state);
}

static void as_pid_1_what_does_not_end_is_killed(void **state)
{
	struct launcher *launcher =
		start_as_pid_1(*state, "50ms", "ignore=TERM say=left");

	(void)launcher_hear(launcher, "left");
	signal_pid_1(launcher, SIGUSR1);
	assert_int_equal(launcher_end(launcher), 7);
	assert_nobody_left(*state);
}

/* PID 1 has no standard dispositions: what it does not handle is lost. */
static void as_pid_1_signals_are_forwarded(void **state)
{
	struct launcher *launcher =
		start_as_pid_1(*state, "50ms", "ignore=TERM say=left");

	(void)launcher_hear(launcher, "left");
	signal_pid_1(launcher, SIGTERM); /* the shell has no trap for it */
	assert_int_equal(launcher_end(launcher), 143);
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(what_is_left_gets_term_and_is_waited_for),
		STAGE_TEST(what_is_left_in_the_commands_group_has_its_time_too),
		STAGE_TEST(what_is_left_and_stopped_gets_cont_as_well),
		STAGE_TEST(what_does_not_end_in_time_is_killed),
		STAGE_TEST(with_a_timeout_of_0_it_is_left_alone),
		STAGE_TEST(who_is_no_subreaper_has_no_orphans),
		STAGE_TEST(a_dead_command_is_not_taken_for_left),
		STAGE_TEST(orphans_are_reaped_while_the_command_runs),
		STAGE_TEST(as_pid_1_it_does_the_same),
		STAGE_TEST(as_pid_1_what_does_not_end_is_killed),
		STAGE_TEST(as_pid_1_signals_are_forwarded),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
