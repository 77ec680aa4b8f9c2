/*
 * test_doctor.c - the story of `muster doctor`: it says what `muster run` would
 * find, names what bounds the number of workers, and always succeeds (E45).
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/compat.h"
#include "json_tree.h"
#include "tools/deny.h"

/* What a container of today refuses. */
static const struct refused container[] = {
	{.name = "io_uring_setup",
	 .number = SYS_io_uring_setup,
	 .error = EPERM},
	{.name = "clone3", .number = SYS_clone3, .error = ENOSYS},
	{.name = NULL},
};

/* Runs it to its end, which is a good one. */
static struct launcher *doctor(struct stage *stage, void (*prepare)(void *),
			       const void *argument)
{
	struct launcher *launcher =
		START(stage, ARGUMENTS("doctor"), .prepare = prepare,
		      .argument = (void *)(uintptr_t)argument);

	assert_int_equal(launcher_end(launcher), 0);
	assert_int_equal(launcher->log.length, 0);
	assert_nobody_left(stage);
	return launcher;
}

/* What it says by that name. */
static const char *row(struct launcher *launcher, const char *name)
{
	launcher->said.mark = 0;
	for (;;) {
		const char *line = launcher_hear(launcher, name);

		if (strncmp(line, "  ", 2) == 0 &&
		    strncmp(line + 2, name, strlen(name)) == 0)
			return line;
	}
}

static void assert_row(struct launcher *launcher, const char *name,
		       const char *text)
{
	const char *line = row(launcher, name);

	if (!strstr(line, text))
		fail_msg("no \"%s\" in: %s", text, line);
}

/* The word of the log's first line that names the paths. */
static void check_choice(struct stage *stage, void (*prepare)(void *),
			 const void *argument)
{
	struct launcher *launcher = START(
		stage, ARGUMENTS("run", "--restart", "never", "--", "true"),
		.prepare = prepare, .argument = (void *)(uintptr_t)argument);
	char *paths;

	assert_int_equal(launcher_end(launcher), 0);
	paths = strdup(strstr(launcher_log(launcher, "engine "), "engine "));
	assert_non_null(paths);
	paths[strcspn(paths, ";")] = '\0';
	launcher_forget(stage, launcher);
	launcher = doctor(stage, prepare, argument);
	assert_row(launcher, "serves", paths);
	free(paths);
}

static void it_names_the_paths_that_run_would_take(void **state)
{
	check_choice(*state, NULL, NULL);
	check_choice(*state, deny_some, container);
}

static void what_is_refused_is_told_with_its_reason(void **state)
{
	struct launcher *launcher = doctor(*state, deny_some, container);

	assert_row(launcher, "serves", "engine epoll, spawn fast by clone");
	assert_null(strstr(row(launcher, "serves"), "clone3"));
	assert_row(launcher, "but", "ring refused: io_uring_setup: EPERM");
	assert_row(launcher, "engine ring, spawn fast", " EPERM ");
	assert_row(launcher, "engine ring, spawn fast",
		   "io_uring_setup: EPERM: Operation not permitted");
	assert_row(launcher, "engine epoll, spawn fork", " works");
	assert_row(launcher, "Seccomp ", " 2 ");
	assert_row(launcher, "NoNewPrivs", " 1 ");
}

/* With a spawn path gone as well: each row is what run does when asked. */
static void each_path_says_what_run_says_when_asked_for_it(void **state)
{
	static const struct refused poor[] = {
		{.name = "io_uring_setup",
		 .number = SYS_io_uring_setup,
		 .error = ENOMEM},
		{.name = "close_range",
		 .number = SYS_close_range,
		 .error = ENOSYS},
		{.name = NULL},
	};
	static const char *const engines[] = {"ring", "epoll", "signal"};
	static const char *const spawns[] = {"fast", "vfork", "fork"};
	struct stage *stage = *state;
	unsigned int refused = 0;

	for (size_t i = 0; i < 9; i++) {
		const char *engine = engines[i / 3];
		const char *spawn = spawns[i % 3];
		struct launcher *launcher = doctor(stage, deny_some, poor);
		const char *name =
			stage_text(stage, "engine %s, spawn %s", engine, spawn);
		bool works = strstr(row(launcher, name), " works") != NULL;

		launcher_forget(stage, launcher);
		launcher = START(stage,
				 ARGUMENTS("run", "--engine", engine, "--spawn",
					   spawn, "--restart", "never", "true"),
				 .prepare = deny_some,
				 .argument = (void *)(uintptr_t)poor);
		assert_int_equal(launcher_end(launcher), works ? 0 : 125);
		launcher_forget(stage, launcher);
		refused += !works;
	}
	assert_int_equal(refused, 5);
}

