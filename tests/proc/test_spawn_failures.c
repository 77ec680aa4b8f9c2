/*
 * test_spawn_failures.c - a launch that fails says at which step and why, and
 * leaves the launcher as it was.
 */
#include <linux/filter.h>
#include <sys/stat.h>

#include "proc/worker.h"

#define FAILED_STATUS 127
#define HUGE_SIZE (256U * 1024)

static char directory[] = "/tmp/muster-spawn-XXXXXX";

/* What executes, and the errno that it ends in. */
struct command {
	const char *path; /* without a slash in front: in directory */
	int error;
	int (*make)(const char *path);
};

static int make_file(const char *path, const char *text, mode_t mode)
{
	_cleanup_fd_ int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return -1;
	return fchmod(fd, mode);
}

static int make_plain(const char *path)
{
	return make_file(path, "#!/bin/sh\n", 0644);
}

static int make_junk(const char *path)
{
	return make_file(path, "neither a script nor a program\n", 0755);
}

static int make_empty(const char *path)
{
	return make_file(path, "", 0755);
}

static int make_orphan(const char *path)
{
	return make_file(path, "#!/nonexistent/interpreter\n", 0755);
}

static int make_loop(const char *path)
{
	return symlink(path, path);
}

static const struct command commands[] = {
	{"/nonexistent/program", ENOENT, NULL},
	{"missing", ENOENT, NULL},
	{"plain", EACCES, make_plain},
	{"/", EACCES, NULL},
	{"/etc/passwd/program", ENOTDIR, NULL},
	{"junk", ENOEXEC, make_junk},
	{"empty", ENOEXEC, make_empty},
	{"orphan", ENOENT, make_orphan},
	{"loop", ELOOP, make_loop},
};

/* The story's launch fails as expected; the block is free again. */
static int fail_launch(const struct spawner *spawner,
		       const struct plan_options *options,
		       enum muster_step step, int error)
{
	struct launch launch;
	int line = launch_prepare(&launch, options);

	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, spawner, 0) == 0);
	line = launch_end(&launch);
	if (line != 0)
		return line;
	if (launch.report->step != step || (int)launch.report->error != error)
		print_error("step %u, error %u\n", launch.report->step,
			    launch.report->error);
	CHILD_CHECK(launch.report->step == step);
	CHILD_CHECK((int)launch.report->error == error);
	CHILD_CHECK(launch.end.si_code == CLD_EXITED);
	CHILD_CHECK(launch.end.si_status == FAILED_STATUS);
	return 0;
}

static int fail_command(const struct spawner *spawner,
			const struct command *command)
{
	struct plan_options options = launch_options("show");
	const char *argv[] = {command->path, NULL};
	char path[64];

	if (command->path[0] != '/') {
		(void)snprintf(path, sizeof(path), "%s/%s", directory,
			       command->path);
		argv[0] = path;
	}
	options.argv = argv;
	return fail_launch(spawner, &options, MUSTER_STEP_EXEC, command->error);
}

static int fail_commands(void)
{
	struct spawner spawner;
	int line = story_begin(&spawner);

	for (size_t i = 0; i < ARRAY_LEN(commands) && line == 0; i++) {
		line = fail_command(&spawner, &commands[i]);
		if (line != 0)
			print_error("%s\n", commands[i].path);
	}
	return line;
}

static void what_cannot_be_executed_is_told_with_its_errno(void **state)
{
	(void)state;
	every_way(fail_commands);
}

static int fail_with_too_much(void)
{
	struct plan_options options = launch_options("show");
	char *huge = malloc(HUGE_SIZE);
	const char *environment[] = {huge, NULL};
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	CHILD_CHECK(huge);
	memset(huge, 'x', HUGE_SIZE - 1);
	huge[HUGE_SIZE - 1] = '\0';
	options.environment = environment;
	line = fail_launch(&spawner, &options, MUSTER_STEP_EXEC, E2BIG);
	free(huge);
	return line;
}

static void an_environment_that_is_too_big_is_e2big(void **state)
{
	(void)state;
	every_way(fail_with_too_much);
}

/* A launcher that is not the parent any more: its death went unseen. */
static int fail_parent(void)
{
	struct plan_options options = launch_options("show");
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.death_signal = SIGKILL;
	options.launcher_pid = getppid();
	line = fail_launch(&spawner, &options, MUSTER_STEP_PARENT, ESRCH);
	if (line != 0)
		return line;
	options.launcher_pid = getpid();
	options.death_signal = 1000;
	return fail_launch(&spawner, &options, MUSTER_STEP_PARENT, EINVAL);
}

static void a_child_whose_launcher_is_gone_does_not_execute(void **state)
{
	(void)state;
	every_way(fail_parent);
}

/* Who is not tied to the launcher does not look for it. */
static int ignore_parent(void)
{
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	options.launcher_pid = 1;
	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	CHILD_CHECK(launch_spawn(&launch, &spawner, 44) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.end.si_status == 44);
	return line;
}

static void a_child_without_death_signal_ignores_its_launcher(void **state)
{
	(void)state;
	in_child(ignore_parent);
}

