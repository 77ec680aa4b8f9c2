/*
 * test_init_status.c - the story of how `muster init` ends: as its command does
 * (E31), unless somebody asked for another status (E33), and with a line for
 * whoever reads the termination log (E43).
 */
#include <sys/stat.h>

#include "tools/init.h"

/* A life that hangs ends, by SIGALRM, and so fails; many that do not may. */
#define LIFE_SECONDS 60

/* One life of a command with this step, started with one option and its value,
 * or without when value is NULL. */
static int status_of(struct stage *stage, const char *option, const char *value,
		     const char *step)
{
	struct launcher *launcher = START(
		stage, .verb = "init",
		.options = value ? LIST(option, value) : NULL, WORKER(step));
	int status;

	(void)alarm(LIFE_SECONDS);
	status = launcher_end(launcher);
	assert_silent(launcher);
	launcher_forget(stage, launcher);
	return status;
}

static void all_256_statuses_are_passed_on(void **state)
{
	char step[32];

	for (int status = 0; status < 256; status++) {
		(void)snprintf(step, sizeof(step), "exit=%d", status);
		assert_int_equal(status_of(*state, NULL, NULL, step), status);
	}
	assert_nobody_left(*state);
}

static void a_death_by_a_signal_is_128_and_its_number(void **state)
{
	static const char *const names[] = {"TERM", "INT",  "HUP", "QUIT",
					    "USR1", "KILL", "SEGV"};
	static const int signals[] = {SIGTERM, SIGINT,	SIGHUP, SIGQUIT,
				      SIGUSR1, SIGKILL, SIGSEGV};
	char step[32];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(step, sizeof(step), "die=%s", names[i]);
		assert_int_equal(status_of(*state, NULL, NULL, step),
				 128 + signals[i]);
	}
}

static int remapped(struct stage *stage, int from, int to, int status)
{
	char option[32];
	char step[32];

	(void)snprintf(option, sizeof(option), "%d:%d", from, to);
	(void)snprintf(step, sizeof(step), "exit=%d", status);
	return status_of(stage, "--remap", option, step);
}

/* A neighbour's status is as it was, of every sixteenth at least: a life takes
 * its time. */
static void every_status_is_remapped_and_no_other_with_it(void **state)
{
	for (int status = 0; status < 256; status++) {
		int next = (status + 1) % 256;

		assert_int_equal(remapped(*state, status, 255 - status, status),
				 255 - status);
		if (status % 16 == 0)
			assert_int_equal(
				remapped(*state, status, 255 - status, next),
				next);
	}
	assert_nobody_left(*state);
}

static void a_death_by_an_ok_signal_is_status_0(void **state)
{
	assert_int_equal(
		status_of(*state, "--ok-signals", "TERM,INT", "die=TERM"), 0);
	assert_int_equal(
		status_of(*state, "--ok-signals", "TERM,INT", "die=INT"), 0);
	assert_int_equal(
		status_of(*state, "--ok-signals", "TERM,INT", "die=HUP"), 129);
	/* A program that says so itself was not killed. */
	assert_int_equal(
		status_of(*state, "--ok-signals", "TERM,INT", "exit=143"), 143);
}

/* First the signals, then the table. */
static void a_status_is_remapped_after_it_was_found_ok(void **state)
{
	struct launcher *launcher =
		INIT(*state,
		     OPTIONS("--ok-signals", "TERM", "--remap", "143:9",
			     "--remap", "0:5"),
		     WORKER("die=TERM"));

	assert_int_equal(launcher_end(launcher), 5);
}

/* One line, which names the file, the errno and where it was sought (E6). */
static void refuse_to_run(struct stage *stage, const char *command, int status,
			  const char *text)
{
	struct launcher *launcher = INIT(stage, COMMAND(command));

	assert_int_equal(launcher_end(launcher), status);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	(void)launcher_log(launcher, "error: Cannot run the command: execve: ");
	if (!strstr(launcher->log.line, text))
		fail_msg("%s\nhas not: %s", launcher->log.line, text);
	assert_nobody_left(stage);
}

static void a_command_that_is_not_there_is_127_and_one_line(void **state)
{
	const char *path = stage_path(*state, "missing");

	refuse_to_run(*state, path, 127, path);
	refuse_to_run(*state, path, 127, "No such file or directory");
	refuse_to_run(*state, "no-such-command-anywhere", 127,
		      "directory: \"no-such-command-anywhere\" is nowhere in "
		      "PATH=/usr/local/bin:/usr/bin:/bin");
	(void)stage_file(*state, "file", "", 0644);
	refuse_to_run(*state, stage_path(*state, "file/command"), 127,
		      "Not a directory");
}

static void a_command_that_cannot_be_executed_is_126_and_one_line(void **state)
{
	const char *plain =
		stage_file(*state, "plain", "#!/bin/sh\nexit 0\n", 0644);
	const char *text = stage_file(*state, "text", "hello, world\n", 0755);

	refuse_to_run(*state, plain, 126, "Permission denied");
	refuse_to_run(*state, "/tmp", 126, "Permission denied: /tmp");
	refuse_to_run(*state, text, 126, "Exec format error");
}

