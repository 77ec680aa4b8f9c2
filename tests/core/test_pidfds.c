/*
 * test_pidfds.c - the set of numbers that a forked child closes by: these and
 * no others, however they lie.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/in_child.h"
#include "core/pidfds.h"

#define HIGHEST 700

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* All from 3 to HIGHEST. */
static int fill(void)
{
	struct rlimit limit = {HIGHEST + 1, HIGHEST + 1};

	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (int fd = 3; fd <= HIGHEST; fd++)
		CHILD_CHECK(is_open(fd) || dup2(STDERR_FILENO, fd) == fd);
	return 0;
}

static bool is_among(int fd, const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] == fd)
			return true;
	return false;
}

static int check_closes(const int *fds, size_t count)
{
	struct pidfds pidfds = {0};

	CHILD_CHECK(fill() == 0);
	for (size_t i = 0; i < count; i++)
		CHILD_CHECK(pidfds_add(&pidfds, fds[i]) == 0);
	pidfds_close_all(&pidfds);
	for (int fd = 3; fd <= HIGHEST; fd++)
		CHILD_CHECK(is_open(fd) == !is_among(fd, fds, count));
	pidfds_fini(&pidfds);
	CHILD_CHECK(!pidfds.words);
	return 0;
}

static int close_some(void)
{
	static const int fds[] = {3,   5,   6,	 7,   63,  64,	65,
				  127, 191, 192, 320, 639, 640, HIGHEST};

	return check_closes(fds, ARRAY_LEN(fds));
}

/* The last bit of the last word ends a row, too. */
static int close_last(void)
{
	static const int fds[] = {62, 63};

	return check_closes(fds, ARRAY_LEN(fds));
}

static int close_none(void)
{
	return check_closes(NULL, 0);
}

static int close_what_is_left(void)
{
	struct pidfds pidfds = {0};

	CHILD_CHECK(fill() == 0);
	for (int fd = 10; fd < 20; fd++)
		CHILD_CHECK(pidfds_add(&pidfds, fd) == 0);
	pidfds_remove(&pidfds, 10);
	pidfds_remove(&pidfds, 15);
	pidfds_remove(&pidfds, 15); /* once is enough */
	pidfds_remove(&pidfds, 5);
	pidfds_remove(&pidfds, 100000);
	pidfds_remove(&pidfds, -1);
	CHILD_CHECK(pidfds_add(&pidfds, -1) == 0);
	CHILD_CHECK(pidfds_add(&pidfds, 15) == 0);
	pidfds_close_all(&pidfds);
	for (int fd = 3; fd <= HIGHEST; fd++)
		CHILD_CHECK(is_open(fd) == (fd <= 10 || fd >= 20));
	pidfds_fini(&pidfds);
	return 0;
}

static void these_are_closed_and_no_others(void **state)
{
	(void)state;
	in_child(close_some);
	in_child(close_last);
	in_child(close_none);
}

static void what_was_taken_out_stays_open(void **state)
{
	(void)state;
	in_child(close_what_is_left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(these_are_closed_and_no_others),
		cmocka_unit_test(what_was_taken_out_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
