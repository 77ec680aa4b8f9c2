/*
 * test_start.c - how a launcher comes up: many workers in bounded turns, and
 * what can go wrong before the first one.
 */
#include "core/fixture.h"
#include "proc/plan.h"

static void a_thousand_workers_start_in_bounded_turns(void **state)
{
	struct fixture *fixture = *state;
	uint64_t turns = 0;

	fixture->group.workers = 1000;
	begin(fixture);
	while (fake.launches < 1000) {
		uint64_t launches = fake.launches;

		assert_int_equal(turn_for(fixture, MUSTER_FOREVER), 1);
		assert_int_equal(fake.waits, ++turns); /* signals are read */
		assert_int_equal(fake.until_ns, 0);
		assert_true(fake.launches > launches);
		assert_true(fake.launches - launches <= SUPERVISOR_BUDGET);
	}
	assert_int_equal(turns,
			 (1000 + SUPERVISOR_BUDGET - 1) / SUPERVISOR_BUDGET);
	assert_int_equal(fake_live(), 1000);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTED), 1000);
	/* Nothing is due, nothing is left: the next wait is without end. */
	assert_int_equal(turn_for(fixture, MUSTER_FOREVER), -EDEADLK);
	assert_int_equal(fake.until_ns, NSEC_NEVER);
}

/* B29, and "no extra fork after TERM". */
static void TERM_while_starting_stops_the_rest_from_being_launched(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 1000;
	begin(fixture);
	for (int i = 0; i < 3; i++)
		assert_int_equal(turn(fixture), 1);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_int_equal(fake.launches, 3 * SUPERVISOR_BUDGET);
	for (uint32_t i = 0; i < fake.count; i++)
		assert_int_equal(fake.processes[i]->sent[SIGTERM], 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_DONE), 1);
}

static void many_thousand_workers_fit(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 20000;
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 20000);
	assert_true(fixture->supervisor->context.deadlines.capacity >= 20000);
	assert_true(fixture->supervisor->context.deadlines.capacity < 80000);
}

static void the_first_turn_starts(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	add_group(fixture);
	assert_int_equal(fake.loops, 0);
	assert_int_equal(turn(fixture), 1);
	assert_int_equal(fake.loops, 1);
	assert_int_equal(fake.launches, 1);
	assert_int_equal(muster_start(fixture->muster), 0);
	assert_int_equal(fake.loops, 1);
}

static void engine_and_groups_are_told_before_the_workers(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 3;
	begin(fixture);
	turn(fixture);
	assert_int_equal(fixture->events[0].kind, MUSTER_EVENT_ENGINE);
	assert_int_equal(fixture->events[0].group, -1);
	assert_string_equal(fixture->events[0].text,
			    "engine ring, spawn fast by clone3");
	assert_int_equal(fixture->events[1].kind, MUSTER_EVENT_STARTING);
	assert_int_equal(fixture->events[1].count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct muster_event *event =
			&fixture->events[2 + 2 * i]; /* READY between */

		assert_int_equal(event->kind, MUSTER_EVENT_STARTED);
		assert_int_equal(event->slot, i);
		assert_int_equal(event->generation, 1);
		assert_int_equal(event->group, 0);
		assert_int_equal(event->old_pid, 0);
		assert_int_equal(event->latency_ns, 0);
		assert_int_equal(event->time_ns, fake.now_ns);
		assert_int_equal(event->pid, worker_of(fixture, i)->pid);
	}
}

static void a_refused_engine_says_why_and_may_be_tried_again(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	add_group(fixture);
	fake.loop_error = EPERM;
	assert_int_equal(muster_start(fixture->muster), -EPERM);
	assert_string_equal(muster_error(fixture->muster), "the fake refused");
	assert_int_equal(fake.loops, 0);
	fake.loop_error = 0;
	assert_int_equal(muster_start(fixture->muster), 0);
	assert_string_equal(muster_error(fixture->muster), "");
}

static void orphans_come_to_who_asks_for_them_until_the_end(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.is_owner = true;
	fixture->options.is_subreaper = true;
	make(fixture);
	add_group(fixture);
	fake.reaper_error = EPERM;
	assert_int_equal(muster_start(fixture->muster), -EPERM);
	assert_string_equal(muster_error(fixture->muster),
			    "cannot become a subreaper: Operation not "
			    "permitted");
	assert_int_equal(fake.loops, 0);
	fake.reaper_error = 0;
	assert_int_equal(muster_start(fixture->muster), 0);
	assert_true(fake.is_reaper);
	assert_true(fake.loop_options.reaps_orphans);
	fixture->muster = muster_free(fixture->muster);
	assert_false(fake.is_reaper);
}

/* Who was it before stays it. */
static void who_adopted_before_adopts_afterwards(void **state)
{
	struct fixture *fixture = *state;

	fake.is_reaper = true;
	fixture->options.is_owner = true;
	fixture->options.is_subreaper = true;
	begin(fixture);
	fixture->muster = muster_free(fixture->muster);
	assert_true(fake.is_reaper);
}

static void a_spawn_path_that_does_not_work_says_why(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	fake.spawner_error = ENOSYS;
	assert_int_equal(muster_turn(fixture->muster, 0), -ENOSYS);
	assert_string_equal(muster_error(fixture->muster),
			    "cannot launch: the fake has no child");
}

