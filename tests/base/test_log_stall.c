/*
 * test_log_stall.c - a reader that stalls costs lines but no time, no line is
 * torn, and each that is missing is accounted for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "log_sink.h"
#include "random.h"

#define STEPS 20000

static void a_stalled_reader_costs_lines_but_no_time(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	unsigned long number;

	(void)state;
	open_log(&log, sink.writer);
	for (number = 0; number < 10000; number++) {
		log_numbered(&log, number, 50);
		if (log_flush(&log) == 0)
			assert_int_equal(log.length, 0);
	}
	assert_true(log.length > LOG_BUFFER_SIZE - 100);
	assert_true(log.length < LOG_BUFFER_SIZE);
	assert_true(log.dropped > 8000);
}

static void a_stalled_terminal_costs_lines_but_no_time(void **state)
{
	_cleanup_(sink_fini) struct sink sink = {-1, -1};
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct log_reader *reader;
	unsigned long number = 0;

	(void)state;
	if (sink_terminal(&sink) < 0) {
		printf("skip: no terminal can be made here\n");
		skip();
	}
	open_log(&log, sink.writer);
	while (log.dropped < 10) {
		log_numbered(&log, number++, 100);
		(void)log_flush(&log);
	}
	reader = calloc(1, sizeof(*reader));
	assert_non_null(reader);
	catch_up(&log, reader, sink.reader);
	assert_adds_up(reader, sink.reader, number);
	assert_int_equal(reader->notices, 1);
	free(reader);
}

static void missing_lines_are_counted_where_they_are_missing(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct log_reader *reader = calloc(1, sizeof(*reader));
	unsigned long number = 0;

	(void)state;
	assert_non_null(reader);
	open_log(&log, sink.writer);
	while (log.dropped < 100) {
		log_numbered(&log, number++, 50);
		(void)log_flush(&log);
	}
	catch_up(&log, reader, sink.reader);
	log_numbered(&log, number++, 50);
	catch_up(&log, reader, sink.reader);
	assert_adds_up(reader, sink.reader, number);
	assert_int_equal(reader->notices, 1);
	free(reader);
}

static void the_log_can_be_watched_while_lines_wait(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	struct pollfd watched;
	unsigned long number = 0;

	(void)state;
	open_log(&log, sink.writer);
	do
		log_numbered(&log, number++, 50);
	while (log_flush(&log) == 0);
	watched = (struct pollfd){.fd = log_fd(&log), .events = POLLOUT};
	assert_int_equal(poll(&watched, 1, 0), 0);
	(void)take(sink.reader);
	assert_int_equal(poll(&watched, 1, 0), 1);
	assert_int_equal(log_flush(&log), 0);
}

/* As if there were no /proc. */
static void write_by_poll(struct log *log, int fd)
{
	if (log->is_own)
		cleanup_fd(&log->fd);
	log->is_own = false;
	log->fd = fd;
	log->method = LOG_METHOD_POLL;
}

struct story {
	struct log log;
	struct log_reader *reader;
	struct random random;
	struct sink sink;
	unsigned long number; /* of the next line */
	unsigned long others; /* lines of the other writer */
	size_t letters_max;
	int other; /* another writer to the same; or -1 */
	int full; /* a device without room, to put in the sink's place; or -1 */
	bool is_stalled; /* the reader */
};

static void story_line(struct story *story)
{
	size_t letters = random_below(&story->random, 200);

	if (random_below(&story->random, 20) == 0)
		letters = random_below(&story->random, 6000);
	if (random_below(&story->random, 200) == 0)
		letters = random_below(&story->random, LOG_BUFFER_SIZE + 5000);
	if (letters > story->letters_max)
		letters = story->letters_max;
	log_numbered(&story->log, story->number++, letters);
}

static void story_flush(struct story *story)
{
	int r = log_flush(&story->log);

	if (r == 0) {
		assert_int_equal(story->log.length, 0);
		assert_int_equal(story->log.dropped, 0);
	} else if (r > 0) {
		assert_true(story->log.length > 0);
	} else {
		assert_int_equal(r, -ENOSPC);
		assert_int_equal(story->log.length > 0, story->log.is_mid_line);
	}
}

/* The reader stalls or goes on; the sink breaks or is mended. */
static void story_turn(struct story *story)
{
	bool is_broken = story->full >= 0 && random_below(&story->random, 2);
	int fd = is_broken ? story->full : story->sink.writer;

	story->is_stalled = random_below(&story->random, 2);
	if (story->full >= 0)
		assert_int_equal(dup2(fd, story->log.fd), story->log.fd);
}

static void story_read(struct story *story)
{
	size_t limit = random_below(&story->random, 8192);

	if (!story->is_stalled)
		(void)log_reader_read(story->reader, story->sink.reader, limit);
}

