/*
 * test_fd.c - single descriptors and standard input and output put right, in
 * forked children where something is closed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "fd_child.h"
#include "in_child.h"

static void closing_gives_minus_one_and_accepts_it(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int number = fd;

	(void)state;
	assert_true(fd >= 0);
	fd = fd_close(fd);
	assert_int_equal(fd, -1);
	assert_false(is_open(number));
	errno = 0;
	assert_int_equal(fd_close(fd), -1);
	assert_int_equal(errno, 0); /* close(-1) would have said EBADF */
}

static void a_row_is_closed_and_its_neighbours_are_not(void **state)
{
	int fds[5];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		assert_true(i == 0 || fds[i] == fds[i - 1] + 1);
	}
	fd_close_row(-1, -1);
	fd_close_row(fds[1], fds[2]);
	fd_close_row(fds[3], fds[3]);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		assert_int_equal(is_open(fds[i]), i == 0 || i == 4);
	fd_close(fds[0]);
	fd_close(fds[4]);
}

/* 0-2 are pipe ends of this story, so that a replaced one is noticed. */
static int prepare_stdio(unsigned int closed, struct stat before[STDIO])
{
	int fd;

	close_from(0);
	for (fd = 0; fd < STDIO; fd++) {
		int ends[2];

		CHILD_CHECK(pipe(ends) == 0);
		CHILD_CHECK(ends[0] == fd);
		CHILD_CHECK(close(ends[1]) == 0);
		CHILD_CHECK(fstat(fd, &before[fd]) == 0);
	}
	for (fd = 0; fd < STDIO; fd++)
		if (closed & (1U << fd))
			CHILD_CHECK(close(fd) == 0);
	return 0;
}

static int check_null(int fd)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	CHILD_CHECK(fstat(fd, &status) == 0);
	CHILD_CHECK(S_ISCHR(status.st_mode));
	CHILD_CHECK(status.st_rdev == makedev(1, 3));
	CHILD_CHECK((flags & O_ACCMODE) == (fd == 0 ? O_RDONLY : O_WRONLY));
	return 0;
}

static int check_dead_pipe(int fd)
{
	char byte = 'x';

	if (fd == 0) {
		CHILD_CHECK(read(fd, &byte, 1) == 0);
		return 0;
	}
	CHILD_CHECK(write(fd, &byte, 1) == -1);
	CHILD_CHECK(errno == EPIPE);
	return 0;
}

static int check_untouched(int fd, const struct stat *before)
{
	struct stat status;

	CHILD_CHECK(fstat(fd, &status) == 0);
	CHILD_CHECK(status.st_ino == before->st_ino);
	CHILD_CHECK(status.st_dev == before->st_dev);
	return 0;
}

static int fill_each_subset(int (*check_filled)(int fd), int flags)
{
	int fd_flags = flags ? FD_CLOEXEC : 0;
	unsigned int closed;

	for (closed = 0; closed < 1U << STDIO; closed++) {
		struct stat before[STDIO];
		int r = prepare_stdio(closed, before);
		int fd;

		CHILD_CHECK(fd_fill_stdio(flags) == 0);
		CHILD_CHECK(count_open() == STDIO);
		for (fd = 0; fd < STDIO && r == 0; fd++) {
			bool is_filled = closed & (1U << fd);

			CHILD_CHECK(fcntl(fd, F_GETFD) ==
				    (is_filled ? fd_flags : 0));
			r = is_filled ? check_filled(fd)
				      : check_untouched(fd, &before[fd]);
		}
		if (r != 0)
			return r;
	}
	return 0;
}

static int fill_with_null(void)
{
	int r = fill_each_subset(check_null, 0);

	return r ? r : fill_each_subset(check_null, O_CLOEXEC);
}

static int fill_without_null(void)
{
	int r = child_deny(SYS_openat, ENOENT);

	CHILD_CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	if (r == 0)
		r = fill_each_subset(check_dead_pipe, 0);
	return r ? r : fill_each_subset(check_dead_pipe, O_CLOEXEC);
}

static int replace_each(int (*check_replaced)(int fd))
{
	struct stat before[STDIO];
	int r = prepare_stdio(0, before);

	for (int fd = 0; fd < STDIO && r == 0; fd++) {
		CHILD_CHECK(fd_replace_stdio(fd) == 0);
		CHILD_CHECK(count_open() == STDIO);
		CHILD_CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
		r = check_replaced(fd);
		for (int next = fd + 1; next < STDIO && r == 0; next++)
			r = check_untouched(next, &before[next]);
	}
	return r;
}

static int replace_by_null(void)
{
	return replace_each(check_null);
}

static int replace_without_null(void)
{
	int r = child_deny(SYS_openat, ENOENT);

	CHILD_CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	return r < 0 ? r : replace_each(check_dead_pipe);
}

/* Whoever opens a FIFO waits for its other end. The output first: who has
 * opened it as an input is the other end. */
