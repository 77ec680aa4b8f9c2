/*
 * test_exec.c - the story of a command that cannot be executed: 127 when there
 * is none, 126 when it is none, said in one line, and never tried again (E6).
 * One that did run once is tried again.
 */
#include <limits.h>
#include <sys/stat.h>

#include "tools/support.h"

static const char *worker_copy(struct stage *stage, const char *name)
{
	return stage_copy(stage, stage->worker, name);
}

/* Muster ends by itself; the log's one error has text in it. */
static void cannot_run(struct stage *stage, const char *command, int status,
		       const char *text)
{
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "3", "--throttle", "off"),
		      COMMAND(command));

	assert_int_equal(launcher_end(launcher), status);
	assert_int_equal(lines_count(&launcher->log, "error: "), 1);
	(void)launcher_log(launcher, "Cannot run the command: execve: ");
	if (!strstr(launcher->log.line, text))
		fail_msg("%s\nhas not: %s", launcher->log.line, text);
	/* Each of the three once: no restart loop. */
	assert_in_range(lines_count(&launcher->log, "Started child"), 1, 3);
	assert_int_equal(lines_count(&launcher->log, "launched again"), 0);
	assert_nobody_left(stage);
}

static void a_command_that_is_not_there_is_127(void **state)
{
	const char *path = stage_path(*state, "missing");
	const char *below = stage_path(*state, "file/command"); /* ENOTDIR */

	(void)stage_file(*state, "file", "", 0644);
	cannot_run(*state, path, 127, path);
	cannot_run(*state, path, 127, "No such file or directory");
	cannot_run(*state, "no-such-command-anywhere", 127,
		   "No such file or directory");
	cannot_run(*state, below, 127, "Not a directory");
}

static void links_that_lead_in_a_circle_and_too_long_names_are_127(void **state)
{
	const char *path = stage_path(*state, "circle");
	char name[PATH_MAX + 2];

	assert_int_equal(symlink(path, path), 0);
	cannot_run(*state, path, 127, "Too many levels of symbolic links");
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	cannot_run(*state, name, 127, "File name too long");
}

static void a_directory_as_command_is_126(void **state)
{
	cannot_run(*state, "/tmp", 126,
		   "Permission denied: /tmp (it is a directory)");
	cannot_run(*state, ".", 126, "Permission denied");
}

static void a_file_that_may_not_be_executed_is_126(void **state)
{
	const char *path =
		stage_file(*state, "plain", "#!/bin/sh\nexit 0\n", 0644);

	cannot_run(*state, path, 126, "Permission denied");
	cannot_run(*state, path, 126, "(it is not executable, mode 0644)");
}

/* EACCES outweighs ENOENT in a search, execvp(3). */
static void a_file_in_path_that_may_not_be_executed_is_126(void **state)
{
	struct stage *stage = *state;
	struct launcher *launcher;
	const char *path =
		stage_text(stage, "PATH=/nowhere:%s:/nobody", stage->directory);

	(void)stage_file(stage, "in-path", "#!/bin/sh\nexit 0\n", 0644);
	launcher = START(stage, OPTIONS("--restart", "never"),
			 COMMAND("/usr/bin/env", path, stage->program, "run",
				 "--", "in-path"));
	assert_int_equal(launcher_end(launcher), 126);
	assert_true(lines_have(&launcher->log, stage_path(stage, "in-path")));
}

static void a_file_that_is_no_program_is_126(void **state)
{
	cannot_run(*state, stage_file(*state, "text", "hello, world\n", 0755),
		   126, "Exec format error");
	cannot_run(*state, stage_file(*state, "empty", "", 0755), 126,
		   "Exec format error");
}

static void a_missing_interpreter_is_told_from_a_missing_command(void **state)
{
	const char *path =
		stage_file(*state, "script", "#!/no/such/interpreter\n", 0755);

	cannot_run(*state, path, 127, path);
	cannot_run(*state, path, 127, "its interpreter is not");
}

