/*
 * test_log.c - the story of muster's own lines: whole, together, and never
 * waited for. A reader that stalls, leaves or fails changes nothing for the
 * workers (E25, E37).
 */
#include <sys/socket.h>

#include "tools/support.h"

/* A socket keeps apart what was written apart: one message a write. */
static void the_lines_of_a_turn_are_written_together(void **state)
{
	struct launcher *launcher;
	unsigned int messages = 0;
	unsigned int lines = 0;
	char text[65536];
	int ends[2];
	ssize_t n;

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	launcher = START(*state, OPTIONS("-w", "30"), COMMAND("sleep", "50"),
			 .has_log = true, .log_fd = ends[1]);
	(void)close(ends[1]);
	while (lines < 2 + 30) {
		assert_true(is_readable_within(ends[0], DEADLINE_MS));
		n = read(ends[0], text, sizeof(text));
		assert_true(n > 0);
		assert_int_equal(text[n - 1], '\n'); /* whole lines */
		messages++;
		for (ssize_t i = 0; i < n; i++)
			lines += text[i] == '\n';
	}
	assert_in_range(messages, 1, 4);
	launcher_stop(*state, launcher, 0);
	(void)close(ends[0]);
}

static void a_line_holds_no_control_character_of_others(void **state)
{
	struct launcher *launcher =
		START(*state,
		      OPTIONS("--name", "a\nmuster: forged\033[2J", "--restart",
			      "never"),
		      COMMAND("true"));

	assert_int_equal(launcher_end(launcher), 0);
	assert_null(strchr(launcher->log.data, '\033'));
	assert_int_equal(lines_count(&launcher->log, "muster: forged"),
			 lines_count(&launcher->log, "a?muster: forged"));
}

static void fill_pipe(int fd)
{
	char space[4096] = "";
	int flags = fcntl(fd, F_GETFL);

	assert_int_equal(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
	while (write(fd, space, sizeof(space)) > 0)
		;
	while (write(fd, space, 1) > 0)
		;
	assert_int_equal(fcntl(fd, F_SETFL, flags), 0);
}

/* It is full before muster begins, and nobody ever reads. */
static void a_log_that_nobody_reads_does_not_stop_muster(void **state)
{
	struct launcher *launcher;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fill_pipe(ends[1]);
	launcher = START(*state, OPTIONS("-w", "2", "--throttle", "off"),
			 WORKER("say=on", "exit=1"), .has_log = true,
			 .log_fd = ends[1]);
	(void)close(ends[1]);
	/* Restarts go on: more lines than muster keeps. */
	for (int i = 0; i < 600; i++)
		(void)launcher_hear(launcher, " on");
	launcher_stop(*state, launcher, 0);
	(void)close(ends[0]);
}

static void set_nonblocking(struct lines *lines)
{
	assert_int_equal(fcntl(lines->fd, F_SETFL, O_NONBLOCK), 0);
}

/* What is missing between the lines that are there, as told. */
static unsigned int lines_dropped(struct lines *lines)
{
	unsigned int dropped = 0;
	const char *line;

	lines->mark = 0;
	while ((line = lines_next(lines, "log lines dropped: ")))
		dropped += (unsigned int)line_number(line, "dropped: ");
	return dropped;
}

/* Every line was read or counted: two a worker (it started, it ended), and the
 * five of the launcher (paths, Starting, Caught, Waiting, Shutdown). */
static void dropped_lines_are_counted_and_told_to_the_last(void **state)
{
	struct launcher *launcher;
	unsigned int told;
	unsigned int started;
	unsigned int read;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)fcntl(ends[1], F_SETPIPE_SZ, 4096);
	launcher = START(*state, OPTIONS("-w", "4", "--throttle", "off"),
			 WORKER("say=on", "exit=1"), .has_log = true,
			 .log_fd = ends[1]);
	(void)close(ends[1]);
	/* Some 200 bytes a worker: more than the pipe and the buffer hold. */
	for (int i = 0; i < 1000; i++)
		(void)launcher_hear(launcher, " on");
	launcher->log.fd = ends[0];
	set_nonblocking(&launcher->log);
	(void)launcher_log(launcher, "warning: log lines dropped: ");
	launcher_stop(*state, launcher, 0);

	told = lines_dropped(&launcher->log);
	assert_true(told > 0);
	launcher->log.mark = 0;
	started = (unsigned int)line_number(
		launcher_log(launcher, "Shutdown finish"), "[");
	assert_true(started >= 1000);
	read = lines_count(&launcher->log, "muster: ") -
	       lines_count(&launcher->log, "lines dropped") -
	       lines_count(&launcher->log, "too fast");
	assert_int_equal(read + told, 2 * started + 6);
}

