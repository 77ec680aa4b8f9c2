/*
 * test_worker.c - every cell of the table once: what it does, that it asserts,
 * or that it leaves everything alone.
 */
#include "policy/worker_fixture.h"

struct cell {
	bool is_never;
	enum worker_state state;
	uint32_t actions;
	uint64_t due_ns;
};

#define NEVER                    \
	{                        \
		.is_never = true \
	}
#define QUIET(state)                        \
	{                                   \
		false, state, 0, NSEC_NEVER \
	}
#define LAUNCH(tell)                                                        \
	{                                                                   \
		false, WORKER_STARTING, (tell) | WORKER_SPAWN | WORKER_ARM, \
			READY_DUE_NS                                        \
	}
#define STOP                                                                  \
	{                                                                     \
		false, WORKER_STOPPING,                                       \
			WORKER_TELL | WORKER_SIGNAL | WORKER_ARM, STOP_DUE_NS \
	}
#define KILL                                                         \
	{                                                            \
		false, WORKER_STOPPING, WORKER_TELL | WORKER_SIGNAL, \
			NSEC_NEVER                                   \
	}
#define KILL_QUIETLY                                              \
	{                                                         \
		false, WORKER_STOPPING, WORKER_SIGNAL, NSEC_NEVER \
	}
#define VACATE(tell)                                                      \
	{                                                                 \
		false, WORKER_VACANT, (tell) | WORKER_RELEASE, NSEC_NEVER \
	}
#define READY                                                  \
	{                                                      \
		false, WORKER_READY, WORKER_TELL | WORKER_ARM, \
			NOW_NS + WATCHDOG_NS                   \
	}
#define ABORT                                                     \
	{                                                         \
		false, WORKER_STOPPING,                           \
			WORKER_TELL | WORKER_SIGNAL | WORKER_ARM, \
			NOW_NS + WATCHDOG_NS                      \
	}
#define TURN(state)                                              \
	{                                                        \
		false, state, WORKER_TURN | WORKER_ARM, ARMED_NS \
	}
#define LATER(state, due)                     \
	{                                     \
		false, state, WORKER_ARM, due \
	}
#define LEAVE                                                                 \
	{                                                                     \
		false, WORKER_STOPPING, WORKER_TELL | WORKER_ARM, STOP_DUE_NS \
	}
#define MUTATE(state)                                              \
	{                                                          \
		false, state, WORKER_SIGNAL | WORKER_ARM, ARMED_NS \
	}
#define PINGED(state) LATER(state, NOW_NS + WATCHDOG_NS)
#define EXTENDED(state)                                                    \
	{                                                                  \
		false, state, WORKER_TURN | WORKER_ARM, NOW_NS + EXTEND_NS \
	}
/* Nobody is relieved there, and nobody says anything. */
#define DEAF(state)                                                    \
	NEVER, QUIET(state), QUIET(state), QUIET(state), QUIET(state), \
		QUIET(state)

/* For a group that always restarts and has no throttle, and an asked stop. The
 * columns are WANTED, UNWANTED, READY, EXITED, WAKE, KILL, and RELIEVE, PING,
 * TRIGGER, EXTEND, LEAVE, MUTATE. */