static int replace_by_fifo(void)
{
	char path[] = "/tmp/test_fd.XXXXXX";
	int fd;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return CHILD_SKIP;
	fd = mkstemp(path);
	CHILD_CHECK(fd >= 0 && close(fd) == 0 && unlink(path) == 0);
	CHILD_CHECK(mkfifo(path, 0600) == 0);
	if (mount(path, "/dev/null", NULL, MS_BIND, NULL) < 0) {
		CHILD_CHECK(unlink(path) == 0);
		return CHILD_SKIP;
	}
	CHILD_CHECK(unlink(path) == 0);
	CHILD_CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	CHILD_CHECK(fd_replace_stdio(STDOUT_FILENO) == 0);
	CHILD_CHECK(check_dead_pipe(STDOUT_FILENO) == 0);
	CHILD_CHECK(fd_replace_stdio(STDIN_FILENO) == 0);
	CHILD_CHECK(read(STDIN_FILENO, path, 1) == 0);
	return 0;
}

static int replace_without_room(void)
{
	struct stat before[STDIO];
	int r = prepare_stdio(0, before);

	CHILD_CHECK(limit_numbers(STDIO) == 0);
	CHILD_CHECK(fd_replace_stdio(1) == -EMFILE);
	return r == 0 ? check_untouched(1, &before[1]) : r;
}

static int fill_without_room(void)
{
	close_from(0);
	CHILD_CHECK(limit_numbers(1) == 0);
	CHILD_CHECK(fd_fill_stdio(0) == -EMFILE);
	return 0;
}

static void holes_in_stdio_are_filled_with_dev_null(void **state)
{
	(void)state;
	in_child(fill_with_null);
}

static void without_dev_null_holes_are_filled_with_dead_pipes(void **state)
{
	(void)state;
	in_child(fill_without_null);
}

static void a_hole_that_cannot_be_filled_is_an_error(void **state)
{
	(void)state;
	in_child(fill_without_room);
}

static void stdio_is_replaced_by_dev_null_or_a_dead_pipe(void **state)
{
	(void)state;
	in_child(replace_by_null);
	in_child(replace_without_null);
	in_child(replace_without_room);
}

static void a_fifo_in_the_place_of_dev_null_holds_nobody(void **state)
{
	(void)state;
	in_child(replace_by_fifo);
}

static void close_on_exec_is_set(void **state)
{
	_cleanup_fd_ int fd = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_int_equal(fd_set_cloexec(fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_set_cloexec(fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void a_closed_descriptor_is_an_error(void **state)
{
	int fd = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(close(fd), 0);
	assert_int_equal(fd_set_cloexec(fd), -EBADF);
	assert_int_equal(fd_move_above(fd, fd + 10), -EBADF);
	assert_int_equal(fd_move_above(fd, 0), -EBADF);
	assert_int_equal(fd_set_cloexec(-1), -EBADF);
}

static int move_above(void)
{
	close_from(STDIO);
	CHILD_CHECK(dup(2) == 3);
	CHILD_CHECK(fd_move_above(3, 40) == 40);
	CHILD_CHECK(!is_open(3));
	CHILD_CHECK(fcntl(40, F_GETFD) == FD_CLOEXEC);
	CHILD_CHECK(dup(2) == 3);
	CHILD_CHECK(fd_move_above(3, 40) == 41); /* 40 is taken */
	CHILD_CHECK(count_open() == STDIO + 2);
	return 0;
}

static int stay_above(void)
{
	close_from(STDIO);
	CHILD_CHECK(dup(2) == 3);
	CHILD_CHECK(dup(2) == 4);
	CHILD_CHECK(fd_move_above(4, 4) == 4);
	CHILD_CHECK(fd_move_above(3, 1) == 3);
	CHILD_CHECK(fcntl(3, F_GETFD) == FD_CLOEXEC);
	CHILD_CHECK(fcntl(4, F_GETFD) == FD_CLOEXEC);
	CHILD_CHECK(count_open() == STDIO + 2);
	return 0;
}

static int move_too_far(void)
{
	close_from(STDIO);
	CHILD_CHECK(limit_numbers(16) == 0);
	CHILD_CHECK(dup(2) == 3);
	CHILD_CHECK(fd_move_above(3, 16) < 0);
	CHILD_CHECK(fcntl(3, F_GETFD) == 0);
	CHILD_CHECK(count_open() == STDIO + 1);
	return 0;
}

static void a_descriptor_moves_to_the_first_free_number_above(void **state)
{
	(void)state;
	in_child(move_above);
}

static void a_descriptor_above_already_stays(void **state)
{
	(void)state;
	in_child(stay_above);
}

static void a_descriptor_that_cannot_move_is_kept(void **state)
{
	(void)state;
	in_child(move_too_far);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closing_gives_minus_one_and_accepts_it),
		cmocka_unit_test(a_row_is_closed_and_its_neighbours_are_not),
		cmocka_unit_test(holes_in_stdio_are_filled_with_dev_null),
		cmocka_unit_test(
			without_dev_null_holes_are_filled_with_dead_pipes),
		cmocka_unit_test(a_hole_that_cannot_be_filled_is_an_error),
		cmocka_unit_test(stdio_is_replaced_by_dev_null_or_a_dead_pipe),
		cmocka_unit_test(a_fifo_in_the_place_of_dev_null_holds_nobody),
		cmocka_unit_test(close_on_exec_is_set),
		cmocka_unit_test(a_closed_descriptor_is_an_error),
		cmocka_unit_test(
			a_descriptor_moves_to_the_first_free_number_above),
		cmocka_unit_test(a_descriptor_above_already_stays),
		cmocka_unit_test(a_descriptor_that_cannot_move_is_kept),
	};

	/* The stories count on them, whoever started us. */
	if (fd_fill_stdio(0) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
