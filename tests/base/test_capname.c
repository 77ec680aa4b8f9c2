/*
 * test_capname.c - one name per capability, as capabilities(7) has them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/capability.h>
#include <string.h>

#include "base/capname.h"

static void every_capability_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i <= CAP_CHECKPOINT_RESTORE; i++) {
		assert_non_null(capname_get(i));
		for (unsigned int other = 0; other < i; other++)
			assert_string_not_equal(capname_get(i),
						capname_get(other));
	}
}

static void names_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_string_equal(capname_get(CAP_CHOWN), "chown");
	assert_string_equal(capname_get(CAP_NET_BIND_SERVICE),
			    "net_bind_service");
	assert_string_equal(capname_get(CAP_SYS_PTRACE), "sys_ptrace");
	assert_string_equal(capname_get(CAP_CHECKPOINT_RESTORE),
			    "checkpoint_restore");
}

static void what_is_no_capability_has_no_name(void **state)
{
	(void)state;
	assert_null(capname_get(CAP_CHECKPOINT_RESTORE + 1));
	assert_null(capname_get(63));
	assert_null(capname_get(UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_capability_has_a_name_of_its_own),
		cmocka_unit_test(names_are_those_of_the_manual),
		cmocka_unit_test(what_is_no_capability_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
