/*
 * test_group.c - how many workers there shall be, and what a group is made
 * with: listeners, descriptors, memory.
 */
#include "core/fixture.h"
#include "proc/plan.h"

static void set_workers(struct fixture *fixture, uint32_t workers)
{
	assert_int_equal(muster_set_workers(fixture->muster, 0, workers), 0);
}

/* B8: declared, none started, scaled up later. */
static void a_group_of_none_is_parked_and_can_grow(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 0);
	assert_int_equal(turn_for(fixture, NSEC_PER_SEC), 1);
	assert_int_equal(fake.launches, 0);
	set_workers(fixture, 700);
	settle(fixture);
	assert_int_equal(fake_live(), 700);
	for (uint32_t i = 0; i < 700; i++)
		assert_int_equal(worker_of(fixture, i)->generation, 1);
}

static void fewer_workers_take_the_highest_numbers_away(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 10);
	set_workers(fixture, 4);
	settle(fixture);
	assert_int_equal(fake_live(), 4);
	for (uint32_t i = 0; i < 10; i++) {
		assert_int_equal(fake.processes[i]->sent[SIGTERM], i >= 4);
		assert_int_equal(fake.processes[i]->sent[SIGKILL], 0);
	}
	assert_int_equal(fake.launches, 10);
	set_workers(fixture, 6);
	settle(fixture);
	assert_int_equal(fake_live(), 6);
	assert_int_equal(worker_of(fixture, 5)->generation, 2);
	set_workers(fixture, 0);
	settle(fixture);
	assert_int_equal(fake_live(), 0);
	assert_int_equal(muster_status(fixture->muster), -EAGAIN);
}

/* Launching takes its time; a signal does not, and who was not told yet might
 * be replaced meanwhile. */
static void growing_is_bounded_and_shrinking_is_told_at_once(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 0);
	set_workers(fixture, 200);
	turn(fixture);
	assert_int_equal(fake.launches, SUPERVISOR_BUDGET);
	settle(fixture);
	for (uint32_t i = 0; i < fake.count; i++)
		fake.processes[i]->manners = FAKE_HANGS;
	set_workers(fixture, 0);
	turn(fixture);
	assert_int_equal(fake_count(FAKE_SIGNAL, -1, SIGTERM), 200);
}

static void a_worker_wanted_again_while_it_stops_is_replaced(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *old;

	fake.stop_takes_ns = NSEC_PER_SEC;
	begin_with(fixture, 2);
	old = worker_of(fixture, 1);
	set_workers(fixture, 1);
	turn(fixture);
	set_workers(fixture, 2);
	turn(fixture);
	assert_int_equal(fake.launches, 2);
	turn_for(fixture, MUSTER_FOREVER);
	assert_int_equal(old->state, FAKE_REAPED);
	assert_int_equal(fake.launches, 3);
	assert_int_equal(worker_of(fixture, 1)->generation, 2);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_EXITED)->why,
			 MUSTER_WHY_ASKED);
}

/* Workers end while others of the group take their time to stop; then all are
 * wanted again. */
static void a_slot_that_ended_while_shrinking_comes_back(void **state)
{
	struct fixture *fixture = *state;

	fake.stop_takes_ns = NSEC_PER_SEC;
	begin_with(fixture, 300);
	set_workers(fixture, 0);
	turn(fixture);
	fake_exit(fake.processes[3], 0);
	turn(fixture);
	set_workers(fixture, 300);
	run_for(fixture, 2 * NSEC_PER_SEC);
	assert_int_equal(fake_live(), 300);
	assert_int_equal(worker_of(fixture, 3)->generation, 2);
}

static void who_waited_while_shrinking_comes_back(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.backoff_min_ns = NSEC_PER_SEC;
	begin_with(fixture, 300);
	fake_exit(worker_of(fixture, 3), 1);
	turn(fixture);
	set_workers(fixture, 0);
	fake_pass(NSEC_PER_SEC); /* its delay is over */
	turn(fixture);
	set_workers(fixture, 300);
	settle(fixture);
	run_for(fixture, 3 * NSEC_PER_SEC);
	assert_int_equal(fake_live(), 300);
}

static void a_failed_slot_is_tried_when_it_is_wanted_anew(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart = MUSTER_RESTART_NEVER;
	begin_with(fixture, 3);
	fake_exit(worker_of(fixture, 2), 1);
	settle(fixture);
	set_workers(fixture, 2);
	settle(fixture);
	set_workers(fixture, 3);
	settle(fixture);
	assert_int_equal(fake.launches, 4);
	assert_int_equal(worker_of(fixture, 2)->generation, 2);
}

