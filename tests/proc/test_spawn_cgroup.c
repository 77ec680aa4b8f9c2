/*
 * test_spawn_cgroup.c - workers execute in their cgroup, of either version and
 * by every path; who cannot enter it does not execute.
 */
#include "cgroups.h"
#include "proc/worker.h"

/* As "cgroup" this program says where it is. */
static int worker_cgroup(void)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[4096];

	printf("\n");
	while (file && fgets(line, sizeof(line), file))
		printf("%s", line);
	if (file)
		(void)fclose(file);
	return fflush(stdout) == 0 ? SHOW_STATUS : 1;
}

static bool is_story_of_v2;

static int open_own(struct cgroup *ret_cgroup, char path[CGROUPS_PATH])
{
	char buffer[512];
	struct text error;

	text_init(&error, buffer, sizeof(buffer));
	CHILD_CHECK(cgroups_name(is_story_of_v2, "spawn", path));
	CHILD_CHECK(cgroup_open(path, ret_cgroup, &error) == 0);
	return 0;
}

static bool is_shown(const char *shown, const char *path)
{
	return is_story_of_v2 ? shows(shown, "0::%s", strrchr(path, '/'))
			      : strstr(shown, strrchr(path, '/')) != NULL;
}

/* Whom the kernel puts there needs nothing to write to. */
static void leave_it_to_the_kernel(struct cgroup *cgroup)
{
	if (!is_story_of_v2 || way->clone3_error)
		return;
	(void)close(cgroup->procs_fd);
	cgroup->procs_fd = -1;
}

/* Only what is launched is put there. */
static int execute_there(void)
{
	struct plan_options options = launch_options("cgroup");
	struct cgroup cgroup = CGROUP_NULL;
	static char shown[SHOW_SIZE];
	char path[CGROUPS_PATH];
	struct plan_fd output;
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line == 0)
		line = open_own(&cgroup, path);
	if (line != 0)
		return line;
	options.fds = &output;
	options.fd_count = 1;
	options.cgroup = &cgroup;
	leave_it_to_the_kernel(&cgroup);
	line = launch_show(&spawner, &options, &output, shown, &launch);
	CHILD_CHECK(!cgroups_has(path, getpid()));
	CHILD_CHECK(cgroup_remove(&cgroup) == 0);
	cgroup_close(&cgroup);
	return line != 0 || is_shown(shown, path) ? line : __LINE__;
}

static void workers_execute_in_their_cgroup(void **state)
{
	(void)state;
	is_story_of_v2 = true;
	if (!cgroups_root(true))
		SKIP(CGROUPS_NONE);
	every_way(execute_there);
}

static void so_they_do_in_version_1(void **state)
{
	(void)state;
	is_story_of_v2 = false;
	if (!cgroups_root(false))
		SKIP(CGROUPS_NONE);
	every_way(execute_there);
}

/* Somebody has removed it. */
static int fail_to_enter(void)
{
	struct plan_options options = launch_options("cgroup");
	struct cgroup cgroup = CGROUP_NULL;
	char path[CGROUPS_PATH];
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line == 0)
		line = open_own(&cgroup, path);
	if (line != 0)
		return line;
	options.cgroup = &cgroup;
	CHILD_CHECK(rmdir(path) == 0);
	line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 0) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 127);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_CGROUP);
	CHILD_CHECK(launch.report->error == ENODEV);
	cgroup_close(&cgroup);
	return line;
}

static void who_cannot_enter_it_does_not_execute(void **state)
{
	(void)state;
	is_story_of_v2 = true;
	if (!cgroups_root(true))
		SKIP(CGROUPS_NONE);
	every_way(fail_to_enter);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_execute_in_their_cgroup),
		cmocka_unit_test(so_they_do_in_version_1),
		cmocka_unit_test(who_cannot_enter_it_does_not_execute),
	};

	if (argc > 1 && strcmp(argv[1], "cgroup") == 0)
		_exit(worker_cgroup());
	return cmocka_run_group_tests(tests, NULL, cgroups_sweep);
}
