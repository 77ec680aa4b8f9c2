/*
 * test_throttle.c - the bucket against a counter that is refilled, and against
 * the reference's rule B40 played line by line.
 */
#include "base/nsec.h"
#include "policy/support.h"
#include "policy/throttle.h"

#define FORKS 64

/* B40: the reference, for a loop that forks as fast as it may. */
struct reference {
	uint64_t forks_s[FORKS]; /* ft, the oldest first */
	uint32_t count;
	uint32_t workers;
	uint32_t early; /* forks after the first burst that did not wait */
	uint64_t now_s;
};

static uint64_t reference_fork_s(struct reference *reference)
{
	if (reference->count > reference->workers) {
		if (reference->now_s - reference->forks_s[0] <
		    reference->workers)
			reference->now_s += 1; /* sleep(1) */
		else
			reference->early++;
		reference->count--; /* ft.pop(0) */
		for (uint32_t i = 0; i < reference->count; i++)
			reference->forks_s[i] = reference->forks_s[i + 1];
	}
	reference->forks_s[reference->count++] = reference->now_s;
	return reference->now_s;
}

static void a_fork_loop_is_as_slow_as_the_reference_of_B40(void **state)
{
	(void)state;
	for (uint32_t workers = 1; workers <= 8; workers++) {
		const struct throttle_rules rules = {NSEC_PER_SEC, workers + 1};
		struct reference reference = {.workers = workers};
		struct throttle throttle = {0};
		uint64_t now_ns = NSEC_PER_SEC;

		for (uint32_t k = 0; k < FORKS; k++) {
			uint64_t theirs_s = reference_fork_s(&reference);

			now_ns = throttle_take(&rules, &throttle, now_ns);
			/* the documented difference: each fork that the
			 * reference lets through early is a second of ours */
			assert_int_equal(now_ns / NSEC_PER_SEC - 1,
					 theirs_s + reference.early);
			assert_int_equal(now_ns % NSEC_PER_SEC, 0);
			if (k < 2 * workers + 1)
				assert_int_equal(reference.early, 0);
		}
		/* once in every `workers` seconds */
		assert_int_equal(reference.early,
				 (FORKS - workers - 1) / (workers + 1));
	}
}

static void slots_that_die_together_get_different_times(void **state)
{
	const struct throttle_rules rules = {NSEC_PER_SEC, 3};
	const uint64_t now_ns = 100 * NSEC_PER_SEC;
	struct throttle throttle = {0};

	(void)state;
	for (uint64_t k = 0; k < 1000; k++) {
		uint64_t wait_s = k < 3 ? 0 : k - 2;

		assert_int_equal(throttle_take(&rules, &throttle, now_ns),
				 now_ns + wait_s * NSEC_PER_SEC);
	}
}

static void a_bucket_of_zeros_is_full_at_any_time(void **state)
{
	static const uint64_t times_ns[] = {0, 1, NSEC_PER_SEC, NSEC_NEVER / 4};
	const struct throttle_rules rules = {NSEC_PER_SEC, 2};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(times_ns); i++) {
		struct throttle throttle = {0};
		uint64_t now_ns = times_ns[i];

		assert_int_equal(throttle_take(&rules, &throttle, now_ns),
				 now_ns);
		assert_int_equal(throttle_take(&rules, &throttle, now_ns),
				 now_ns);
		assert_int_equal(throttle_take(&rules, &throttle, now_ns),
				 now_ns + NSEC_PER_SEC);
	}
}

static void without_an_interval_nothing_waits_and_nothing_is_kept(void **state)
{
	const struct throttle_rules rules = {0, 1};
	struct throttle throttle = {0};

	(void)state;
	for (uint64_t now_ns = 0; now_ns < 1000; now_ns++)
		assert_int_equal(throttle_take(&rules, &throttle, now_ns / 10),
				 now_ns / 10);
	assert_int_equal(throttle.full_ns, 0);
}

static void a_burst_of_0_counts_as_1(void **state)
{
	const struct throttle_rules none = {NSEC_PER_SEC, 0};
	const struct throttle_rules one = {NSEC_PER_SEC, 1};
	struct throttle first = {0};
	struct throttle second = {0};
	uint64_t now_ns = 0;

	(void)state;
	for (int i = 0; i < 100; i++, now_ns += 300 * NSEC_PER_MSEC)
		assert_int_equal(throttle_take(&none, &first, now_ns),
				 throttle_take(&one, &second, now_ns));
}

