/*
 * test_parse_word.c - names of signals, and the name that was meant.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"

static void assert_signal(const char *string, int expected)
{
	int signo = -7;
	int r = parse_signal(string, &signo);

	if (r != 0 || signo != expected)
		print_error("\"%s\": %d, %d\n", string, r, signo);
	assert_int_equal(r, 0);
	assert_int_equal(signo, expected);
}

static void assert_no_signal(const char *string)
{
	int signo = -7;
	int r = parse_signal(string, &signo);

	if (r != -EINVAL)
		print_error("\"%s\": %d, %d\n", string, r, signo);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(signo, -7);
}

static void a_signal_is_known_by_name_and_number(void **state)
{
	(void)state;
	assert_signal("TERM", SIGTERM);
	assert_signal("SIGTERM", SIGTERM);
	assert_signal("term", SIGTERM);
	assert_signal("sigterm", SIGTERM);
	assert_signal("SigInt", SIGINT);
	assert_signal("15", 15);
	assert_signal("015", 15);
	assert_signal("1", SIGHUP);
	assert_signal("SIGVTALRM", SIGVTALRM);
	assert_signal("CLD", SIGCHLD);
	assert_signal("SIGPOLL", SIGIO);
}

static void a_realtime_signal_is_counted_from_either_end(void **state)
{
	(void)state;
	assert_signal("RTMIN", SIGRTMIN);
	assert_signal("SIGRTMIN", SIGRTMIN);
	assert_signal("RTMIN+0", SIGRTMIN);
	assert_signal("SIGRTMIN+3", SIGRTMIN + 3);
	assert_signal("rtmin+3", SIGRTMIN + 3);
	assert_signal("RTMAX", SIGRTMAX);
	assert_signal("RTMAX-0", SIGRTMAX);
	assert_signal("RTMAX-1", SIGRTMAX - 1);
	assert_signal("sigrtmax-01", SIGRTMAX - 1);
}

static void a_realtime_signal_stays_within_its_range(void **state)
{
	int span = SIGRTMAX - SIGRTMIN;
	char buffer[32];

	(void)state;
	snprintf(buffer, sizeof(buffer), "RTMIN+%d", span);
	assert_signal(buffer, SIGRTMAX);
	snprintf(buffer, sizeof(buffer), "RTMAX-%d", span);
	assert_signal(buffer, SIGRTMIN);
	snprintf(buffer, sizeof(buffer), "RTMIN+%d", span + 1);
	assert_no_signal(buffer);
	snprintf(buffer, sizeof(buffer), "RTMAX-%d", span + 1);
	assert_no_signal(buffer);
}

static void every_number_is_a_signal_or_refused(void **state)
{
	int number;

	(void)state;
	for (number = 0; number <= 300; number++) {
		char buffer[32];

		snprintf(buffer, sizeof(buffer), "%d", number);
		if ((number >= 1 && number <= 31) ||
		    (number >= SIGRTMIN && number <= SIGRTMAX))
			assert_signal(buffer, number);
		else
			assert_no_signal(buffer);
	}
}

static void every_signal_that_is_written_is_read_back(void **state)
{
	int signo;

	(void)state;
	for (signo = 1; signo <= SIGRTMAX; signo++) {
		char buffer[32];
		struct text text;

		text_init(&text, buffer, sizeof(buffer));
		text_add_signal(&text, signo);
		if (signo > 31 && signo < SIGRTMIN)
			assert_no_signal(buffer);
		else
			assert_signal(buffer, signo);
	}
}

static void what_is_no_signal_is_refused(void **state)
{
	static const char *const strings[] = {
		"",
		"SIG",
		"SIGSIGTERM",
		"TERMX",
		"TER",
		" TERM",
		"TERM ",
		"+15",
		"-15",
		"SIG15",
		"15x",
		"0x0f",
		"4294967311",
		"2147483663",
		"18446744073709551631",
		"RTMIN+",
		"RTMIN-1",
		"RTMAX+1",
		"RTMAX-",
		"RTMIN3",
		"RTMIN +3",
		"RTMIN+ 3",
		"RTMIN++3",
		"RTMIN+-3",
		"RTMIN+3x",
		"RTMIN+99999",
		"RTMIN+18446744073709551616",
		"RTMIN+4294967296",
		"RTMI",
		"RTM",
		"RT",
		"RTMEN+3",
		"TERM+3",
		"SIGNIFICANTLYTOOLONGFORANAME",
		"SIGFIFTEENCHARS",
		"SIGSIXTEENLETTER",
		"SIGSEVENTEENLETTR",
		"T\xc4\xb0ME",
		"EXIT",
		"NULL",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(strings); i++)
		assert_no_signal(strings[i]);
}

static const char *const options[] = {
	"workers", "restart", "restart-delay", "stop-timeout", "user", "id",
};

static const char *nearest(const char *string)
{
	return parse_nearest(string, options, ARRAY_LEN(options));
}

static void a_slip_of_the_finger_is_understood(void **state)
{
	(void)state;
	assert_string_equal(nearest("workers"), "workers");
	assert_string_equal(nearest("worker"), "workers");
	assert_string_equal(nearest("workerss"), "workers");
	assert_string_equal(nearest("wprkers"), "workers");
	assert_string_equal(nearest("wokrers"), "workers");
	assert_string_equal(nearest("wokresr"), "workers");
	assert_string_equal(nearest("orkers"), "workers");
	assert_string_equal(nearest("restart-dely"), "restart-delay");
	assert_string_equal(nearest("stoptimeout"), "stop-timeout");
	assert_string_equal(nearest("usre"), "user");
}

static void what_is_too_far_is_no_guess(void **state)
{
	(void)state;
	assert_null(nearest("banana"));
	assert_null(nearest(""));
	assert_null(nearest("work"));
	assert_null(nearest("xyz"));
	assert_null(nearest("ursa"));
	assert_null(nearest("xx"));
	assert_null(parse_nearest("workers", options, 0));
}

/* A third of the longer length is the limit, for lengths 1 to 12. */
static void the_limit_is_a_third_and_at_least_one(void **state)
{
	size_t length;
	size_t wrong;

	(void)state;
	for (length = 1; length <= 12; length++)
		for (wrong = 0; wrong <= length; wrong++) {
			char name[16] = "";
			char typed[16] = "";
			const char *names[] = {name};
			size_t limit = length / 3 > 1 ? length / 3 : 1;
			int is_near = wrong <= limit && wrong < length;

			memset(name, 'a', length);
			memset(typed, 'a', length);
			memset(typed, 'b', wrong);
			assert_ptr_equal(parse_nearest(typed, names, 1),
					 is_near ? name : NULL);
		}
}

