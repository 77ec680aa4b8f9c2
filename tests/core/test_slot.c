/*
 * test_slot.c - the order in which one worker is left and the next one comes,
 * ends that others took, and how long a replacement took.
 */
#include "core/fixture.h"

static void begin_and_forget(struct fixture *fixture, uint32_t workers)
{
	begin_with(fixture, workers);
	forget(fixture);
}

static void check_order(const struct fake_process *old)
{
	size_t told = fake_seek(0, FAKE_TOLD, old->pid, -1);
	size_t group = fake_seek(0, FAKE_GROUP_SIGNAL, old->pid, SIGKILL);
	size_t launch = fake_seek(0, FAKE_LAUNCH, -1, (int)old->slot);
	size_t watch = fake_seek(launch, FAKE_WATCH, -1, -1);
	size_t closed = fake_seek(0, FAKE_CLOSE, old->pid, -1);

	assert_true(told < group);
	assert_true(group < launch);
	assert_true(group < closed);
	assert_true(launch < watch);
	assert_true(watch < fake.record_count);
	assert_true(closed < fake.record_count);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, -1), 1);
	assert_int_equal(fake_count(FAKE_CLOSE, -1, -1), 1);
}

/* What it left behind must not meet its successor. */
static void the_group_is_killed_before_close_and_successor(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *old;

	begin_and_forget(fixture, 2);
	old = worker_of(fixture, 0);
	fake_exit(old, 0);
	turn(fixture);
	check_order(old);
	assert_int_equal(old->sent[SIGKILL], 0);
	assert_int_equal(fake.processes[1]->group_kills, 0);
}

/* Linux before 6.9: by number, while the leader is a zombie. */
static void without_group_pidfds_the_group_is_killed_by_number(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *old;

	fake.signals_groups = false;
	begin_and_forget(fixture, 2);
	assert_true(fake.loop_options.peeks);
	old = worker_of(fixture, 0);
	fake_exit(old, 0);
	turn(fixture);
	check_order(old);
	assert_int_equal(old->state, FAKE_ZOMBIE);
	turn(fixture);
	assert_int_equal(old->state, FAKE_REAPED);
}

static void without_pidfds_the_group_is_killed_by_number(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *old;

	fake.has_pidfds = false;
	begin_and_forget(fixture, 2);
	old = worker_of(fixture, 0);
	fake_exit(old, 0);
	turn(fixture);
	assert_int_equal(old->group_kills, 1);
	assert_int_equal(fake_count(FAKE_CLOSE, -1, -1), 0);
	assert_int_equal(worker_of(fixture, 0)->pidfd, -1);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
}

/* An engine that has to do without them, although the launches could. */
static void the_signal_engine_takes_the_pidfds_away(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.engine = MUSTER_ENGINE_SIGNAL;
	begin_and_forget(fixture, 2);
	assert_int_equal(fake_open_pidfds(), 0);
	fake_exit(worker_of(fixture, 1), 0);
	turn(fixture);
	assert_int_equal(fake.processes[1]->group_kills, 1);
	assert_int_equal(fake.launches, 3);
}

static void with_kill_process_no_group_is_ever_signalled(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.kill = MUSTER_KILL_PROCESS;
	begin_and_forget(fixture, 2);
	assert_false(shared_of(fixture, 0)->edition->plan->leads_group);
	fake_exit(worker_of(fixture, 0), 0);
	turn(fixture);
	worker_of(fixture, 0)->manners = FAKE_HANGS;
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 1);
	assert_int_equal(fake_count(FAKE_GROUP_SIGNAL, -1, -1), 0);
	assert_int_equal(fake_count(FAKE_SIGNAL, -1, SIGKILL), 1);
}

/* A SIGKILL to the worker goes to its whole group, at once and at its end. */
static void KILL_goes_to_the_group_too(void **state)
{
	struct fixture *fixture = *state;

	begin_and_forget(fixture, 1);
	assert_true(shared_of(fixture, 0)->edition->plan->leads_group);
	fake.processes[0]->manners = FAKE_HANGS;
	fake_signal(SIGTERM);
	turn(fixture);
	assert_int_equal(fake.processes[0]->group_kills, 0);
	assert_int_equal(finish(fixture), 1);
	assert_int_equal(fake.processes[0]->group_kills, 2);
}

