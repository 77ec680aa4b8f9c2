/*
 * test_roll_again.c - a roll begins while another one goes on: nobody is left
 * behind on the way.
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

/* Two workers that serve, and a newcomer of slot 1 that has crashed and waits
 * to be launched again, for long. */
static void begin_with_one_that_waits(struct fixture *fixture)
{
	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.workers = 2;
	fixture->group.backoff_min_ns = 1000 * NSEC_PER_SEC;
	fixture->group.backoff_max_ns = 1000 * NSEC_PER_SEC;
	begin(fixture);
	turn(fixture);
	for (uint32_t i = 0; i < 2; i++)
		say_ready(fake.processes[i]);
	settle(fixture);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	say_ready(fake.processes[2]);
	settle(fixture);
	assert_int_equal(fake.count, 4);
	fake_crash(fake.processes[3], SIGSEGV);
	settle(fixture);
	assert_int_equal(shared_of(fixture, 0)->counts[WORKER_WAITING], 1);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ABORTED), 0);
	forget(fixture);
}

/* Those who were there before have nothing to say. */
static void settle_newcomers(struct fixture *fixture)
{
	for (int i = 0; i < 8; i++) {
		for (uint32_t p = 4; p < fake.count; p++)
			if (fake.processes[p]->state == FAKE_RUNNING)
				say_ready(fake.processes[p]);
		settle(fixture);
	}
}

static void whose_newcomer_waits_is_rolled_again_at_once(void **state)
{
	struct fixture *fixture = *state;

	begin_with_one_that_waits(fixture);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle_newcomers(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 1);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(fake.processes[i]->state, FAKE_REAPED);
	assert_int_equal(fake_live(), 2);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 2);
}

static void whose_newcomer_waits_may_be_asked_often(void **state)
{
	struct fixture *fixture = *state;

	begin_with_one_that_waits(fixture);
	for (int i = 0; i < 5; i++)
		assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle_newcomers(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ROLLED), 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_ROLLED)->roll, 6);
	assert_int_equal(fake_live(), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(whose_newcomer_waits_is_rolled_again_at_once),
		fixture_test(whose_newcomer_waits_may_be_asked_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
