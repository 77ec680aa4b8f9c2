/*
 * test_restart_sequences.c - deaths one after another: streaks, tokens,
 * give-up.
 */
#include "policy/restart_fixture.h"

static void a_clone_that_fails_is_tried_for_ever_with_longer_pauses(void **st)
{
	const struct muster_exit how =
		exit_from_launch(MUSTER_STEP_CLONE, EAGAIN);
	struct fixture fixture;
	uint64_t peak_ns = RESTART_LAUNCH_BASE_NS;

	(void)st;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	for (int i = 0; i < 1000; i++) {
		assert_later(decide(&fixture, how, 0), MUSTER_WHY_LAUNCH,
			     NOW_NS + peak_ns / 2, NOW_NS + peak_ns);
		peak_ns = nsec_min(peak_ns * 2, RESTART_LAUNCH_CAP_NS);
	}
	assert_int_equal(peak_ns, RESTART_LAUNCH_CAP_NS);
}

static void a_clone_that_fails_is_tried_again_in_every_mode(void **state)
{
	const struct muster_exit how =
		exit_from_launch(MUSTER_STEP_CLONE, ENOMEM);

	(void)state;
	for (int mode = 0; mode < MUSTER_RESTARTS; mode++) {
		struct fixture fixture;

		fixture_init(&fixture, (enum muster_restart)mode);
		assert_int_equal(decide(&fixture, how, 0).next,
				 MUSTER_NEXT_LATER);
	}
}

static void a_command_that_never_ran_is_not_tried_again(void **state)
{
	const struct muster_exit how =
		exit_from_launch(MUSTER_STEP_EXEC, ENOENT);
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	assert_never(decide(&fixture, how, 0), MUSTER_WHY_UNEXECUTABLE);
	assert_never(decide(&fixture, how, 0), MUSTER_WHY_UNEXECUTABLE);
}

/* The machine is short of processes or memory: that passes. */
static void an_execve_that_lacks_resources_is_tried_again(void **state)
{
	static const int errors[] = {EAGAIN, ENOMEM};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fixture fixture;

		fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
		assert_later(
			decide(&fixture,
			       exit_from_launch(MUSTER_STEP_EXEC, errors[i]),
			       0),
			MUSTER_WHY_LAUNCH, NOW_NS + RESTART_LAUNCH_BASE_NS / 2,
			NOW_NS + RESTART_LAUNCH_BASE_NS);
	}
}

static void a_command_that_ran_once_is_waited_for(void **state)
{
	const struct muster_exit how =
		exit_from_launch(MUSTER_STEP_EXEC, ETXTBSY);
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	assert_now(decide(&fixture, failure(), 0), NOW_NS);
	assert_later(decide(&fixture, how, 0), MUSTER_WHY_LAUNCH,
		     NOW_NS + RESTART_LAUNCH_BASE_NS / 2,
		     NOW_NS + RESTART_LAUNCH_BASE_NS);
}

static void a_worker_that_ran_ends_the_streak_of_failed_launches(void **state)
{
	const struct muster_exit how =
		exit_from_launch(MUSTER_STEP_CLONE, EAGAIN);
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	for (int i = 0; i < 10; i++)
		(void)decide(&fixture, how, 0); /* only the streak matters */
	assert_now(decide(&fixture, failure(), 0), NOW_NS);
	assert_later(decide(&fixture, how, 0), MUSTER_WHY_LAUNCH, NOW_NS,
		     NOW_NS + RESTART_LAUNCH_BASE_NS);
}

/* B40: workers + 1 deaths are made good at once, then one a second. */
static void young_deaths_are_throttled_to_one_a_second(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.rules.throttle = (struct throttle_rules){NSEC_PER_SEC, 5};
	for (int i = 0; i < 5; i++)
		assert_now(decide(&fixture, failure(), 0), NOW_NS);
	for (uint64_t i = 1; i <= 20; i++)
		assert_later(decide(&fixture, failure(), 0),
			     MUSTER_WHY_THROTTLE, NOW_NS + i * NSEC_PER_SEC,
			     NOW_NS + i * NSEC_PER_SEC);
}