static void set_workers_refuses_what_makes_no_sense(void **state)
{
	struct fixture *fixture = *state;
	struct muster *muster;

	begin_with(fixture, 1);
	muster = fixture->muster;
	assert_int_equal(muster_set_workers(NULL, 0, 1), -EINVAL);
	assert_int_equal(muster_set_workers(muster, 1, 1), -EINVAL);
	assert_int_equal(muster_set_workers(muster, -1, 1), -EINVAL);
	assert_int_equal(muster_set_workers(muster, 0, MUSTER_WORKERS_MAX + 1),
			 -EINVAL);
	fake.has_no_reports = true;
	assert_int_equal(muster_set_workers(muster, 0, WORKERS_AREA + 1),
			 -ENOMEM);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	muster_stop(muster);
	assert_int_equal(muster_set_workers(muster, 0, 2), -EINVAL);
	assert_int_equal(finish(fixture), 0);
}

static void several_groups_share_the_budget_of_a_turn(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 40;
	make(fixture);
	for (int i = 0; i < 12; i++) /* the 11th service does not block */
		add_group(fixture);
	assert_int_equal(turn(fixture), 1);
	assert_int_equal(fake.launches, SUPERVISOR_BUDGET);
	settle(fixture);
	assert_int_equal(fake_live(), 12 * 40);
	for (int i = 0; i < 12; i++)
		assert_int_equal(slot_shared_live(shared_of(fixture, i)), 40);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
}

static void a_group_added_while_running_starts(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	add_group(fixture);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTING), 2);
	fake_signal(SIGTERM);
	turn(fixture);
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -EINVAL);
	assert_int_equal(finish(fixture), 0);
}

/* B42: one bad service does not throttle the others. */
static void each_group_has_its_own_throttle(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	add_group(fixture);
	settle(fixture);
	for (int i = 0; i < 3; i++) {
		fake_exit(fake_worker(shared_of(fixture, 0)->edition->plan, 0),
			  1);
		turn(fixture);
		run_for(fixture, 10 * NSEC_PER_MSEC);
		if (!fake_worker(shared_of(fixture, 0)->edition->plan, 0))
			break;
	}
	assert_null(fake_worker(shared_of(fixture, 0)->edition->plan, 0));
	fake_exit(fake_worker(shared_of(fixture, 1)->edition->plan, 0), 1);
	turn(fixture);
	assert_non_null(fake_worker(shared_of(fixture, 1)->edition->plan, 0));
}

/* Also when it was to have some and has not begun. */
static void a_group_of_none_is_waited_for_by_nobody(void **state)
{
	struct fixture *fixture = *state;
	int after = 0;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture); /* never ready */
	fixture->group.ready = MUSTER_READY_EXEC;
	fixture->group.after_count = 1;
	fixture->group.after = &after;
	add_group(fixture);
	after = 1;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(fake.launches, 1);
	assert_int_equal(muster_set_workers(fixture->muster, 1, 0), 0);
	turn(fixture);
	turn(fixture); /* what was unblocked is launched by the next one */
	assert_int_equal(fake.launches, 2);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 2)), 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SERVING), 1);
}

/* It has not begun, and is gone before the next turn. */
static void who_waits_for_a_group_of_none_that_goes_waits_no_more(void **state)
{
	struct fixture *fixture = *state;
	int after = 0;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture); /* never ready */
	fixture->group.after_count = 1;
	fixture->group.after = &after;
	add_group(fixture);
	after = 1;
	fixture->group.ready = MUSTER_READY_EXEC;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 1, 0), 0);
	assert_int_equal(muster_remove_group(fixture->muster, 1), 0);
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 2)), 1);
}

/* It was never ready, and is on its way out. */
static void nobody_waits_for_a_group_that_leaves(void **state)
{
	static const int after = 0;
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	fake.birth.manners = FAKE_HANGS;
	begin(fixture);
	settle(fixture);
	assert_int_equal(muster_remove_group(fixture->muster, 0), 0);
	fixture->group.ready = MUSTER_READY_EXEC;
	fixture->group.after_count = 1;
	fixture->group.after = &after;
	add_group(fixture);
	settle(fixture);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 1)), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(a_group_of_none_is_parked_and_can_grow),
		fixture_test(fewer_workers_take_the_highest_numbers_away),
		fixture_test(growing_is_bounded_and_shrinking_is_told_at_once),
		fixture_test(a_worker_wanted_again_while_it_stops_is_replaced),
		fixture_test(a_slot_that_ended_while_shrinking_comes_back),
		fixture_test(who_waited_while_shrinking_comes_back),
		fixture_test(a_failed_slot_is_tried_when_it_is_wanted_anew),
		fixture_test(set_workers_refuses_what_makes_no_sense),
		fixture_test(several_groups_share_the_budget_of_a_turn),
		fixture_test(a_group_added_while_running_starts),
		fixture_test(each_group_has_its_own_throttle),
		fixture_test(a_group_of_none_is_waited_for_by_nobody),
		fixture_test(
			who_waits_for_a_group_of_none_that_goes_waits_no_more),
		fixture_test(nobody_waits_for_a_group_that_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
