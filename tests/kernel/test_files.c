/*
 * test_files.c - what the kernel promises of descriptors: limits, copies,
 * descriptions opened again.
 */
#include <sys/resource.h>

#include "kernel/children.h"

static int lower_limit(void)
{
	struct rlimit limit;
	char byte = 'x';
	int ends[2];

	CHILD_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHILD_CHECK(fcntl(ends[0], F_DUPFD_CLOEXEC, 200) == 200);
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = 100;
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHILD_CHECK(pipe_put(ends[1], &byte, 1));
	CHILD_CHECK(pipe_take(200, &byte, 1));
	/* The limit is one for new numbers. */
	CHILD_CHECK(dup2(ends[0], 99) == 99);
	CHILD_CHECK(dup2(ends[0], 100) < 0 && errno == EBADF);
	CHILD_CHECK(dup2(ends[0], 200) < 0 && errno == EBADF);
	return 0;
}

static void a_lowered_limit_keeps_open_descriptors(void **state)
{
	(void)state;
	in_child(lower_limit);
}

/* As a launcher opens a log pipe that others write to as well. */
static void a_pipe_opened_again_has_flags_of_its_own(void **state)
{
	_cleanup_fd_ int again = -1;
	char path[64];
	char byte;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	again = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (again < 0)
		SKIP("%s: %s", path, strerror(errno));
	assert_true(fcntl(again, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	assert_true(read(again, &byte, 1) < 0 && errno == EAGAIN);
	assert_true(pipe_put(ends[1], "y", 1));
	assert_true(pipe_take(again, &byte, 1));
	assert_int_equal(byte, 'y');
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

/* What a dup2 would have done: here the flag is everybody's. */
static void a_duplicate_shares_the_flags(void **state)
{
	_cleanup_fd_ int copy = -1;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	copy = dup(ends[0]);
	assert_int_equal(fcntl(copy, F_GETFD), 0); /* not close-on-exec */
	assert_int_equal(fcntl(copy, F_SETFL, O_NONBLOCK), 0);
	assert_true(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

/* The probe at the start: beyond the last descriptor there is nothing. */
static void close_range_at_the_end_closes_nothing(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	if (syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) < 0)
		SKIP("close_range: %s", strerror(errno));
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lowered_limit_keeps_open_descriptors),
		cmocka_unit_test(a_pipe_opened_again_has_flags_of_its_own),
		cmocka_unit_test(a_duplicate_shares_the_flags),
		cmocka_unit_test(close_range_at_the_end_closes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