static void story_other(struct story *story)
{
	size_t length = strlen(READER_OTHER);

	if (write(story->other, READER_OTHER, length) > 0)
		story->others++;
}

static void story_step(struct story *story)
{
	size_t choice = random_below(&story->random, 1000);

	if (choice < 600)
		story_line(story);
	else if (choice < 750)
		story_flush(story);
	else if (choice < 950)
		story_read(story);
	else if (choice < 995 && story->other >= 0)
		story_other(story);
	else if (choice >= 995)
		story_turn(story);
}

static void story_tell(struct story *story)
{
	int fd = story->sink.reader;
	size_t step;

	story->reader = calloc(1, sizeof(*story->reader));
	assert_non_null(story->reader);
	for (step = 0; step < STEPS; step++)
		story_step(story);
	if (story->full >= 0)
		assert_int_equal(dup2(story->sink.writer, story->log.fd),
				 story->log.fd);
	catch_up(&story->log, story->reader, fd);
	assert_adds_up(story->reader, fd, story->number);
	assert_int_equal(story->reader->others, story->others);
	assert_true(story->reader->notices > 0);
	log_fini(&story->log);
	free(story->reader);
}

/* Lines that a pipe takes whole, so that each line of the other is whole too.
 */
static void a_random_life_on_a_pipe_with_another_writer_adds_up(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_fd_ int other = -1;
	struct story story = {
		.random = random_from_environment("two writers"),
		.sink = sink,
		.letters_max = PIPE_BUF - 100,
		.full = -1,
	};
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", sink.writer);
	other = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(other >= 0);
	story.other = other;
	open_log(&story.log, sink.writer);
	story_tell(&story);
}

static void a_random_life_on_a_pipe_adds_up(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	struct story story = {
		.random = random_from_environment("pipe"),
		.sink = sink,
		.letters_max = SIZE_MAX,
		.other = -1,
		.full = -1,
	};

	(void)state;
	open_log(&story.log, sink.writer);
	story_tell(&story);
}

static void a_random_life_on_a_socket_adds_up(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_socket();
	struct story story = {
		.random = random_from_environment("socket"),
		.sink = sink,
		.letters_max = SIZE_MAX,
		.other = -1,
		.full = -1,
	};

	(void)state;
	open_log(&story.log, sink.writer);
	story_tell(&story);
}

static void a_random_life_on_a_sink_that_breaks_adds_up(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_fd_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	_cleanup_fd_ int fd = fcntl(sink.writer, F_DUPFD_CLOEXEC, 0);
	struct story story = {
		.random = random_from_environment("sink that breaks"),
		.sink = sink,
		.letters_max = SIZE_MAX,
		.other = -1,
		.full = full,
	};

	(void)state;
	assert_true(full >= 0);
	open_log(&story.log, fd);
	write_by_poll(&story.log, fd);
	story_tell(&story);
}

/* Reads to the end of the file; the number of lines, modulo 251, is the exit
 * status. */
static pid_t start_reader(const struct sink *sink, int own)
{
	pid_t pid = fork();
	unsigned int lines = 0;
	char text[512];
	ssize_t size;

	if (pid != 0)
		return pid;
	(void)close(sink->writer);
	(void)close(own);
	(void)fcntl(sink->reader, F_SETFL, 0); /* it waits */
	while ((size = read(sink->reader, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < size; i++)
			lines += text[i] == '\n';
	_exit((int)(lines % 251));
}

static void the_last_words_wait_for_a_slow_reader(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	unsigned long number = 0;
	int status = -1;
	pid_t reader;

	(void)state;
	open_log(&log, sink.writer);
	/* the pipe is full, and there is more */
	while (log.length < LOG_BUFFER_SIZE / 2) {
		log_numbered(&log, number++, 50);
		(void)log_flush(&log);
	}
	assert_int_equal(log_flush_slowly(&log, 1), 1);
	reader = start_reader(&sink, log_fd(&log));
	assert_true(reader > 0);
	assert_int_equal(log_flush_slowly(&log, 5000), 0);
	log_fini(&log);
	cleanup_fd(&sink.writer);
	sink.writer = -1;
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), number % 251);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stalled_reader_costs_lines_but_no_time),
		cmocka_unit_test(a_stalled_terminal_costs_lines_but_no_time),
		cmocka_unit_test(
			missing_lines_are_counted_where_they_are_missing),
		cmocka_unit_test(the_log_can_be_watched_while_lines_wait),
		cmocka_unit_test(the_last_words_wait_for_a_slow_reader),
		cmocka_unit_test(
			a_random_life_on_a_pipe_with_another_writer_adds_up),
		cmocka_unit_test(a_random_life_on_a_pipe_adds_up),
		cmocka_unit_test(a_random_life_on_a_socket_adds_up),
		cmocka_unit_test(a_random_life_on_a_sink_that_breaks_adds_up),
	};

	if (sink_signals() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
