/*
 * test_functions.c - groups whose workers are functions of this program: how
 * they are launched, beside programs and without them.
 */
#include "core/functions.h"

static void make_programs(struct fixture *fixture, uint32_t workers)
{
	static const char *const argv[] = {"/srv/worker", NULL};

	fixture->group.run = NULL;
	fixture->group.argv = argv;
	fixture->group.workers = workers;
}

static void functions_are_forked_without_a_plan(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 5);
	assert_int_equal(fake.forks, 5);
	assert_int_equal(fake.launches, 5);
	assert_true(fake.forks_prepared > 0);
	assert_true(fake.shares_code);
	assert_null(shared_of(fixture, 0)->edition->plan);
	for (uint32_t i = 0; i < 5; i++)
		assert_true(worker_of(fixture, i)->is_fork);
	assert_string_equal(shared_of(fixture, 0)->name, "worker");
}

/* Where executing is all that is asked for, having been forked is. */
static void a_forked_worker_is_ready_at_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 3;
	begin(fixture);
	turn(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 3);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_STARTED), 3);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_SERVING), 2);
	for (uint32_t i = 0; i < 3; i++)
		assert_false(worker_of(fixture, i)->was_waited_for);
}

static void a_function_may_say_that_it_is_ready(void **state)
{
	struct fixture *fixture = *state;
	struct notify_message message = {.fields = NOTIFY_READY};

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin_with(fixture, 1);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 0);
	message.pid = worker_of(fixture, 0)->pid;
	fake_say(&message);
	settle(fixture);
	assert_int_equal(slot_shared_ready(shared_of(fixture, 0)), 1);
}

/* Before a fork that would have a copy of it. */
static void a_dead_ones_pidfd_is_closed_before_its_successor_comes(void **state)
{
	struct fixture *fixture = *state;
	struct fake_process *old;
	size_t close;
	size_t launch;

	begin_with(fixture, 2);
	forget(fixture);
	old = worker_of(fixture, 1);
	fake_exit(old, 1);
	turn(fixture);
	close = fake_seek(0, FAKE_CLOSE, old->pid, -1);
	launch = fake_seek(0, FAKE_LAUNCH, -1, 1);
	assert_true(launch < fake.record_count);
	assert_true(close < launch);
	assert_false(old->is_pidfd_open);
	assert_int_equal(fake_count(FAKE_CLOSE, old->pid, -1), 1);
	assert_int_equal(worker_of(fixture, 1)->generation, 2);
}

/* A program's pidfd would be in a function's hands as well. */
static void programs_and_functions_live_side_by_side(void **state)
{
	struct fixture *fixture = *state;
	uint32_t forks = 0;

	fixture->group.workers = 3;
	make(fixture);
	add_group(fixture);
	make_programs(fixture, 4);
	add_group(fixture);
	assert_int_equal(muster_start(fixture->muster), 0);
	settle(fixture);
	assert_int_equal(fake_live(), 7);
	for (uint32_t i = 0; i < fake.count; i++) {
		forks += fake.processes[i]->is_fork;
		assert_true(fake.processes[i]->is_fork ==
			    (fake.processes[i]->plan == NULL));
	}
	assert_int_equal(forks, 3);
	assert_null(shared_of(fixture, 0)->edition->plan);
	assert_non_null(shared_of(fixture, 1)->edition->plan);
	for (uint32_t i = 0; i < 7; i++)
		fake_exit(fake.processes[i], 1);
	turn(fixture);
	assert_int_equal(fake_live(), 7);
	assert_int_equal(fake.forks, 6);
	assert_int_equal(fake_open_pidfds(), 7);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	/* Programs are told by the signal alone. */
	for (uint32_t i = 7; i < fake.count; i++) {
		assert_int_equal(fake.processes[i]->sent[SIGTERM], 1);
		assert_int_equal(fake.processes[i]->values,
				 fake.processes[i]->is_fork);
	}
}

static void without_functions_nothing_is_prepared(void **state)
{
	struct fixture *fixture = *state;

	make_programs(fixture, 2);
	begin_with(fixture, 2);
	fake_exit(worker_of(fixture, 0), 1);
	turn(fixture);
	assert_int_equal(fake.forks_prepared, 0);
	assert_int_equal(fake.forks, 0);
}

