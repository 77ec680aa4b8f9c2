/*
 * test_worker_watchdog.c - who is silent is killed, and nobody is whom the
 * launcher could not have heard.
 */
#include "policy/worker_fixture.h"

static void silence_is_forgiven_when_the_launcher_was_stopped(void **state)
{
	struct worker_news news = {
		.event = WORKER_WAKE,
		.now_ns = NOW_NS,
		.resumed_ns = NOW_NS - NSEC_PER_SEC,
	};
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	fixture.life.due_ns = NOW_NS;
	verdict = worker_step(&fixture.rules, &fixture.shared, &fixture.life,
			      &news);
	assert_acts(&fixture, verdict, WORKER_READY, WORKER_ARM,
		    news.resumed_ns + WATCHDOG_NS);
	news.now_ns = news.resumed_ns + WATCHDOG_NS;
	verdict = worker_step(&fixture.rules, &fixture.shared, &fixture.life,
			      &news);
	assert_acts(&fixture, verdict, WORKER_READY, WORKER_ARM,
		    news.now_ns + AGAIN_NS);
	news.now_ns += AGAIN_NS;
	verdict = worker_step(&fixture.rules, &fixture.shared, &fixture.life,
			      &news);
	assert_int_equal(verdict.signo, SIGABRT);
	assert_int_equal(verdict.why, MUSTER_WHY_WATCHDOG);
}

/* The launcher may have been stopped with it, and run again just now: it does
 * not see that, however long that was. */
static void silence_is_found_twice_before_it_counts(void **state)
{
	/* Also by a launcher that comes late. */
	const uint64_t late_ns = NOW_NS + WATCHDOG_NS + NSEC_PER_MSEC;
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	(void)step(&fixture, WORKER_IS_READY);
	verdict = step_at(&fixture, WORKER_WAKE, late_ns);
	assert_acts(&fixture, verdict, WORKER_READY, WORKER_ARM,
		    late_ns + AGAIN_NS);
	(void)step_at(&fixture, WORKER_RELIEVE, late_ns);
	(void)step_at(&fixture, WORKER_WANTED, late_ns);
	verdict = step_at(&fixture, WORKER_WAKE, late_ns + AGAIN_NS);
	assert_int_equal(verdict.signo, SIGABRT);
	assert_int_equal(verdict.why, MUSTER_WHY_WATCHDOG);
}

static void who_speaks_late_has_its_whole_time_again(void **state)
{
	const uint64_t late_ns = NOW_NS + WATCHDOG_NS;
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	(void)step(&fixture, WORKER_IS_READY);
	(void)step_at(&fixture, WORKER_WAKE, late_ns);
	verdict = step_at(&fixture, WORKER_PING, late_ns + 1);
	assert_acts(&fixture, verdict, WORKER_READY, WORKER_ARM,
		    late_ns + 1 + WATCHDOG_NS);
	verdict = step_at(&fixture, WORKER_WAKE, late_ns + 1 + WATCHDOG_NS);
	assert_acts(&fixture, verdict, WORKER_READY, WORKER_ARM,
		    late_ns + 1 + WATCHDOG_NS + AGAIN_NS);
}

/* Neither a second chance nor the time after a pause, and also when it is read
 * only because its deadline has come, or has come late. */
static void who_says_that_it_hangs_is_believed_at_once(void **state)
{
	static const uint64_t after_ns[] = {1, WATCHDOG_NS - 1, WATCHDOG_NS,
					    WATCHDOG_NS + AGAIN_NS - 1};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(after_ns); i++) {
		const struct worker_news news = {
			.event = WORKER_TRIGGER,
			.now_ns = NOW_NS + after_ns[i],
			.resumed_ns = NOW_NS,
		};
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, WORKER_STARTING);
		(void)step(&fixture, WORKER_IS_READY);
		verdict = worker_step(&fixture.rules, &fixture.shared,
				      &fixture.life, &news);
		assert_int_equal(verdict.signo, SIGABRT);
		assert_int_equal(verdict.why, MUSTER_WHY_WATCHDOG);
		assert_true(fixture.life.is_wanted);
		/* Another thread of it speaks: too late. */
		verdict = step_at(&fixture, WORKER_PING, news.now_ns);
		assert_acts(&fixture, verdict, WORKER_STOPPING, 0, NSEC_NEVER);
	}
}

static void who_hangs_and_is_relieved_is_wanted_no_more(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_RELIEVED);
	verdict = step_at(&fixture, WORKER_TRIGGER, ARMED_NS);
	assert_int_equal(verdict.signo, SIGABRT);
	assert_false(fixture.life.is_wanted);
}

static void without_a_watchdog_nobody_may_say_that_it_hangs(void **state)
{
	static const enum worker_state ready[] = {WORKER_READY,
						  WORKER_RELIEVED};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ready); i++) {
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, ready[i]);
		fixture.rules.watchdog_ns = NSEC_NEVER;
		verdict = step(&fixture, WORKER_TRIGGER);
		assert_acts(&fixture, verdict, ready[i], 0, NSEC_NEVER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			silence_is_forgiven_when_the_launcher_was_stopped),
		cmocka_unit_test(silence_is_found_twice_before_it_counts),
		cmocka_unit_test(who_speaks_late_has_its_whole_time_again),
		cmocka_unit_test(who_says_that_it_hangs_is_believed_at_once),
		cmocka_unit_test(who_hangs_and_is_relieved_is_wanted_no_more),
		cmocka_unit_test(
			without_a_watchdog_nobody_may_say_that_it_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
