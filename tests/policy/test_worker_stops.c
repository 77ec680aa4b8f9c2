/*
 * test_worker_stops.c - stops that were asked for, stops for not being ready,
 * and what is wanted afterwards.
 */
#include "policy/worker_fixture.h"

static void unwanted_climbs_from_the_first_rung_to_KILL(void **state)
{
	static const enum worker_state states[] = {WORKER_STARTING,
						   WORKER_READY};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, states[i]);
		fixture.life.is_wanted = true;
		fixture.life.rung =
			LADDER_KILL; /* left over from an earlier stop */
		verdict = step(&fixture, WORKER_UNWANTED);
		assert_int_equal(verdict.signo, SIGTERM);
		assert_int_equal(verdict.why, MUSTER_WHY_ASKED);
		assert_false(fixture.life.is_wanted);
		assert_int_equal(fixture.life.stop_why, MUSTER_WHY_ASKED);

		verdict = step_at(&fixture, WORKER_WAKE, STOP_DUE_NS);
		assert_acts(&fixture, verdict, WORKER_STOPPING,
			    WORKER_TELL | WORKER_SIGNAL, NSEC_NEVER);
		assert_int_equal(verdict.signo, SIGKILL);
		assert_int_equal(verdict.why, MUSTER_WHY_ASKED);
	}
}

static void the_last_rung_is_not_left(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STOPPING);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(step(&fixture, WORKER_WAKE).signo, SIGKILL);
		assert_int_equal(fixture.life.rung, LADDER_RUNGS - 1);
	}
}

static void a_stop_without_deadline_arms_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	ladder_init(&fixture.rules.ladder, SIGINT, NSEC_NEVER, NSEC_NEVER);
	assert_acts(&fixture, step(&fixture, WORKER_UNWANTED), WORKER_STOPPING,
		    WORKER_TELL | WORKER_SIGNAL, NSEC_NEVER);
}

static void a_second_unwanted_does_not_climb(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	(void)step(&fixture, WORKER_UNWANTED); /* the second one counts */
	assert_acts(&fixture, step(&fixture, WORKER_UNWANTED), WORKER_STOPPING,
		    0, NSEC_NEVER);
	assert_int_equal(fixture.life.rung, LADDER_STOP);
}

static void an_asked_death_releases_the_slot_in_every_mode(void **state)
{
	(void)state;
	for (int mode = 0; mode < MUSTER_RESTARTS; mode++) {
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, WORKER_STOPPING);
		fixture.rules.restart.mode = (enum muster_restart)mode;
		verdict = step(&fixture, WORKER_EXITED);
		assert_acts(&fixture, verdict, WORKER_VACANT,
			    WORKER_TELL | WORKER_RELEASE, NSEC_NEVER);
		assert_told(verdict, MUSTER_NEXT_NEVER, MUSTER_WHY_ASKED);
		assert_int_equal(verdict.uptime_ns, NOW_NS - STARTED_NS);
	}
}

static void an_asked_failure_to_launch_releases_the_slot(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STOPPING);
	verdict = launch_failed(&fixture);
	assert_acts(&fixture, verdict, WORKER_VACANT,
		    WORKER_TELL | WORKER_RELEASE, NSEC_NEVER);
	assert_told(verdict, MUSTER_NEXT_NEVER, MUSTER_WHY_ASKED);
	assert_false(fixture.shared.has_executed);
}

/* B44: a reload costs no token, however young the workers are. */
static void an_asked_death_that_is_wanted_again_costs_no_token(void **state)
{
	(void)state;
	for (int mode = 0; mode < MUSTER_RESTARTS; mode++) {
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, WORKER_READY);
		fixture.life.started_ns = NOW_NS;
		fixture.rules.restart.mode = (enum muster_restart)mode;
		fixture.rules.restart.throttle =
			(struct throttle_rules){NSEC_PER_SEC, 1};
		(void)step(&fixture, WORKER_UNWANTED); /* the table's test */
		(void)step(&fixture, WORKER_WANTED);   /* notes it */
		assert_true(fixture.life.is_wanted);
		verdict = step(&fixture, WORKER_EXITED);
		assert_acts(&fixture, verdict, WORKER_STARTING,
			    WORKER_TELL | WORKER_SPAWN | WORKER_ARM,
			    READY_DUE_NS);
		assert_told(verdict, MUSTER_NEXT_NOW, MUSTER_WHY_ASKED);
		assert_int_equal(verdict.uptime_ns, 0);
		assert_int_equal(fixture.life.started_ns, NOW_NS);
		assert_int_equal(fixture.shared.throttle.full_ns, 0);
		assert_int_equal(fixture.life.memory.streak, 4);
	}
}

/* A reload while the program is being replaced: it has run, so it is waited
 * for, although no worker died on its own. */