// clang-format off
static const struct cell expected[WORKER_STATES][WORKER_EVENTS] = {
	[WORKER_VACANT] = {
		LAUNCH(0), QUIET(WORKER_VACANT), QUIET(WORKER_VACANT),
		NEVER, NEVER, QUIET(WORKER_VACANT), DEAF(WORKER_VACANT),
	},
	[WORKER_STARTING] = {
		QUIET(WORKER_STARTING), STOP, READY,
		LAUNCH(WORKER_TELL), STOP, KILL_QUIETLY,
		NEVER, QUIET(WORKER_STARTING), QUIET(WORKER_STARTING),
		EXTENDED(WORKER_STARTING), LEAVE, QUIET(WORKER_STARTING),
	},
	[WORKER_READY] = {
		QUIET(WORKER_READY), STOP, QUIET(WORKER_READY),
		LAUNCH(WORKER_TELL), ABORT, KILL_QUIETLY,
		TURN(WORKER_RELIEVED), PINGED(WORKER_READY), ABORT,
		QUIET(WORKER_READY), LEAVE, MUTATE(WORKER_READY),
	},
	[WORKER_RELIEVED] = {
		TURN(WORKER_READY), STOP, QUIET(WORKER_RELIEVED),
		VACATE(WORKER_TELL), ABORT, KILL_QUIETLY,
		QUIET(WORKER_RELIEVED), PINGED(WORKER_RELIEVED),
		ABORT, QUIET(WORKER_RELIEVED), LEAVE, MUTATE(WORKER_RELIEVED),
	},
	[WORKER_STOPPING] = {
		QUIET(WORKER_STOPPING), QUIET(WORKER_STOPPING),
		QUIET(WORKER_STOPPING), VACATE(WORKER_TELL), KILL,
		KILL_QUIETLY,
		NEVER, QUIET(WORKER_STOPPING), QUIET(WORKER_STOPPING),
		EXTENDED(WORKER_STOPPING), QUIET(WORKER_STOPPING),
		QUIET(WORKER_STOPPING),
	},
	[WORKER_WAITING] = {
		QUIET(WORKER_WAITING), VACATE(0), QUIET(WORKER_WAITING),
		NEVER, LAUNCH(0), VACATE(0), DEAF(WORKER_WAITING),
	},
	[WORKER_FAILED] = {
		LAUNCH(0), VACATE(0), QUIET(WORKER_FAILED),
		NEVER, NEVER, VACATE(0), DEAF(WORKER_FAILED),
	},
};
// clang-format on

static void check_cell(enum worker_state state, enum worker_event event)
{
	const struct cell *cell = &expected[state][event];
	struct worker_verdict verdict;
	struct fixture fixture;

	fixture_init(&fixture, state);
	verdict = step(&fixture, event);
	assert_acts(&fixture, verdict, cell->state, cell->actions,
		    cell->due_ns);
	if (event != WORKER_EXITED && event != WORKER_IS_READY)
		assert_int_equal(verdict.uptime_ns, 0);
	if (!(cell->actions & WORKER_SIGNAL))
		assert_int_equal(verdict.signo, 0);
}

static void every_legal_cell_does_what_the_table_says(void **state)
{
	(void)state;
	for (int s = 0; s < WORKER_STATES; s++)
		for (int e = 0; e < WORKER_EVENTS; e++)
			if (!expected[s][e].is_never)
				check_cell((enum worker_state)s,
					   (enum worker_event)e);
}

static void check_never(enum worker_state state, enum worker_event event)
{
	struct worker_life before;
	struct fixture fixture;

	fixture_init(&fixture, state);
	before = fixture.life;
	expect_assert_failure((void)step(&fixture, event));
	assert_same_life(&fixture.life, &before);
}

static void every_never_cell_asserts(void **state)
{
	int nevers = 0;

	(void)state;
	for (int s = 0; s < WORKER_STATES; s++) {
		for (int e = 0; e < WORKER_EVENTS; e++) {
			if (!expected[s][e].is_never)
				continue;
			check_never((enum worker_state)s, (enum worker_event)e);
			nevers++;
		}
	}
	assert_int_equal(nevers, 10);
}

static void a_dash_cell_changes_nothing(void **state)
{
	(void)state;
	for (int s = 0; s < WORKER_STATES; s++) {
		for (int e = 0; e < WORKER_EVENTS; e++) {
			struct worker_life before;
			struct fixture fixture;

			/* STOPPING notes what is wanted: tested below */
			if (expected[s][e].is_never ||
			    expected[s][e].actions != 0 ||
			    (s == WORKER_STOPPING && e == WORKER_WANTED))
				continue;
			fixture_init(&fixture, (enum worker_state)s);
			before = fixture.life;
			(void)step(&fixture, (enum worker_event)e);
			assert_same_life(&fixture.life, &before);
		}
	}
}

static void what_others_can_send_is_legal_in_every_state(void **state)
{
	(void)state;
	for (int s = 0; s < WORKER_STATES; s++) {
		assert_false(expected[s][WORKER_WANTED].is_never);
		assert_false(expected[s][WORKER_UNWANTED].is_never);
		assert_false(expected[s][WORKER_IS_READY].is_never);
		assert_false(expected[s][WORKER_KILL].is_never);
		assert_false(expected[s][WORKER_PING].is_never);
		assert_false(expected[s][WORKER_TRIGGER].is_never);
		assert_false(expected[s][WORKER_EXTEND].is_never);
		assert_false(expected[s][WORKER_LEAVE].is_never);
		assert_false(expected[s][WORKER_MUTATE].is_never);
	}
}