static void limit_descriptors(void *argument)
{
	(void)argument;
	if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, 200}) < 0)
		_exit(123);
}

static void the_least_bound_is_named(void **state)
{
	struct launcher *launcher = doctor(*state, limit_descriptors, NULL);

	assert_row(launcher, "RLIMIT_NOFILE", "100 soft, 200 hard");
	assert_row(launcher, "workers at most", " 120 ");
	assert_row(launcher, "workers at most", "by RLIMIT_NOFILE");
	assert_row(launcher, "kernel.pid_max", "tasks exist");
}

static void limit_processes(void *argument)
{
	(void)argument;
	if (setrlimit(RLIMIT_NPROC, &(struct rlimit){70, 90}) < 0)
		_exit(123);
}

static void limit_processes_of_others(void *argument)
{
	const char *program = argument;

	limit_processes(NULL);
	/* Where the build may not be searched by others it cannot be told. */
	if (getuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
		_exit(123);
	if (access(program, X_OK) < 0)
		_exit(0);
}

static void the_limit_of_processes_binds_all_but_root(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher =
		doctor(stage, limit_processes_of_others, stage->program);

	if (launcher->said.length == 0)
		SKIP("%s is not to be executed by others", stage->program);
	assert_row(launcher, "RLIMIT_NPROC", "70 soft, 90 hard");
	assert_row(launcher, "RLIMIT_NPROC", "of this user count");
	assert_row(launcher, "workers at most", " 70 ");
	assert_row(launcher, "workers at most", "by RLIMIT_NPROC");
	if (getuid() == 0) {
		launcher = doctor(stage, limit_processes, NULL);
		assert_row(launcher, "RLIMIT_NPROC", "does not bind uid 0");
		assert_null(strstr(row(launcher, "workers at most"), "NPROC"));
	}
}

/* An empty directory in its place, in a mount name space of its own. */
static void hide_proc(void *argument)
{
	(void)argument;
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", "/proc", "tmpfs", 0, NULL) < 0)
		_exit(122);
}

static void without_proc_it_says_so_and_goes_on(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("--version"), .prepare = hide_proc);
	int status = launcher_end(launcher);

	if (status != 0) /* VARIANT=asan does not even begin */
		SKIP("nothing runs without /proc here: %d", status);
	launcher = START(*state, ARGUMENTS("doctor"), .prepare = hide_proc);
	status = launcher_end(launcher);
	assert_int_equal(status, 0);
	assert_row(launcher, "/proc", "not there");
	assert_row(launcher, "serves", "engine ");
	assert_row(launcher, "Seccomp ", "unknown");
	assert_row(launcher, "kernel.pid_max", "unknown");
	assert_row(launcher, "workers at most", "by ");
}

static void become_subreaper(void *argument)
{
	(void)argument;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		_exit(123);
}

/* The first process of a name space goes on, its parent ends as it does. */
static void become_pid_1(void *argument)
{
	int status;
	pid_t pid;

	(void)argument;
	if (unshare(CLONE_NEWPID) < 0)
		_exit(122);
	pid = fork();
	if (pid < 0)
		_exit(123);
	if (pid == 0)
		return;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		_exit(123);
	_exit(WEXITSTATUS(status));
}

