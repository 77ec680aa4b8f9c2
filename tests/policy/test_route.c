/*
 * test_route.c - every signal in every situation.
 */
#include <signal.h>

#include "policy/route.h"
#include "policy/support.h"

static void assert_verdict(const struct route_question *question,
			   enum muster_route route, int status)
{
	const struct route_rules launcher = {0};
	struct route_verdict verdict = route_decide(&launcher, question);

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
		const struct route_rules launcher = {0};

		if (route_decide(&launcher, &question).route !=
		    MUSTER_ROUTE_IGNORE)
			assert_true(is_read(signo));
	}
}

#define BIT(signo) (UINT64_C(1) << ((signo)-1))

/* All that can be read, TERM and INT stop it. */
static const struct route_rules entrypoint = {
	.forwards = ~(BIT(SIGKILL) | BIT(SIGSTOP) | BIT(SIGCHLD)),
	.stops = BIT(SIGTERM) | BIT(SIGINT),
	.rewrites = {[SIGHUP] = SIGUSR1, [SIGUSR2] = ROUTE_DROP, [64] = 34},
	.drains = true,
};

static void an_entrypoint_hands_on_what_does_not_stop_it(void **state)
{
	(void)state;
	for (int signo = 1; signo <= 64; signo++) {
		const struct route_question question = {.signo = signo};
		struct route_verdict verdict =
			route_decide(&entrypoint, &question);

		if (signo == SIGTERM || signo == SIGINT)
			assert_int_equal(verdict.route, MUSTER_ROUTE_DRAIN);
		else if (signo == SIGUSR2 || signo == SIGKILL ||
			 signo == SIGSTOP || signo == SIGCHLD)
			assert_int_equal(verdict.route, MUSTER_ROUTE_IGNORE);
		else
			assert_int_equal(verdict.route, MUSTER_ROUTE_FORWARD);
	}
}

static void what_is_handed_on_may_be_rewritten(void **state)
{
	static const int pairs[][2] = {{SIGHUP, SIGUSR1},
				       {SIGUSR1, SIGUSR1},
				       {64, 34},
				       {34, 34},
				       {SIGWINCH, SIGWINCH}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		const struct route_question question = {.signo = pairs[i][0]};

		assert_int_equal(route_decide(&entrypoint, &question).signo,
				 pairs[i][1]);
	}
}

static bool is_moved_by_foreground(const struct route_rules *rules, int signo)
{
	struct route_question question = {.signo = signo};
	enum muster_route behind = route_decide(rules, &question).route;

	question.is_foreground = true;
	return route_decide(rules, &question).route != behind;
}

static void the_foreground_is_asked_for_where_it_counts(void **state)
{
	const struct route_rules launcher = {0};

	(void)state;
	for (int signo = -1; signo <= 65; signo++) {
		assert_int_equal(route_asks_foreground(&launcher, signo),
				 is_moved_by_foreground(&launcher, signo));
		assert_false(route_asks_foreground(&entrypoint, signo));
		assert_false(is_moved_by_foreground(&entrypoint, signo));
	}
	assert_true(route_asks_foreground(&launcher, SIGHUP));
}

/* E27, E28: drain, stop, kill; a drain that has ended is a stop. */
static void each_request_goes_one_step_further(void **state)
{
	struct route_question question = {
		.signo = SIGINT,
		.since_term_ns = ROUTE_ECHO_NS,
		.is_same_sender = true,
	};

	(void)state;
	assert_int_equal(route_decide(&entrypoint, &question).route,
			 MUSTER_ROUTE_DRAIN);
	question.terms = 1;
	question.is_draining = true;
	assert_int_equal(route_decide(&entrypoint, &question).route,
			 MUSTER_ROUTE_STOP);
	question.is_draining = false;
	assert_int_equal(route_decide(&entrypoint, &question).route,
			 MUSTER_ROUTE_KILL);
	question.since_term_ns--;
	assert_int_equal(route_decide(&entrypoint, &question).route,
			 MUSTER_ROUTE_IGNORE);
}

static void only_what_stops_counts_as_a_request(void **state)
{
	const struct route_rules launcher = {0};

	(void)state;
	assert_true(route_is_stop(&launcher, SIGTERM));
	assert_false(route_is_stop(&launcher, SIGINT));
	assert_true(route_is_stop(&entrypoint, SIGINT));
	assert_false(route_is_stop(&entrypoint, SIGHUP));
	assert_false(route_is_stop(&entrypoint, 0));
	assert_false(route_is_stop(&entrypoint, 65));
}

static void what_an_owner_reads_is_what_its_rules_name(void **state)
{
	const struct route_rules launcher = {0};
	const struct route_rules two = {.forwards = BIT(SIGHUP) | BIT(64)};
	int signals[64];

	(void)state;
	assert_int_equal(route_read(&launcher, signals), 9);
	assert_int_equal(route_read(&two, signals), 2);
	assert_int_equal(signals[0], SIGHUP);
	assert_int_equal(signals[1], 64);
	assert_int_equal(route_read(&entrypoint, signals), 61);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_signal_means_what_is_documented),
		cmocka_unit_test(the_first_TERM_stops_and_the_second_kills),
		cmocka_unit_test(a_number_that_is_no_signal_is_ignored),
		cmocka_unit_test(the_signals_read_are_these_nine),
		cmocka_unit_test(whatever_is_not_ignored_is_read),
		cmocka_unit_test(an_entrypoint_hands_on_what_does_not_stop_it),
		cmocka_unit_test(what_is_handed_on_may_be_rewritten),
		cmocka_unit_test(the_foreground_is_asked_for_where_it_counts),
		cmocka_unit_test(each_request_goes_one_step_further),
		cmocka_unit_test(only_what_stops_counts_as_a_request),
		cmocka_unit_test(what_an_owner_reads_is_what_its_rules_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
