/*
 * test_process_window.c - the story of the fork itself: what happens between it
 * and the child's first instruction is not lost, and a fork that fails is made
 * later (fault 5, fault 6; B35, B48; table O: fork EAGAIN).
 */
#include "service/story.h"
#include "tools/nproc.h"

static struct launcher *start_in_window(struct stage *stage, struct hold *hold)
{
	*hold = hold_open();
	return START(stage,
		     ARGUMENTS("fork-window=1", "service=web", "start:id",
			       "stop@w:reason"),
		     .prepare = hold_enter, .argument = hold);
}

/* Whether it was started at all is its own affair. */
static void check_starts_and_stops(struct stage *stage,
				   const struct launcher *launcher, pid_t pid)
{
	const char *start = stage_text(stage, "%d is web", (int)pid);
	const char *stop = stage_text(stage, "%d stops for operator", (int)pid);

	assert_int_equal(lines_count(&launcher->said, start),
			 lines_count(&launcher->said, stop));
}

/* The child has all signals blocked, and the launcher's handlers never see
 * what it is sent. */
static void term_in_the_fork_window_is_not_lost(void **state)
{
	struct hold hold;
	struct launcher *launcher = start_in_window(*state, &hold);
	pid_t pid = launcher_hear_pid(launcher, "forked");

	process_kill(pid, SIGTERM);
	hold_release_one(&hold);
	(void)launcher_log(launcher, "Caught SIGTERM signal, graceful exiting");
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d exited with status 0", pid));
	/* Whose launcher runs on. */
	(void)launcher_hear(launcher, "is web id 0 generation 2");
	launcher_stop(*state, launcher, 0);
	check_starts_and_stops(*state, launcher, pid);
	hold_close(&hold);
}

static void hup_in_the_fork_window_is_not_lost(void **state)
{
	struct hold hold;
	struct launcher *launcher = start_in_window(*state, &hold);
	pid_t pid = launcher_hear_pid(launcher, "forked");

	process_kill(pid, SIGHUP);
	hold_release_one(&hold);
	(void)launcher_log(launcher, "Child caught SIGHUP, handling");
	(void)launcher_log(launcher, "Restarted");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 1);
	hold_close(&hold);
}

/* The launcher's own stop. */
static void a_stop_reaches_a_child_that_has_not_begun(void **state)
{
	struct hold hold;
	struct launcher *launcher = start_in_window(*state, &hold);
	pid_t pid;

	pid = launcher_hear_pid(launcher, "forked");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_log(launcher, "Waiting on 1 children to exit");
	hold_release(&hold);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	(void)launcher_log(launcher, "exited with status 0");
	check_starts_and_stops(*state, launcher, pid);
	hold_close(&hold);
}

/* Or kills it, at its deadline. */
static void a_child_that_never_begins_is_killed_at_its_deadline(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("graceful=300", "fork-window=1", "service=web"),
		      .prepare = hold_enter, .argument = &hold);

	(void)launcher_hear(launcher, "forked");
	launcher_stop(*state, launcher, 1);
	(void)launcher_log(launcher, "killed by signal 9");
	hold_close(&hold);
}

/* pitchfork's boot_worker_stuck_in_spawn. */
static void a_child_that_never_begins_is_replaced_in_time(void **state)
{
	struct hold hold = hold_open();
	struct launcher *launcher = START(
		*state,
		ARGUMENTS("fork-window=1", "service=web", "ready-timeout=200",
			  "stop-timeout=200", "start:say=up"),
		.prepare = hold_enter, .argument = &hold);
	pid_t pid = launcher_hear_pid(launcher, "forked");

	(void)launcher_log(launcher, "was not ready in time");
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d killed by signal 9", pid));
	(void)launcher_hear(launcher, "up");
	launcher_signal(launcher, SIGTERM);
	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	hold_close(&hold);
}

