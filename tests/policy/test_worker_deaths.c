/*
 * test_worker_deaths.c - launches, and the deaths that nobody asked for.
 */
#include "policy/worker_fixture.h"

/* Launching. */

static void a_slot_wanted_anew_has_forgotten_its_streaks(void **state)
{
	static const enum worker_state states[] = {WORKER_VACANT,
						   WORKER_FAILED};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct fixture fixture;

		fixture_init(&fixture, states[i]);
		(void)step(&fixture, WORKER_WANTED); /* the memory counts */
		assert_int_equal(fixture.life.memory.streak, 0);
		assert_int_equal(fixture.life.memory.launch_streak, 0);
		assert_int_equal(fixture.life.started_ns, NOW_NS);
	}
}

static void a_slot_that_waited_remembers_its_streaks(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_WAITING);
	(void)step(&fixture, WORKER_WAKE); /* the memory counts */
	assert_int_equal(fixture.life.memory.streak, 4);
	assert_int_equal(fixture.life.memory.launch_streak, 5);
	assert_int_equal(fixture.life.started_ns, NOW_NS);
}

static void without_a_ready_timeout_a_launch_arms_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_VACANT);
	fixture.shared.ready_timeout_ns = NSEC_NEVER;
	assert_acts(&fixture, step(&fixture, WORKER_WANTED), WORKER_STARTING,
		    WORKER_SPAWN, NSEC_NEVER);
	assert_acts(&fixture, step(&fixture, WORKER_EXITED), WORKER_STARTING,
		    WORKER_TELL | WORKER_SPAWN, NSEC_NEVER);
	fixture_init(&fixture, WORKER_WAITING);
	fixture.shared.ready_timeout_ns = NSEC_NEVER;
	assert_acts(&fixture, step(&fixture, WORKER_WAKE), WORKER_STARTING,
		    WORKER_SPAWN, NSEC_NEVER);
}

/* Deaths that nobody asked for. */

static void a_healthy_death_is_replaced_at_once(void **state)
{
	static const enum worker_state states[] = {WORKER_STARTING,
						   WORKER_READY};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, states[i]);
		verdict = step(&fixture, WORKER_EXITED);
		assert_told(verdict, MUSTER_NEXT_NOW, MUSTER_WHY_RULE);
		assert_int_equal(verdict.uptime_ns, NOW_NS - STARTED_NS);
		assert_int_equal(fixture.life.started_ns, NOW_NS);
		assert_int_equal(fixture.life.memory.streak, 0);
	}
}

static void a_young_death_that_is_replaced_keeps_its_memory(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	fixture.life.started_ns = NOW_NS;
	assert_acts(&fixture, step(&fixture, WORKER_EXITED), WORKER_STARTING,
		    WORKER_TELL | WORKER_SPAWN | WORKER_ARM, READY_DUE_NS);
	assert_int_equal(fixture.life.memory.streak, 5);
	assert_int_equal(fixture.life.memory.launch_streak, 0);
}

static void a_throttled_death_waits_until_its_token(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	fixture.life.started_ns = NOW_NS - 5;
	fixture.rules.restart.throttle =
		(struct throttle_rules){NSEC_PER_SEC, 1};
	fixture.shared.throttle.full_ns = NOW_NS + 3 * NSEC_PER_SEC;
	verdict = step(&fixture, WORKER_EXITED);
	assert_acts(&fixture, verdict, WORKER_WAITING, WORKER_TELL | WORKER_ARM,
		    NOW_NS + 3 * NSEC_PER_SEC);
	assert_told(verdict, MUSTER_NEXT_LATER, MUSTER_WHY_THROTTLE);
	assert_int_equal(verdict.uptime_ns, 5);
}

static void a_wait_beyond_the_clock_arms_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	fixture.life.started_ns = NSEC_NEVER - 1;
	fixture.rules.restart.backoff =
		(struct backoff_rules){NSEC_NEVER, NSEC_NEVER};
	assert_acts(&fixture, step_at(&fixture, WORKER_EXITED, NSEC_NEVER - 1),
		    WORKER_WAITING, WORKER_TELL, NSEC_NEVER);
}

static void a_death_that_the_rule_leaves_ends_in_failed(void **state)
{
	static const enum worker_state states[] = {WORKER_STARTING,
						   WORKER_READY};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, states[i]);
		fixture.rules.restart.mode = MUSTER_RESTART_NEVER;
		verdict = step(&fixture, WORKER_EXITED);
		assert_acts(&fixture, verdict, WORKER_FAILED, WORKER_TELL,
			    NSEC_NEVER);
		assert_told(verdict, MUSTER_NEXT_NEVER, MUSTER_WHY_RULE);
		assert_int_equal(verdict.uptime_ns, NOW_NS - STARTED_NS);
	}
}

static void the_exit_is_what_the_rule_is_asked_about(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	fixture.rules.restart.mode = MUSTER_RESTART_ON_FAILURE;
	assert_told(exited(&fixture, exit_from_child(CLD_KILLED, SIGKILL)),
		    MUSTER_NEXT_NOW, MUSTER_WHY_RULE);
	assert_told(exited(&fixture, exit_from_child(CLD_EXITED, 0)),
		    MUSTER_NEXT_NEVER, MUSTER_WHY_RULE);
}

static void a_failed_clone_waits_and_costs_no_token(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	fixture.rules.restart.throttle =
		(struct throttle_rules){NSEC_PER_SEC, 1};
	verdict = launch_failed(&fixture);
	assert_int_equal(fixture.life.state, WORKER_WAITING);
	assert_int_equal(verdict.actions, WORKER_TELL | WORKER_ARM);
	assert_in_range(verdict.due_ns, NOW_NS + 1,
			NOW_NS + RESTART_LAUNCH_CAP_NS);
	assert_told(verdict, MUSTER_NEXT_LATER, MUSTER_WHY_LAUNCH);
	assert_int_equal(fixture.shared.throttle.full_ns, 0);
	assert_int_equal(fixture.life.memory.launch_streak, 6);
}

static void a_stamp_later_than_the_turn_is_an_uptime_of_0(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	fixture.life.started_ns = NOW_NS + 20;
	assert_int_equal(step(&fixture, WORKER_EXITED).uptime_ns, 0);
	fixture_init(&fixture, WORKER_STOPPING);
	fixture.life.started_ns = NOW_NS + 20;
	assert_int_equal(step(&fixture, WORKER_EXITED).uptime_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_wanted_anew_has_forgotten_its_streaks),
		cmocka_unit_test(a_slot_that_waited_remembers_its_streaks),
		cmocka_unit_test(without_a_ready_timeout_a_launch_arms_nothing),
		cmocka_unit_test(a_healthy_death_is_replaced_at_once),
		cmocka_unit_test(
			a_young_death_that_is_replaced_keeps_its_memory),
		cmocka_unit_test(a_throttled_death_waits_until_its_token),
		cmocka_unit_test(a_wait_beyond_the_clock_arms_nothing),
		cmocka_unit_test(a_death_that_the_rule_leaves_ends_in_failed),
		cmocka_unit_test(the_exit_is_what_the_rule_is_asked_about),
		cmocka_unit_test(a_failed_clone_waits_and_costs_no_token),
		cmocka_unit_test(a_stamp_later_than_the_turn_is_an_uptime_of_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
