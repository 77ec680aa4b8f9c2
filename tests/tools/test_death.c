/*
 * test_death.c - the story of muster's own death: no worker outlives it by more
 * than a moment (table O: SIGKILL of the launcher; cases 2, 97; E35, E36).
 */
#include <poll.h>
#include <sys/wait.h>
#include <time.h>

#include "tools/support.h"

#define MOMENT_MS 1000

static void kill_launcher(struct launcher *launcher)
{
	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
}

/* Case 2. */
static void kill_9_of_muster_leaves_no_worker(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "20"), WORKER("say=ready"));
	pid_t pids[20];

	launcher_hear_all(launcher, "ready", pids, 20);
	kill_launcher(launcher);
	assert_all_end_within(*state, MOMENT_MS);
}

/* Case 97. */
static void kill_9_of_muster_ends_workers_that_ignore_term(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3"),
		      WORKER("ignore=TERM", "ignore=HUP", "say=ready"));
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	kill_launcher(launcher);
	assert_all_end_within(*state, MOMENT_MS);
}

static void
kill_9_of_muster_in_the_middle_of_a_stop_leaves_no_worker(void **state)
{
	struct launcher *launcher = START(*state, OPTIONS("-w", "3"),
					  WORKER("take=TERM", "say=ready"));
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	launcher_signal(launcher, SIGTERM);
	for (int i = 0; i < 3; i++)
		(void)launcher_hear(launcher, "took TERM");
	kill_launcher(launcher);
	assert_all_end_within(*state, MOMENT_MS);
}

static void
kill_9_of_muster_ends_workers_stopped_or_in_other_sessions(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "4"),
		      WORKER("s0:setsid", "s1:setsid", "say=ready", "s1:stop",
			     "s2:stop"));
	pid_t pids[4];

	launcher_hear_all(launcher, "ready", pids, 4);
	kill_launcher(launcher);
	assert_all_end_within(*state, MOMENT_MS);
}

/* Between clone and execve too: the child looks whether its parent is still
 * there once it is tied to it. */
static void kill_9_at_any_moment_of_the_start_leaves_no_worker(void **state)
{
	for (long us = 0; us <= 8000; us += 200) {
		const struct timespec delay = {.tv_nsec = us * 1000};
		struct launcher *launcher =
			START(*state, OPTIONS("-w", "30"), WORKER("say=ready"));

		(void)ppoll(NULL, 0, &delay, NULL);
		kill_launcher(launcher);
		assert_all_end_within(*state, MOMENT_MS);
		launcher_forget(*state, launcher);
	}
}

/* The same for the one being replaced. */
static void kill_9_in_a_crash_loop_leaves_no_worker(void **state)
{
	for (int i = 0; i < 20; i++) {
		struct launcher *launcher =
			START(*state, OPTIONS("-w", "4", "--throttle", "off"),
			      WORKER("exit=1"));

		for (int line = 0; line < 10 + i; line++)
			(void)launcher_log(launcher, "Started child");
		kill_launcher(launcher);
		assert_all_end_within(*state, MOMENT_MS);
		launcher_forget(*state, launcher);
	}
}

static void with_pdeathsig_a_worker_gets_that_signal(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "2", "--pdeathsig", "USR1"),
		      WORKER("take=USR1:0", "say=ready"));
	pid_t pids[2];

	launcher_hear_all(launcher, "ready", pids, 2);
	kill_launcher(launcher);
	assert_all_end_within(*state, MOMENT_MS);
	lines_take(&launcher->said);
	assert_int_equal(lines_count(&launcher->said, "took USR1"), 2);
}

/* Replacements are tied as well as the first. */
static void replacements_do_not_outlive_muster_either(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "4", "--throttle", "off"),
		      WORKER("g1:exit=1", "g2:exit=1", "say=third"));
	pid_t pids[4];

	launcher_hear_all(launcher, "third", pids, 4);
	kill_launcher(launcher);
	assert_all_end_within(*state, MOMENT_MS);
}

