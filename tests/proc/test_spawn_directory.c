/*
 * test_spawn_directory.c - where a worker starts and what its files may be, on
 * every way of launching it; the launcher stays where it is.
 */
#include "proc/worker.h"

#define FAILED_STATUS 127

/* With a copy of this program in "bin". */
static char directory[] = "/tmp/muster-directory-XXXXXX";

static mode_t umask_now(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return mask;
}

/* Launches "show" as argv[0] says, with PATH, and reads what it shows. */
static int show_in(const struct spawner *spawner, struct plan_options *options,
		   const char *command, char *ret_shown)
{
	static const char *const environment[] = {"PATH=missing:bin", NULL};
	const char *argv[] = {command, "show", NULL};
	struct plan_fd fds[1];
	struct launch launch;

	options->argv = argv;
	options->environment = environment;
	options->fds = fds;
	options->fd_count = 1;
	return launch_show(spawner, options, fds, ret_shown, &launch);
}

static int give_directory(void)
{
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	char before[64];
	char after[64];
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(chdir("/usr") == 0);
	CHILD_CHECK(umask(022) != 0777);
	CHILD_CHECK(getcwd(before, sizeof(before)));
	options.directory = directory;
	options.sets_umask = true;
	options.umask = 0137;
	line = show_in(&spawner, &options, "/proc/self/exe", shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "cwd %s", directory));
	CHILD_CHECK(shows(shown, "umask 0137"));
	/* Whatever the child shared with us, these it did not. */
	CHILD_CHECK(getcwd(after, sizeof(after)));
	CHILD_CHECK(strcmp(before, after) == 0);
	CHILD_CHECK(umask_now() == 022);
	return 0;
}

static void a_worker_starts_in_its_directory_with_its_umask(void **state)
{
	(void)state;
	every_way(give_directory);
}

static int give_neither(void)
{
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(chdir("/usr") == 0);
	(void)umask(0123);
	options.umask = 0777; /* not asked for */
	line = show_in(&spawner, &options, "/proc/self/exe", shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "cwd /usr"));
	CHILD_CHECK(shows(shown, "umask 0123"));
	options.sets_umask = true;
	options.umask = 0;
	line = show_in(&spawner, &options, "/proc/self/exe", shown);
	CHILD_CHECK(line != 0 || shows(shown, "umask 0000"));
	return line;
}

static void without_either_a_worker_has_the_launchers(void **state)
{
	(void)state;
	every_way(give_neither);
}

/* Neither is there seen from where the launcher is. */
static int execute_relative(void)
{
	struct plan_options options = launch_options("show");
	char shown[SHOW_SIZE];
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(chdir("/usr") == 0);
	options.directory = directory;
	line = show_in(&spawner, &options, "bin/show", shown);
	if (line != 0)
		return line;
	CHILD_CHECK(shows(shown, "cwd %s", directory));
	line = show_in(&spawner, &options, "show", shown); /* PATH=…:bin */
	if (line != 0)
		return line;
	/* A relative directory is one of the launcher's. */
	CHILD_CHECK(chdir("/tmp") == 0);
	options.directory = directory + strlen("/tmp/");
	line = show_in(&spawner, &options, "show", shown);
	CHILD_CHECK(line != 0 || shows(shown, "cwd %s", directory));
	return line;
}

static void relative_commands_are_relative_to_the_directory(void **state)
{
	(void)state;
	every_way(execute_relative);
}

static int fail_in(const struct spawner *spawner, const char *start, int error)
{
	struct plan_options options = launch_options("show");
	struct launch launch;
	int line;

	options.directory = start;
	line = launch_prepare(&launch, &options);
	if (line == 0)
		CHILD_CHECK(launch_spawn(&launch, spawner, 0) == 0);
	if (line == 0)
		line = launch_end(&launch);
	if (line != 0)
		return line;
	CHILD_CHECK(launch.end.si_status == FAILED_STATUS);
	CHILD_CHECK(launch.report->step == MUSTER_STEP_DIRECTORY);
	CHILD_CHECK((int)launch.report->error == error);
	CHILD_CHECK(launch.report->exec_ns == 0);
	return 0;
}

static int fail_directory(void)
{
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line == 0)
		line = fail_in(&spawner, "/nonexistent", ENOENT);
	if (line == 0)
		line = fail_in(&spawner, "/etc/passwd", ENOTDIR);
	if (line == 0)
		line = fail_in(&spawner, "", ENOENT);
	return line;
}

static void a_directory_that_cannot_be_entered_is_told(void **state)
{
	(void)state;
	every_way(fail_directory);
}

static int copy_program(const char *path)
{
	_cleanup_fd_ int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int to =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	char buffer[65536];
	ssize_t size;

	if (from < 0 || to < 0)
		return -1;
	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		if (!pipe_put(to, buffer, (size_t)size))
			return -1;
	return (int)size;
}

static int make_directory(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/bin", directory);
	if (mkdir(path, 0755) < 0)
		return -1;
	(void)strcat(path, "/show");
	return copy_program(path);
}

static int remove_directory(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/bin/show", directory);
	if (unlink(path) < 0)
		return -1;
	*strrchr(path, '/') = '\0';
	return rmdir(path) < 0 ? -1 : rmdir(directory);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_worker_starts_in_its_directory_with_its_umask),
		cmocka_unit_test(without_either_a_worker_has_the_launchers),
		cmocka_unit_test(
			relative_commands_are_relative_to_the_directory),
		cmocka_unit_test(a_directory_that_cannot_be_entered_is_told),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
