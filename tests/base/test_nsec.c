/*
 * test_nsec.c - time never wraps.
 */
#include <float.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/nsec.h"

/* Ascending. */
static const uint64_t edges[] = {
	0,
	1,
	2,
	NSEC_PER_SEC,
	UINT64_C(1) << 32,
	NSEC_NEVER / 2,
	UINT64_C(1) << 63,
	NSEC_NEVER - 1,
	NSEC_NEVER,
};

static uint64_t saturate(unsigned __int128 wide)
{
	return wide > NSEC_NEVER ? NSEC_NEVER : (uint64_t)wide;
}

static void each_operation_agrees_with_wider_arithmetic(void **state)
{
	size_t i;
	size_t j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(edges); i++)
		for (j = 0; j < ARRAY_LEN(edges); j++) {
			uint64_t a = edges[i];
			uint64_t b = edges[j];

			assert_true(nsec_add(a, b) ==
				    saturate((unsigned __int128)a + b));
			assert_true(nsec_mul(a, b) ==
				    saturate((unsigned __int128)a * b));
			assert_true(nsec_since(a, b) == (a > b ? a - b : 0));
			assert_true(nsec_min(a, b) == (i < j ? a : b));
			assert_true(nsec_max(a, b) == (i < j ? b : a));
		}
}

static void never_swallows_what_is_added(void **state)
{
	(void)state;
	assert_true(nsec_add(NSEC_NEVER, 0) == NSEC_NEVER);
	assert_true(nsec_add(NSEC_NEVER, 1) == NSEC_NEVER);
	assert_true(nsec_add(1, NSEC_NEVER) == NSEC_NEVER);
	assert_true(nsec_add(NSEC_NEVER, NSEC_NEVER) == NSEC_NEVER);
}

static void a_sum_that_just_fits_is_exact(void **state)
{
	(void)state;
	assert_true(nsec_add(NSEC_NEVER - 2, 1) == NSEC_NEVER - 1);
	assert_true(nsec_mul(NSEC_NEVER / 3, 3) == NSEC_NEVER / 3 * 3);
	assert_true(nsec_mul(NSEC_NEVER / 3 + 1, 3) == NSEC_NEVER);
}

static void no_time_passes_backwards(void **state)
{
	(void)state;
	assert_true(nsec_since(5, 7) == 0);
	assert_true(nsec_since(7, 7) == 0);
	assert_true(nsec_since(7, 5) == 2);
	assert_true(nsec_since(0, NSEC_NEVER) == 0);
}

static void a_scaled_time_is_rounded_and_never_wraps(void **state)
{
	(void)state;
	assert_true(nsec_scale(NSEC_PER_SEC, 2 * 0.8) == 1600000000);
	assert_true(nsec_scale(3, 0.5) == 2);
	assert_true(nsec_scale(1, 0.4) == 0);
	assert_true(nsec_scale(NSEC_NEVER, 0) == 0);
	assert_true(nsec_scale(NSEC_NEVER, 1) == NSEC_NEVER);
	assert_true(nsec_scale(NSEC_NEVER, 0.5) == UINT64_C(1) << 63);
	assert_true(nsec_scale(NSEC_NEVER / 2 + 1, 2) == NSEC_NEVER);
	assert_true(nsec_scale(1, 1e300) == NSEC_NEVER);
	assert_true(nsec_scale(NSEC_NEVER, DBL_MAX) == NSEC_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_agrees_with_wider_arithmetic),
		cmocka_unit_test(never_swallows_what_is_added),
		cmocka_unit_test(a_sum_that_just_fits_is_exact),
		cmocka_unit_test(no_time_passes_backwards),
		cmocka_unit_test(a_scaled_time_is_rounded_and_never_wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
