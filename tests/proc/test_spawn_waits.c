/*
 * test_spawn_waits.c - a launch that waits knows how it went when it returns,
 * on every way of launching.
 *
 * A launcher that did not wait would have to lose the race against its child's
 * execve every time, on its own processor or another.
 */
#include "proc/worker.h"

#define ROUNDS 50
#define MANY 60

static int launch_waiting(struct launch *launch, const struct spawner *spawner,
			  const struct plan_options *options)
{
	int line = launch_prepare(launch, options);

	if (line != 0)
		return line;
	launch->waits = true;
	CHILD_CHECK(launch_spawn(launch, spawner, 7) == 0);
	return 0;
}

/* Read without waiting for anything, many times. */
static int know_success(void)
{
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	for (int i = 0; i < ROUNDS && line == 0; i++) {
		line = launch_waiting(&launch, &spawner, &options);
		if (line != 0)
			return line;
		CHILD_CHECK(launch.report->exec_ns > 0);
		CHILD_CHECK(launch.report->step == MUSTER_STEP_NONE);
		CHILD_CHECK(spawn_pool_is_idle(launch.pool));
		line = launch_end(&launch);
		CHILD_CHECK(launch.end.si_status == 7);
	}
	return line;
}

static void the_report_of_what_executes_is_complete(void **state)
{
	(void)state;
	every_way(know_success);
}

static int know_failure(void)
{
	static const char *const argv[] = {"/nonexistent/program", NULL};
	struct plan_options options = launch_options("show");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	options.argv = argv;
	for (int i = 0; i < ROUNDS && line == 0; i++) {
		line = launch_waiting(&launch, &spawner, &options);
		if (line != 0)
			return line;
		CHILD_CHECK(launch.report->step == MUSTER_STEP_EXEC);
		CHILD_CHECK(launch.report->error == ENOENT);
		CHILD_CHECK(spawn_pool_is_idle(launch.pool));
		line = launch_end(&launch);
	}
	return line;
}

static void the_report_of_what_fails_is_complete(void **state)
{
	(void)state;
	every_way(know_failure);
}

/* Who waits has a block of its own, beside those who are not waited for. */
static int launch_both(void)
{
	struct plan_options options = launch_options("number");
	struct child_report *reports = spawn_reports_new(MANY);
	pid_t pids[MANY];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(reports);
	for (uint32_t i = 0; i < MANY; i++) {
		launch.report = &reports[i];
		launch.waits = i % 3 == 2;
		CHILD_CHECK(launch_spawn(&launch, &spawner, i) == 0);
		CHILD_CHECK(!launch.waits || reports[i].exec_ns > 0);
		pids[i] = launch.child.pid;
	}
	for (uint32_t i = 0; i < MANY; i++) {
		CHILD_CHECK(child_end(pids[i]).si_status == (int)i);
		CHILD_CHECK(reports[i].step == MUSTER_STEP_NONE);
		CHILD_CHECK(reports[i].exec_ns > 0);
	}
	CHILD_CHECK(spawn_pool_is_idle(launch.pool));
	return 0;
}

static void waiting_and_not_waiting_do_not_disturb_each_other(void **state)
{
	(void)state;
	every_way(launch_both);
}

/* A clone that is refused leaves nothing to wait for. */
static int fail_clone(void)
{
	struct plan_options options = launch_options("number");
	struct rlimit few = {STORY_STDIO, STORY_STDIO};
	struct rlimit before;
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	launch.waits = true;
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	few.rlim_max = before.rlim_max;
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHILD_CHECK(launch_spawn(&launch, &spawner, 4) == -EMFILE);
	CHILD_CHECK(launch.report->exec_ns == 0 && launch.report->step == 0);
	CHILD_CHECK(spawn_pool_is_idle(launch.pool));
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	CHILD_CHECK(launch_spawn(&launch, &spawner, 4) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 4);
	return line;
}

static void a_clone_that_fails_is_not_waited_for(void **state)
{
	(void)state;
	every_way(fail_clone);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_of_what_executes_is_complete),
		cmocka_unit_test(the_report_of_what_fails_is_complete),
		cmocka_unit_test(
			waiting_and_not_waiting_do_not_disturb_each_other),
		cmocka_unit_test(a_clone_that_fails_is_not_waited_for),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
