/*
 * test_cleanup.c - what leaves its scope is released, what was handed over is
 * not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"

static int open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void a_descriptor_is_closed_with_its_scope(void **state)
{
	int number;

	(void)state;
	{
		_cleanup_fd_ int fd = open_null();

		number = fd;
		assert_true(is_open(number));
	}
	assert_false(is_open(number));
}

static void a_taken_descriptor_stays_open(void **state)
{
	int number;

	(void)state;
	{
		_cleanup_fd_ int fd = open_null();

		number = TAKE_FD(fd);
		assert_int_equal(fd, -1);
	}
	assert_true(is_open(number));
	assert_int_equal(close(number), 0);
}

static void no_descriptor_is_left_alone(void **state)
{
	int spare = open_null();

	(void)state;
	errno = 0;
	{
		_cleanup_fd_ int fd = -1;

		assert_int_equal(fd, -1);
	}
	assert_int_equal(errno, 0); /* close(-1) would have said EBADF */
	assert_true(is_open(spare));
	assert_int_equal(close(spare), 0);
}

static void a_directory_and_a_file_are_closed_with_their_scope(void **state)
{
	int numbers[2];

	(void)state;
	{
		_cleanup_directory_ DIR *directory = opendir("/");
		_cleanup_file_ FILE *file = fopen("/dev/null", "re");

		assert_non_null(directory);
		assert_non_null(file);
		numbers[0] = dirfd(directory);
		numbers[1] = fileno(file);
		assert_true(is_open(numbers[0]));
		assert_true(is_open(numbers[1]));
	}
	assert_false(is_open(numbers[0]));
	assert_false(is_open(numbers[1]));
}

static void no_directory_and_no_file_are_left_alone(void **state)
{
	_cleanup_directory_ DIR *directory = NULL;
	_cleanup_file_ FILE *file = NULL;

	(void)state;
	assert_null(directory);
	assert_null(file);
}

static void count_release(int **counter)
{
	++**counter;
}

static void any_function_can_release(void **state)
{
	int released = 0;

	(void)state;
	{
		_cleanup_(count_release) int *counter = &released;

		assert_int_equal(*counter, 0);
	}
	assert_int_equal(released, 1);
}

static void a_taken_pointer_is_not_freed(void **state)
{
	char *kept;

	(void)state;
	{
		_cleanup_free_ char *memory = malloc(1);

		assert_non_null(memory);
		*memory = 'x';
		kept = TAKE_PTR(memory);
		assert_null(memory);
	}
	assert_int_equal(*kept, 'x'); /* the sanitizer's variant checks this */
	free(kept);
}

static void take_leaves_its_neighbours_alone(void **state)
{
	int fds[2] = {7, 8};

	(void)state;
	assert_int_equal(TAKE_FD(fds[1]), 8);
	assert_int_equal(fds[0], 7);
	assert_int_equal(fds[1], -1);
}

static void an_array_knows_its_length(void **state)
{
	static const char bytes[3];
	static const int numbers[] = {1, 2, 3, 4};

	(void)state;
	assert_int_equal(ARRAY_LEN(bytes), 3);
	assert_int_equal(ARRAY_LEN(numbers), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_descriptor_is_closed_with_its_scope),
		cmocka_unit_test(a_taken_descriptor_stays_open),
		cmocka_unit_test(no_descriptor_is_left_alone),
		cmocka_unit_test(
			a_directory_and_a_file_are_closed_with_their_scope),
		cmocka_unit_test(no_directory_and_no_file_are_left_alone),
		cmocka_unit_test(any_function_can_release),
		cmocka_unit_test(a_taken_pointer_is_not_freed),
		cmocka_unit_test(take_leaves_its_neighbours_alone),
		cmocka_unit_test(an_array_knows_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