static void an_asked_death_shows_that_the_command_can_run(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	(void)step(&fixture, WORKER_UNWANTED); /* a reload ... */
	(void)step(&fixture, WORKER_WANTED);   /* ... of this slot */
	assert_told(step(&fixture, WORKER_EXITED), MUSTER_NEXT_NOW,
		    MUSTER_WHY_ASKED);
	assert_told(
		exited(&fixture, exit_from_launch(MUSTER_STEP_EXEC, ENOENT)),
		MUSTER_NEXT_LATER, MUSTER_WHY_LAUNCH);
}

static void a_failed_launch_that_is_wanted_again_does_not_spin(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STOPPING);
	(void)step(&fixture, WORKER_WANTED); /* notes it */
	verdict = launch_failed(&fixture);
	assert_int_equal(fixture.life.state, WORKER_WAITING);
	assert_int_equal(verdict.actions, WORKER_TELL | WORKER_ARM);
	assert_told(verdict, MUSTER_NEXT_LATER, MUSTER_WHY_LAUNCH);
}

static void the_last_word_before_the_death_counts(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	(void)step(&fixture, WORKER_UNWANTED); /* three notes follow */
	(void)step(&fixture, WORKER_WANTED);
	(void)step(&fixture, WORKER_UNWANTED);
	(void)step(&fixture, WORKER_WANTED);
	assert_told(step(&fixture, WORKER_EXITED), MUSTER_NEXT_NOW,
		    MUSTER_WHY_ASKED);
	(void)step(&fixture, WORKER_UNWANTED); /* and once the other way */
	(void)step(&fixture, WORKER_WANTED);
	(void)step(&fixture, WORKER_UNWANTED);
	assert_told(step(&fixture, WORKER_EXITED), MUSTER_NEXT_NEVER,
		    MUSTER_WHY_ASKED);
}

/* Readiness. */

static void readiness_disarms_and_is_told_once(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	fixture.rules.watchdog_ns = NSEC_NEVER;
	assert_acts(&fixture, step(&fixture, WORKER_IS_READY), WORKER_READY,
		    WORKER_TELL, NSEC_NEVER);
	assert_acts(&fixture, step(&fixture, WORKER_IS_READY), WORKER_READY, 0,
		    NSEC_NEVER);
	assert_int_equal(fixture.life.started_ns, STARTED_NS);
}

static void a_worker_not_ready_in_time_is_stopped_and_still_wanted(void **st)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)st;
	fixture_init(&fixture, WORKER_STARTING);
	verdict = step(&fixture, WORKER_WAKE);
	assert_int_equal(verdict.signo, SIGTERM);
	assert_int_equal(verdict.why, MUSTER_WHY_NOT_READY);
	assert_int_equal(fixture.life.stop_why, MUSTER_WHY_NOT_READY);
	assert_true(fixture.life.is_wanted);
	verdict = step_at(&fixture, WORKER_WAKE, STOP_DUE_NS);
	assert_int_equal(verdict.signo, SIGKILL);
	assert_int_equal(verdict.why, MUSTER_WHY_NOT_READY);
}

/* Too late is too late: the signal is on its way. */
static void readiness_said_during_a_stop_changes_nothing(void **state)
{
	struct worker_life before;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	(void)step(&fixture, WORKER_WAKE); /* stops it */
	before = fixture.life;
	assert_acts(&fixture, step(&fixture, WORKER_IS_READY), WORKER_STOPPING,
		    0, NSEC_NEVER);
	assert_same_life(&fixture.life, &before);
}

static void a_death_for_not_being_ready_is_charged_like_a_crash(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	fixture.rules.restart.healthy_after_ns = NSEC_NEVER;
	fixture.rules.restart.throttle =
		(struct throttle_rules){NSEC_PER_SEC, 1};
	fixture.shared.throttle.full_ns = NOW_NS + NSEC_PER_SEC;
	(void)step(&fixture, WORKER_WAKE); /* stops it */
	assert_told(step(&fixture, WORKER_EXITED), MUSTER_NEXT_LATER,
		    MUSTER_WHY_THROTTLE);
	assert_int_equal(fixture.life.state, WORKER_WAITING);
	assert_int_equal(fixture.life.memory.streak, 5);
}

static void unwanted_makes_a_stop_for_not_being_ready_an_asked_one(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	(void)step(&fixture, WORKER_WAKE); /* stops it */
	assert_acts(&fixture, step(&fixture, WORKER_UNWANTED), WORKER_STOPPING,
		    0, NSEC_NEVER);
	assert_int_equal(fixture.life.stop_why, MUSTER_WHY_ASKED);
	assert_told(step(&fixture, WORKER_EXITED), MUSTER_NEXT_NEVER,
		    MUSTER_WHY_ASKED);
	assert_int_equal(fixture.life.state, WORKER_VACANT);
}

