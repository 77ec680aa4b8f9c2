/*
 * test_series.c - the delays that oslo.service's own tests expect, the shape of
 * the draw, and the ends of the clock.
 */
#include "base/nsec.h"
#include "policy/series.h"
#include "policy/support.h"

#define MSEC(count) ((count)*NSEC_PER_MSEC)
#define SEC(count) ((count)*NSEC_PER_SEC)

/* The reference's defaults. */
static const struct series_rules defaults = {
	.start_ns = SEC(1),
	.min_ns = MSEC(1),
	.max_ns = SEC(300),
	.give_up_ns = SEC(300),
	.jitter = 0.75,
};

/* Rounded to the nanosecond in each of two steps. */
static void assert_about(uint64_t delay_ns, uint64_t wanted_ns)
{
	assert_in_range(delay_ns, wanted_ns - 1, wanted_ns + 1);
}

/* Case 81: three runs at an interval of 1.01 s. */
static void the_run_is_taken_off_the_interval(void **state)
{
	uint64_t late_ns = 7;

	(void)state;
	assert_int_equal(series_pause_ns(MSEC(1010), MSEC(990), &late_ns),
			 MSEC(20));
	assert_int_equal(late_ns, 0);
	assert_int_equal(series_pause_ns(MSEC(1010), SEC(2), &late_ns), 0);
	assert_int_equal(late_ns, MSEC(990));
	late_ns = 7;
	assert_int_equal(series_pause_ns(MSEC(1010), MSEC(1010), &late_ns), 0);
	assert_int_equal(late_ns, 0);
}

static void a_pause_never_wraps(void **state)
{
	uint64_t late_ns;

	(void)state;
	assert_true(series_pause_ns(NSEC_NEVER, 0, &late_ns) == NSEC_NEVER);
	assert_int_equal(late_ns, 0);
	assert_int_equal(series_pause_ns(1, NSEC_NEVER, &late_ns), 0);
	assert_true(late_ns == NSEC_NEVER - 1);
}

static void check_series(const struct series_rules *rules, double gauss,
			 const uint64_t *wanted_ns, size_t count)
{
	struct series series = {0};
	struct series ended;
	uint64_t delay_ns = 0;

	for (size_t i = 0; i < count; i++) {
		assert_true(series_step(rules, &series, gauss, &delay_ns));
		assert_about(delay_ns, wanted_ns[i]);
	}
	ended = series;
	assert_false(series_step(rules, &series, gauss, &delay_ns));
	assert_memory_equal(&series, &ended, sizeof(series));
	assert_about(delay_ns, wanted_ns[count - 1]);
}

/* Case 83: of each sign, until the next would pass 300 s in all. */
static void delays_around_a_growing_mean_are_the_references(void **state)
{
	static const uint64_t wanted_ns[] = {
		1600000000,  2400000000,  3600000000,  5400000000,
		8100000000,  12150000000, 18225000000, 27337500000,
		41006250000, 61509375000, 92264062500,
	};

	(void)state;
	check_series(&defaults, 0.8, wanted_ns, COUNT_OF(wanted_ns));
	check_series(&defaults, -0.8, wanted_ns, COUNT_OF(wanted_ns));
}

/* Case 83, max_interval=60. */
static void the_maximum_clamps_and_the_mean_grows_on(void **state)
{
	static const uint64_t wanted_ns[] = {
		1600000000,  2400000000,  3600000000,  5400000000,
		8100000000,  12150000000, 18225000000, 27337500000,
		41006250000, SEC(60),	  SEC(60),     SEC(60),
	};
	struct series_rules rules = defaults;

	(void)state;
	rules.max_ns = SEC(60);
	check_series(&rules, 0.8, wanted_ns, COUNT_OF(wanted_ns));
}

static void the_minimum_holds_for_delay_and_mean(void **state)
{
	const struct series_rules rules = {
		.start_ns = SEC(1),
		.min_ns = MSEC(900),
		.max_ns = SEC(300),
		.give_up_ns = NSEC_NEVER,
		.jitter = 0.1,
	};
	struct series series = {0};
	uint64_t delay_ns;

	(void)state;
	assert_true(series_step(&rules, &series, 0, &delay_ns));
	assert_int_equal(delay_ns, MSEC(900));
	assert_int_equal(series.delay_ns, MSEC(900));
	assert_true(series_step(&rules, &series, 1, &delay_ns));
	assert_int_equal(delay_ns, MSEC(1800));
}

static void the_maximum_outweighs_the_minimum(void **state)
{
	struct series_rules rules = defaults;
	struct series series = {0};
	uint64_t delay_ns;

	(void)state;
	rules.max_ns = 10;
	assert_true(series_step(&rules, &series, 0.8, &delay_ns));
	assert_int_equal(delay_ns, 10);
}

/* To give up is to exceed, not to reach. */
static void the_last_delay_may_use_up_the_time(void **state)
{
	struct series_rules rules = defaults;
	struct series series = {0};
	uint64_t delay_ns;

	(void)state;
	rules.give_up_ns = MSEC(4000);
	assert_true(series_step(&rules, &series, 0.8, &delay_ns));
	assert_true(series_step(&rules, &series, 0.8, &delay_ns));
	assert_int_equal(series.spent_ns, MSEC(4000));
	rules.give_up_ns--;
	series = (struct series){0};
	assert_true(series_step(&rules, &series, 0.8, &delay_ns));
	assert_false(series_step(&rules, &series, 0.8, &delay_ns));
}

