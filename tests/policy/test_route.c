/*
 * test_route.c - every signal in every situation.
 */
#include <signal.h>

#include "policy/route.h"
#include "policy/support.h"

static void assert_verdict(const struct route_question *question,
			   enum muster_route route, int status)
{
	struct route_verdict verdict = route_decide(question);

	assert_int_equal(verdict.route, route);
	assert_int_equal(verdict.status, status);
}

/* The words of route.h once more, as the other way to write them. */
static void assert_as_documented(const struct route_question *question)
{
	bool is_sent = !question->is_from_kernel;

	switch (question->signo) {
	case SIGTERM:
		if (question->terms == 0)
			assert_verdict(question, MUSTER_ROUTE_STOP, 0);
		else if (question->is_same_sender &&
			 question->since_term_ns < ROUTE_ECHO_NS)
			assert_verdict(question, MUSTER_ROUTE_IGNORE, 0);
		else
			assert_verdict(question, MUSTER_ROUTE_KILL, 143);
		break;
	case SIGINT:
	case SIGQUIT:
		assert_verdict(question, MUSTER_ROUTE_KILL, 1);
		break;
	case SIGHUP:
		if (question->is_foreground)
			assert_verdict(question, MUSTER_ROUTE_STOP, 0);
		else
			assert_verdict(question, MUSTER_ROUTE_RELOAD, 0);
		break;
	case SIGTTIN:
		assert_verdict(
			question,
			is_sent ? MUSTER_ROUTE_MORE : MUSTER_ROUTE_IGNORE, 0);
		break;
	case SIGTTOU:
		assert_verdict(
			question,
			is_sent ? MUSTER_ROUTE_FEWER : MUSTER_ROUTE_IGNORE, 0);
		break;
	default:
		assert_verdict(question, MUSTER_ROUTE_IGNORE, 0);
	}
}

static void every_signal_means_what_is_documented(void **state)
{
	static const uint32_t terms[] = {0, 1, 2, 1000, UINT32_MAX};

	(void)state;
	for (int signo = 1; signo <= 64; signo++) {
		for (size_t i = 0; i < COUNT_OF(terms) * 16; i++) {
			const struct route_question question = {
				.signo = signo,
				.is_foreground = i & 1,
				.is_from_kernel = i & 2,
				.is_same_sender = i & 4,
				.since_term_ns = i & 8 ? ROUTE_ECHO_NS
						       : ROUTE_ECHO_NS - 1,
				.terms = terms[i / 16],
			};

			assert_as_documented(&question);
		}
	}
}

static void the_first_TERM_stops_and_the_second_kills(void **state)
{
	struct route_question question = {.signo = SIGTERM};

	(void)state;
	assert_verdict(&question, MUSTER_ROUTE_STOP, 0);
	question.terms = 1;
	assert_verdict(&question, MUSTER_ROUTE_KILL, 143);
}

static void a_number_that_is_no_signal_is_ignored(void **state)
{
	static const int numbers[] = {INT32_MIN, -SIGTERM, -1,	     0,
				      65,	 100,	   INT32_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const struct route_question question = {.signo = numbers[i]};

		assert_verdict(&question, MUSTER_ROUTE_IGNORE, 0);
	}
}

static bool is_read(int wanted)
{
	uint32_t count;
	const int *signals = route_signals(&count);

	for (uint32_t i = 0; i < count; i++)
		if (signals[i] == wanted)
			return true;
	return false;
}

static void the_signals_read_are_these_nine(void **state)
{
	static const int expected[] = {
		SIGTERM, SIGINT,  SIGQUIT, SIGHUP,  SIGTTIN,
		SIGTTOU, SIGALRM, SIGUSR1, SIGUSR2,
	};
	uint32_t count;

	(void)state;
	(void)route_signals(&count); /* is_read looks at them */
	assert_int_equal(count, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		assert_true(is_read(expected[i]));
}

static void whatever_is_not_ignored_is_read(void **state)
{
	(void)state;
	for (int signo = 1; signo <= 64; signo++) {
		const struct route_question question = {.signo = signo};

		if (route_decide(&question).route != MUSTER_ROUTE_IGNORE)
			assert_true(is_read(signo));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_signal_means_what_is_documented),
		cmocka_unit_test(the_first_TERM_stops_and_the_second_kills),
		cmocka_unit_test(a_number_that_is_no_signal_is_ignored),
		cmocka_unit_test(the_signals_read_are_these_nine),
		cmocka_unit_test(whatever_is_not_ignored_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