/* B44: in the reference these cost a token and delay the next real crash. */
static void healthy_deaths_cost_no_token(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.rules.throttle = (struct throttle_rules){NSEC_PER_SEC, 1};
	for (int i = 0; i < 1000; i++)
		assert_now(decide(&fixture, failure(), HEALTHY_NS), NOW_NS);
	assert_now(decide(&fixture, failure(), YOUNG_NS), NOW_NS);
	assert_int_equal(decide(&fixture, failure(), YOUNG_NS).why,
			 MUSTER_WHY_THROTTLE);
}

static void a_healthy_life_ends_the_streak_of_young_deaths(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.rules.backoff =
		(struct backoff_rules){NSEC_PER_SEC, 1000 * NSEC_PER_SEC};
	for (uint64_t peak_s = 1; peak_s <= 512; peak_s *= 2)
		assert_later(decide(&fixture, failure(), 0), MUSTER_WHY_BACKOFF,
			     NOW_NS + peak_s * NSEC_PER_SEC / 2,
			     NOW_NS + peak_s * NSEC_PER_SEC);
	assert_now(decide(&fixture, failure(), HEALTHY_NS), NOW_NS);
	assert_later(decide(&fixture, failure(), 0), MUSTER_WHY_BACKOFF,
		     NOW_NS + NSEC_PER_SEC / 2, NOW_NS + NSEC_PER_SEC);
}

static void the_later_of_throttle_and_backoff_gives_time_and_reason(void **st)
{
	struct fixture fixture;

	(void)st;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.rules.throttle = (struct throttle_rules){NSEC_PER_SEC, 1};
	fixture.rules.backoff =
		(struct backoff_rules){2 * NSEC_PER_SEC, 2 * NSEC_PER_SEC};
	/* tokens at 0, 1, 2, 3 s; the backoff is 1 to 2 s */
	for (int i = 0; i < 2; i++)
		assert_later(decide(&fixture, failure(), 0), MUSTER_WHY_BACKOFF,
			     NOW_NS + NSEC_PER_SEC, NOW_NS + 2 * NSEC_PER_SEC);
	(void)decide(&fixture, failure(), 0); /* 2 s may be either's */
	for (uint64_t i = 3; i < 10; i++)
		assert_later(decide(&fixture, failure(), 0),
			     MUSTER_WHY_THROTTLE, NOW_NS + i * NSEC_PER_SEC,
			     NOW_NS + i * NSEC_PER_SEC);
}

static void equal_times_are_the_backoffs(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	/* 1 ns drawn from [0, 1] by some seed, and a token 1 ns away */
	fixture.rules.throttle = (struct throttle_rules){1, 1};
	fixture.rules.backoff = (struct backoff_rules){1, 1};
	for (fixture.shared.seed = 0;; fixture.shared.seed++) {
		uint64_t seed = fixture.shared.seed;

		if (backoff_delay_ns(&fixture.rules.backoff, 0, &seed) == 1)
			break;
	}
	fixture.shared.throttle.full_ns = NOW_NS + 1;
	assert_later(decide(&fixture, failure(), 0), MUSTER_WHY_BACKOFF,
		     NOW_NS + 1, NOW_NS + 1);
}

static void so_many_young_deaths_within_so_long_give_up(void **state)
{
	struct fixture fixture;
	uint64_t now_ns = NOW_NS;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.shared.giveup = (struct giveup){
		.times_ns = fixture.ring,
		.deaths = 3,
		.window_ns = 10,
	};
	assert_now(decide_at(&fixture, failure(), 0, now_ns), now_ns);
	now_ns += 6;
	assert_now(decide_at(&fixture, failure(), 0, now_ns), now_ns);
	now_ns += 1; /* healthy: does not count */
	assert_now(decide_at(&fixture, failure(), HEALTHY_NS, now_ns), now_ns);
	now_ns += 4; /* the first is 11 ns ago */
	assert_now(decide_at(&fixture, failure(), 0, now_ns), now_ns);
	now_ns += 5;
	assert_never(decide_at(&fixture, failure(), 0, now_ns),
		     MUSTER_WHY_GIVE_UP);
}

