/*
 * test_backoff.c - the public series: its defaults, its end, its size. The
 * arithmetic is tests/policy/test_series.c's.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/nsec.h"
#include "muster/service.h"
#include "policy/series.h"
#include "policy/support.h"

static struct muster_backoff backoff_make(uint64_t seed)
{
	struct muster_backoff backoff = MUSTER_BACKOFF_INIT;

	backoff.seed = seed;
	return backoff;
}

/* Case 83: the reference's defaults, by name. */
static void zero_means_the_defaults(void **state)
{
	const struct series_rules rules = {
		.start_ns = NSEC_PER_SEC,
		.min_ns = NSEC_PER_MSEC,
		.max_ns = 300 * NSEC_PER_SEC,
		.give_up_ns = 300 * NSEC_PER_SEC,
		.jitter = 0.75,
	};
	struct muster_backoff backoff = backoff_make(11);
	struct series series = {.random = 11};
	uint64_t wanted_ns;
	uint64_t delay_ns;
	int count = 0;

	(void)state;
	while (series_next(&rules, &series, &wanted_ns)) {
		assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
		assert_int_equal(delay_ns, wanted_ns);
		count++;
	}
	assert_true(count > 5);
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), -ETIMEDOUT);
}

static void what_is_given_is_used(void **state)
{
	const struct series_rules rules = {
		.start_ns = 1000,
		.min_ns = 1500,
		.max_ns = 5000,
		.give_up_ns = 20000,
		.jitter = 0.9,
	};
	struct muster_backoff backoff = backoff_make(12);
	struct series series = {.random = 12};
	uint64_t wanted_ns;
	uint64_t delay_ns;

	(void)state;
	backoff.start_ns = rules.start_ns;
	backoff.min_ns = rules.min_ns;
	backoff.max_ns = rules.max_ns;
	backoff.give_up_ns = rules.give_up_ns;
	backoff.jitter = rules.jitter;
	while (series_next(&rules, &series, &wanted_ns)) {
		assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
		assert_int_equal(delay_ns, wanted_ns);
	}
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), -ETIMEDOUT);
}

static void a_series_that_gave_up_stays_so_until_it_is_reset(void **state)
{
	struct muster_backoff backoff = backoff_make(0);
	struct muster_backoff ended;
	uint64_t delay_ns = 0;
	uint64_t last_ns;

	(void)state;
	for (int i = 0; muster_backoff_next(&backoff, &delay_ns) == 0; i++)
		assert_true(i < 1000); /* 300 s pass in a dozen */
	ended = backoff;
	last_ns = delay_ns;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(muster_backoff_next(&backoff, &delay_ns),
				 -ETIMEDOUT);
		assert_memory_equal(&backoff, &ended, sizeof(backoff));
		assert_int_equal(delay_ns, last_ns);
	}
	muster_backoff_reset(&backoff);
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
}

/* Its first delay is drawn once, though the kernel gave the seed. */
static void a_series_that_never_began_has_no_second_chance(void **state)
{
	struct muster_backoff backoff = backoff_make(0);
	uint64_t delay_ns = 7;
	int first;

	(void)state;
	backoff.give_up_ns = 1500 * NSEC_PER_MSEC; /* one in two begins */
	first = muster_backoff_next(&backoff, &delay_ns);
	while (first == 0) {
		backoff.random = 0;
		muster_backoff_reset(&backoff);
		first = muster_backoff_next(&backoff, &delay_ns);
	}
	for (int i = 0; i < 100; i++)
		assert_int_equal(muster_backoff_next(&backoff, &delay_ns),
				 -ETIMEDOUT);
}

/* Case 83: success begins anew, with other draws than before. */
static void a_success_begins_the_series_anew(void **state)
{
	struct muster_backoff backoff = backoff_make(5);
	uint64_t first_ns;
	uint64_t delay_ns;

	(void)state;
	assert_int_equal(muster_backoff_next(&backoff, &first_ns), 0);
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
	muster_backoff_reset(&backoff);
	assert_int_equal(backoff.delay_ns, 0);
	assert_int_equal(backoff.spent_ns, 0);
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
	assert_int_equal(backoff.spent_ns, delay_ns);
	assert_int_not_equal(delay_ns, first_ns);
	assert_true(delay_ns < 2700 * NSEC_PER_MSEC); /* 2 * (0.75 + 0.6) */
}

