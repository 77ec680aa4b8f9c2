/*
 * test_limitname.c - one name per limit, one limit per name.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/resource.h>

#include "base/limitname.h"

static void every_limit_has_a_name_that_leads_back(void **state)
{
	(void)state;
	assert_int_equal(LIMITNAMES, RLIM_NLIMITS);
	for (unsigned int i = 0; i < LIMITNAMES; i++) {
		unsigned int found = LIMITNAMES;

		assert_non_null(limitname_get(i));
		assert_int_equal(limitname_find(limitname_get(i), &found), 0);
		assert_int_equal(found, i);
	}
}

static void names_are_what_the_system_calls_them(void **state)
{
	(void)state;
	assert_string_equal(limitname_get(RLIMIT_NOFILE), "nofile");
	assert_string_equal(limitname_get(RLIMIT_AS), "as");
	assert_string_equal(limitname_get(RLIMIT_CORE), "core");
	assert_string_equal(limitname_get(RLIMIT_RTTIME), "rttime");
}

static void what_is_no_limit_has_no_name_and_no_number(void **state)
{
	static const char *const names[] = {"", "NOFILE", "nofil", "nofiles",
					    "RLIMIT_NOFILE"};
	unsigned int untouched = 77;

	(void)state;
	assert_null(limitname_get(LIMITNAMES));
	assert_null(limitname_get(UINT32_MAX));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(limitname_find(names[i], &untouched), -EINVAL);
	assert_int_equal(untouched, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit_has_a_name_that_leads_back),
		cmocka_unit_test(names_are_what_the_system_calls_them),
		cmocka_unit_test(what_is_no_limit_has_no_name_and_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