static void a_stolen_end_is_an_end(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	begin_and_forget(fixture, 2);
	run_for(fixture, 2 * NSEC_PER_SEC);
	fake_steal(worker_of(fixture, 0));
	turn(fixture);
	event = nth_event(fixture, MUSTER_EVENT_EXITED, 0);
	assert_int_equal(event->exit.kind, MUSTER_EXIT_UNKNOWN);
	assert_int_equal(event->next, MUSTER_NEXT_NOW);
	assert_int_equal(fake.launches, 3);
	assert_int_equal(fake.processes[0]->group_kills, 1);
}

/* Its number may be somebody else's already. */
static void after_a_stolen_end_nothing_goes_to_the_number(void **state)
{
	struct fixture *fixture = *state;

	fake.signals_groups = false;
	begin_and_forget(fixture, 1);
	fake_steal(worker_of(fixture, 0));
	turn(fixture);
	assert_int_equal(fake.launches, 2);
	assert_int_equal(fake.processes[0]->group_kills, 0);
}

/* STARTED: from the wake-up to the return of the clone. EXITED: to the worker's
 * own execve, of which its successor's end tells. */
static void a_replacement_tells_how_long_it_took(void **state)
{
	struct fixture *fixture = *state;
	struct muster_stats stats = MUSTER_STATS_INIT;

	begin_and_forget(fixture, 1);
	run_for(fixture, NSEC_PER_SEC);
	fake.tick_ns = 7;
	fake_exit(worker_of(fixture, 0), 0);
	turn(fixture);
	/* Read: for the turn, before the clone, after it. */
	assert_int_equal(
		nth_event(fixture, MUSTER_EVENT_STARTED, 0)->latency_ns, 14);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_EXITED, 0)->latency_ns,
			 0);
	fake.tick_ns = 0;
	run_for(fixture, NSEC_PER_SEC);
	fake_exit(worker_of(fixture, 0), 0);
	turn(fixture);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_EXITED, 1)->latency_ns,
			 14 + fake.exec_takes_ns);
	assert_int_equal(muster_get_stats(fixture->muster, -1, &stats), 0);
	assert_int_equal(stats.restart_count, 1);
	assert_int_equal(stats.restart_min_ns, 14 + fake.exec_takes_ns);
	assert_int_equal(stats.restart_p50_ns, 14 + fake.exec_takes_ns);
	assert_int_equal(stats.restart_p99_ns, 14 + fake.exec_takes_ns);
	assert_int_equal(stats.restart_max_ns, 14 + fake.exec_takes_ns);
}

static void a_late_replacement_has_no_latency(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.backoff_min_ns = NSEC_PER_SEC;
	begin_and_forget(fixture, 1);
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	run_for(fixture, 3 * NSEC_PER_SEC);
	assert_int_equal(fake.launches, 2);
	assert_int_equal(
		nth_event(fixture, MUSTER_EVENT_STARTED, 0)->latency_ns, 0);
	assert_int_equal(nth_event(fixture, MUSTER_EVENT_STARTED, 0)->old_pid,
			 0);
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_EXITED)->latency_ns,
			 0);
}

/* The uptime runs from the launch, not from the turn that it was made in. */
static void a_death_in_the_turn_of_the_launch_is_0_old(void **state)
{
	struct fixture *fixture = *state;

	fake.tick_ns = 100;
	fake.birth.life_ns = 0;
	begin(fixture);
	turn(fixture);
	fake.tick_ns = 0;
	turn(fixture);
	assert_true(nth_event(fixture, MUSTER_EVENT_EXITED, 0)->uptime_ns <=
		    300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(the_group_is_killed_before_close_and_successor),
		fixture_test(
			without_group_pidfds_the_group_is_killed_by_number),
		fixture_test(without_pidfds_the_group_is_killed_by_number),
		fixture_test(the_signal_engine_takes_the_pidfds_away),
		fixture_test(with_kill_process_no_group_is_ever_signalled),
		fixture_test(KILL_goes_to_the_group_too),
		fixture_test(a_stolen_end_is_an_end),
		fixture_test(after_a_stolen_end_nothing_goes_to_the_number),
		fixture_test(a_replacement_tells_how_long_it_took),
		fixture_test(a_late_replacement_has_no_latency),
		fixture_test(a_death_in_the_turn_of_the_launch_is_0_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
