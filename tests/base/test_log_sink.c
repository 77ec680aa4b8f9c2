/*
 * test_log_sink.c - each kind of sink is written in its own way, and what was
 * lent stays as it was.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "in_child.h"
#include "log_sink.h"

/* What was lent is as it was: open, and blocking for everybody else. */
static void assert_was_only_borrowed(int fd, int flags)
{
	assert_int_equal(fcntl(fd, F_GETFL), flags);
	assert_int_equal(flags & O_NONBLOCK, 0);
}

static void assert_is_opened_anew(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct log log;
	int own;

	open_log(&log, fd);
	own = log_fd(&log);
	assert_int_equal(log.method, LOG_METHOD_NONBLOCK);
	assert_int_not_equal(own, fd);
	assert_int_equal(fcntl(own, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(own, F_GETFL) & O_NONBLOCK);
	assert_was_only_borrowed(fd, flags);
	log_fini(&log);
	assert_int_equal(fcntl(own, F_GETFD), -1);
	assert_was_only_borrowed(fd, flags);
}

static void a_pipe_is_opened_anew(void **state)
{
	_cleanup_(sink_fini) struct sink sink = sink_pipe();

	(void)state;
	assert_is_opened_anew(sink.writer);
}

static void assert_is_written_as(int fd, enum log_method method)
{
	int flags = fcntl(fd, F_GETFL);
	_cleanup_(log_fini) struct log log = LOG_NULL;

	open_log(&log, fd);
	assert_int_equal(log.method, method);
	assert_int_equal(log_fd(&log), fd);
	assert_was_only_borrowed(fd, flags);
}

static void each_kind_of_sink_has_its_method(void **state)
{
	_cleanup_(sink_fini) struct sink socket = sink_socket();
	_cleanup_(sink_fini) struct sink pipe = sink_pipe();
	_cleanup_fd_ int file = memfd_create("log", MFD_CLOEXEC);
	_cleanup_fd_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_is_written_as(socket.writer, LOG_METHOD_SOCKET);
	assert_is_written_as(file, LOG_METHOD_DIRECT);
	assert_is_written_as(null, LOG_METHOD_DIRECT);
	/* the wrong end must not be made a right one */
	assert_int_equal(fcntl(pipe.reader, F_SETFL, 0), 0);
	assert_is_written_as(pipe.reader, LOG_METHOD_POLL);
}

/* The kernel does not open it anew (ENXIO). */
static void a_named_pipe_that_nobody_reads_is_written_after_poll(void **state)
{
	char name[] = "/tmp/muster-test-XXXXXX";
	char path[sizeof(name) + 8];
	_cleanup_fd_ int reader = -1;
	_cleanup_fd_ int writer = -1;

	(void)state;
	assert_non_null(mkdtemp(name));
	snprintf(path, sizeof(path), "%s/fifo", name);
	assert_int_equal(mkfifo(path, 0600), 0);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	writer = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(name), 0);
	assert_is_opened_anew(writer);
	cleanup_fd(&reader);
	reader = -1;
	assert_is_written_as(writer, LOG_METHOD_POLL);
}

static void a_terminal_is_opened_anew(void **state)
{
	_cleanup_(sink_fini) struct sink sink = {-1, -1};

	(void)state;
	if (sink_terminal(&sink) < 0) {
		printf("skip: no terminal can be made here\n");
		skip();
	}
	assert_is_opened_anew(sink.writer);
}

/* Its name makes a new terminal, to which nobody listens. */
static void the_master_of_a_terminal_is_not_opened_anew(void **state)
{
	_cleanup_(sink_fini) struct sink sink = {-1, -1};

	(void)state;
	if (sink_terminal(&sink) < 0) {
		printf("skip: no terminal can be made here\n");
		skip();
	}
	assert_int_equal(fcntl(sink.reader, F_SETFL, O_RDWR), 0);
	assert_is_written_as(sink.reader, LOG_METHOD_POLL);
}

static void a_regular_file_goes_on_at_its_offset(void **state)
{
	_cleanup_fd_ int file = memfd_create("log", MFD_CLOEXEC);
	_cleanup_(log_fini) struct log log = LOG_NULL;

	(void)state;
	assert_int_equal(write(file, "before\n", 7), 7);
	open_log(&log, file);
	say(&log, "one");
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(write(file, "between\n", 8), 8);
	say(&log, "two");
	assert_int_equal(log_flush(&log), 0);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	assert_string_equal(take(file),
			    "before\ntest: one\nbetween\ntest: two\n");
}

static int write_without_proc(void)
{
	int ends[2];
	struct log log;
	int i;
	int r = child_deny(SYS_openat, ENOENT);

	if (r < 0)
		return r;
	CHILD_CHECK(pipe(ends) == 0);
	CHILD_CHECK(log_init(&log, ends[1], LOG_INFO, NULL) == 0);
	CHILD_CHECK(log.method == LOG_METHOD_POLL);
	CHILD_CHECK(log.fd == ends[1]);
	for (i = 0; i < 100000; i++) {
		log_line(&log, LOG_INFO, "0123456789", 10);
		CHILD_CHECK(log_flush(&log) >= 0);
	}
	CHILD_CHECK(log_flush(&log) > 0);
	CHILD_CHECK(log.dropped > 0);
	CHILD_CHECK((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
	log_fini(&log);
	return 0;
}

static void without_proc_nothing_blocks_either(void **state)
{
	(void)state;
	in_child(write_without_proc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_is_opened_anew),
		cmocka_unit_test(each_kind_of_sink_has_its_method),
		cmocka_unit_test(
			a_named_pipe_that_nobody_reads_is_written_after_poll),
		cmocka_unit_test(a_terminal_is_opened_anew),
		cmocka_unit_test(the_master_of_a_terminal_is_not_opened_anew),
		cmocka_unit_test(a_regular_file_goes_on_at_its_offset),
		cmocka_unit_test(without_proc_nothing_blocks_either),
	};

	if (sink_signals() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
