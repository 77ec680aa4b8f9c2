/*
 * test_fd_table.c - the descriptor table as a whole: strangers closed by each
 * of the three ways, and room made in advance. All in forked children.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "fd_child.h"
#include "in_child.h"

/* Opens some, keeps some of them and some that are none, and looks at every
 * number. */
static int close_others(void)
{
	static const int opened[] = {3, 4, 5, 9, 10, 100, 500, 501, 1023};
	static const int left[] = {0, 1, 2, 4, 9, 10, 500};
	int keep[] = {500, 10, -1, 9, 9, 77, 1, 4, INT_MIN, INT_MAX, 4};
	size_t i;
	int fd;

	close_from(STDIO);
	for (i = 0; i < ARRAY_LEN(opened); i++)
		CHILD_CHECK(open_at(opened[i]));
	CHILD_CHECK(fd_close_others(keep, ARRAY_LEN(keep)) == 0);
	for (i = 0, fd = 0; fd < NUMBERS; fd++) {
		bool is_left = i < ARRAY_LEN(left) && left[i] == fd;

		CHILD_CHECK(is_open(fd) == is_left);
		i += is_left;
	}
	return 0;
}

static int close_all_others(void)
{
	int stdio[] = {2, 0, 1};

	close_from(STDIO);
	CHILD_CHECK(open_at(3));
	CHILD_CHECK(open_at(1023));
	CHILD_CHECK(fd_close_others(NULL, 0) == 0);
	CHILD_CHECK(count_open() == STDIO);
	CHILD_CHECK(open_at(3));
	CHILD_CHECK(fd_close_others(stdio, ARRAY_LEN(stdio)) == 0);
	CHILD_CHECK(count_open() == STDIO);
	CHILD_CHECK(fd_close_others(stdio, ARRAY_LEN(stdio)) == 0);
	CHILD_CHECK(count_open() == STDIO);
	return 0;
}

static int close_both_ways(void)
{
	int r = close_others();

	return r == 0 ? close_all_others() : r;
}

/* What only /proc can know: a descriptor above the limit, which was lowered
 * after it was opened. */
static int close_by_proc(void)
{
	int r = child_deny(SYS_close_range, ENOSYS);

	if (r == 0)
		r = close_both_ways();
	if (r != 0)
		return r;
	CHILD_CHECK(open_at(700));
	CHILD_CHECK(limit_numbers(64) == 0);
	CHILD_CHECK(fd_close_others(NULL, 0) == 0);
	CHILD_CHECK(!is_open(700));
	return 0;
}

/* opened with /proc at hand, closed without. */
static int close_by_number(void)
{
	int keep[] = {9, 5};
	int fd;
	int r;

	close_from(STDIO);
	for (fd = 3; fd < 20; fd++)
		CHILD_CHECK(open_at(fd));
	CHILD_CHECK(open_at(NUMBERS - 1));
	CHILD_CHECK(limit_numbers(NUMBERS) == 0);
	r = child_deny(SYS_close_range, EPERM);
	if (r == 0)
		r = child_deny(SYS_openat, ENOENT);
	if (r != 0)
		return r;
	CHILD_CHECK(fd_close_others(keep, ARRAY_LEN(keep)) == 0);
	CHILD_CHECK(is_open(5));
	CHILD_CHECK(is_open(9));
	CHILD_CHECK(count_open() == STDIO + 2);
	return 0;
}

static int close_by_number_under_an_endless_limit(void)
{
	static const struct rlimit most = {1048576 * 8, 1048576 * 8};
	int r = child_deny(SYS_close_range, ENOSYS);

	if (r == 0)
		r = child_deny(SYS_openat, ENOENT);
	if (r != 0)
		return r;
	if (setrlimit(RLIMIT_NOFILE, &most) < 0)
		CHILD_CHECK(errno == EPERM); /* then with the limit there is */
	CHILD_CHECK(fcntl(0, F_DUPFD, 50) == 50);
	CHILD_CHECK(fd_close_others(NULL, 0) == 0);
	CHILD_CHECK(!is_open(50));
	return 0;
}

static void others_are_closed_and_the_kept_are_not(void **state)
{
	(void)state;
	in_child(close_both_ways);
}

static void without_close_range_proc_says_what_is_open(void **state)
{
	(void)state;
	in_child(close_by_proc);
}

static void without_proc_every_number_is_closed(void **state)
{
	(void)state;
	in_child(close_by_number);
	in_child(close_by_number_under_an_endless_limit);
}

/* The size of the descriptor table, as the kernel tells it; 0 without /proc. */
static size_t table_size(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	size_t size = 0;
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		if (strncmp(line, "FDSize:", 7) == 0)
			size = strtoul(line + 7, NULL, 10);
	if (status)
		(void)fclose(status); /* it was only read */
	return size;
}

/* A forked child's table is as large as its highest descriptor demands. */
static int grow_table(void)
{
	close_from(STDIO);
	CHILD_CHECK(table_size() < 900);
	fd_grow_table(900);
	CHILD_CHECK(table_size() >= 900);
	fd_grow_table(0);
	fd_grow_table(1);
	CHILD_CHECK(table_size() >= 900);
	CHILD_CHECK(count_open() == STDIO);
	return 0;
}

static int grow_table_to_the_limit(void)
{
	close_from(STDIO);
	CHILD_CHECK(limit_numbers(700) == 0);
	CHILD_CHECK(table_size() < 700);
	fd_grow_table(SIZE_MAX);
	CHILD_CHECK(table_size() >= 700);
	CHILD_CHECK(count_open() == STDIO);
	return 0;
}

static int grow_table_without_stdio(void)
{
	close_from(0);
	fd_grow_table(600);
	CHILD_CHECK(count_open() == 0);
	CHILD_CHECK(table_size() >= 600);
	return 0;
}

static int grow_table_where_the_last_number_is_taken(void)
{
	close_from(STDIO);
	CHILD_CHECK(limit_numbers(NUMBERS) == 0);
	CHILD_CHECK(open_at(599));
	CHILD_CHECK(open_at(NUMBERS - 1));
	fd_grow_table(600);
	fd_grow_table(NUMBERS);
	CHILD_CHECK(count_open() == STDIO + 2);
	return 0;
}

static void the_table_grows_and_nothing_stays_open(void **state)
{
	(void)state;
	if (table_size() == 0) {
		printf("skip: /proc does not tell the table's size here\n");
		skip();
	}
	in_child(grow_table);
	in_child(grow_table_to_the_limit);
	in_child(grow_table_without_stdio);
	in_child(grow_table_where_the_last_number_is_taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_closed_and_the_kept_are_not),
		cmocka_unit_test(without_close_range_proc_says_what_is_open),
		cmocka_unit_test(without_proc_every_number_is_closed),
		cmocka_unit_test(the_table_grows_and_nothing_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
