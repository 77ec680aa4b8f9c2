/*
 * test_giveup.c - the ring against a list that forgets nothing.
 */
#include "base/nsec.h"
#include "policy/giveup.h"
#include "policy/support.h"

#define ROUND 300

/* Was this the deaths-th one within the window? Counted, one by one. */
static bool met_by_counting(const uint64_t *times_ns, uint32_t count,
			    const struct giveup *giveup)
{
	uint64_t now_ns = times_ns[count - 1];
	uint32_t within = 0;

	for (uint32_t i = 0; i < count; i++)
		if (now_ns - times_ns[i] <= giveup->window_ns)
			within++;
	return within >= giveup->deaths;
}

static void the_ring_agrees_with_counting(void **state)
{
	uint64_t seed = seed_choose();
	uint64_t ring[20];
	uint64_t all_ns[ROUND];

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct giveup giveup = {
			.times_ns = ring,
			.deaths = 1 +
				  (uint32_t)random_below(&seed, COUNT_OF(ring)),
			.window_ns = random_below(&seed, 100),
		};
		uint64_t now_ns = random_below(&seed, 50);

		for (uint32_t i = 0; i < ROUND; i++) {
			now_ns += random_below(&seed, 12);
			all_ns[i] = now_ns;
			assert_int_equal(
				giveup_note(&giveup, now_ns),
				met_by_counting(all_ns, i + 1, &giveup));
		}
	}
}

static void zero_deaths_never_give_up(void **state)
{
	struct giveup giveup = {.window_ns = NSEC_NEVER};

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_false(giveup_note(&giveup, 0));
	assert_int_equal(giveup.known, 0);
}

static void one_death_is_enough_where_one_is_asked_for(void **state)
{
	uint64_t ring[1];
	struct giveup giveup = {.times_ns = ring, .deaths = 1};

	(void)state;
	assert_true(giveup_note(&giveup, 0));
	assert_true(giveup_note(&giveup, 1000));
}

static void the_window_includes_its_end(void **state)
{
	uint64_t ring[3];
	struct giveup giveup = {
		.times_ns = ring,
		.deaths = 3,
		.window_ns = 10,
	};

	(void)state;
	assert_false(giveup_note(&giveup, 100));
	assert_false(giveup_note(&giveup, 105));
	assert_true(giveup_note(&giveup, 110));
	assert_false(giveup_note(&giveup, 116));
	assert_true(giveup_note(&giveup, 120));
}

static void fewer_deaths_than_asked_for_never_count(void **state)
{
	uint64_t ring[5];
	struct giveup giveup = {
		.times_ns = ring,
		.deaths = 5,
		.window_ns = NSEC_NEVER,
	};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_false(giveup_note(&giveup, 7));
	for (int i = 0; i < 20; i++)
		assert_true(giveup_note(&giveup, 7));
}

static void a_quiet_time_starts_the_count_again(void **state)
{
	uint64_t ring[4];
	struct giveup giveup = {
		.times_ns = ring,
		.deaths = 4,
		.window_ns = NSEC_PER_SEC,
	};
	uint64_t now_ns = 0;

	(void)state;
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 3; i++)
			assert_false(giveup_note(&giveup, now_ns++));
		now_ns += 2 * NSEC_PER_SEC;
	}
}

static void the_longest_ring_is_used_to_its_end(void **state)
{
	static uint64_t ring[GIVEUP_DEATHS_MAX + 1];
	struct giveup giveup = {
		.times_ns = ring,
		.deaths = GIVEUP_DEATHS_MAX,
		.window_ns = NSEC_PER_SEC,
	};

	(void)state;
	ring[GIVEUP_DEATHS_MAX] = UINT64_C(0xdead);
	for (uint32_t i = 1; i < GIVEUP_DEATHS_MAX; i++)
		assert_false(giveup_note(&giveup, i));
	for (uint32_t i = 0; i < GIVEUP_DEATHS_MAX; i++)
		assert_true(giveup_note(&giveup, GIVEUP_DEATHS_MAX + i));
	assert_int_equal(ring[GIVEUP_DEATHS_MAX], 0xdead);
}

static void a_ring_that_cannot_be_is_asserted(void **state)
{
	uint64_t ring[1];
	struct giveup too_long = {
		.times_ns = ring,
		.deaths = GIVEUP_DEATHS_MAX + 1,
	};
	struct giveup no_ring = {.deaths = 1};
	struct giveup outside = {.times_ns = ring, .deaths = 1, .next = 1};

	(void)state;
	expect_assert_failure(giveup_note(&too_long, 0));
	expect_assert_failure(giveup_note(&no_ring, 0));
	expect_assert_failure(giveup_note(&outside, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ring_agrees_with_counting),
		cmocka_unit_test(zero_deaths_never_give_up),
		cmocka_unit_test(one_death_is_enough_where_one_is_asked_for),
		cmocka_unit_test(the_window_includes_its_end),
		cmocka_unit_test(fewer_deaths_than_asked_for_never_count),
		cmocka_unit_test(a_quiet_time_starts_the_count_again),
		cmocka_unit_test(the_longest_ring_is_used_to_its_end),
		cmocka_unit_test(a_ring_that_cannot_be_is_asserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