static void without_an_end_it_grows_to_the_end_of_the_clock(void **state)
{
	struct series_rules rules = defaults;
	struct series series = {0};
	uint64_t delay_ns = 0;

	(void)state;
	rules.max_ns = NSEC_NEVER;
	rules.give_up_ns = NSEC_NEVER;
	for (int i = 0; i < 200; i++) {
		uint64_t before_ns = delay_ns;

		assert_true(series_step(&rules, &series, 0.8, &delay_ns));
		assert_true(delay_ns > before_ns || delay_ns == NSEC_NEVER);
	}
	assert_true(delay_ns == NSEC_NEVER);
	assert_true(series.delay_ns == NSEC_NEVER);
	assert_true(series.spent_ns == NSEC_NEVER);
}

static void the_draw_has_the_mean_and_the_deviation(void **state)
{
	enum { COUNT = 100000 };
	uint64_t random = 1;
	double sum = 0;
	double squares = 0;
	int within = 0;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		double off = series_gauss(0.75, &random) - 0.75;

		assert_true(off >= -0.6 && off <= 0.6);
		sum += off;
		squares += off * off;
		within += off > -0.1 && off < 0.1;
	}
	/* A fixed seed: these hold always or never. */
	assert_true(sum / COUNT > -0.001 && sum / COUNT < 0.001);
	assert_true(squares / COUNT > 0.0098 && squares / COUNT < 0.0102);
	/* 68.3 % of a normal distribution; 57.7 % of an even one. */
	assert_in_range(within, COUNT * 67 / 100, COUNT * 70 / 100);
}

static void a_seed_decides_the_series(void **state)
{
	struct series first = {.random = 5};
	struct series again = {.random = 5};
	struct series other = {.random = 6};
	uint64_t delays_ns[3];

	(void)state;
	for (int i = 0; i < 5; i++) {
		uint64_t random = first.random;

		assert_true(series_next(&defaults, &first, &delays_ns[0]));
		assert_true(series_next(&defaults, &again, &delays_ns[1]));
		assert_true(series_next(&defaults, &other, &delays_ns[2]));
		assert_int_equal(delays_ns[0], delays_ns[1]);
		assert_int_not_equal(delays_ns[0], delays_ns[2]);
		assert_int_not_equal(first.random, random);
	}
}

static void a_series_that_gave_up_stays_so(void **state)
{
	struct series_rules rules = defaults;
	struct series series = {.random = 9};
	struct series before = series;
	uint64_t delay_ns = 7;

	(void)state;
	rules.give_up_ns = 1;
	for (int i = 0; i < 2; i++) {
		assert_false(series_next(&rules, &series, &delay_ns));
		assert_memory_equal(&series, &before, sizeof(series));
		assert_int_equal(delay_ns, 7);
	}
}

static void the_next_delay_is_the_step_by_the_drawn_gauss(void **state)
{
	struct series drawn = {.random = 3};
	struct series stepped = {0};
	uint64_t random = 3;
	uint64_t delays_ns[2];

	(void)state;
	for (int i = 0; i < 4; i++) {
		double gauss = series_gauss(defaults.jitter, &random);

		assert_true(series_next(&defaults, &drawn, &delays_ns[0]));
		assert_true(
			series_step(&defaults, &stepped, gauss, &delays_ns[1]));
		assert_int_equal(delays_ns[0], delays_ns[1]);
		assert_int_equal(drawn.random, random);
	}
}

static void rules_without_a_start_or_a_minimum_are_a_mistake(void **state)
{
	struct series_rules rules = defaults;
	struct series series = {0};
	uint64_t delay_ns;

	(void)state;
	rules.start_ns = 0;
	expect_assert_failure(series_step(&rules, &series, 1, &delay_ns));
	rules = defaults;
	rules.min_ns = 0;
	expect_assert_failure(series_step(&rules, &series, 1, &delay_ns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_run_is_taken_off_the_interval),
		cmocka_unit_test(a_pause_never_wraps),
		cmocka_unit_test(
			delays_around_a_growing_mean_are_the_references),
		cmocka_unit_test(the_maximum_clamps_and_the_mean_grows_on),
		cmocka_unit_test(the_minimum_holds_for_delay_and_mean),
		cmocka_unit_test(the_maximum_outweighs_the_minimum),
		cmocka_unit_test(the_last_delay_may_use_up_the_time),
		cmocka_unit_test(
			without_an_end_it_grows_to_the_end_of_the_clock),
		cmocka_unit_test(the_draw_has_the_mean_and_the_deviation),
		cmocka_unit_test(a_seed_decides_the_series),
		cmocka_unit_test(a_series_that_gave_up_stays_so),
		cmocka_unit_test(the_next_delay_is_the_step_by_the_drawn_gauss),
		cmocka_unit_test(
			rules_without_a_start_or_a_minimum_are_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
