/*
 * test_signame.c - one name per signal, one signal per name.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/signame.h"

#define FIRST_REALTIME 32 /* the kernel's; SIGRTMIN is the C library's */

static void every_classic_signal_has_a_name_that_leads_back(void **state)
{
	int signo;

	(void)state;
	for (signo = 1; signo < FIRST_REALTIME; signo++) {
		const char *name = signame_get(signo);

		assert_non_null(name);
		assert_int_equal(signame_find(name), signo);
		assert_true(signame_is_signal(signo));
	}
}

static void names_are_what_the_system_calls_them(void **state)
{
	(void)state;
	assert_string_equal(signame_get(SIGHUP), "HUP");
	assert_string_equal(signame_get(SIGKILL), "KILL");
	assert_string_equal(signame_get(SIGTERM), "TERM");
	assert_string_equal(signame_get(SIGCHLD), "CHLD");
	assert_string_equal(signame_get(SIGABRT), "ABRT");
	assert_string_equal(signame_get(SIGUSR1), "USR1");
	assert_string_equal(signame_get(SIGUSR2), "USR2");
	assert_string_equal(signame_get(SIGVTALRM), "VTALRM");
	assert_string_equal(signame_get(SIGSYS), "SYS");
}

static void old_names_are_understood(void **state)
{
	(void)state;
	assert_int_equal(signame_find("CLD"), SIGCHLD);
	assert_int_equal(signame_find("IOT"), SIGABRT);
	assert_int_equal(signame_find("POLL"), SIGPOLL);
}

static void no_other_name_is_found(void **state)
{
	static const char *const names[] = {
		"",	 "SIGTERM", "term", "TERMX", "TER",  "RTMIN",
		"RTMAX", "0",	    "15",   " TERM", "NULL",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(signame_find(names[i]), 0);
}

static void realtime_signals_are_signals_without_names(void **state)
{
	int signo;

	(void)state;
	for (signo = SIGRTMIN; signo <= SIGRTMAX; signo++) {
		assert_true(signame_is_signal(signo));
		assert_null(signame_get(signo));
	}
}

static void nothing_else_is_a_signal(void **state)
{
	static const int strangers[] = {INT_MIN, -1, 0, INT_MAX};
	int signo;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		assert_false(signame_is_signal(strangers[i]));
		assert_null(signame_get(strangers[i]));
	}
	for (signo = FIRST_REALTIME; signo < SIGRTMIN; signo++)
		assert_false(signame_is_signal(signo));
	assert_false(signame_is_signal(SIGRTMAX + 1));
}

static void the_c_library_agrees_on_what_can_be_caught(void **state)
{
	int signo;

	(void)state;
	for (signo = -1; signo <= SIGRTMAX + 1; signo++) {
		sigset_t set;

		(void)sigemptyset(&set); /* cannot fail */
		assert_int_equal(signame_is_signal(signo),
				 sigaddset(&set, signo) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_classic_signal_has_a_name_that_leads_back),
		cmocka_unit_test(names_are_what_the_system_calls_them),
		cmocka_unit_test(old_names_are_understood),
		cmocka_unit_test(no_other_name_is_found),
		cmocka_unit_test(realtime_signals_are_signals_without_names),
		cmocka_unit_test(nothing_else_is_a_signal),
		cmocka_unit_test(the_c_library_agrees_on_what_can_be_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
