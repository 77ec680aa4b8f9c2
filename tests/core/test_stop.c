/*
 * test_stop.c - how everything ends: gracefully, late, at once, and with the
 * launcher's parent.
 */
#include "core/fixture.h"

#define TIMEOUT_NS (60 * NSEC_PER_SEC)

static void begin_with(struct fixture *fixture, uint32_t workers)
{
	fixture->group.workers = workers;
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake_live(), workers);
}

static void hang(uint32_t process)
{
	assert_true(process < fake.count);
	fake.processes[process]->manners = FAKE_HANGS;
}

/* Reference case 26, PL.test_stop: stop(): running false, SIGTERM exactly once
 * to each child, children map ends empty. */
static void stop_sends_TERM_exactly_once_to_each_worker(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 200);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(muster_stop(fixture->muster), 0); /* case 15 */
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.count, 200);
	for (uint32_t i = 0; i < fake.count; i++) {
		assert_int_equal(fake.processes[i]->sent[SIGTERM], 1);
		assert_int_equal(fake.processes[i]->sent[SIGKILL], 0);
	}
	assert_int_equal(supervisor_live(fixture->supervisor), 0);
	assert_int_equal(fake_live(), 0);
	assert_int_equal(muster_turn(fixture->muster, MUSTER_FOREVER), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STOP), 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_STOP, 0)->count, 200);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STOPPING), 200);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DONE), 1);
}

/* A stopped process (SIGSTOP) takes TERM only when it goes on. */
static void a_stop_signal_is_followed_by_CONT(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *worker;
	size_t term;

	fixture->group.stop_signal = SIGQUIT;
	begin_with(fixture, 1);
	worker = worker_of(fixture, 0);
	muster_stop(fixture->muster);
	turn(fixture);
	term = fake_seek(0, FAKE_SIGNAL, worker->pid, SIGQUIT);
	assert_true(term < fake_seek(term, FAKE_SIGNAL, worker->pid, SIGCONT));
	assert_int_equal(worker->sent[SIGCONT], 1);
	assert_int_equal(worker->sent[SIGTERM], 0);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_STOPPING, 0)->signo,
			 SIGQUIT);
}

static void a_death_in_the_turn_of_the_TERM_is_not_made_good(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 200);
	for (uint32_t i = 0; i < 60; i++)
		fake_exit(fake.processes[199 - i], 1);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.launches, 200);
}

/* Draining is bounded, too: most are told in later turns. */
static void a_death_before_its_own_TERM_is_not_made_good(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 500);
	fake_signal(SIGTERM);
	turn(fixture);
	for (uint32_t i = 0; i < 50; i++)
		fake_exit(fake.processes[i], 1);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.launches, 500);
}

static void who_waits_for_a_restart_is_not_launched_after_TERM(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.backoff_min_ns = NSEC_PER_SEC;
	fixture->group.backoff_max_ns = NSEC_PER_SEC;
	begin_with(fixture, 200);
	for (uint32_t i = 0; i < 60; i++)
		fake_exit(fake.processes[i], 1);
	settle(fixture);
	assert_int_equal(shared_of(fixture, 0)->counts[WORKER_WAITING], 60);
	fake_signal(SIGTERM);
	fake_pass(2 * NSEC_PER_SEC); /* all of them are due */
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.launches, 200);
}

static void an_overdue_worker_is_killed_at_its_own_deadline(void **state)
{
	struct fixture *fixture = *state;
	uint64_t stop_ns;

	begin_with(fixture, 3);
	hang(1);
	stop_ns = fake.now_ns;
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 1);
	assert_int_equal(fake.now_ns, stop_ns + TIMEOUT_NS);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_OVERDUE), 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_OVERDUE, 0)->slot, 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_OVERDUE, 0)->signo,
			 SIGKILL);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(fake.processes[i]->sent[SIGKILL], i == 1);
	assert_int_equal(fake.processes[1]->group_kills, 2);
}

