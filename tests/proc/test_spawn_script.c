/*
 * test_spawn_script.c - a script that nothing stands before says who runs it is
 * a shell's, as for execvp(3), where that was asked for; on every way of
 * launching.
 */
#include "proc/worker.h"

#define FAILED_STATUS 127

static char directory[] = "/tmp/muster-script-XXXXXX";

static int make_directory(void **state)
{
	static const char text[] = "test $# = 2 && exit \"$2\"\n";
	char path[64];
	int fd;

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/script", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return -1;
	return close(fd);
}

static int remove_directory(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/script", directory);
	if (unlink(path) < 0)
		return -1;
	return rmdir(directory);
}

/* The one in directory, sought in PATH; status is what it is to end with. */
static int launch_script(const char *status, bool runs_scripts,
			 const char *root, struct launch *ret_launch)
{
	char variable[64];
	const char *const environment[] = {variable, NULL};
	const char *const argv[] = {"script", "a b", status, NULL};
	struct plan_options options = launch_options("");
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(!root || (chroot(root) == 0 && chdir("/") == 0));
	(void)snprintf(variable, sizeof(variable), "PATH=/nowhere:%s",
		       root ? "/" : directory);
	options.argv = argv;
	options.environment = environment;
	options.runs_scripts = runs_scripts;
	line = launch_prepare(ret_launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(ret_launch, &spawner, 0) == 0);
	return launch_end(ret_launch);
}

static int run_script(void)
{
	struct launch launch;
	int line = launch_script("42", true, NULL, &launch);

	if (line != 0)
		return line;
	CHILD_CHECK(launch.report->step == MUSTER_STEP_NONE);
	CHILD_CHECK(launch.end.si_code == CLD_EXITED);
	CHILD_CHECK(launch.end.si_status == 42);
	return 0;
}

static void a_shell_runs_a_script_with_its_arguments(void **state)
{
	(void)state;
	every_way(run_script);
}

static int refuse_script(bool runs_scripts, const char *root)
{
	struct launch launch;
	int line = launch_script("42", runs_scripts, root, &launch);

	if (line != 0)
		return line;
	CHILD_CHECK(launch.report->step == MUSTER_STEP_EXEC);
	CHILD_CHECK(launch.report->error == ENOEXEC);
	CHILD_CHECK(launch.end.si_status == FAILED_STATUS);
	return 0;
}

static int refuse_unasked(void)
{
	return refuse_script(false, NULL);
}

static void unasked_it_is_no_program(void **state)
{
	(void)state;
	every_way(refuse_unasked);
}

static int refuse_without_shell(void)
{
	if (geteuid() != 0)
		return CHILD_SKIP;
	return refuse_script(true, directory);
}

static void where_there_is_no_shell_it_is_no_program(void **state)
{
	(void)state;
	every_way(refuse_without_shell);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shell_runs_a_script_with_its_arguments),
		cmocka_unit_test(unasked_it_is_no_program),
		cmocka_unit_test(where_there_is_no_shell_it_is_no_program),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