/* E37: EPIPE. */
static void a_reader_that_leaves_does_not_kill_muster(void **state)
{
	struct launcher *launcher;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	launcher = START(*state, WORKER("g1:exit=1", "g2:exit=1", "say=third"),
			 .has_log = true, .log_fd = ends[1]);
	(void)close(ends[1]);
	(void)close(ends[0]);
	(void)launcher_hear(launcher, "third");
	launcher_signal(launcher, SIGHUP);
	launcher_stop(*state, launcher, 0);
}

/* E37: ENOSPC. */
static void a_full_disk_under_the_log_does_not_kill_muster(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct launcher *launcher;

	assert_true(fd >= 0);
	launcher = START(*state, WORKER("g1:exit=1", "g2:exit=1", "say=third"),
			 .has_log = true, .log_fd = fd);
	(void)close(fd);
	(void)launcher_hear(launcher, "third");
	launcher_stop(*state, launcher, 0);
}

static void a_log_in_a_file_is_complete(void **state)
{
	struct stage *stage = *state;
	const char *path = stage_file(stage, "log", "begun\n", 0644);
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct lines lines = LINES_NULL;
	struct launcher *launcher;

	assert_true(fd >= 0);
	launcher = START(stage, OPTIONS("-w", "5"), WORKER("say=ready"),
			 .has_log = true, .log_fd = fd);
	(void)close(fd);
	for (int i = 0; i < 5; i++)
		(void)launcher_hear(launcher, "ready");
	launcher_stop(stage, launcher, 0);
	lines.fd = open(path, O_RDONLY | O_CLOEXEC);
	lines_take(&lines);
	assert_non_null(lines_next(&lines, "begun"));
	assert_non_null(lines_next(&lines, "Starting 5 workers"));
	assert_non_null(lines_next(&lines, "Shutdown finish"));
	assert_int_equal(lines_count(&lines, "muster: "), 6 + 2 * 5);
	lines_fini(&lines);
}

static void the_log_level_chooses_what_is_said(void **state)
{
	static const struct {
		const char *level;
		unsigned int started, sent, finish;
	} levels[] = {
		{"debug", 1, 1, 1},   {"info", 1, 0, 1},  {"notice", 0, 0, 1},
		{"warning", 0, 0, 0}, {"error", 0, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct launcher *launcher =
			START(*state, OPTIONS("--log-level", levels[i].level),
			      WORKER("say=ready"));

		(void)launcher_hear(launcher, "ready");
		launcher_stop(*state, launcher, 0);
		assert_int_equal(lines_count(&launcher->log, "Started child"),
				 levels[i].started);
		assert_int_equal(lines_count(&launcher->log, "Sent SIGTERM"),
				 levels[i].sent);
		assert_int_equal(lines_count(&launcher->log, "Shutdown finish"),
				 levels[i].finish);
	}
}

/* The pipe is the workers' too: theirs stays a blocking one. */
static void muster_leaves_the_workers_standard_error_as_it_was(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("--restart", "never"),
		      COMMAND("sh", "-c",
			      "grep flags: /proc/$$/fdinfo/2; echo mine >&2"));

	assert_int_equal(launcher_end(launcher), 0);
	/* O_WRONLY alone; O_NONBLOCK would be 04001. */
	assert_true(lines_have(&launcher->said, "0100001") ||
		    lines_have(&launcher->said, "\t01\n"));
	assert_int_equal(lines_count(&launcher->log, "mine"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(the_lines_of_a_turn_are_written_together),
		STAGE_TEST(a_line_holds_no_control_character_of_others),
		STAGE_TEST(a_log_that_nobody_reads_does_not_stop_muster),
		STAGE_TEST(dropped_lines_are_counted_and_told_to_the_last),
		STAGE_TEST(a_reader_that_leaves_does_not_kill_muster),
		STAGE_TEST(a_full_disk_under_the_log_does_not_kill_muster),
		STAGE_TEST(a_log_in_a_file_is_complete),
		STAGE_TEST(the_log_level_chooses_what_is_said),
		STAGE_TEST(muster_leaves_the_workers_standard_error_as_it_was),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
