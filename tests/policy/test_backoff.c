/*
 * test_backoff.c - the delay against min(cap, base * 2^streak) in 128 bits, and
 * the draw against the published splitmix64.
 */
#include "base/nsec.h"
#include "policy/backoff.h"
#include "policy/support.h"

__extension__ typedef unsigned __int128 wide;

/* The rule of backoff.h, in numbers that cannot overflow. */
static uint64_t peak_by_the_rule(const struct backoff_rules *rules,
				 uint32_t streak)
{
	uint64_t cap_ns = rules->cap_ns;
	wide peak = rules->base_ns;

	if (cap_ns < rules->base_ns)
		cap_ns = rules->base_ns;
	for (uint32_t i = 0; i < streak && peak < cap_ns; i++)
		peak *= 2;
	return peak < cap_ns ? (uint64_t)peak : cap_ns;
}

static void every_delay_lies_in_the_upper_half(void **state)
{
	static const uint64_t amounts_ns[] = {
		1,
		2,
		3,
		NSEC_PER_MSEC,
		NSEC_PER_SEC,
		60 * NSEC_PER_SEC,
		NSEC_NEVER / 2,
		NSEC_NEVER / 2 + 1,
		NSEC_NEVER - 1,
		NSEC_NEVER,
	};
	uint64_t seed = seed_choose();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(amounts_ns) * COUNT_OF(amounts_ns);
	     i++) {
		const struct backoff_rules rules = {
			.base_ns = amounts_ns[i / COUNT_OF(amounts_ns)],
			.cap_ns = amounts_ns[i % COUNT_OF(amounts_ns)],
		};

		for (uint32_t streak = 0; streak < 200; streak++) {
			uint64_t peak_ns = peak_by_the_rule(&rules, streak);
			uint64_t delay_ns =
				backoff_delay_ns(&rules, streak, &seed);

			assert_in_range(delay_ns, peak_ns / 2, peak_ns);
			assert_true(delay_ns >= rules.base_ns / 2);
		}
	}
}

static void no_streak_overflows(void **state)
{
	static const uint32_t streaks[] = {
		63,
		64,
		65,
		1000,
		INT32_MAX,
		1U + INT32_MAX,
		UINT32_MAX - 1,
		UINT32_MAX,
	};
	const struct backoff_rules rules = {1, NSEC_PER_SEC};
	uint64_t seed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(streaks); i++)
		assert_in_range(backoff_delay_ns(&rules, streaks[i], &seed),
				NSEC_PER_SEC / 2, NSEC_PER_SEC);
}

static void the_peak_doubles_until_the_cap(void **state)
{
	const struct backoff_rules rules = {
		.base_ns = 100 * NSEC_PER_MSEC,
		.cap_ns = NSEC_PER_SEC,
	};
	static const uint64_t peaks_ms[] = {100, 200, 400, 800, 1000, 1000};
	uint64_t seed = seed_choose();

	(void)state;
	for (uint32_t streak = 0; streak < COUNT_OF(peaks_ms); streak++) {
		uint64_t peak_ns = peaks_ms[streak] * NSEC_PER_MSEC;
		uint64_t low_ns = NSEC_NEVER;
		uint64_t high_ns = 0;

		for (int i = 0; i < 10000; i++) {
			uint64_t delay_ns =
				backoff_delay_ns(&rules, streak, &seed);

			low_ns = nsec_min(low_ns, delay_ns);
			high_ns = nsec_max(high_ns, delay_ns);
		}
		/* the draws reach both ends but for 1 % */
		assert_in_range(low_ns, peak_ns / 2, peak_ns / 100 * 51);
		assert_in_range(high_ns, peak_ns / 100 * 99, peak_ns);
	}
}

static void the_draws_are_spread_evenly(void **state)
{
	const struct backoff_rules rules = {NSEC_PER_SEC, NSEC_PER_SEC};
	uint32_t counts[10] = {0};
	uint64_t seed = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t above_ns =
			backoff_delay_ns(&rules, 0, &seed) - NSEC_PER_SEC / 2;

		counts[above_ns * 10 / (NSEC_PER_SEC / 2 + 1)]++;
	}
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		assert_in_range(counts[i], 9500, 10500);
}

static void a_cap_below_the_base_counts_as_the_base(void **state)
{
	const struct backoff_rules low = {NSEC_PER_SEC, 5};
	const struct backoff_rules none = {NSEC_PER_SEC, 0};
	uint64_t seed = 3;

	(void)state;
	for (uint32_t streak = 0; streak < 70; streak++) {
		assert_in_range(backoff_delay_ns(&low, streak, &seed),
				NSEC_PER_SEC / 2, NSEC_PER_SEC);
		assert_in_range(backoff_delay_ns(&none, streak, &seed),
				NSEC_PER_SEC / 2, NSEC_PER_SEC);
	}
}

static void without_a_base_there_is_no_delay_and_no_draw(void **state)
{
	const struct backoff_rules off = {0, NSEC_PER_SEC};
	const struct backoff_rules null = {0, 0};
	uint64_t seed = 42;

	(void)state;
	assert_int_equal(backoff_delay_ns(&off, 0, &seed), 0);
	assert_int_equal(backoff_delay_ns(&off, UINT32_MAX, &seed), 0);
	assert_int_equal(backoff_delay_ns(&null, 5, &seed), 0);
	assert_int_equal(seed, 42);
}

static void equal_seeds_give_equal_delays(void **state)
{
	const struct backoff_rules rules = {NSEC_PER_MSEC, NSEC_PER_SEC};
	uint64_t first = 7;
	uint64_t second = 7;

	(void)state;
	for (uint32_t streak = 0; streak < 100; streak++)
		assert_int_equal(backoff_delay_ns(&rules, streak, &first),
				 backoff_delay_ns(&rules, streak, &second));
	assert_int_equal(first, second);
}

static void different_seeds_give_different_delays(void **state)
{
	const struct backoff_rules rules = {NSEC_PER_SEC, NSEC_PER_SEC};
	uint64_t first = 7;
	uint64_t second = 8;

	(void)state;
	assert_int_not_equal(backoff_delay_ns(&rules, 0, &first),
			     backoff_delay_ns(&rules, 0, &second));
}

/* The first outputs for seed 0 are e220a8397b1dcdaf 6e789e6aa1b965f4; a peak of
 * 2^64 - 1 draws from 2^63 + 1 values above 2^63 - 1, so the draw shows. */
static void the_draw_is_splitmix64(void **state)
{
	const struct backoff_rules rules = {NSEC_NEVER, NSEC_NEVER};
	uint64_t seed = 0;

	(void)state;
	assert_int_equal(backoff_delay_ns(&rules, 0, &seed),
			 UINT64_C(0xe220a8397b1dcdaf) - 2);
	assert_int_equal(seed, UINT64_C(0x9e3779b97f4a7c15));
	assert_int_equal(backoff_delay_ns(&rules, 0, &seed),
			 UINT64_C(0x6e789e6aa1b965f4) + INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_delay_lies_in_the_upper_half),
		cmocka_unit_test(no_streak_overflows),
		cmocka_unit_test(the_peak_doubles_until_the_cap),
		cmocka_unit_test(the_draws_are_spread_evenly),
		cmocka_unit_test(a_cap_below_the_base_counts_as_the_base),
		cmocka_unit_test(without_a_base_there_is_no_delay_and_no_draw),
		cmocka_unit_test(equal_seeds_give_equal_delays),
		cmocka_unit_test(different_seeds_give_different_delays),
		cmocka_unit_test(the_draw_is_splitmix64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