/* Too many processes, or another thread, now: later perhaps not. */
static void a_fork_that_fails_is_tried_again(void **state)
{
	static const int errors[] = {EAGAIN, EBUSY, ENOMEM};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		const struct muster_event *event;

		fixture->event_count = 0;
		fake.spawn_failures = 3;
		fake.spawn_error = errors[i];
		fixture->group.workers = 1;
		begin(fixture);
		turn(fixture);
		event = nth_event(fixture, MUSTER_EVENT_EXITED, 0);
		assert_int_equal(event->exit.kind, MUSTER_EXIT_LAUNCH);
		assert_int_equal(event->exit.step, MUSTER_STEP_CLONE);
		assert_int_equal(event->exit.code, errors[i]);
		assert_int_equal(event->next, MUSTER_NEXT_LATER);
		assert_int_equal(event->why, MUSTER_WHY_LAUNCH);
		run_for(fixture, 2 * NSEC_PER_SEC);
		assert_int_equal(count_events(fixture, MUSTER_EVENT_EXITED), 3);
		assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP),
				 0);
		assert_int_equal(fake_live(), 1);
		fixture->muster = muster_free(fixture->muster);
	}
}

/* No plan says which file it was: its name does. */
static void a_step_that_fails_in_the_child_gives_it_up_by_name(void **state)
{
	struct fixture *fixture = *state;
	const struct muster_event *event;

	fixture->group.name = "api";
	fake.birth.step = MUSTER_STEP_GROUP;
	fake.birth.error = EPERM;
	begin(fixture);
	assert_int_equal(finish(fixture), 125);
	event = nth_event(fixture, MUSTER_EVENT_GIVE_UP, 0);
	assert_int_equal(event->exit.step, MUSTER_STEP_GROUP);
	assert_int_equal(event->exit.code, EPERM);
	assert_string_equal(event->text, "api");
}

static void a_roll_replaces_functions_by_functions(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 8);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake.forks, 16);
	assert_int_equal(fake_live(), 8);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(worker_of(fixture, i)->generation, 2);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_ABORTED), 0);
}

/* And back: what was a function is a program in its next edition. */
static void a_change_may_make_programs_of_functions(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 4);
	make_programs(fixture, 4);
	assert_int_equal(
		muster_change_group(fixture->muster, 0, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake.forks, 4);
	assert_int_equal(fake.launches, 8);
	fixture->group.argv = NULL;
	fixture->group.run = function;
	assert_int_equal(
		muster_change_group(fixture->muster, 0, &fixture->group), 0);
	settle(fixture);
	assert_int_equal(fake.forks, 8);
	assert_int_equal(fake_live(), 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_true(worker_of(fixture, i)->is_fork);
}

static int socket_of(const struct fixture *fixture)
{
	return fixture->supervisor->context.notify_send_fd;
}

static void one_socket_to_speak_through_serves_all_functions(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	begin_with(fixture, 2);
	assert_true(socket_of(fixture) >= 0);
	fixture->group.watchdog_ns = NSEC_PER_SEC;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group), 1);
	settle(fixture);
	assert_int_equal(socket_of(fixture), fake.notify_send_fd);
}

static void nobody_gets_a_socket_who_has_nothing_to_say(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	make_programs(fixture, 2);
	fixture->group.ready = MUSTER_READY_NOTIFY;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group), 1);
	settle(fixture);
	assert_true(fixture->supervisor->context.notify_fd >= 0);
	assert_int_equal(socket_of(fixture), -1);
}

static void a_socket_that_cannot_be_had_refuses_the_group(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	fixture->group.ready = MUSTER_READY_NOTIFY;
	fake.is_notify_deaf = true;
	assert_int_equal(muster_add_group(fixture->muster, &fixture->group),
			 -EMFILE);
	settle(fixture);
	assert_int_equal(fake_live(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		function_test(functions_are_forked_without_a_plan),
		function_test(a_forked_worker_is_ready_at_once),
		function_test(a_function_may_say_that_it_is_ready),
		function_test(
			a_dead_ones_pidfd_is_closed_before_its_successor_comes),
		function_test(programs_and_functions_live_side_by_side),
		function_test(without_functions_nothing_is_prepared),
		function_test(a_fork_that_fails_is_tried_again),
		function_test(
			a_step_that_fails_in_the_child_gives_it_up_by_name),
		function_test(a_roll_replaces_functions_by_functions),
		function_test(a_change_may_make_programs_of_functions),
		function_test(one_socket_to_speak_through_serves_all_functions),
		function_test(nobody_gets_a_socket_who_has_nothing_to_say),
		function_test(a_socket_that_cannot_be_had_refuses_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