/* --launcher-fd: for a worker that wants to end in its own way. */
static void with_launcher_fd_a_worker_hears_of_musters_death(void **state)
{
	struct launcher *launcher = START(
		*state,
		OPTIONS("-w", "3", "--launcher-fd", "--pdeathsig", "none"),
		WORKER("say=ready", "launcher", "exit=0"));
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	kill_launcher(launcher);
	assert_all_end_within(*state, MOMENT_MS);
	lines_take(&launcher->said);
	assert_int_equal(lines_count(&launcher->said, "launcher is gone"), 3);
}

static void leave_some_open(void *unused)
{
	(void)unused;
	for (int fd = 3; fd < 8; fd++)
		(void)dup2(STDIN_FILENO, fd);
}

/* What the descriptor is, by /proc: a pidfd, and muster's. */
static void the_launcher_fd_is_musters_pidfd_and_in_nobodys_way(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--launcher-fd", "--pass-fd", "4", "--pass-fd",
			      "5", "-l", "tcp:127.0.0.1:0"),
		      COMMAND("sh", "-c",
			      "fd=$MUSTER_LAUNCHER_FD; echo fd $fd; "
			      "grep Pid: /proc/$$/fdinfo/$fd; "
			      "ls /proc/$$/fd | tr '\\n' ' '; echo; "
			      "echo ready; exec sleep 50"),
		      .prepare = leave_some_open);

	(void)launcher_hear(launcher, "fd 6");
	assert_int_equal(line_number(launcher_hear(launcher, "Pid:"), "Pid:"),
			 launcher->pid);
	(void)launcher_hear(launcher, "0 1 2 3 4 5 6 ");
	(void)launcher_hear(launcher, "ready");
	launcher_stop(*state, launcher, 0);
}

/* --pdeathsig none without anything else: the operator's own wish. */
static void with_pdeathsig_none_a_worker_lives_on(void **state)
{
	struct launcher *launcher = START(
		*state, OPTIONS("--pdeathsig", "none"), WORKER("say=ready"));
	pid_t pid = launcher_hear_pid(launcher, "ready");
	int pidfd = process_open(pid);

	kill_launcher(launcher);
	process_status_wait(
		pid, "PPid:", stage_text(*state, "\t%d\n", (int)getpid()));
	assert_false(process_ends_within(pidfd, 0));
	process_kill(pid, SIGKILL);
	assert_all_end_within(*state, MOMENT_MS);
	(void)close(pidfd);
}

/* E36: what was killed is started again from nothing. */
static void after_kill_9_a_new_muster_starts_each_worker_once(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "4"), WORKER("say=ready"));
	pid_t pids[4];

	launcher_hear_all(launcher, "ready", pids, 4);
	kill_launcher(launcher);
	launcher = START(*state, OPTIONS("-w", "4"), WORKER("say=ready"));
	launcher_hear_all(launcher, "ready", pids, 4);
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_all_end_within(*state, MOMENT_MS); /* of the first */
	assert_int_equal(lines_count(&launcher->log, "Started child"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(kill_9_of_muster_leaves_no_worker),
		STAGE_TEST(kill_9_of_muster_ends_workers_that_ignore_term),
		STAGE_TEST(
			kill_9_of_muster_in_the_middle_of_a_stop_leaves_no_worker),
		STAGE_TEST(
			kill_9_of_muster_ends_workers_stopped_or_in_other_sessions),
		STAGE_TEST(kill_9_at_any_moment_of_the_start_leaves_no_worker),
		STAGE_TEST(kill_9_in_a_crash_loop_leaves_no_worker),
		STAGE_TEST(with_pdeathsig_a_worker_gets_that_signal),
		STAGE_TEST(replacements_do_not_outlive_muster_either),
		STAGE_TEST(with_launcher_fd_a_worker_hears_of_musters_death),
		STAGE_TEST(the_launcher_fd_is_musters_pidfd_and_in_nobodys_way),
		STAGE_TEST(with_pdeathsig_none_a_worker_lives_on),
		STAGE_TEST(after_kill_9_a_new_muster_starts_each_worker_once),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
