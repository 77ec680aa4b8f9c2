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

/* Each way with the other two made impossible. */
static int close_by_range(void)
{
	int r = child_deny(SYS_openat, ENOENT);

	if (r == 0)
		r = child_deny(SYS_prlimit64, EPERM);
	return r == 0 ? close_both_ways() : r;
}

static int close_by_proc(void)
{
	int r = child_deny(SYS_close_range, ENOSYS);

	if (r == 0)
		r = child_deny(SYS_prlimit64, EPERM);
	return r == 0 ? close_both_ways() : r;
}

static int close_by_number(void)
{
	int r = child_deny(SYS_close_range, EPERM);

	CHILD_CHECK(limit_numbers(NUMBERS) == 0);
	if (r == 0)
		r = child_deny(SYS_openat, ENOENT);
	return r == 0 ? close_both_ways() : r;
}

static int close_in_no_way(void)
{
	int r = close_by_number();

	if (r == 0)
		r = child_deny(SYS_prlimit64, EPERM);
	if (r != 0)
		return r;
	CHILD_CHECK(fd_close_others(NULL, 0) == -EPERM);
	return 0;
}

/* What we opened is close-on-exec, what came with us is not. */
static int close_inherited(void)
{
	static const int opened[] = {3, 4, 9, 100, 1023};

	close_from(STDIO);
	for (size_t i = 0; i < ARRAY_LEN(opened); i++)
		CHILD_CHECK(open_at(opened[i]));
	CHILD_CHECK(fd_set_cloexec(4) == 0);
	CHILD_CHECK(fd_set_cloexec(100) == 0);
	CHILD_CHECK(fd_close_inherited() == 0);
	CHILD_CHECK(count_open() == STDIO + 2);
	CHILD_CHECK(is_open(4));
	CHILD_CHECK(is_open(100));
	return 0;
}

static int close_inherited_by_proc(void)
{
	int r = child_deny(SYS_prlimit64, EPERM);

	return r == 0 ? close_inherited() : r;
}

static int close_inherited_by_number(void)
{
	int r = child_deny(SYS_openat, ENOENT);

	CHILD_CHECK(limit_numbers(NUMBERS) == 0);
	return r == 0 ? close_inherited() : r;
}

/* A thousand million numbers would take minutes. */
static int close_by_number_under_a_huge_limit(void)
{
	struct rlimit limit;
	int r = child_deny(SYS_close_range, ENOSYS);

	if (r == 0)
		r = child_deny(SYS_openat, ENOENT);
	if (r != 0)
		return r;
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHILD_CHECK(limit_numbers(limit.rlim_max) == 0);
	CHILD_CHECK(open_at(500));
	CHILD_CHECK(fd_close_others(NULL, 0) == 0);
	CHILD_CHECK(!is_open(500));
	return 0;
}

static void others_are_closed_and_the_kept_are_not(void **state)
{
	(void)state;
	in_child(close_by_range);
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
}

static void without_any_way_the_caller_is_told(void **state)
{
	(void)state;
	in_child(close_in_no_way);
}

static void what_was_inherited_is_closed_and_what_we_opened_is_not(void **state)
{
	(void)state;
	in_child(close_inherited_by_proc);
	in_child(close_inherited_by_number);
}

static void a_huge_limit_takes_no_huge_time(void **state)
{
	struct rlimit limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 1000000000) {
		printf("skip: RLIMIT_NOFILE is not huge here\n");
		skip();
	}
	in_child(close_by_number_under_a_huge_limit);
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
		cmocka_unit_test(without_any_way_the_caller_is_told),
		cmocka_unit_test(
			what_was_inherited_is_closed_and_what_we_opened_is_not),
		cmocka_unit_test(a_huge_limit_takes_no_huge_time),
		cmocka_unit_test(the_table_grows_and_nothing_stays_open),
	};

	/* The stories count on them, whoever started us. */
	if (fd_fill_stdio(0) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