/* ETXTBSY. */
static void a_file_that_is_being_written_is_126(void **state)
{
	const char *path = worker_copy(*state, "busy");
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	cannot_run(*state, path, 126, "Text file busy");
	(void)close(fd);
}

/* 125 is muster's own, never 126 or 127. */
static void what_muster_cannot_set_up_is_125(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--listen", "unix:/nowhere/at/all"),
		      WORKER("say=hello"));

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, "error: "), 1);
	assert_int_equal(launcher->said.length, 0);
}

/* A program's own 127 is a death like others, and its command was executed. */
static void a_program_that_exits_with_127_is_started_again(void **state)
{
	struct launcher *launcher =
		START(*state, WORKER("g1:exit=127", "say=again"));

	(void)launcher_log(launcher, "exited with status 127");
	(void)launcher_hear(launcher, "again");
	launcher_stop(*state, launcher, 0);
}

/* An upgrade replaces the file: for a moment it is not there. */
static void a_command_that_has_run_and_is_missing_is_tried_again(void **state)
{
	const char *path = worker_copy(*state, "program");
	const char *away = stage_path(*state, "away");
	struct launcher *launcher = START(*state, COMMAND(path, "say=here"));
	pid_t pid = launcher_hear_pid(launcher, "here");

	assert_int_equal(rename(path, away), 0);
	process_kill(pid, SIGKILL);
	(void)launcher_log(launcher, "Could not launch a worker: execve: No "
				     "such file or directory");
	(void)launcher_log(launcher, "launched again in");
	assert_int_equal(rename(away, path), 0);
	(void)launcher_hear(launcher, "here");
	launcher_stop(*state, launcher, 0);
}

/* The other workers of a service do not stop for one that is being replaced. */
static void a_missing_command_leaves_the_other_workers_alone(void **state)
{
	const char *path = worker_copy(*state, "program");
	const char *away = stage_path(*state, "away");
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "3"), COMMAND(path, "say=here"));
	pid_t pids[3];
	int other;

	launcher_hear_all(launcher, "here", pids, 3);
	other = process_open(pids[2]);
	/* The first death of all proves that the command can be executed. */
	process_kill(pids[0], SIGKILL);
	pids[0] = launcher_hear_pid(launcher, "here");
	assert_int_equal(rename(path, away), 0);
	process_kill(pids[0], SIGKILL);
	(void)launcher_log(launcher, "Could not launch a worker: execve");
	(void)launcher_log(launcher, "Could not launch a worker: execve");
	assert_false(process_ends_within(other, 0));
	launcher_stop(*state, launcher, 0);
	(void)close(other);
}

/* Case 98 in small: a stop while nothing can be launched is clean. */
static void a_stop_while_the_command_is_missing_is_clean(void **state)
{
	const char *path = worker_copy(*state, "program");
	struct launcher *launcher = START(*state, COMMAND(path, "say=here"));
	pid_t pid = launcher_hear_pid(launcher, "here");

	assert_int_equal(unlink(path), 0);
	process_kill(pid, SIGKILL);
	(void)launcher_log(launcher, "launched again in");
	launcher_stop(*state, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(a_command_that_is_not_there_is_127),
		STAGE_TEST(
			links_that_lead_in_a_circle_and_too_long_names_are_127),
		STAGE_TEST(a_directory_as_command_is_126),
		STAGE_TEST(a_file_that_may_not_be_executed_is_126),
		STAGE_TEST(a_file_in_path_that_may_not_be_executed_is_126),
		STAGE_TEST(a_file_that_is_no_program_is_126),
		STAGE_TEST(
			a_missing_interpreter_is_told_from_a_missing_command),
		STAGE_TEST(a_file_that_is_being_written_is_126),
		STAGE_TEST(what_muster_cannot_set_up_is_125),
		STAGE_TEST(a_program_that_exits_with_127_is_started_again),
		STAGE_TEST(
			a_command_that_has_run_and_is_missing_is_tried_again),
		STAGE_TEST(a_missing_command_leaves_the_other_workers_alone),
		STAGE_TEST(a_stop_while_the_command_is_missing_is_clean),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
