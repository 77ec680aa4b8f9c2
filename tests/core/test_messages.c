/*
 * test_messages.c - last words: what a worker says is heard before its end is,
 * also when both come in one turn.
 */
#include "core/fixture.h"

static void begin_with_notify(struct fixture *fixture)
{
	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin(fixture);
	turn(fixture);
	forget(fixture);
}

static void say(pid_t pid, uint32_t fields)
{
	const struct notify_message message = {.pid = pid, .fields = fields};

	fake_say(&message);
}

static void who_is_ready_and_dies_in_one_turn_was_ready(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid;

	begin_with_notify(fixture);
	pid = fake.processes[0]->pid;
	say(pid, NOTIFY_READY);
	fake_exit(fake.processes[0], 3);
	turn(fixture);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_READY)->pid, pid);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_EXITED)->pid, pid);
	assert_true(last_event(fixture, MUSTER_EVENT_READY) <
		    last_event(fixture, MUSTER_EVENT_EXITED));
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REFUSED), 0);
	/* Not the one in its place. */
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 0);
	assert_int_equal(fake_live(), 1);
}

/* Its number may be another's by then. */
static void who_is_dead_since_a_turn_is_no_worker(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid;

	begin_with_notify(fixture);
	pid = fake.processes[0]->pid;
	fake_exit(fake.processes[0], 3);
	turn(fixture);
	say(pid, NOTIFY_READY);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 0);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REFUSED), 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_REFUSED)->pid, pid);
}

/* The one whose end is taken first is not the one that speaks. */
static void each_of_many_that_die_in_one_turn_is_heard(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 20;
	begin_with_notify(fixture);
	for (uint32_t i = 0; i < 20; i++)
		fake_exit(fake.processes[i], 3);
	for (uint32_t i = 20; i > 0; i--)
		say(fake.processes[i - 1]->pid, NOTIFY_READY);
	turn(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_READY), 20);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_EXITED), 20);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_REFUSED), 0);
}

/* A newcomer that was ready has relieved the old one: that is not taken back.
 */
static void a_newcomer_that_is_ready_and_dies_ends_the_roll(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 3;
	begin_with_notify(fixture);
	for (uint32_t i = 0; i < 3; i++)
		say(fake.processes[i]->pid, NOTIFY_READY);
	settle(fixture);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	say(fake.processes[3]->pid, NOTIFY_READY);
	fake_exit(fake.processes[3], 3);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ABORTED), 1);
	assert_int_equal(fake.processes[0]->sent[SIGTERM], 1);
	assert_int_equal(fake.processes[1]->sent[SIGTERM], 0);
	assert_int_equal(fake.processes[2]->sent[SIGTERM], 0);
	assert_int_equal(fake_live(), 3);
}

static void who_asks_for_time_for_ever_gets_it(void **state)
{
	struct fixture *fixture = *state;
	struct notify_message message = {
		.fields = NOTIFY_EXTEND,
		.extend_ns = NSEC_NEVER - 1,
	};

	fixture->group.ready_timeout_ns = NSEC_PER_SEC;
	begin_with_notify(fixture);
	message.pid = fake.processes[0]->pid;
	fake_say(&message);
	run_for(fixture, 1000 * NSEC_PER_SEC);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STOPPING), 0);
	say(message.pid, NOTIFY_READY);
	turn(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 1);
}

/* And its other threads speak on: they do not take it back. */
static void who_says_at_its_deadline_that_it_hangs_is_aborted(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *process;

	fixture->group.watchdog_ns = NSEC_PER_SEC;
	begin_with_notify(fixture);
	process = fake.processes[0];
	say(process->pid, NOTIFY_READY);
	turn(fixture);
	fake_pass(NSEC_PER_SEC);
	say(process->pid, NOTIFY_TRIGGER);
	say(process->pid, NOTIFY_WATCHDOG);
	turn(fixture);
	assert_int_equal(process->sent[SIGABRT], 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_STOPPING)->why,
			 MUSTER_WHY_WATCHDOG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(who_is_ready_and_dies_in_one_turn_was_ready),
		fixture_test(who_is_dead_since_a_turn_is_no_worker),
		fixture_test(each_of_many_that_die_in_one_turn_is_heard),
		fixture_test(who_asks_for_time_for_ever_gets_it),
		fixture_test(who_says_at_its_deadline_that_it_hangs_is_aborted),
		fixture_test(a_newcomer_that_is_ready_and_dies_ends_the_roll),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
