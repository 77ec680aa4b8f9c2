/*
 * test_log_broken.c - a broken sink is not fatal, and what it cost is told when
 * it is mended.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "in_child.h"
#include "log_sink.h"

static void a_pipe_without_reader_is_broken_again_and_again(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_(log_fini) struct log log = LOG_NULL;
	uint64_t lines;

	(void)state;
	open_log(&log, sink.writer);
	assert_int_equal(close(sink.reader), 0);
	sink.reader = -1;
	for (lines = 2; lines < 100; lines += 2) {
		say(&log, "x");
		say(&log, "y");
		assert_int_equal(log_flush(&log), -EPIPE);
		assert_int_equal(log.length, 0);
		assert_int_equal(log.dropped, lines);
		assert_int_equal(log_flush(&log), -EPIPE);
		assert_int_equal(log.dropped, lines);
	}
}

static void what_a_broken_sink_cost_is_told_when_it_is_mended(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();
	_cleanup_fd_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	open_log(&log, fd);
	say(&log, "1");
	say(&log, "2");
	assert_int_equal(log_flush(&log), -ENOSPC);
	say(&log, "3");
	assert_int_equal(log_flush(&log), -ENOSPC);
	assert_int_equal(log.dropped, 3);
	say(&log, "4");
	assert_int_equal(dup2(sink.writer, fd), fd);
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader), READER_NOTICE "3\ntest: 4\n");
	assert_int_equal(log.dropped, 0);
	assert_int_equal(log_flush(&log), 0);
	assert_string_equal(take(sink.reader), "");
}

static void limit_file_size(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The standard output of this program may be a file too: nothing is asserted
 * while the limit is low. */
static void a_line_that_was_begun_is_ended_when_there_is_room(void **state)
{
	_cleanup_fd_ int file = memfd_create("log", MFD_CLOEXEC);
	_cleanup_(log_fini) struct log log = LOG_NULL;
	int r;

	(void)state;
	open_log(&log, file);
	say(&log, "whole");
	say(&log, "cut in two");
	say(&log, "lost");
	say(&log, "lost");
	limit_file_size(strlen("test: whole\ntest: cut"));
	r = log_flush(&log);
	say(&log, "lost");
	say(&log, "lost");
	if (r == -EFBIG)
		r = log_flush(&log);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(r, -EFBIG);
	assert_int_equal(log.dropped, 4);
	say(&log, "new");
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_string_equal(take(file),
			    "test: whole\ntest: cut in two\n" READER_NOTICE
			    "4\ntest: new\n");
}

/* The notice itself is the line that was begun: its count is not told twice. */
static void a_notice_that_was_begun_is_ended_and_counts_once(void **state)
{
	_cleanup_fd_ int file = memfd_create("log", MFD_CLOEXEC);
	_cleanup_(log_fini) struct log log = LOG_NULL;
	int first;
	int second;

	(void)state;
	open_log(&log, file);
	say(&log, "lost");
	say(&log, "lost");
	limit_file_size(0);
	first = log_flush(&log);
	say(&log, "lost too");
	limit_file_size(strlen("test: warn"));
	second = log_flush(&log);
	limit_file_size(RLIM_INFINITY);
	assert_int_equal(first, -EFBIG);
	assert_int_equal(second, -EFBIG);
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_string_equal(take(file),
			    READER_NOTICE "2\n" READER_NOTICE "1\n");
}

static int write_to_a_closed_socket(void)
{
	int ends[2];
	struct log log;

	CHILD_CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	CHILD_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHILD_CHECK(close(ends[0]) == 0);
	CHILD_CHECK(log_init(&log, ends[1], LOG_INFO, NULL) == 0);
	log_line(&log, LOG_INFO, "x", 1);
	CHILD_CHECK(log_flush(&log) == -EPIPE);
	CHILD_CHECK(log.dropped == 1);
	log_fini(&log);
	return 0;
}

static void a_closed_socket_kills_nobody(void **state)
{
	(void)state;
	in_child(write_to_a_closed_socket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_pipe_without_reader_is_broken_again_and_again),
		cmocka_unit_test(
			what_a_broken_sink_cost_is_told_when_it_is_mended),
		cmocka_unit_test(
			a_line_that_was_begun_is_ended_when_there_is_room),
		cmocka_unit_test(
			a_notice_that_was_begun_is_ended_and_counts_once),
		cmocka_unit_test(a_closed_socket_kills_nobody),
	};

	if (sink_signals() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
