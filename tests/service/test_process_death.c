/*
 * test_process_death.c - the story of deaths: of workers, who are replaced, and
 * of the launcher, whom nobody survives (cases 1, 2, 90, 94, 97; B62, B64, B66,
 * B85-B88; table O).
 */
#include "service/story.h"

static void kill_launcher(struct launcher *launcher)
{
	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
}

/* Case 1: by TERM; puma's stuck_external_term_spawn: all of them. */
static void workers_that_somebody_ends_come_back(void **state)
{
	pid_t pids[3];
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "workers=3", "start:id",
					"stop@w:reason"));

	launcher_hear_all(launcher, "is web", pids, 3);
	(void)launcher_log(launcher, "All 3 workers are ready");
	for (int i = 0; i < 3; i++) {
		const char *end = stage_text(
			*state, "Child %d exited with status 0", pids[i]);

		process_kill(pids[i], SIGTERM);
		(void)launcher_log(launcher, end);
		assert_int_not_equal(
			launcher_hear_pid(launcher, "generation 2"), pids[i]);
	}
	assert_int_equal(lines_count(&launcher->said, "stops for operator"), 3);
	launcher_stop(*state, launcher, 0);
}

/* Its launcher knows of no stop: the deadline is the worker's own. */
static void one_that_somebody_ends_may_ask_for_more_time(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "stop-timeout=500", "start:id",
				  "stop@w:extend=60000", "stop@w:slow=800"));
	pid_t pid = launcher_hear_pid(launcher, "is web");

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGTERM);
	(void)launcher_log(
		launcher,
		stage_text(*state, "Child %d exited with status 0", (int)pid));
	launcher_stop(*state, launcher, 0);
}

/* Cases 89, 90: with the same id. */
static void a_replacement_has_the_same_id(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "workers=3",
					"start@1:id", "stop@w:_exit=42"));
	pid_t pid = launcher_hear_pid(launcher, "is web id 1 generation 1");

	(void)launcher_log(launcher, "All 3 workers are ready");
	process_kill(pid, SIGTERM);
	(void)launcher_log(launcher, "exited with status 42");
	pid = launcher_hear_pid(launcher, "is web id 1 generation 2");
	process_kill(pid, SIGKILL);
	(void)launcher_log(launcher, "killed by signal 9 (SIGKILL)");
	(void)launcher_hear(launcher, "is web id 1 generation 3");
	launcher_stop(*state, launcher, 0);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 5);
}

/* Fault 3 of the reference. */
static void
a_worker_in_a_session_of_its_own_is_reaped_and_replaced(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("service=web", "kill=process",
					"start:setsid", "start:say=up"));
	pid_t pid = launcher_hear_pid(launcher, "session");
	int pidfd = process_open(pid);

	(void)launcher_log(launcher, "All 1 workers are ready");
	process_kill(pid, SIGKILL);
	assert_true(process_ends_within(pidfd, DEADLINE_MS));
	(void)close(pidfd);
	(void)launcher_log(launcher, "killed by signal 9");
	assert_int_not_equal(launcher_hear_pid(launcher, "session"), pid);
	wait_for_children(launcher->pid, 1);
	assert_int_equal(kill(pid, 0), -1); /* no zombie of it */
	assert_int_equal(errno, ESRCH);
	launcher_stop(*state, launcher, 0);
}

/* B66. */
static void a_worker_that_may_end_is_not_replaced(void **state)
{
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("service=web", "restart=on-failure",
				"workers=2", "start@0#1:_exit=1",
				"start@0:exit-code=0", "start@1:exit-code=0"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_nobody_left(*state);
	assert_int_equal(lines_count(&launcher->log, "Started child"), 3);
}

/* Case 2, case 94; table O: SIGKILL of the launcher. */
static void nobody_survives_a_launcher_that_is_killed(void **state)
{
	pid_t pids[4];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=4", "ready=told",
				  "start:ready", "start:say=up", "start:serve",
				  "stop@w:reason"));

	launcher_hear_all(launcher, "up", pids, 4);
	kill_launcher(launcher);
	for (int i = 0; i < 4; i++)
		assert_int_equal(end_of_orphan(pids[i]), 1);
	assert_nobody_left(*state);
	for (int i = 0; i < 4; i++) {
		(void)launcher_hear(launcher, "stops for parent death");
		(void)launcher_log(launcher, "Parent process has died "
					     "unexpectedly, exiting");
	}
	/* B86: the reference stops them twice. */
	assert_int_equal(lines_count(&launcher->said, "stops for"), 4);
}