static void the_nearest_wins_and_then_the_first(void **state)
{
	static const char *const names[] = {
		"stopping",
		"stepping",
		"stewing",
		"shopping",
	};

	(void)state;
	assert_ptr_equal(parse_nearest("stoppinx", names, 4), names[0]);
	assert_ptr_equal(parse_nearest("stxpping", names, 4), names[0]);
	assert_ptr_equal(parse_nearest("stepping", names, 4), names[1]);
	assert_ptr_equal(parse_nearest("stxpping", names + 1, 3), names[1]);
}

static void very_long_names_are_no_guess_and_do_no_harm(void **state)
{
	char longest[32] = "";
	char longer[33] = "";
	const char *names[] = {longer, longest};

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	memset(longer, 'a', sizeof(longer) - 1);
	assert_ptr_equal(parse_nearest(longest, names, 2), longest);
	assert_null(parse_nearest(longer, names, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_is_known_by_name_and_number),
		cmocka_unit_test(a_realtime_signal_is_counted_from_either_end),
		cmocka_unit_test(a_realtime_signal_stays_within_its_range),
		cmocka_unit_test(every_number_is_a_signal_or_refused),
		cmocka_unit_test(every_signal_that_is_written_is_read_back),
		cmocka_unit_test(what_is_no_signal_is_refused),
		cmocka_unit_test(a_slip_of_the_finger_is_understood),
		cmocka_unit_test(what_is_too_far_is_no_guess),
		cmocka_unit_test(the_limit_is_a_third_and_at_least_one),
		cmocka_unit_test(the_nearest_wins_and_then_the_first),
		cmocka_unit_test(very_long_names_are_no_guess_and_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