static void it_says_whose_orphans_come_to_it(void **state)
{
	struct launcher *launcher = doctor(*state, become_subreaper, NULL);
	int status;

	assert_row(launcher, "PID 1", " no");
	assert_row(launcher, "subreaper", " yes ");
	assert_row(launcher, "terminal", " none ");
	launcher = START(*state, ARGUMENTS("doctor"), .prepare = become_pid_1);
	status = launcher_end(launcher);
	if (status == 122)
		SKIP("no pid name space here");
	assert_int_equal(status, 0);
	assert_row(launcher, "PID 1", " yes ");
	assert_row(launcher, "subreaper", " no");
	assert_row(launcher, "parent", " none ");
	assert_row(launcher, "serves", "engine ");
}

/* In a session without a terminal: the first that is opened is its own. */
static void enter_terminal(void *argument)
{
	int fd = open(argument, O_RDWR);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(123);
	if (fd > 2)
		(void)close(fd);
}

static void in_a_terminal_it_is_in_the_foreground(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	struct launcher *launcher;
	char path[64];

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, path, sizeof(path)), 0);
	launcher = START(*state, ARGUMENTS("doctor"), .prepare = enter_terminal,
			 .argument = path);
	(void)close(launcher->said.fd);
	launcher->said.fd = master; /* closed with it */
	assert_int_equal(launcher_end(launcher), 0);
	assert_row(launcher, "terminal", " foreground ");
}

/* As many objects as there are rows, in the same order. */
static void with_json_each_row_is_an_object(void **state)
{
	struct launcher *launcher = doctor(*state, NULL, NULL);
	unsigned int rows = lines_count(&launcher->said, "");
	unsigned int objects = 0;
	const char *line;

	for (const char *at = launcher->said.data; (at = strstr(at, "\n\n"));
	     at += 2)
		rows -= 2; /* the blank line, and the title behind it */
	launcher = START(*state, ARGUMENTS("doctor", "--json"));
	assert_int_equal(launcher_end(launcher), 0);
	while ((line = lines_next(&launcher->said, ""))) {
		_cleanup_(json_freep) struct json_node *tree =
			json_read(line, strlen(line));

		assert_non_null(tree);
		assert_string_not_equal(json_text_of(tree, "section"),
					"(no text)");
		assert_string_not_equal(json_text_of(tree, "name"),
					"(no text)");
		assert_string_not_equal(json_text_of(tree, "value"),
					"(no text)");
		objects++;
	}
	assert_int_equal(objects, rows - 1); /* the first line is its name */
	assert_true(objects > 20);
}

static void fill_disk(void *argument)
{
	int fd = open("/dev/full", O_WRONLY);

	(void)argument;
	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(123);
	(void)close(fd);
}

static void it_fails_only_when_it_cannot_be_read_or_understood(void **state)
{
	struct launcher *launcher =
		START(*state, ARGUMENTS("doctor"), .prepare = fill_disk);

	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "muster: error: standard output: No space "
				     "left on device");
	launcher = START(*state, ARGUMENTS("doctor", "who"));
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "unknown argument \"who\"");
	launcher = START(*state, ARGUMENTS("doctor", "--json", "--jason"));
	assert_int_equal(launcher_end(launcher), 125);
	(void)launcher_log(launcher, "unknown argument \"--jason\"");
	launcher = START(*state, ARGUMENTS("help", "doctor"));
	assert_int_equal(launcher_end(launcher), 0);
	(void)launcher_hear(launcher, "usage: muster doctor");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(it_names_the_paths_that_run_would_take),
		STAGE_TEST(what_is_refused_is_told_with_its_reason),
		STAGE_TEST(each_path_says_what_run_says_when_asked_for_it),
		STAGE_TEST(the_least_bound_is_named),
		STAGE_TEST(the_limit_of_processes_binds_all_but_root),
		STAGE_TEST(without_proc_it_says_so_and_goes_on),
		STAGE_TEST(it_says_whose_orphans_come_to_it),
		STAGE_TEST(in_a_terminal_it_is_in_the_foreground),
		STAGE_TEST(with_json_each_row_is_an_object),
		STAGE_TEST(it_fails_only_when_it_cannot_be_read_or_understood),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
