/*
 * test_unforked.c - memory that a forked child has not, or has empty: zeros of
 * any size, and what becomes of a child that reaches for them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>

#include "base/compat.h"
#include "base/unforked.h"
#include "in_child.h"

static void it_is_zeros_to_its_last_byte(void **state)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 100000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		unsigned char *memory = unforked_new(sizes[i], 3);

		assert_non_null(memory);
		for (size_t j = 0; j < sizes[i] * 3; j++)
			assert_int_equal(memory[j]++, 0);
		assert_null(unforked_free(memory, sizes[i], 3));
	}
	assert_null(unforked_free(NULL, 5, 5));
}

static void more_than_there_can_be_is_refused(void **state)
{
	(void)state;
	if (compat_looks_for_leaks()) {
		printf("skip: the sanitizer's calloc ends the program\n");
		skip();
	}
	assert_null(unforked_new(SIZE_MAX, 8));
	assert_null(unforked_new(SIZE_MAX / 8 + 2, 8)); /* 8, when it wraps */
	assert_null(unforked_new(PTRDIFF_MAX, 1));
}

static int read_it(const volatile unsigned char *memory)
{
	(void)signal(SIGSEGV, SIG_DFL);
	return *memory;
}

static void a_forked_child_does_not_have_it(void **state)
{
	volatile unsigned char *memory;
	int status;
	pid_t pid;

	(void)state;
	if (compat_looks_for_leaks()) {
		printf("skip: with a sanitizer children have a copy\n");
		skip();
	}
	memory = unforked_new(2, 4096);
	assert_non_null(memory);
	memory[5000] = 7;
	pid = fork();
	if (pid == 0)
		_exit(read_it(memory + 5000));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_int_equal(memory[5000], 7);
	assert_null(unforked_free((void *)(uintptr_t)memory, 2, 4096));
}

static int take_it(volatile unsigned char *memory)
{
	int was = *memory;

	*memory = 9;
	return *memory == 9 ? was : 9;
}

static void a_forked_child_finds_zeros_where_it_is_wiped(void **state)
{
	volatile unsigned char *memory;
	int status;
	pid_t pid;

	(void)state;
	if (compat_looks_for_leaks()) {
		printf("skip: with a sanitizer children have a copy\n");
		skip();
	}
	memory = unforked_new_wiped(2, 4096);
	assert_non_null(memory);
	memory[5000] = 7;
	pid = fork();
	if (pid == 0)
		_exit(take_it(memory + 5000));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(memory[5000], 7);
	assert_null(unforked_free((void *)(uintptr_t)memory, 2, 4096));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_zeros_to_its_last_byte),
		cmocka_unit_test(more_than_there_can_be_is_refused),
		cmocka_unit_test(a_forked_child_does_not_have_it),
		cmocka_unit_test(a_forked_child_finds_zeros_where_it_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
