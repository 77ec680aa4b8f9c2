/*
 * test_stop.c - how everything ends gracefully, and what happens to those who
 * are late.
 */
#include <poll.h>

#include "core/fixture.h"
#include "core/hold.h"

#define TIMEOUT_NS (60 * NSEC_PER_SEC)

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

/* It was told to stop, is wanted again, and ends when nobody is wanted. */
static void who_stops_but_was_wanted_again_is_not_launched(void **state)
{
	struct fixture *fixture = *state;

	fake.stop_takes_ns = NSEC_PER_SEC;
	begin_with(fixture, 200);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 150), 0);
	turn(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 200), 0);
	turn(fixture);
	for (uint32_t i = 150; i < 200; i++)
		fake_exit(fake.processes[i], 0);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.launches, 200);
}

static void a_stop_between_two_turns_bears_its_own_time(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	fake_pass(10 * NSEC_PER_SEC);
	muster_stop(fixture->muster);
	settle(fixture);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_STOP, 0)->time_ns,
			 FAKE_START_NS + 10 * NSEC_PER_SEC);
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

/* Scaled down long ago, with force. */
static void an_earlier_overdue_does_not_spoil_a_clean_stop(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	fake.processes[1]->manners = FAKE_HANGS;
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	(void)run_for(fixture, 100 * NSEC_PER_SEC);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_OVERDUE), 1);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
}

static void a_parked_group_is_something_to_do(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin_with(fixture, 1);
	fixture->group.workers = 0;
	add_group(fixture);
	settle(fixture);
	fake_exit(fake.processes[0], 3);
	assert_int_equal(turn(fixture), 1);
	assert_int_equal(muster_set_workers(fixture->muster, 1, 1), 0);
	assert_int_equal(turn(fixture), 1);
	assert_int_equal(fake.launches, 2);
	fake_signal(SIGTERM);
	(void)finish(fixture);
}

/* Also that of a group which others need until they have ended. */
static void a_stop_ends_every_roll(void **state)
{
	static const int after = 0;
	struct fixture *fixture = *state;

	fixture->group.workers = 5;
	fake.stop_takes_ns = NSEC_PER_SEC;
	begin(fixture);
	settle(fixture);
	fixture->group.after_count = 1;
	fixture->group.after = &after;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	turn(fixture);
	assert_int_equal(fake.launches, 11);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.launches, 11);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 0);
}

/* Nobody is wanted any more, and that is not what readiness means. */
static void a_stop_before_all_are_ready_is_no_readiness(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = 2;
	begin(fixture);
	turn(fixture);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SERVING), 0);
}

static void begin_held(struct fixture *fixture)
{
	fixture->options.parent_death = MUSTER_PARENT_KILL;
	begin_with(fixture, 2);
	assert_int_equal(hold_set(fixture->muster, true), 0);
	fake_signal(SIGTERM);
	settle(fixture);
	assert_int_equal(fake_live(), 0);
	assert_int_equal(turn(fixture), 1);
}

static void what_is_held_ends_when_it_is_let_go(void **state)
{
	struct fixture *fixture = *state;

	begin_held(fixture);
	(void)run_for(fixture, TIMEOUT_NS);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DONE), 0);
	assert_int_equal(hold_set(fixture->muster, false), 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DONE), 1);
}

static void what_is_held_sleeps(void **state)
{
	struct fixture *fixture = *state;

	begin_held(fixture);
	assert_int_equal(run_for(fixture, TIMEOUT_NS), 1);
}

static void what_is_held_is_ended_by_a_second_TERM(void **state)
{
	struct fixture *fixture = *state;

	begin_held(fixture);
	fake_signal_from(SIGTERM, 4712, 0, SI_USER);
	assert_int_equal(finish(fixture), 143);
}

static void what_is_held_is_ended_by_INT(void **state)
{
	struct fixture *fixture = *state;

	begin_held(fixture);
	fake_signal(SIGINT);
	assert_int_equal(finish(fixture), 1);
}

static void what_is_held_is_ended_by_its_parents_death(void **state)
{
	struct fixture *fixture = *state;

	begin_held(fixture);
	fake_ready(fake.parent_fd, POLLIN);
	assert_int_equal(finish(fixture), 1);
}

static void what_is_held_hears_of_descriptors(void **state)
{
	struct fixture *fixture = *state;

	begin_held(fixture);
	assert_int_equal(muster_watch_fd(fixture->muster, 5, POLLIN, 77), 0);
	fake_ready(5, POLLIN);
	assert_int_equal(turn_for(fixture, MUSTER_FOREVER), 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_WATCH)->tag, 77);
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
		fixture_test(a_KILL_as_stop_signal_is_no_delay),
		fixture_test(who_stops_but_was_wanted_again_is_not_launched),
		fixture_test(a_stop_between_two_turns_bears_its_own_time),
		fixture_test(groups_are_stopped_in_reverse_order),
		fixture_test(an_earlier_overdue_does_not_spoil_a_clean_stop),
		fixture_test(a_parked_group_is_something_to_do),
		fixture_test(a_stop_ends_every_roll),
		fixture_test(a_stop_before_all_are_ready_is_no_readiness),
		fixture_test(what_is_held_ends_when_it_is_let_go),
		fixture_test(what_is_held_sleeps),
		fixture_test(what_is_held_is_ended_by_a_second_TERM),
		fixture_test(what_is_held_is_ended_by_INT),
		fixture_test(what_is_held_is_ended_by_its_parents_death),
		fixture_test(what_is_held_hears_of_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