static int fail_descriptors(void)
{
	struct plan_fd fds[] = {{77, 3}};
	struct plan_options options = launch_options("show");
	const struct rlimit wrong = {100, 50};
	struct spawner spawner;
	int line = story_begin(&spawner);

	if (line != 0)
		return line;
	options.fds = fds;
	options.fd_count = 1;
	line = fail_launch(&spawner, &options, MUSTER_STEP_DESCRIPTORS, EBADF);
	if (line != 0)
		return line;
	fds[0].target = 77; /* only to be kept */
	line = fail_launch(&spawner, &options, MUSTER_STEP_DESCRIPTORS, EBADF);
	if (line != 0)
		return line;
	options.fd_count = 0;
	options.nofile = &wrong;
	return fail_launch(&spawner, &options, MUSTER_STEP_LIMITS, EINVAL);
}

static void descriptors_and_limits_that_cannot_be_set_are_told(void **state)
{
	(void)state;
	every_way(fail_descriptors);
}

/* A filter that comes after the spawner has proved its way. */
struct refusal {
	unsigned int call;
	enum muster_step step;
};

static const struct refusal refusals[] = {
	{SYS_close_range, MUSTER_STEP_UNSHARE},
	{SYS_setpgid, MUSTER_STEP_GROUP},
	{SYS_rt_sigprocmask, MUSTER_STEP_SIGNALS},
	{SYS_prlimit64, MUSTER_STEP_LIMITS},
	{SYS_dup3, MUSTER_STEP_DESCRIPTORS},
	{SYS_chdir, MUSTER_STEP_DIRECTORY},
	{SYS_execve, MUSTER_STEP_EXEC},
};
static const struct refusal *refusal;

static int fail_filtered(void)
{
	const struct rlimit nofile = {100, 100};
	struct plan_fd fds[] = {{0, 3}};
	struct plan_options options = launch_options("show");
	struct spawner spawner;
	int line;

	line = story_begin(&spawner);
	if (line != 0)
		return line;
	options.fds = fds;
	options.fd_count = 1;
	options.leads_group = true;
	options.nofile = &nofile;
	options.directory = "/";
	CHILD_CHECK(fcntl(0, F_DUPFD_CLOEXEC, 90) == 90);
	if (child_deny(refusal->call, EPERM) < 0)
		return CHILD_SKIP;
	line = fail_launch(&spawner, &options, refusal->step, EPERM);
	if (line != 0)
		return line;
	/* A child that went on would have taken our descriptors. */
	CHILD_CHECK(fcntl(90, F_GETFD) == FD_CLOEXEC);
	CHILD_CHECK(fcntl(3, F_GETFD) < 0);
	return 0;
}

static void each_step_that_a_filter_refuses_is_told(void **state)
{
	static const enum muster_spawn modes[] = {
		MUSTER_SPAWN_FAST, MUSTER_SPAWN_VFORK, MUSTER_SPAWN_FORK};
	struct way plain = {"", MUSTER_SPAWN_FAST, 0, 0};

	(void)state;
	way = &plain;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		for (refusal = refusals;
		     refusal < refusals + ARRAY_LEN(refusals); refusal++) {
			plain.mode = modes[i];
			print_message("  mode %d, step %d\n", plain.mode,
				      refusal->step);
			in_child(fail_filtered);
		}
	way = ways;
}

/* A child that fails leaves no word of the launch before in its report. */
static int forget_the_last_report(void)
{
	struct plan_options options = launch_options("number");
	struct spawner spawner;
	struct launch launch;
	int line = story_begin(&spawner);

	if (line == 0)
		line = launch_prepare(&launch, &options);
	if (line != 0)
		return line;
	*launch.report = (struct child_report){8, ENOENT, 99, 7};
	CHILD_CHECK(launch_spawn(&launch, &spawner, 3) == 0);
	line = launch_end(&launch);
	CHILD_CHECK(launch.report->step == 0 && launch.report->error == 0);
	CHILD_CHECK(launch.report->exec_ns > 99 && launch.report->value == 0);
	return line;
}

static void a_launch_begins_with_an_empty_report(void **state)
{
	(void)state;
	every_way(forget_the_last_report);
}

static int make_commands(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory,
			       commands[i].path);
		if (commands[i].make && commands[i].make(path) < 0)
			return -1;
	}
	return 0;
}

static int remove_commands(void **state)
{
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory,
			       commands[i].path);
		(void)unlink(path); /* some were never there */
	}
	return rmdir(directory);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_cannot_be_executed_is_told_with_its_errno),
		cmocka_unit_test(an_environment_that_is_too_big_is_e2big),
		cmocka_unit_test(
			a_child_whose_launcher_is_gone_does_not_execute),
		cmocka_unit_test(
			a_child_without_death_signal_ignores_its_launcher),
		cmocka_unit_test(
			descriptors_and_limits_that_cannot_be_set_are_told),
		cmocka_unit_test(each_step_that_a_filter_refuses_is_told),
		cmocka_unit_test(a_launch_begins_with_an_empty_report),
	};

	worker_main(argc, argv);
	return cmocka_run_group_tests(tests, make_commands, remove_commands);
}