static void kill_is_the_last_rung_and_nobody_is_wanted_any_more(void **state)
{
	static const enum worker_state live[] = {WORKER_STARTING, WORKER_READY,
						 WORKER_RELIEVED,
						 WORKER_STOPPING};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(live); i++) {
		struct worker_verdict verdict;
		struct fixture fixture;

		fixture_init(&fixture, live[i]);
		fixture.life.is_wanted = true;
		verdict = step(&fixture, WORKER_KILL);
		assert_int_equal(verdict.signo, SIGKILL);
		assert_false(fixture.life.is_wanted);
		assert_int_equal(fixture.life.rung, LADDER_RUNGS - 1);
		assert_int_equal(fixture.life.stop_why, MUSTER_WHY_ASKED);
		verdict = step(&fixture, WORKER_EXITED);
		assert_int_equal(fixture.life.state, WORKER_VACANT);
		assert_int_equal(verdict.next, MUSTER_NEXT_NEVER);
	}
}

static void a_change_of_state_comes_with_an_action(void **state)
{
	(void)state;
	for (int s = 0; s < WORKER_STATES; s++)
		for (int e = 0; e < WORKER_EVENTS; e++)
			if (!expected[s][e].is_never &&
			    expected[s][e].state != (enum worker_state)s)
				assert_int_not_equal(expected[s][e].actions, 0);
}

static void a_state_or_event_that_does_not_exist_is_asserted(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_init(&fixture, WORKER_STATES);
	expect_assert_failure((void)step(&fixture, WORKER_WANTED));
	fixture_init(&fixture, WORKER_VACANT);
	expect_assert_failure((void)step(&fixture, WORKER_EVENTS));
	expect_assert_failure((void)worker_is_live(WORKER_STATES));
	expect_assert_failure((void)worker_state_name(WORKER_STATES));
	expect_assert_failure((void)worker_event_name(WORKER_EVENTS));
}

static void a_process_exists_in_these_three_states(void **state)
{
	(void)state;
	for (int s = 0; s < WORKER_STATES; s++) {
		bool is_ready = s == WORKER_READY || s == WORKER_RELIEVED;
		bool is_live = s == WORKER_STARTING || is_ready ||
			       s == WORKER_STOPPING;

		assert_int_equal(worker_is_ready((enum worker_state)s),
				 is_ready);

		assert_int_equal(worker_is_live((enum worker_state)s), is_live);
	}
}

static void states_and_events_have_their_own_names(void **state)
{
	static const char *const names[] = {"vacant",	"starting", "ready",
					    "relieved", "stopping", "waiting",
					    "failed"};
	static const char *const events[] = {
		"wanted",  "unwanted", "ready",	  "exited", "wake",  "kill",
		"relieve", "ping",     "trigger", "extend", "leave", "mutate"};

	(void)state;
	for (int s = 0; s < WORKER_STATES; s++)
		assert_string_equal(worker_state_name((enum worker_state)s),
				    names[s]);
	for (int e = 0; e < WORKER_EVENTS; e++)
		assert_string_equal(worker_event_name((enum worker_event)e),
				    events[e]);
}

static void a_life_begins_vacant(void **state)
{
	const struct worker_life life = WORKER_LIFE_NULL;
	const struct worker_life zeros = {.due_ns = NSEC_NEVER};

	(void)state;
	assert_int_equal(life.state, WORKER_VACANT);
	assert_same_life(&life, &zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_legal_cell_does_what_the_table_says),
		cmocka_unit_test(every_never_cell_asserts),
		cmocka_unit_test(a_dash_cell_changes_nothing),
		cmocka_unit_test(what_others_can_send_is_legal_in_every_state),
		cmocka_unit_test(
			kill_is_the_last_rung_and_nobody_is_wanted_any_more),
		cmocka_unit_test(a_change_of_state_comes_with_an_action),
		cmocka_unit_test(
			a_state_or_event_that_does_not_exist_is_asserted),
		cmocka_unit_test(a_process_exists_in_these_three_states),
		cmocka_unit_test(states_and_events_have_their_own_names),
		cmocka_unit_test(a_life_begins_vacant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