static void deadlines_run_from_each_workers_own_TERM(void **state)
{
	struct fixture *fixture = *state;
	uint64_t first_ns;

	begin_with(fixture, 2);
	hang(0);
	hang(1);
	muster_set_workers(fixture->muster, 0, 1);
	first_ns = fake.now_ns;
	turn(fixture); /* slot 1 is told */
	run_for(fixture, 10 * NSEC_PER_SEC);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_OVERDUE, 0)->slot, 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_OVERDUE, 0)->time_ns,
			 first_ns + TIMEOUT_NS);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_OVERDUE, 1)->time_ns,
			 first_ns + TIMEOUT_NS + 10 * NSEC_PER_SEC);
}

static void a_stop_without_deadline_waits_for_ever(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.stop_timeout_ns = MUSTER_FOREVER;
	begin_with(fixture, 1);
	hang(0);
	fake_signal(SIGTERM);
	turn(fixture);
	assert_int_equal(turn_for(fixture, MUSTER_FOREVER), -EDEADLK);
	assert_int_equal(fake.until_ns, NSEC_NEVER);
}

static void the_second_TERM_kills_all_and_is_143(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 300);
	for (uint32_t i = 0; i < 300; i++)
		hang(i);
	fake_signal(SIGTERM);
	turn(fixture);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 143);
	for (uint32_t i = 0; i < 300; i++)
		assert_int_equal(fake.processes[i]->sent[SIGKILL], 1);
	assert_int_equal(fake.now_ns, FAKE_START_NS);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_OVERDUE), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STOP), 2);
}

static void two_TERMs_in_one_turn_are_two(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 3);
	fake_signal(SIGTERM);
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
			assert_int_equal(
				fake.processes[fake.count - 1 - p]->sent[SIGKILL],
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

static void a_KILL_as_stop_signal_is_no_delay(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.stop_signal = SIGKILL;
	begin_with(fixture, 2);
	hang(0);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 1);
	assert_int_equal(fake.processes[0]->sent[SIGCONT], 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_OVERDUE), 0);
}

static void groups_are_stopped_in_reverse_order(void **state)
{
	static const char *const argv[] = {"/srv/other", NULL};
	struct fixture *fixture = *state;
	size_t first;
	size_t second;

	begin_with(fixture, 2);
	fixture->group.argv = argv;
	add_group(fixture);
	settle(fixture);
	muster_stop(fixture->muster);
	settle(fixture);
	first = fake_seek(0, FAKE_SIGNAL, fake.processes[2]->pid, SIGTERM);
	second = fake_seek(0, FAKE_SIGNAL, fake.processes[0]->pid, SIGTERM);
	assert_true(first < second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(stop_sends_TERM_exactly_once_to_each_worker),
		fixture_test(a_stop_signal_is_followed_by_CONT),
		fixture_test(a_death_in_the_turn_of_the_TERM_is_not_made_good),
		fixture_test(a_death_before_its_own_TERM_is_not_made_good),
		fixture_test(
			who_waits_for_a_restart_is_not_launched_after_TERM),
		fixture_test(an_overdue_worker_is_killed_at_its_own_deadline),
		fixture_test(deadlines_run_from_each_workers_own_TERM),
		fixture_test(a_stop_without_deadline_waits_for_ever),
		fixture_test(the_second_TERM_kills_all_and_is_143),
		fixture_test(two_TERMs_in_one_turn_are_two),
		fixture_test(INT_and_QUIT_kill_all_and_are_1),
		fixture_test(INT_overrides_a_stop_that_goes_on),
		fixture_test(kill_ends_who_waits_and_who_failed),
		fixture_test(a_worker_slow_to_die_of_KILL_is_waited_for),
		fixture_test(
			who_does_not_die_of_KILL_is_left_behind_and_told),
		fixture_test(
			a_turn_while_killing_waits_no_longer_than_it_is_told),
		fixture_test(free_kills_and_reaps_who_still_lives),
		fixture_test(free_in_the_middle_of_a_start_or_stop_reaps_all),
		fixture_test(a_KILL_as_stop_signal_is_no_delay),
		fixture_test(groups_are_stopped_in_reverse_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