static void too_few_descriptors_are_EMFILE_for_a_guest(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.is_owner = false;
	fixture->group.workers = 2000;
	make(fixture);
	add_group(fixture);
	assert_int_equal(muster_start(fixture->muster), -EMFILE);
	assert_non_null(strstr(muster_error(fixture->muster),
			       "RLIMIT_NOFILE 1024 is too small"));
	assert_false(fake.is_nofile_raised);
}

/* It reads signals, so it can do without pidfds. */
static void too_few_descriptors_cost_an_owner_only_the_pidfds(void **state)
{
	struct fixture *fixture = *state;

	fake.nofile_hard = 1024;
	fixture->group.workers = 2000;
	begin(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 2000);
	assert_int_equal(fake_open_pidfds(), 0);
	assert_string_equal(muster_engine_name(loop_engine(
				    fixture->supervisor->context.loop)),
			    "signal");
	assert_non_null(
		strstr(nth_event(fixture, MUSTER_EVENT_ENGINE, 0)->text,
		       "RLIMIT_NOFILE 1024 is too small for 2000 workers"));
}

static void an_owner_raises_the_limit_and_puts_it_back(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	assert_true(fake.is_nofile_raised);
	assert_true(shared_of(fixture, 0)->edition->plan->restores_nofile);
	assert_int_equal(shared_of(fixture, 0)->edition->plan->nofile.rlim_cur,
			 1024);
	fixture->muster = muster_free(fixture->muster);
	assert_false(fake.is_nofile_raised);
}

static void a_guest_leaves_limit_and_signals_alone(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.is_owner = false;
	begin(fixture);
	assert_false(fake.is_nofile_raised);
	assert_false(shared_of(fixture, 0)->edition->plan->restores_nofile);
	assert_null(fake.loop_options.signals);
	turn(fixture);
	fake_signal(SIGTERM); /* is somebody else's */
	settle(fixture);
	assert_int_equal(fake_live(), 1);
}

static void a_start_that_fails_leaves_the_object_as_it_was(void **state)
{
	struct fixture *fixture = *state;
	struct muster_event event = MUSTER_EVENT_INIT;

	fixture->options.parent_death = MUSTER_PARENT_STOP;
	make(fixture);
	add_group(fixture);
	fake.pool_error = ENOMEM;
	for (int i = 0; i < 3; i++)
		assert_int_equal(muster_start(fixture->muster), -ENOMEM);
	/* Tried three times, open at no time after. */
	assert_int_equal(fake.loops, 0);
	assert_int_equal(muster_next_event(fixture->muster, &event), 0);
	fake.pool_error = 0;
	assert_int_equal(muster_start(fixture->muster), 0);
	assert_int_equal(muster_next_event(fixture->muster, &event), 1);
}

static void want_of_memory_for_the_blocks_fails_the_start(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	add_group(fixture);
	fake.pool_error = ENOMEM;
	assert_int_equal(muster_start(fixture->muster), -ENOMEM);
	assert_non_null(strstr(muster_error(fixture->muster),
			       "cannot prepare the workers"));
	fake.pool_error = 0;
	assert_int_equal(muster_start(fixture->muster), 0);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	assert_int_equal(fake.loops, 1);
}

static void workers_start_with_the_mask_in_force_or_the_callers(void **state)
{
	struct fixture *fixture = *state;
	uint64_t mask = UINT64_C(1) << (SIGHUP - 1);

	begin(fixture);
	assert_int_equal(shared_of(fixture, 0)->edition->plan->mask,
			 UINT64_C(1) << (SIGUSR2 - 1));
	muster_free(fixture->muster);
	fixture->options.worker_mask = &mask;
	make(fixture);
	mask = UINT64_MAX; /* it was borrowed */
	add_group(fixture);
	assert_int_equal(muster_start(fixture->muster), 0);
	assert_int_equal(shared_of(fixture, 0)->edition->plan->mask,
			 UINT64_C(1) << (SIGHUP - 1));
}

static void a_broken_loop_is_told_by_the_turn(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	turn(fixture);
	fake.loop_wait_error = EBADF;
	assert_int_equal(turn(fixture), -EBADF);
	assert_int_equal(muster_status(fixture->muster), -EAGAIN);
	fake.loop_wait_error = 0;
	assert_int_equal(turn(fixture), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_thousand_workers_start_in_bounded_turns),
		fixture_test(
			TERM_while_starting_stops_the_rest_from_being_launched),
		fixture_test(many_thousand_workers_fit),
		fixture_test(the_first_turn_starts),
		fixture_test(engine_and_groups_are_told_before_the_workers),
		fixture_test(a_refused_engine_says_why_and_may_be_tried_again),
		fixture_test(orphans_come_to_who_asks_for_them_until_the_end),
		fixture_test(who_adopted_before_adopts_afterwards),
		fixture_test(a_spawn_path_that_does_not_work_says_why),
		fixture_test(too_few_descriptors_are_EMFILE_for_a_guest),
		fixture_test(too_few_descriptors_cost_an_owner_only_the_pidfds),
		fixture_test(an_owner_raises_the_limit_and_puts_it_back),
		fixture_test(a_guest_leaves_limit_and_signals_alone),
		fixture_test(a_start_that_fails_leaves_the_object_as_it_was),
		fixture_test(want_of_memory_for_the_blocks_fails_the_start),
		fixture_test(
			workers_start_with_the_mask_in_force_or_the_callers),
		fixture_test(a_broken_loop_is_told_by_the_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
