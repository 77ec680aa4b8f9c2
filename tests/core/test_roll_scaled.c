/*
 * test_roll_scaled.c - there shall be fewer workers or more while a roll goes
 * on: what it may cost is a share of those who are wanted now.
 */
#include "core/fixture.h"

static void say_ready(const struct fake_process *process)
{
	const struct notify_message message = {
		.pid = process->pid,
		.fields = NOTIFY_READY,
	};

	fake_say(&message);
}

/* All of this generation that have not said so. */
static void all_say_ready(void)
{
	for (uint32_t i = 0; i < fake.count; i++)
		if (fake.processes[i]->state == FAKE_RUNNING)
			say_ready(fake.processes[i]);
}

static void begin_with_notify(struct fixture *fixture, uint32_t workers)
{
	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = workers;
	begin(fixture);
	settle(fixture);
	all_say_ready();
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), workers);
	forget(fixture);
}

/* Ends the roll; as many are ready all the time. */
static void settle_roll(struct fixture *fixture, uint32_t ready, uint32_t live)
{
	for (uint32_t i = 0; i < 100; i++) {
		assert_true(slot_shared_ready(shared_of(fixture, 0)) >= ready);
		assert_true(fake_live() <= live);
		all_say_ready();
		settle(fixture);
	}
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 1);
}

/* A tenth of a hundred is being replaced when a fifth of them is left. */
static void who_is_not_wanted_serves_until_enough_of_the_others_do(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 100);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	all_say_ready();
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 90);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 20), 0);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 18);
	settle(fixture);
	settle_roll(fixture, 18, fake_live());
	assert_int_equal(fake_live(), 20);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(worker_of(fixture, i)->generation, 2);
}

static void fewer_workers_have_fewer_newcomers_at_a_time(void **state)
{
	static const char *const argv[] = {"/srv/other", NULL};
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 100);
	fixture->group.argv = argv;
	fixture->group.workers = 10;
	assert_int_equal(
		muster_change_group(fixture->muster, 0, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 11);
	settle_roll(fixture, 9, 11);
	assert_int_equal(fake_live(), 10);
}

static void more_workers_have_more_newcomers_at_a_time(void **state)
{
	struct fixture *fixture = *state;

	begin_with_notify(fixture, 10);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 11);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 40), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 44);
	settle_roll(fixture, 10, 44);
	assert_int_equal(fake_live(), 40);
}

/* Nobody waits for those who will not come back. */
static void who_is_not_wanted_goes_when_the_roll_is_given_up(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.max_surge = MUSTER_ROLL_NONE;
	begin_with_notify(fixture, 20);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	all_say_ready();
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 18);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 9), 0);
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 8);
	assert_int_equal(fake_live(), 10);
	fake_exit(worker_of(fixture, 1), 3);
	fake_exit(worker_of(fixture, 2), 3);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ABORTED), 1);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 7);
	assert_int_equal(fake_live(), 9);
}

/* He is needed again at once. */
static void who_is_not_wanted_stays_when_a_change_wants_more(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.max_surge = MUSTER_ROLL_NONE;
	fixture->group.max_unavailable = -50;
	begin_with_notify(fixture, 20);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	all_say_ready();
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 10);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 4), 0);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 2);
	fixture->group.max_unavailable = 3;
	assert_int_equal(
		muster_change_group(fixture->muster, 0, &fixture->group), 0);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 2);
}

/* Or there would be one too many when his time comes. */
static void who_waits_to_be_launched_again_has_his_place(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.backoff_min_ns = 1000 * NSEC_PER_SEC;
	fixture->group.backoff_max_ns = 1000 * NSEC_PER_SEC;
	begin_with_notify(fixture, 10);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 11);
	fake_crash(fake.processes[5], SIGSEGV);
	settle(fixture);
	assert_int_equal(shared_of(fixture, 0)->counts[WORKER_WAITING], 1);
	assert_int_equal(fake_live(), 10);
	settle_roll(fixture, 8, 11);
	assert_int_equal(fake_live(), 10);
}

static void begin_one_after_another(struct fixture *fixture)
{
	fixture->group.max_surge = MUSTER_ROLL_NONE;
	fixture->group.restart = MUSTER_RESTART_ON_FAILURE;
	begin_with_notify(fixture, 10);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
}

/* They are launched anew, out of their turn. */
static void who_has_ended_before_his_turn_waits_for_nobody(void **state)
{
	struct fixture *fixture = *state;

	begin_one_after_another(fixture);
	fake_exit(fake.processes[2], 0);
	fake_exit(fake.processes[3], 0);
	settle(fixture);
	assert_int_equal(shared_of(fixture, 0)->counts[WORKER_FAILED], 0);
	all_say_ready();
	settle(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 8), 0);
	settle_roll(fixture, 7, 10);
	assert_int_equal(fake_live(), 8);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 8);
}

/* Two of the new ones have done what they had to do. */
static void finish_two(struct fixture *fixture)
{
	for (uint32_t i = 0; i < 5; i++) {
		all_say_ready();
		settle(fixture);
	}
	fake_exit(worker_of(fixture, 0), 0);
	fake_exit(worker_of(fixture, 1), 0);
	settle(fixture);
	assert_int_equal(shared_of(fixture, 0)->counts[WORKER_FAILED], 2);
}

static void a_roll_does_not_wait_for_who_has_ended_for_good(void **state)
{
	struct fixture *fixture = *state;

	begin_one_after_another(fixture);
	finish_two(fixture);
	settle_roll(fixture, 7, 8);
	assert_int_equal(fake_live(), 8);
}

static void nor_does_who_is_not_wanted_any_more(void **state)
{
	struct fixture *fixture = *state;

	begin_one_after_another(fixture);
	finish_two(fixture);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 9), 0);
	settle_roll(fixture, 6, 8);
	assert_int_equal(fake_live(), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(
			who_is_not_wanted_serves_until_enough_of_the_others_do),
		fixture_test(fewer_workers_have_fewer_newcomers_at_a_time),
		fixture_test(more_workers_have_more_newcomers_at_a_time),
		fixture_test(who_is_not_wanted_goes_when_the_roll_is_given_up),
		fixture_test(who_is_not_wanted_stays_when_a_change_wants_more),
		fixture_test(who_waits_to_be_launched_again_has_his_place),
		fixture_test(who_has_ended_before_his_turn_waits_for_nobody),
		fixture_test(a_roll_does_not_wait_for_who_has_ended_for_good),
		fixture_test(nor_does_who_is_not_wanted_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
