/*
 * test_kill.c - how everything ends at once, and how long anybody waits for who
 * does not die of it.
 */
#include "policy/route.h"
#include "core/fixture.h"

#define STALL_NS (10 * NSEC_PER_SEC)

static void hang(uint32_t process)
{
	assert_true(process < fake.count);
	fake.processes[process]->manners = FAKE_HANGS;
}

static void the_second_TERM_kills_all_and_is_143(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 300);
	for (uint32_t i = 0; i < 300; i++)
		hang(i);
	fake_signal(SIGTERM);
	turn(fixture);
	fake_signal_from(SIGTERM, 4712, 0, SI_USER);
	assert_int_equal(finish(fixture), 143);
	for (uint32_t i = 0; i < 300; i++)
		assert_int_equal(fake.processes[i]->sent[SIGKILL], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_OVERDUE), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STOP), 2);
}

static void TERMs_of_two_senders_in_one_turn_are_two(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 3);
	fake_signal(SIGTERM);
	fake_signal_from(SIGTERM, 4712, 0, SI_USER);
	assert_int_equal(finish(fixture), 143);
}

/* timeout(1) sends it to its child and to its own process group. */
static void an_echo_of_TERM_does_not_kill(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 3);
	fake_signal(SIGTERM);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 0);
}

static void the_same_sender_may_TERM_again_later(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	hang(0);
	fake_signal(SIGTERM);
	turn(fixture);
	fake_pass(ROUTE_ECHO_NS);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 143);
}

static void INT_and_QUIT_kill_all_and_are_1(void **state)
{
	static const int signals[] = {SIGINT, SIGQUIT};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		begin_with(fixture, 100);
		fake_signal(signals[i]);
		assert_int_equal(finish(fixture), 1);
		for (uint32_t p = 0; p < 100; p++)
			assert_int_equal(fake.processes[fake.count - 1 - p]
						 ->sent[SIGKILL],
					 1);
		fixture->muster = muster_free(fixture->muster);
	}
}

static void INT_overrides_a_stop_that_goes_on(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	hang(0);
	fake_signal(SIGTERM);
	turn(fixture);
	fake_signal(SIGINT);
	assert_int_equal(finish(fixture), 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
}

static void kill_ends_who_waits_and_who_failed(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.backoff_min_ns = NSEC_PER_SEC;
	begin_with(fixture, 4);
	fake_exit(fake.processes[0], 1);
	settle(fixture);
	assert_int_equal(muster_kill(fixture->muster, 77), 0);
	assert_int_equal(muster_kill(fixture->muster, 78), 0); /* too late */
	assert_int_equal(finish(fixture), 77);
	assert_int_equal(fake.launches, 4);
	assert_int_equal(fixture->supervisor->context.deadlines.count, 0);
}

/* The kill was asked for: nobody was late. */
static void a_worker_slow_to_die_of_KILL_is_waited_for(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	fake.kill_takes_ns = 4 * NSEC_PER_SEC;
	muster_kill(fixture->muster, 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.now_ns, FAKE_START_NS + 4 * NSEC_PER_SEC);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_DONE, 0)->count, 0);
}

/* Uninterruptible sleep: nothing can be done about it. */
static void who_does_not_die_of_KILL_is_left_behind_and_told(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	fake.kill_takes_ns = 90 * NSEC_PER_SEC;
	fake.may_leave = true;
	muster_kill(fixture->muster, 5);
	assert_int_equal(finish(fixture), 5);
	assert_int_equal(fake.now_ns, FAKE_START_NS + 5 * NSEC_PER_SEC);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_DONE, 0)->count, 2);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake_open_pidfds(), 0);
	list_init(&fake.living); /* init's from now on */
}

static void a_turn_while_killing_waits_no_longer_than_it_is_told(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	fake.kill_takes_ns = NSEC_PER_SEC;
	muster_kill(fixture->muster, 0);
	turn_for(fixture, NSEC_PER_MSEC);
	assert_int_equal(fake.now_ns, FAKE_START_NS + NSEC_PER_MSEC);
}

static void free_kills_and_reaps_who_still_lives(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 100);
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake_live(), 0);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(fake.processes[i]->sent[SIGKILL], 1);
		assert_int_equal(fake.processes[i]->state, FAKE_REAPED);
	}
	assert_int_equal(fake.launches, 100);
}

static void free_in_the_middle_of_a_start_or_stop_reaps_all(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 200;
	begin(fixture);
	turn(fixture); /* some are launched */
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake.launches, SUPERVISOR_BUDGET);
	assert_int_equal(fake_live(), 0);
	begin_with(fixture, 200);
	for (uint32_t i = 0; i < fake.count; i++)
		fake.processes[i]->manners = FAKE_HANGS;
	muster_stop(fixture->muster);
	turn(fixture); /* some are told */
	fixture->muster = muster_free(fixture->muster);
	assert_int_equal(fake_live(), 0);
	assert_null(muster_free(NULL));
}

/* The launcher was stopped for a while (SIGSTOP, a paused machine): they are
 * dead, it has only not heard of all of them. */
static void a_stalled_launcher_still_reaps_the_dead(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 300);
	muster_kill(fixture->muster, 0);
	fake_pass(STALL_NS);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_DONE, 0)->count, 0);
	assert_int_equal(fake_live(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(the_second_TERM_kills_all_and_is_143),
		fixture_test(TERMs_of_two_senders_in_one_turn_are_two),
		fixture_test(an_echo_of_TERM_does_not_kill),
		fixture_test(the_same_sender_may_TERM_again_later),
		fixture_test(INT_and_QUIT_kill_all_and_are_1),
		fixture_test(INT_overrides_a_stop_that_goes_on),
		fixture_test(kill_ends_who_waits_and_who_failed),
		fixture_test(a_worker_slow_to_die_of_KILL_is_waited_for),
		fixture_test(who_does_not_die_of_KILL_is_left_behind_and_told),
		fixture_test(
			a_turn_while_killing_waits_no_longer_than_it_is_told),
		fixture_test(free_kills_and_reaps_who_still_lives),
		fixture_test(free_in_the_middle_of_a_start_or_stop_reaps_all),
		fixture_test(a_stalled_launcher_still_reaps_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