static void wanted_during_a_stop_for_not_being_ready_asks_nothing(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STARTING);
	(void)step(&fixture, WORKER_WAKE);   /* stops it */
	(void)step(&fixture, WORKER_WANTED); /* it is already */
	assert_int_equal(fixture.life.stop_why, MUSTER_WHY_NOT_READY);
	fixture.rules.restart.mode = MUSTER_RESTART_NEVER;
	assert_told(step(&fixture, WORKER_EXITED), MUSTER_NEXT_NEVER,
		    MUSTER_WHY_RULE);
}

/* Whoever said that it stops has had no signal yet. */
static void who_leaves_is_told_when_it_is_not_wanted_any_more(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	verdict = step(&fixture, WORKER_LEAVE);
	assert_acts(&fixture, verdict, WORKER_STOPPING,
		    WORKER_TELL | WORKER_ARM, STOP_DUE_NS);
	assert_int_equal(verdict.signo, 0);
	verdict = step(&fixture, WORKER_UNWANTED);
	assert_int_equal(verdict.signo, SIGTERM);
	verdict = step(&fixture, WORKER_EXITED);
	assert_int_equal(verdict.next, MUSTER_NEXT_NEVER);
}

/* Time that never ends is more time, too. */
static void who_asks_for_time_for_ever_has_no_deadline(void **state)
{
	static const enum worker_state states[] = {WORKER_STARTING,
						   WORKER_STOPPING};
	const struct worker_news news = {
		.event = WORKER_EXTEND,
		.now_ns = NOW_NS,
		.extend_ns = NSEC_NEVER - NOW_NS,
	};
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		fixture_init(&fixture, states[i]);
		verdict = worker_step(&fixture.rules, &fixture.shared,
				      &fixture.life, &news);
		/* An action without ARM: what is armed is not any more. */
		assert_acts(&fixture, verdict, states[i], WORKER_TURN,
			    NSEC_NEVER);
		assert_int_equal(fixture.life.due_ns, NSEC_NEVER);
	}
}

/* Where a stop is SIGKILL, too: nobody would ever look after it. */
static void who_leaves_has_the_time_of_a_stop(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	ladder_init(&fixture.rules.ladder, SIGKILL, STOP_TIMEOUT_NS,
		    WATCHDOG_NS);
	verdict = step(&fixture, WORKER_LEAVE);
	assert_acts(&fixture, verdict, WORKER_STOPPING,
		    WORKER_TELL | WORKER_ARM, STOP_DUE_NS);
	verdict = step(&fixture, WORKER_WAKE);
	assert_int_equal(verdict.signo, SIGKILL);
	assert_true(verdict.is_overdue);
	assert_int_equal(verdict.due_ns, NSEC_NEVER);
}

static void who_leaves_is_replaced_by_the_rules(void **state)
{
	struct worker_verdict verdict;
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_READY);
	(void)step(&fixture, WORKER_LEAVE); /* its end counts */
	verdict = step(&fixture, WORKER_EXITED);
	assert_int_equal(verdict.next, MUSTER_NEXT_NOW);
	assert_int_equal(verdict.why, MUSTER_WHY_RULE);
	fixture_init(&fixture, WORKER_RELIEVED);
	(void)step(&fixture, WORKER_LEAVE); /* likewise */
	verdict = step(&fixture, WORKER_EXITED);
	assert_int_equal(verdict.next, MUSTER_NEXT_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unwanted_climbs_from_the_first_rung_to_KILL),
		cmocka_unit_test(the_last_rung_is_not_left),
		cmocka_unit_test(a_stop_without_deadline_arms_nothing),
		cmocka_unit_test(a_second_unwanted_does_not_climb),
		cmocka_unit_test(
			an_asked_death_releases_the_slot_in_every_mode),
		cmocka_unit_test(an_asked_failure_to_launch_releases_the_slot),
		cmocka_unit_test(
			an_asked_death_that_is_wanted_again_costs_no_token),
		cmocka_unit_test(an_asked_death_shows_that_the_command_can_run),
		cmocka_unit_test(
			a_failed_launch_that_is_wanted_again_does_not_spin),
		cmocka_unit_test(the_last_word_before_the_death_counts),
		cmocka_unit_test(
			who_leaves_is_told_when_it_is_not_wanted_any_more),
		cmocka_unit_test(who_asks_for_time_for_ever_has_no_deadline),
		cmocka_unit_test(who_leaves_has_the_time_of_a_stop),
		cmocka_unit_test(who_leaves_is_replaced_by_the_rules),
		cmocka_unit_test(readiness_disarms_and_is_told_once),
		cmocka_unit_test(
			a_worker_not_ready_in_time_is_stopped_and_still_wanted),
		cmocka_unit_test(readiness_said_during_a_stop_changes_nothing),
		cmocka_unit_test(
			a_death_for_not_being_ready_is_charged_like_a_crash),
		cmocka_unit_test(
			unwanted_makes_a_stop_for_not_being_ready_an_asked_one),
		cmocka_unit_test(
			wanted_during_a_stop_for_not_being_ready_asks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