static void a_shell_runs_a_script_only_where_it_was_asked_for(void **state)
{
	struct stage *stage = *state;
	const char *script = stage_file(stage, "script", "exit 7\n", 0755);
	struct launcher *launcher;

	launcher = INIT(stage, OPTIONS("--run-scripts"), COMMAND(script));
	assert_int_equal(launcher_end(launcher), 7);
	assert_silent(launcher);
	refuse_to_run(stage, script, 126, "Exec format error");
}

static void launch_status_takes_the_place_of_126_and_127(void **state)
{
	static const char *const commands[] = {"/tmp", "/no/such/command"};

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		struct launcher *launcher =
			INIT(*state, OPTIONS("--launch-status", "1"),
			     COMMAND(commands[i]));

		assert_int_equal(launcher_end(launcher), 1);
	}
	/* A program's own 127 is the program's. */
	assert_int_equal(status_of(*state, "--launch-status", "1", "exit=127"),
			 127);
}

/* Whose message it is, the table's or the command's, is not mistaken. */
static void remap_is_of_the_commands_status_alone(void **state)
{
	struct launcher *launcher = INIT(*state, OPTIONS("--remap", "127:0"),
					 COMMAND("/no/such/command"));

	assert_int_equal(launcher_end(launcher), 127);
}

static void what_muster_itself_cannot_do_is_125(void **state)
{
	struct launcher *launcher =
		INIT(*state, OPTIONS("--engine", "steam"), WORKER("say=hello"));

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	assert_int_equal(launcher->said.length, 0);
}

/* What the program wrote before stays. */
static void a_failure_is_one_line_more_in_the_termination_log(void **state)
{
	const char *path = stage_file(*state, "log", "mine\n", 0644);
	struct launcher *launcher = INIT(
		*state, OPTIONS("--termination-log", path), WORKER("exit=3"));
	char text[1024];
	const char *line;

	assert_int_equal(launcher_end(launcher), 3);
	file_read(path, text, sizeof(text));
	assert_int_equal(strncmp(text, "mine\nmuster: ", 13), 0);
	line = text + strlen("mine\n");
	assert_non_null(strstr(line, "exited with status 3"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void the_termination_log_says_why_nothing_was_executed(void **state)
{
	const char *path = stage_file(*state, "log", "", 0644);
	struct launcher *launcher =
		INIT(*state, OPTIONS("--termination-log", path),
		     COMMAND("/no/such/command"));
	char text[1024];

	assert_int_equal(launcher_end(launcher), 127);
	file_read(path, text, sizeof(text));
	assert_non_null(strstr(text, "No such file or directory: "
				     "/no/such/command"));
	launcher =
		INIT(*state, OPTIONS("--termination-log", path, "--remap", "x"),
		     WORKER("say=hello"));
	assert_int_equal(launcher_end(launcher), 125);
	file_read(path, text, sizeof(text));
	assert_non_null(strstr(text, "muster: --remap \"x\": expected"));
}

static void a_good_end_and_a_log_that_is_not_there_leave_no_trace(void **state)
{
	const char *path = stage_file(*state, "log", "", 0644);
	const char *missing = stage_path(*state, "missing");
	char text[1024];

	assert_int_equal(status_of(*state, "--termination-log", path, "exit=0"),
			 0);
	file_read(path, text, sizeof(text));
	assert_string_equal(text, "");
	assert_int_equal(
		status_of(*state, "--termination-log", missing, "exit=4"), 4);
	assert_int_equal(access(missing, F_OK), -1);
}

/* Nobody reads it: no wait. */
static void a_termination_log_that_would_block_holds_nobody(void **state)
{
	const char *path = stage_path(*state, "fifo");

	assert_int_equal(mkfifo(path, 0644), 0);
	assert_int_equal(status_of(*state, "--termination-log", path, "exit=4"),
			 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(all_256_statuses_are_passed_on),
		STAGE_TEST(a_death_by_a_signal_is_128_and_its_number),
		STAGE_TEST(every_status_is_remapped_and_no_other_with_it),
		STAGE_TEST(a_death_by_an_ok_signal_is_status_0),
		STAGE_TEST(a_status_is_remapped_after_it_was_found_ok),
		STAGE_TEST(a_command_that_is_not_there_is_127_and_one_line),
		STAGE_TEST(
			a_command_that_cannot_be_executed_is_126_and_one_line),
		STAGE_TEST(a_shell_runs_a_script_only_where_it_was_asked_for),
		STAGE_TEST(launch_status_takes_the_place_of_126_and_127),
		STAGE_TEST(remap_is_of_the_commands_status_alone),
		STAGE_TEST(what_muster_itself_cannot_do_is_125),
		STAGE_TEST(a_failure_is_one_line_more_in_the_termination_log),
		STAGE_TEST(the_termination_log_says_why_nothing_was_executed),
		STAGE_TEST(
			a_good_end_and_a_log_that_is_not_there_leave_no_trace),
		STAGE_TEST(a_termination_log_that_would_block_holds_nobody),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
