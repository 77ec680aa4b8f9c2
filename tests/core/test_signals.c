/*
 * test_signals.c - what else the launcher is told from outside: signals that do
 * not end it, the end of its own parent, and an end before the beginning.
 */
#include <fcntl.h>
#include <poll.h>

#include "core/fixture.h"

/* B77, B78: asked when the signal has come, not before. */
static void HUP_in_the_foreground_stops(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	fake.is_foreground = true;
	fake_signal(SIGHUP);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.foreground_asks, 1);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_SIGNAL, 0)->route,
			 MUSTER_ROUTE_STOP);
}

static void HUP_in_the_background_replaces_the_workers(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	fake_signal(SIGHUP);
	fake_signal(SIGHUP);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(fake.launches, 4);
	assert_int_equal(fake.processes[0]->state, FAKE_REAPED);
	assert_int_equal(fake.processes[1]->state, FAKE_REAPED);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SIGNAL), 2);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_SIGNAL, 1)->route,
			 MUSTER_ROUTE_RELOAD);
	fake_signal(SIGTERM); /* case 31: it still ends the launcher */
	assert_int_equal(finish(fixture), 0);
}

static void stray_signals_are_told_and_nothing_else(void **state)
{
	static const int signals[] = {SIGALRM, SIGUSR1, SIGUSR2, SIGTTIN,
				      SIGTTOU};
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		fake_signal_from(signals[i], 99, 1001, SI_USER);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(fake.foreground_asks, 0);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		const struct muster_event *event =
			nth_event(fixture, MUSTER_EVENT_SIGNAL, (uint32_t)i);

		assert_int_equal(event->signo, signals[i]);
		assert_int_equal(event->pid, 99);
		assert_int_equal(event->uid, 1001);
		assert_int_equal(event->group, -1);
	}
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_SIGNAL, 3)->route,
			 MUSTER_ROUTE_MORE);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_SIGNAL, 4)->route,
			 MUSTER_ROUTE_FEWER);
}

static void TTIN_of_the_terminal_is_nobodys_wish(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	fake_signal_from(SIGTTIN, 0, 0, SI_KERNEL);
	settle(fixture);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_SIGNAL, 0)->route,
			 MUSTER_ROUTE_IGNORE);
}

/* Signals are taken first, whatever place they have in the batch. */
static void a_flood_of_signals_does_not_hold_up_deaths(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	for (int i = 0; i < 200; i++)
		fake_signal(SIGUSR1);
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_int_equal(fake.launches, 2);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SIGNAL),
			 LOOP_SIGNALS);
	assert_int_equal(fixture->events[fixture->event_count - 2].kind,
			 MUSTER_EVENT_STARTED);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SIGNAL), 200);
}

static void the_parents_death_stops_gracefully(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.parent_death = MUSTER_PARENT_STOP;
	begin_with(fixture, 2);
	assert_true(fake_is_watched(fake.parent_fd));
	fake_ready(fake.parent_fd, POLLIN);
	assert_int_equal(finish(fixture), 1);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_PARENT), 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_PARENT, 0)->code, 0);
	assert_int_equal(fcntl(fake.parent_fd, F_GETFD), -1);
}

static void the_parents_death_kills_at_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.parent_death = MUSTER_PARENT_KILL;
	begin_with(fixture, 2);
	fake_ready(fake.parent_fd, POLLIN);
	assert_int_equal(finish(fixture), 1);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 0);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 1);
}

static void an_ignored_parent_is_not_watched(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	assert_int_equal(fake.parent_fd, -1);
	assert_int_equal(fake.tied_signo, 0);
}

static void without_pidfds_the_kernel_ties_us_to_the_parent(void **state)
{
	static const struct {
		enum muster_parent_death rule;
		int signo;
	} cases[] = {
		{MUSTER_PARENT_STOP, SIGTERM},
		{MUSTER_PARENT_KILL, SIGKILL},
	};
	struct fixture *fixture = *state;

	fake.parent_error = EPERM;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fixture->options.parent_death = cases[i].rule;
		begin(fixture);
		turn(fixture);
		assert_int_equal(fake.tied_signo, cases[i].signo);
		assert_int_equal(count_events(fixture, MUSTER_EVENT_PARENT), 0);
		fixture->muster = muster_free(fixture->muster);
	}
}

static void a_parent_that_cannot_be_watched_is_told(void **state)
{
	struct fixture *fixture = *state;

	fake.parent_error = EPERM;
	fake.tie_error = EINVAL;
	fixture->options.parent_death = MUSTER_PARENT_STOP;
	begin_with(fixture, 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_PARENT, 0)->code,
			 EINVAL);
	assert_int_equal(fake_live(), 1);
}

static void no_parent_at_all_is_told_and_not_tied(void **state)
{
	struct fixture *fixture = *state;

	fake.parent_error = ESRCH;
	fixture->options.parent_death = MUSTER_PARENT_KILL;
	begin_with(fixture, 1);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_PARENT, 0)->code,
			 ESRCH);
	assert_int_equal(fake.tied_signo, 0);
}

static void a_stop_before_the_start_ends_in_the_first_turn(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	add_group(fixture);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.attempts, 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DONE), 1);
}

static void a_kill_before_the_start_ends_in_the_first_turn(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	add_group(fixture);
	assert_int_equal(muster_kill(fixture->muster, 9), 0);
	assert_int_equal(finish(fixture), 9);
	assert_int_equal(fake.attempts, 0);
}

static void a_launcher_stopped_before_its_start_can_be_freed(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	add_group(fixture);
	assert_int_equal(muster_stop(fixture->muster), 0);
	fixture->muster = muster_free(fixture->muster);
	assert_null(fixture->muster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(HUP_in_the_foreground_stops),
		fixture_test(HUP_in_the_background_replaces_the_workers),
		fixture_test(stray_signals_are_told_and_nothing_else),
		fixture_test(TTIN_of_the_terminal_is_nobodys_wish),
		fixture_test(a_flood_of_signals_does_not_hold_up_deaths),
		fixture_test(the_parents_death_stops_gracefully),
		fixture_test(the_parents_death_kills_at_once),
		fixture_test(an_ignored_parent_is_not_watched),
		fixture_test(without_pidfds_the_kernel_ties_us_to_the_parent),
		fixture_test(a_parent_that_cannot_be_watched_is_told),
		fixture_test(no_parent_at_all_is_told_and_not_tied),
		fixture_test(a_stop_before_the_start_ends_in_the_first_turn),
		fixture_test(a_kill_before_the_start_ends_in_the_first_turn),
		fixture_test(a_launcher_stopped_before_its_start_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
