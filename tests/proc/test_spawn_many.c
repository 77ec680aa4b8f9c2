/*
 * test_spawn_many.c - many launches, in a row and at once; and clones that
 * fail.
 */
#include "proc/worker.h"

#define MANY 200
#define NOBODY 65534

static int launch_in_a_row(void)
{
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	for (uint32_t i = 0; i < MANY; i++) {
		CHILD_CHECK(launch_spawn(&launch, &spawner, i) == 0);
		CHILD_CHECK(child_end(launch.child.pid).si_status == (int)i);
		CHILD_CHECK(launch.report->step == MUSTER_STEP_NONE);
		CHILD_CHECK(spawn_pool_is_idle(launch.pool));
		if (launch.child.pidfd >= 0)
			CHILD_CHECK(close(launch.child.pidfd) == 0);
	}
	launch.plan = plan_free(launch.plan);
	launch.pool = spawn_pool_free(launch.pool);
	/* Every one gave back what it took. */
	CHILD_CHECK(fcntl(0, F_DUPFD_CLOEXEC, 0) == STORY_STDIO);
	return 0;
}

static void two_hundred_launches_in_a_row_work(void **state)
{
	(void)state;
	every_way(launch_in_a_row);
}

/* Each finds its own number, whatever block it had. */
static int launch_at_once(void)
{
	struct plan_options options = launch_options("number");
	struct child_report *reports = spawn_reports_new(MANY);
	struct spawn_child children[MANY];
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
		CHILD_CHECK(launch_spawn(&launch, &spawner, i) == 0);
		children[i] = launch.child;
	}
	for (uint32_t i = 0; i < MANY; i++) {
		CHILD_CHECK(child_end(children[i].pid).si_status == (int)i);
		CHILD_CHECK(reports[i].step == MUSTER_STEP_NONE);
		CHILD_CHECK(reports[i].exec_ns > 0);
	}
	CHILD_CHECK(spawn_pool_is_idle(launch.pool));
	CHILD_CHECK(spawn_reports_free(reports, MANY) == NULL);
	return 0;
}

static void two_hundred_launches_at_once_work(void **state)
{
	(void)state;
	every_way(launch_at_once);
}

/* The successor of a failed clone works: its block was not lost. */
static int check_recovery(struct launch *launch, const struct spawner *spawner)
{
	CHILD_CHECK(launch_spawn(launch, spawner, 5) == 0);
	CHILD_CHECK(launch_end(launch) == 0);
	CHILD_CHECK(launch->end.si_status == 5);
	return 0;
}

static int fail_by_limit(void)
{
	struct plan_options options = launch_options("number");
	struct rlimit none = {0, RLIM_INFINITY};
	struct rlimit before;
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	if (geteuid() == 0) /* root has no such limit */
		CHILD_CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	CHILD_CHECK(getrlimit(RLIMIT_NPROC, &before) == 0);
	none.rlim_max = before.rlim_max;
	CHILD_CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	for (size_t i = 0; i < SPAWN_BLOCKS + 3; i++) {
		CHILD_CHECK(launch_spawn(&launch, &spawner, 0) == -EAGAIN);
		CHILD_CHECK(spawn_pool_is_idle(launch.pool));
		CHILD_CHECK(launch.child.pid == 0);
		CHILD_CHECK(launch.child.pidfd == -1);
	}
	CHILD_CHECK(fcntl(0, F_DUPFD_CLOEXEC, 0) == STORY_STDIO);
	CHILD_CHECK(close(STORY_STDIO) == 0);
	CHILD_CHECK(setrlimit(RLIMIT_NPROC, &before) == 0);
	return check_recovery(&launch, &spawner);
}

static void too_many_processes_are_eagain_and_the_block_is_free(void **state)
{
	(void)state;
	every_way(fail_by_limit);
}

static int fail_by_descriptors(void)
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
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	few.rlim_max = before.rlim_max;
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHILD_CHECK(launch_spawn(&launch, &spawner, 0) == -EMFILE);
	CHILD_CHECK(spawn_pool_is_idle(launch.pool));
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	return check_recovery(&launch, &spawner);
}

static void a_launch_without_a_descriptor_for_its_pidfd_is_emfile(void **state)
{
	(void)state;
	every_way(fail_by_descriptors);
}

/* A pool is made for any plan; nothing of it is touched before it is used. */
static int launch_with_much(void)
{
	const char *environment[3001];
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	for (size_t i = 0; i < 3000; i++)
		environment[i] = "SOME=thing";
	environment[3000] = NULL;
	options.environment = environment;
	if (line == 0)
		line = launch_prepare(&launch, &options);
	return line ? line : check_recovery(&launch, &spawner);
}

static void an_environment_larger_than_a_page_is_carried(void **state)
{
	(void)state;
	every_way(launch_with_much);
}

static void a_new_pool_is_idle_and_nothing_may_be_freed(void **state)
{
	struct plan_options options = launch_options("number");
	struct launch launch;

	(void)state;
	assert_int_equal(launch_prepare(&launch, &options), 0);
	assert_true(spawn_pool_is_idle(launch.pool));
	assert_int_equal(launch.report->step, 0);
	assert_int_equal(launch.report->exec_ns, 0);
	assert_null(spawn_pool_free(launch.pool));
	assert_null(spawn_pool_free(NULL));
	assert_null(spawn_reports_free(launch.report, 1));
	assert_null(spawn_reports_free(NULL, 7));
	assert_null(plan_free(launch.plan));
	assert_null(plan_free(NULL));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_launches_in_a_row_work),
		cmocka_unit_test(two_hundred_launches_at_once_work),
		cmocka_unit_test(
			too_many_processes_are_eagain_and_the_block_is_free),
		cmocka_unit_test(
			a_launch_without_a_descriptor_for_its_pidfd_is_emfile),
		cmocka_unit_test(an_environment_larger_than_a_page_is_carried),
		cmocka_unit_test(a_new_pool_is_idle_and_nothing_may_be_freed),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
