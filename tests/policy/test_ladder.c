/*
 * test_ladder.c - every first signal, every rung, every kind of timeout.
 */
#include <signal.h>

#include "base/nsec.h"
#include "policy/ladder.h"
#include "policy/support.h"

#define ABORT_NS (7 * NSEC_PER_SEC)
#define NOW_NS (5 * NSEC_PER_SEC)

static void assert_kill(const struct ladder *ladder, uint32_t rung)
{
	struct ladder_verdict verdict = ladder_climb(ladder, rung, NOW_NS);

	assert_int_equal(verdict.signo, SIGKILL);
	assert_true(verdict.is_last);
	assert_int_equal(verdict.due_ns, NSEC_NEVER);
}

static void any_signal_is_followed_by_KILL(void **state)
{
	(void)state;
	for (int signo = 1; signo <= 64; signo++) {
		struct ladder_verdict verdict;
		struct ladder ladder;

		if (signo == SIGKILL)
			continue;
		ladder_init(&ladder, signo, 3 * NSEC_PER_SEC, ABORT_NS);
		verdict = ladder_climb(&ladder, LADDER_STOP, NOW_NS);
		assert_int_equal(verdict.signo, signo);
		assert_false(verdict.is_last);
		assert_int_equal(verdict.due_ns, 8 * NSEC_PER_SEC);
		assert_kill(&ladder, LADDER_KILL);
	}
}

static void rungs_beyond_the_last_are_the_last(void **state)
{
	static const uint32_t rungs[] = {2, 3, 100, UINT32_MAX};
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder, SIGTERM, NSEC_PER_SEC, ABORT_NS);
	for (size_t i = 0; i < COUNT_OF(rungs); i++)
		assert_kill(&ladder, rungs[i]);
}

static void without_a_timeout_nothing_follows(void **state)
{
	struct ladder_verdict verdict;
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder, SIGTERM, NSEC_NEVER, ABORT_NS);
	verdict = ladder_climb(&ladder, LADDER_STOP, NOW_NS);
	assert_int_equal(verdict.signo, SIGTERM);
	assert_int_equal(verdict.due_ns, NSEC_NEVER);
}

static void a_timeout_of_0_is_due_at_once(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder, SIGTERM, 0, ABORT_NS);
	assert_int_equal(ladder_climb(&ladder, LADDER_STOP, NOW_NS).due_ns,
			 NOW_NS);
	assert_kill(&ladder, LADDER_KILL);
}

static void a_timeout_beyond_the_clock_saturates(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder, SIGTERM, NSEC_NEVER - 1, ABORT_NS);
	assert_int_equal(ladder_climb(&ladder, LADDER_STOP, NOW_NS).due_ns,
			 NSEC_NEVER);
}

static void a_stop_by_KILL_has_one_rung(void **state)
{
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder, SIGKILL, NSEC_PER_SEC, ABORT_NS);
	for (uint32_t rung = LADDER_STOP; rung < 5; rung++)
		assert_kill(&ladder, rung);
}

static void silence_is_answered_by_ABRT_and_then_the_stop(void **state)
{
	struct ladder_verdict verdict;
	struct ladder ladder;

	(void)state;
	ladder_init(&ladder, SIGTERM, NSEC_PER_SEC, ABORT_NS);
	verdict = ladder_climb(&ladder, LADDER_ABORT, NOW_NS);
	assert_int_equal(verdict.signo, SIGABRT);
	assert_false(verdict.is_last);
	assert_int_equal(verdict.due_ns, NOW_NS + ABORT_NS);
	assert_int_equal(ladder_climb(&ladder, LADDER_ABORT + 1, NOW_NS).signo,
			 SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_signal_is_followed_by_KILL),
		cmocka_unit_test(rungs_beyond_the_last_are_the_last),
		cmocka_unit_test(without_a_timeout_nothing_follows),
		cmocka_unit_test(a_timeout_of_0_is_due_at_once),
		cmocka_unit_test(a_timeout_beyond_the_clock_saturates),
		cmocka_unit_test(a_stop_by_KILL_has_one_rung),
		cmocka_unit_test(silence_is_answered_by_ABRT_and_then_the_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
