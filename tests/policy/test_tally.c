/*
 * test_tally.c - quantiles against a sorted list, buckets against their edges.
 */
#include "policy/support.h"
#include "policy/tally.h"

#define LAST_VALUE ((UINT64_C(1) << 40) - 1)
#define VALUES_MAX 2000

static const uint32_t permilles[] = {0,	  1,   10,  100, 250, 333, 500,
				     667, 750, 900, 990, 999, 1000};

static int compare(const void *left, const void *right)
{
	uint64_t a, b;

	a = *(const uint64_t *)left;
	b = *(const uint64_t *)right;
	return (a > b) - (a < b);
}

/* The smallest value that permille of all, rounded up, do not exceed. */
static uint64_t exact_quantile(const uint64_t *sorted, uint64_t count,
			       uint32_t permille)
{
	uint64_t rank = (count * permille + 999) / 1000;

	return sorted[rank > 0 ? rank - 1 : 0];
}

static void check_sample(const uint64_t *values, uint64_t count)
{
	static struct tally_histogram histogram;
	static uint64_t sorted[VALUES_MAX];

	histogram = (struct tally_histogram){0};
	for (uint64_t i = 0; i < count; i++) {
		tally_add(&histogram, values[i]);
		sorted[i] = values[i];
	}
	qsort(sorted, count, sizeof(sorted[0]), compare);

	assert_int_equal(histogram.count, count);
	assert_int_equal(histogram.min_ns, sorted[0]);
	assert_int_equal(histogram.max_ns, sorted[count - 1]);
	for (size_t i = 0; i < COUNT_OF(permilles); i++) {
		uint64_t exact = exact_quantile(sorted, count, permilles[i]);
		uint64_t told = tally_quantile(&histogram, permilles[i], 1000);

		assert_in_range(told, exact, exact + exact / 8);
		assert_in_range(told, histogram.min_ns, histogram.max_ns);
	}
}

static void a_quantile_is_at_most_an_eighth_too_high(void **state)
{
	uint64_t seed = seed_choose();
	uint64_t values[VALUES_MAX];

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint64_t count = 1 + random_below(&seed, VALUES_MAX);
		uint32_t bits = 1 + (uint32_t)random_below(&seed, 40);

		for (uint64_t i = 0; i < count; i++)
			values[i] = random_magnitude(&seed, bits);
		check_sample(values, count);
	}
}

static void a_single_value_is_told_exactly(void **state)
{
	uint64_t seed = seed_choose();

	(void)state;
	for (int round = 0; round < 10000; round++) {
		uint64_t value = random_magnitude(&seed, 64);
		struct tally_histogram histogram = {0};

		tally_add(&histogram, value);
		assert_int_equal(histogram.min_ns, value);
		assert_int_equal(histogram.max_ns, value);
		assert_int_equal(tally_quantile(&histogram, 1, 2), value);
	}
}

/* The upper edge of a value's bucket: the median of it and a longer one. */
static uint64_t edge_of(uint64_t value)
{
	struct tally_histogram histogram = {0};

	tally_add(&histogram, value);
	tally_add(&histogram, UINT64_MAX);
	return tally_quantile(&histogram, 1, 2);
}

static void values_below_16_have_a_bucket_each(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < 16; value++)
		assert_int_equal(edge_of(value), value);
}

static void the_buckets_touch_and_each_doubling_has_eight(void **state)
{
	uint64_t value = 8;

	(void)state;
	for (uint32_t doubling = 3; doubling < 40; doubling++) {
		assert_int_equal(value, UINT64_C(1) << doubling);
		for (int step = 0; step < 8 && value < LAST_VALUE; step++) {
			uint64_t width = UINT64_C(1) << (doubling - 3);
			uint64_t edge = edge_of(value);

			if (value + width <= LAST_VALUE) {
				assert_int_equal(edge, value + width - 1);
				assert_int_equal(edge_of(edge), edge);
			}
			value += width;
		}
	}
	assert_int_equal(value, LAST_VALUE + 1);
}

static void every_bucket_is_used(void **state)
{
	struct tally_histogram histogram = {0};

	(void)state;
	for (uint64_t value = 0; value < 8; value++)
		tally_add(&histogram, value);
	for (uint32_t doubling = 3; doubling < 40; doubling++)
		for (uint64_t step = 8; step < 16; step++)
			tally_add(&histogram, step << (doubling - 3));
	for (uint32_t i = 0; i < TALLY_BUCKETS; i++)
		assert_int_equal(histogram.buckets[i], 1);
}

static void longer_values_count_in_the_last_bucket(void **state)
{
	struct tally_histogram histogram = {0};

	(void)state;
	tally_add(&histogram, 5);
	tally_add(&histogram, LAST_VALUE);
	tally_add(&histogram, LAST_VALUE + 1);
	tally_add(&histogram, UINT64_C(1) << 50);
	assert_int_equal(histogram.buckets[TALLY_BUCKETS - 1], 3);
	assert_int_equal(tally_quantile(&histogram, 1, 4), 5);
	assert_int_equal(tally_quantile(&histogram, 1, 2), UINT64_C(1) << 50);
	tally_add(&histogram, UINT64_MAX);
	assert_int_equal(tally_quantile(&histogram, 1, 2), UINT64_MAX);
}

static void an_empty_histogram_says_0(void **state)
{
	const struct tally_histogram histogram = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(permilles); i++)
		assert_int_equal(tally_quantile(&histogram, permilles[i], 1000),
				 0);
}

static void the_largest_counts_do_not_overflow(void **state)
{
	struct tally_histogram histogram = {0};

	(void)state;
	tally_add(&histogram, 1);
	tally_add(&histogram, 7);
	histogram.buckets[1] = UINT64_MAX / 2 + 1;
	histogram.buckets[7] = UINT64_MAX / 2;
	histogram.count = UINT64_MAX;
	assert_int_equal(tally_quantile(&histogram, 1, 2), 1);
	assert_int_equal(tally_quantile(&histogram, 501, 1000), 7);
	assert_int_equal(tally_quantile(&histogram, UINT32_MAX, UINT32_MAX), 7);
	assert_int_equal(tally_quantile(&histogram, UINT32_MAX - 1, UINT32_MAX),
			 7);
}

static void a_quantile_that_is_no_part_is_asserted(void **state)
{
	const struct tally_histogram histogram = {0};

	(void)state;
	expect_assert_failure(tally_quantile(&histogram, 0, 0));
	expect_assert_failure(tally_quantile(&histogram, 2, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quantile_is_at_most_an_eighth_too_high),
		cmocka_unit_test(a_single_value_is_told_exactly),
		cmocka_unit_test(values_below_16_have_a_bucket_each),
		cmocka_unit_test(the_buckets_touch_and_each_doubling_has_eight),
		cmocka_unit_test(every_bucket_is_used),
		cmocka_unit_test(longer_values_count_in_the_last_bucket),
		cmocka_unit_test(an_empty_histogram_says_0),
		cmocka_unit_test(the_largest_counts_do_not_overflow),
		cmocka_unit_test(a_quantile_that_is_no_part_is_asserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