/* Case 97, three lines in order: by its own deadline, nobody else has one. */
static void
a_stop_that_hangs_outlives_its_launcher_by_its_deadline(void **state)
{
	uint64_t killed_ms;
	struct launcher *launcher = START(
		*state, ARGUMENTS("graceful=500", "service=web", "start:say=up",
				  "stop@w:say=hangs", "stop@w:hang"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	killed_ms = now_ms();
	kill_launcher(launcher);
	(void)launcher_log(launcher, "Parent process has died unexpectedly, "
				     "exiting");
	(void)launcher_hear(launcher, "hangs");
	(void)launcher_log(launcher, "Graceful shutdown timeout exceeded, "
				     "instantaneous exiting");
	assert_int_equal(end_of_orphan(pid), 1);
	assert_in_range(now_ms() - killed_ms, 500, DEADLINE_MS);
	assert_nobody_left(*state);
}

/* The launcher knew the deadline, and is gone. */
static void a_stop_that_hangs_already_ends_when_the_launcher_dies(void **state)
{
	struct launcher *launcher =
		START(*state,
		      ARGUMENTS("graceful=1000", "service=web", "start:say=up",
				"stop@w:say=hangs", "stop@w:hang"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	launcher_signal(launcher, SIGTERM);
	(void)launcher_hear(launcher, "hangs");
	kill_launcher(launcher);
	(void)launcher_log(launcher, "Parent process has died unexpectedly, "
				     "exiting");
	(void)launcher_log(launcher, "Graceful shutdown timeout exceeded");
	assert_int_equal(end_of_orphan(pid), 1);
	assert_nobody_left(*state);
}

/* B87: whatever it does, it is not what watches. */
static void
a_start_that_never_returns_does_not_outlive_its_launcher(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("graceful=300", "service=web", "ready=fork",
				  "start:say=up", "start:never-returns"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	kill_launcher(launcher);
	assert_int_equal(end_of_orphan(pid), 1);
	assert_nobody_left(*state);
}

static pid_t start_as_another_user(struct stage *stage,
				   struct launcher **ret_launcher)
{
	struct launcher *launcher;
	pid_t pid;

	if (geteuid() != 0)
		SKIP("only root can become another user");
	launcher = START(stage, ARGUMENTS("service=web", "start:setuid=65534",
					  "start:say=up", "stop@w:reason"));
	pid = launcher_hear_pid(launcher, "user 65534");
	(void)launcher_log(launcher, "All 1 workers are ready");
	*ret_launcher = launcher;
	return pid;
}

/* The kernel forgets the death signal of who changes his user. */
static void a_worker_that_changed_its_user_does_not_outlive_either(void **state)
{
	struct launcher *launcher;
	pid_t pid = start_as_another_user(*state, &launcher);

	kill_launcher(launcher);
	(void)launcher_hear(launcher, "stops for parent death");
	assert_int_equal(end_of_orphan(pid), 1);
	assert_nobody_left(*state);
}

static void a_worker_that_changed_its_user_is_stopped_and_replaced(void **state)
{
	struct launcher *launcher;
	pid_t pid = start_as_another_user(*state, &launcher);

	process_kill(pid, SIGKILL);
	(void)launcher_log(launcher, "killed by signal 9");
	(void)launcher_hear(launcher, "user 65534");
	(void)launcher_hear(launcher, "up");
	launcher_stop(*state, launcher, 0);
	(void)launcher_hear(launcher, "stops for operator");
}

/* It watches the launcher itself, not whether it has become another's child. */
static void
a_worker_that_ignores_and_blocks_does_not_outlive_either(void **state)
{
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "kill=process", "start:setsid",
				  "start:block-all-signals", "start:say=up"));
	pid_t pid = launcher_hear_pid(launcher, "up");

	(void)launcher_log(launcher, "All 1 workers are ready");
	kill_launcher(launcher);
	assert_int_equal(end_of_orphan(pid), 1);
	assert_nobody_left(*state);
}

/* A launcher that cannot act: nobody may be left when it is killed then. */
static void a_stopped_launcher_that_is_killed_leaves_nobody(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start:say=up"));

	launcher_hear_all(launcher, "up", pids, 2);
	(void)launcher_log(launcher, "All 2 workers are ready");
	launcher_signal(launcher, SIGSTOP);
	process_status_wait(launcher->pid, "State:", "T (stopped)");
	kill_launcher(launcher);
	assert_all_end_within(*state, DEADLINE_MS);
}

static void abort_launcher(struct launcher *launcher)
{
	launcher_signal(launcher, SIGABRT);
	assert_int_equal(launcher_end(launcher), 128 + SIGABRT);
}

/* A crash is as good as a kill. */
static void nobody_survives_a_launcher_that_crashes(void **state)
{
	pid_t pids[2];
	struct launcher *launcher = START(
		*state, ARGUMENTS("service=web", "workers=2", "start:say=up"));

	launcher_hear_all(launcher, "up", pids, 2);
	abort_launcher(launcher);
	assert_all_end_within(*state, DEADLINE_MS);
}

/* Its parent, which does nothing but live, is what the test holds. */
static void live_below_a_parent(void *unused)
{
	pid_t pid = fork();

	(void)unused;
	while (pid > 0)
		(void)pause();
	if (pid < 0)
		_exit(123);
}

static void check_parents_death(struct stage *stage, const char *option,
				unsigned int stopped)
{
	struct launcher *parent =
		START(stage,
		      ARGUMENTS(option, "service=web", "workers=2",
				"start:say=up", "stop@w:reason"),
		      .prepare = live_below_a_parent);
	pid_t pids[CHILDREN_MAX];
	pid_t pid;

	launcher_hear_all(parent, "up", pids, 2);
	(void)launcher_log(parent, "All 2 workers are ready");
	assert_int_equal(children_of(parent->pid, pids), 1);
	pid = pids[0];
	kill_launcher(parent);
	assert_int_equal(end_of_orphan(pid), 1);
	assert_nobody_left(stage);
	(void)launcher_log(parent, "Parent process has died unexpectedly, "
				   "exiting");
	lines_take(&parent->said);
	assert_int_equal(lines_count(&parent->said, "stops for operator"),
			 stopped);
}

/* B88. */
static void a_launcher_may_end_with_its_own_parent(void **state)
{
	check_parents_death(*state, "parent-death=stop", 2);
	check_parents_death(*state, "parent-death=kill", 0);
}

static void its_parents_death_ends_a_launcher_whose_own_stop_hangs(void **state)
{
	struct launcher *parent = START(
		*state,
		ARGUMENTS("parent-death=kill", "graceful=-1", "service=web",
			  "start:say=up", "stop@m:say=hangs", "stop@m:hang"),
		.prepare = live_below_a_parent);
	pid_t pids[CHILDREN_MAX];

	(void)launcher_hear(parent, "up");
	(void)launcher_log(parent, "All 1 workers are ready");
	assert_int_equal(children_of(parent->pid, pids), 1);
	send_from_elsewhere(pids[0], SIGTERM);
	(void)launcher_hear(parent, "hangs");
	(void)launcher_log(parent, "exited with status 0");
	kill_launcher(parent);
	assert_int_equal(end_of_orphan(pids[0]), 1);
	assert_nobody_left(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORY(workers_that_somebody_ends_come_back),
		STORY(one_that_somebody_ends_may_ask_for_more_time),
		STORY(a_replacement_has_the_same_id),
		STORY(a_worker_in_a_session_of_its_own_is_reaped_and_replaced),
		STORY(a_worker_that_may_end_is_not_replaced),
		STORY(nobody_survives_a_launcher_that_is_killed),
		STORY(a_stop_that_hangs_outlives_its_launcher_by_its_deadline),
		STORY(a_stop_that_hangs_already_ends_when_the_launcher_dies),
		STORY(a_start_that_never_returns_does_not_outlive_its_launcher),
		STORY(a_worker_that_changed_its_user_does_not_outlive_either),
		STORY(a_worker_that_changed_its_user_is_stopped_and_replaced),
		STORY(a_worker_that_ignores_and_blocks_does_not_outlive_either),
		STORY(a_stopped_launcher_that_is_killed_leaves_nobody),
		STORY(nobody_survives_a_launcher_that_crashes),
		STORY(a_launcher_may_end_with_its_own_parent),
		STORY(its_parents_death_ends_a_launcher_whose_own_stop_hangs),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