static void a_child_that_is_killed_before_it_begins_is_replaced(void **state)
{
	struct hold hold;
	struct launcher *launcher = start_in_window(*state, &hold);
	pid_t pid = launcher_hear_pid(launcher, "forked");

	process_kill(pid, SIGKILL);
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d killed by signal 9", pid));
	(void)launcher_hear(launcher, "is web id 0 generation 2");
	launcher_stop(*state, launcher, 0);
	hold_close(&hold);
}

/* It has no death signal yet; it looks whose child it is when it sets it. */
static void a_child_whose_launcher_dies_before_it_begins_ends(void **state)
{
	struct hold hold;
	struct launcher *launcher = start_in_window(*state, &hold);
	pid_t pid = launcher_hear_pid(launcher, "forked");

	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	hold_release_one(&hold);
	assert_int_not_equal(end_of_orphan(pid), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->said, "is web"), 0);
	hold_close(&hold);
}

/* Table O: the reference ends there. */
static void forks_that_fail_at_the_start_are_made_later(void **state)
{
	pid_t pids[4];
	struct launcher *launcher =
		START(*state, ARGUMENTS("fork-fails=2:3", "service=web",
					"workers=4", "start:say=up"));

	(void)launcher_log(launcher, "Could not launch a worker: clone: "
				     "Resource temporarily unavailable");
	assert_non_null(strstr(launcher->log.line, "launched again in "));
	launcher_hear_all(launcher, "up", pids, 4);
	(void)launcher_log(launcher, "All 4 workers are ready");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Could not launch"), 3);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 4);
}

/* B35: those who run are not touched. */
static void a_fork_that_fails_later_is_made_later(void **state)
{
	pid_t pids[2];
	struct launcher *launcher =
		START(*state, ARGUMENTS("fork-fails=3:2", "service=web",
					"workers=2", "start:id"));

	launcher_hear_all(launcher, "is web", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	process_kill(pids[0], SIGKILL);
	(void)launcher_log(launcher, "Could not launch a worker");
	(void)launcher_hear(launcher, "generation 2");
	assert_int_equal(kill(pids[1], 0), 0);
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3);
}

/* Nothing is waited out in the way of a stop. */
static void forks_that_always_fail_do_not_hold_up_a_stop(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("fork-fails=1:1000000", "service=web",
					"workers=3"));

	for (int i = 0; i < 5; i++)
		(void)launcher_log(launcher, "Could not launch a worker");
	launcher_stop(*state, launcher, 0);
}

/* The kernel's own refusal, where threads count, too: a worker has two. */
static void workers_that_the_process_limit_refuses_come_in_the_end(void **state)
{
	struct stage *stage = *state;
	struct nproc nproc = nproc_of_this_test(2);
	struct launcher *launcher;
	pid_t pids[3];

	if (geteuid() != 0)
		SKIP("only root can become another user");
	nproc_move_program(stage, stage->program, "program");
	launcher = START(stage,
			 ARGUMENTS("service=web", "workers=3", "ready=told",
				   "burst=1000", "start:ready", "start:say=up"),
			 .prepare = nproc_enter, .argument = &nproc);
	(void)launcher_log(launcher, "Could not launch a worker: clone: "
				     "Resource temporarily unavailable");
	nproc_allow(launcher->pid, &nproc);
	launcher_hear_all(launcher, "up", pids, 3);
	launcher_stop(stage, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(term_in_the_fork_window_is_not_lost),
		STORY(hup_in_the_fork_window_is_not_lost),
		STORY(a_stop_reaches_a_child_that_has_not_begun),
		STORY(a_child_that_never_begins_is_killed_at_its_deadline),
		STORY(a_child_that_never_begins_is_replaced_in_time),
		STORY(a_child_that_is_killed_before_it_begins_is_replaced),
		STORY(a_child_whose_launcher_dies_before_it_begins_ends),
		STORY(forks_that_fail_at_the_start_are_made_later),
		STORY(a_fork_that_fails_later_is_made_later),
		STORY(forks_that_always_fail_do_not_hold_up_a_stop),
		STORY(workers_that_the_process_limit_refuses_come_in_the_end),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
