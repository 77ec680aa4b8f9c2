/*
 * test_pool.c - every pair of small counts, and the ends of the range.
 */
#include "muster/types.h"
#include "policy/pool.h"
#include "policy/support.h"

static void a_plan_that_is_obeyed_leaves_nothing_to_do(void **state)
{
	(void)state;
	for (uint32_t wanted = 0; wanted <= 64; wanted++) {
		for (uint32_t active = 0; active <= 64; active++) {
			struct pool_counts counts = {wanted, active};
			struct pool_plan plan = pool_plan(&counts);

			assert_true(plan.fill == 0 || plan.drain == 0);
			counts.active = active + plan.fill - plan.drain;
			assert_int_equal(counts.active, wanted);

			plan = pool_plan(&counts);
			assert_int_equal(plan.fill, 0);
			assert_int_equal(plan.drain, 0);
		}
	}
}

static void too_few_are_filled(void **state)
{
	const struct pool_counts counts = {.wanted = 8, .active = 3};
	struct pool_plan plan = pool_plan(&counts);

	(void)state;
	assert_int_equal(plan.fill, 5);
	assert_int_equal(plan.drain, 0);
}

static void too_many_are_drained(void **state)
{
	const struct pool_counts counts = {.wanted = 3, .active = 8};
	struct pool_plan plan = pool_plan(&counts);

	(void)state;
	assert_int_equal(plan.fill, 0);
	assert_int_equal(plan.drain, 5);
}

static void the_largest_counts_do_not_wrap(void **state)
{
	static const uint32_t large[] = {MUSTER_WORKERS_MAX, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(large); i++) {
		const struct pool_counts all = {large[i], 0};
		const struct pool_counts none = {0, large[i]};

		assert_int_equal(pool_plan(&all).fill, large[i]);
		assert_int_equal(pool_plan(&all).drain, 0);
		assert_int_equal(pool_plan(&none).fill, 0);
		assert_int_equal(pool_plan(&none).drain, large[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_that_is_obeyed_leaves_nothing_to_do),
		cmocka_unit_test(too_few_are_filled),
		cmocka_unit_test(too_many_are_drained),
		cmocka_unit_test(the_largest_counts_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
