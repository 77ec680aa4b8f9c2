/*
 * test_errname.c - the table of errno names, against glibc's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/errname.h"

static void names_are_those_of_the_system(void **state)
{
	unsigned int count = 0;

	(void)state;
	for (int error = 0; error < 200; error++) {
		const char *name = errname_get(error);

		if (name)
			assert_string_equal(name, strerrorname_np(error));
		count += name != NULL;
	}
	assert_in_range(count, 40, 200);
}

static void what_a_filter_may_answer_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(errname_get(EPERM), "EPERM");
	assert_string_equal(errname_get(ENOSYS), "ENOSYS");
	assert_string_equal(errname_get(EOPNOTSUPP), "EOPNOTSUPP");
}

static void what_is_no_error_has_no_name(void **state)
{
	(void)state;
	assert_null(errname_get(0));
	assert_null(errname_get(-1));
	assert_null(errname_get(100000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_system),
		cmocka_unit_test(what_a_filter_may_answer_has_a_name),
		cmocka_unit_test(what_is_no_error_has_no_name),
	};

	return cmocka_run_group_tests_name("errname", tests, NULL, NULL);
}