static void the_longest_rest_fills_no_more_than_the_burst(void **state)
{
	const struct throttle_rules rules = {NSEC_PER_SEC, 4};
	struct throttle throttle = {0};
	uint64_t now_ns = 0;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int k = 0; k < 4; k++)
			assert_int_equal(
				throttle_take(&rules, &throttle, now_ns),
				now_ns);
		assert_int_equal(throttle_take(&rules, &throttle, now_ns),
				 now_ns + NSEC_PER_SEC);
		now_ns += 1000 * NSEC_PER_SEC;
	}
}

/* The textbook's bucket: a level that time fills and a token empties. It is
 * kept in ns of interval and may be negative, for tokens taken ahead. */
static void the_stamp_agrees_with_a_counter(void **state)
{
	uint64_t seed = seed_choose();

	(void)state;
	for (int round = 0; round < 200; round++) {
		const struct throttle_rules rules = {
			.interval_ns = 1 + random_below(&seed, 1000),
			.burst = 1 + (uint32_t)random_below(&seed, 10),
		};
		int64_t full = (int64_t)(rules.interval_ns * rules.burst);
		int64_t level = full;
		struct throttle throttle = {0};
		uint64_t now_ns = random_below(&seed, 1000);

		for (int i = 0; i < 500; i++) {
			uint64_t pause_ns = random_below(&seed, 4) *
					    random_below(&seed, 1000);

			now_ns += pause_ns;
			level += (int64_t)pause_ns;
			level = level < full ? level : full;
			level -= (int64_t)rules.interval_ns;
			assert_int_equal(
				throttle_take(&rules, &throttle, now_ns),
				now_ns + (uint64_t)(level < 0 ? -level : 0));
		}
	}
}

static void an_interval_beyond_the_clock_still_grants_the_burst(void **state)
{
	static const uint64_t intervals_ns[] = {
		NSEC_NEVER,
		NSEC_NEVER - 1,
		NSEC_NEVER / 2,
		NSEC_NEVER / 3,
	};
	const uint64_t now_ns = 1000 * NSEC_PER_SEC;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(intervals_ns); i++) {
		const struct throttle_rules rules = {intervals_ns[i], 7};
		struct throttle throttle = {0};

		for (int k = 0; k < 7; k++)
			assert_int_equal(
				throttle_take(&rules, &throttle, now_ns),
				now_ns);
		for (int k = 0; k < 50; k++)
			assert_true(throttle_take(&rules, &throttle, now_ns) >
				    NSEC_NEVER / 2 / 8);
	}
}

static void nothing_wraps_at_the_end_of_the_clock(void **state)
{
	uint64_t seed = seed_choose();

	(void)state;
	for (int round = 0; round < 1000; round++) {
		const struct throttle_rules rules = {
			.interval_ns = random_magnitude(&seed, 64),
			.burst = (uint32_t)random_magnitude(&seed, 32),
		};
		struct throttle throttle = {0};
		uint64_t now_ns = random_magnitude(&seed, 64);
		uint64_t last_ns = 0;

		for (int i = 0; i < 50; i++) {
			uint64_t due_ns =
				throttle_take(&rules, &throttle, now_ns);

			assert_true(due_ns >= now_ns);
			assert_true(due_ns >= last_ns);
			last_ns = due_ns;
			now_ns = nsec_add(now_ns, random_magnitude(&seed, 62));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_fork_loop_is_as_slow_as_the_reference_of_B40),
		cmocka_unit_test(slots_that_die_together_get_different_times),
		cmocka_unit_test(a_bucket_of_zeros_is_full_at_any_time),
		cmocka_unit_test(
			without_an_interval_nothing_waits_and_nothing_is_kept),
		cmocka_unit_test(a_burst_of_0_counts_as_1),
		cmocka_unit_test(the_longest_rest_fills_no_more_than_the_burst),
		cmocka_unit_test(the_stamp_agrees_with_a_counter),
		cmocka_unit_test(
			an_interval_beyond_the_clock_still_grants_the_burst),
		cmocka_unit_test(nothing_wraps_at_the_end_of_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