static void a_streak_that_cannot_grow_keeps_the_longest_delay(void **state)
{
	const struct muster_exit how =
		exit_from_launch(MUSTER_STEP_CLONE, EAGAIN);
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.rules.backoff =
		(struct backoff_rules){NSEC_PER_SEC, 60 * NSEC_PER_SEC};
	fixture.memory = (struct restart_memory){UINT32_MAX, UINT32_MAX};
	assert_later(decide(&fixture, how, 0), MUSTER_WHY_LAUNCH,
		     NOW_NS + RESTART_LAUNCH_CAP_NS / 2,
		     NOW_NS + RESTART_LAUNCH_CAP_NS);
	assert_later(decide(&fixture, failure(), 0), MUSTER_WHY_BACKOFF,
		     NOW_NS + 30 * NSEC_PER_SEC, NOW_NS + 60 * NSEC_PER_SEC);
	assert_int_equal(fixture.memory.streak, UINT32_MAX);
}

static void a_delay_beyond_the_clock_is_never_due(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.rules.backoff = (struct backoff_rules){NSEC_NEVER, NSEC_NEVER};
	assert_later(decide_at(&fixture, failure(), 0, NSEC_NEVER / 2 + 2),
		     MUSTER_WHY_BACKOFF, NSEC_NEVER, NSEC_NEVER);
}

static void an_asked_death_teaches_without_a_decision(void **state)
{
	struct fixture fixture;
	struct restart_question question = {failure(), YOUNG_NS, NOW_NS};

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.memory = (struct restart_memory){5, 6};
	restart_note_death(&fixture.rules, &fixture.shared, &fixture.memory,
			   &question);
	assert_true(fixture.shared.has_executed);
	assert_int_equal(fixture.memory.streak, 5);
	assert_int_equal(fixture.memory.launch_streak, 0);

	question.uptime_ns = HEALTHY_NS;
	restart_note_death(&fixture.rules, &fixture.shared, &fixture.memory,
			   &question);
	assert_int_equal(fixture.memory.streak, 0);
}

static void a_failed_launch_teaches_nothing(void **state)
{
	struct fixture fixture;
	const struct restart_question question = {
		exit_from_launch(MUSTER_STEP_EXEC, ENOENT), HEALTHY_NS, NOW_NS};

	(void)state;
	fixture_init(&fixture, MUSTER_RESTART_ALWAYS);
	fixture.memory = (struct restart_memory){5, 6};
	restart_note_death(&fixture.rules, &fixture.shared, &fixture.memory,
			   &question);
	assert_false(fixture.shared.has_executed);
	assert_int_equal(fixture.memory.streak, 5);
	assert_int_equal(fixture.memory.launch_streak, 6);
}

static void a_mode_that_does_not_exist_is_asserted(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, MUSTER_RESTARTS);
	expect_assert_failure((void)decide(&fixture, failure(), 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_clone_that_fails_is_tried_for_ever_with_longer_pauses),
		cmocka_unit_test(
			a_clone_that_fails_is_tried_again_in_every_mode),
		cmocka_unit_test(a_command_that_never_ran_is_not_tried_again),
		cmocka_unit_test(an_execve_that_lacks_resources_is_tried_again),
		cmocka_unit_test(a_command_that_ran_once_is_waited_for),
		cmocka_unit_test(
			a_worker_that_ran_ends_the_streak_of_failed_launches),
		cmocka_unit_test(young_deaths_are_throttled_to_one_a_second),
		cmocka_unit_test(healthy_deaths_cost_no_token),
		cmocka_unit_test(
			a_healthy_life_ends_the_streak_of_young_deaths),
		cmocka_unit_test(
			the_later_of_throttle_and_backoff_gives_time_and_reason),
		cmocka_unit_test(equal_times_are_the_backoffs),
		cmocka_unit_test(so_many_young_deaths_within_so_long_give_up),
		cmocka_unit_test(
			a_streak_that_cannot_grow_keeps_the_longest_delay),
		cmocka_unit_test(a_delay_beyond_the_clock_is_never_due),
		cmocka_unit_test(an_asked_death_teaches_without_a_decision),
		cmocka_unit_test(a_failed_launch_teaches_nothing),
		cmocka_unit_test(a_mode_that_does_not_exist_is_asserted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