static void without_an_end_it_stays_at_the_maximum(void **state)
{
	struct muster_backoff backoff = backoff_make(0);
	uint64_t delay_ns = 0;

	(void)state;
	backoff.give_up_ns = MUSTER_FOREVER;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
	assert_int_equal(delay_ns, 300 * NSEC_PER_SEC);
}

static void a_seed_repeats_and_the_kernels_does_not(void **state)
{
	struct muster_backoff first = backoff_make(0);
	struct muster_backoff second = backoff_make(0);
	struct muster_backoff given = backoff_make(8);
	struct muster_backoff again = backoff_make(8);
	uint64_t delays_ns[2];

	(void)state;
	assert_int_equal(muster_backoff_next(&first, &delays_ns[0]), 0);
	assert_int_equal(muster_backoff_next(&second, &delays_ns[1]), 0);
	assert_true(first.random != second.random);
	assert_int_equal(muster_backoff_next(&given, &delays_ns[0]), 0);
	assert_int_equal(muster_backoff_next(&again, &delays_ns[1]), 0);
	assert_int_equal(delays_ns[0], delays_ns[1]);
}

static void check_refusal(struct muster_backoff *backoff, int r)
{
	struct muster_backoff before = *backoff;
	uint64_t delay_ns = 7;

	assert_int_equal(muster_backoff_next(backoff, &delay_ns), r);
	assert_memory_equal(backoff, &before, sizeof(before));
	assert_int_equal(delay_ns, 7);
}

static void bad_jitter_is_refused(void **state)
{
	static const double bad[] = {-0.1, NAN, -NAN, INFINITY, -INFINITY};
	struct muster_backoff backoff = backoff_make(1);
	uint64_t delay_ns;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		backoff.jitter = bad[i];
		check_refusal(&backoff, -EINVAL);
	}
	backoff.jitter = 1e300; /* mad, and clamped */
	assert_int_equal(muster_backoff_next(&backoff, &delay_ns), 0);
	assert_int_equal(delay_ns, 300 * NSEC_PER_SEC);
}

static void a_struct_that_cannot_hold_the_series_is_refused(void **state)
{
	struct muster_backoff backoff = backoff_make(1);
	uint64_t delay_ns;

	(void)state;
	assert_int_equal(muster_backoff_next(NULL, &delay_ns), -EINVAL);
	assert_int_equal(muster_backoff_next(&backoff, NULL), -EINVAL);
	backoff.delay_ns = 5;
	for (size_t size = 0; size < sizeof(backoff); size++) {
		backoff.size = size;
		check_refusal(&backoff, -EINVAL);
		muster_backoff_reset(&backoff);
		assert_int_equal(backoff.delay_ns, 5);
	}
	muster_backoff_reset(NULL);
}

static void a_newer_struct_must_be_zero_where_we_know_nothing(void **state)
{
	struct {
		struct muster_backoff backoff;
		uint64_t newer;
	} longer = {.backoff = {.size = sizeof(longer)}, .newer = 1};
	uint64_t delay_ns;

	(void)state;
	check_refusal(&longer.backoff, -E2BIG);
	longer.newer = 0;
	assert_int_equal(muster_backoff_next(&longer.backoff, &delay_ns), 0);
	assert_int_equal(longer.backoff.spent_ns, delay_ns);
	assert_int_equal(longer.newer, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_means_the_defaults),
		cmocka_unit_test(what_is_given_is_used),
		cmocka_unit_test(
			a_series_that_gave_up_stays_so_until_it_is_reset),
		cmocka_unit_test(
			a_series_that_never_began_has_no_second_chance),
		cmocka_unit_test(a_success_begins_the_series_anew),
		cmocka_unit_test(without_an_end_it_stays_at_the_maximum),
		cmocka_unit_test(a_seed_repeats_and_the_kernels_does_not),
		cmocka_unit_test(bad_jitter_is_refused),
		cmocka_unit_test(
			a_struct_that_cannot_hold_the_series_is_refused),
		cmocka_unit_test(
			a_newer_struct_must_be_zero_where_we_know_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
