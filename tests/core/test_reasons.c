/*
 * test_reasons.c - why a function is told to stop: the value of the signal.
 */
#include <poll.h>

#include "core/functions.h"

/* One signal, with this value. */
static void assert_told(uint32_t process, int signo,
			enum muster_stop_reason reason)
{
	const struct fake_process *told = fake.processes[process];

	assert_true(process < fake.count);
	assert_int_equal(told->sent[signo], 1);
	assert_int_equal(told->values, 1);
	assert_int_equal(told->value, reason);
}

static void assert_not_told(uint32_t process)
{
	assert_true(process < fake.count);
	assert_int_equal(fake.processes[process]->sent[SIGTERM], 0);
	assert_int_equal(fake.processes[process]->values, 0);
}

static void a_stop_is_the_operators(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 2);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	assert_told(0, SIGTERM, MUSTER_STOP_OPERATOR);
	assert_told(1, SIGTERM, MUSTER_STOP_OPERATOR);
}

static void a_signal_to_the_launcher_is_the_operators(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 1);
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 0);
	assert_told(0, SIGTERM, MUSTER_STOP_OPERATOR);
}

static void the_launchers_parents_death_is_an_operators_stop(void **state)
{
	struct fixture *fixture = *state;

	fixture->options.parent_death = MUSTER_PARENT_STOP;
	begin_with(fixture, 1);
	fake_ready(fake.parent_fd, POLLIN);
	assert_int_equal(finish(fixture), 1);
	assert_told(0, SIGTERM, MUSTER_STOP_OPERATOR);
}

static void fewer_workers_is_a_matter_of_scale(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 3);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	settle(fixture);
	assert_not_told(0);
	assert_told(1, SIGTERM, MUSTER_STOP_SCALE);
	assert_told(2, SIGTERM, MUSTER_STOP_SCALE);
	assert_int_equal(muster_stop(fixture->muster), 0);
	assert_int_equal(finish(fixture), 0);
	assert_told(0, SIGTERM, MUSTER_STOP_OPERATOR);
}

static void a_group_that_goes_is_a_matter_of_scale(void **state)
{
	struct fixture *fixture = *state;

	make(fixture);
	add_group(fixture);
	add_group(fixture);
	assert_int_equal(muster_start(fixture->muster), 0);
	settle(fixture);
	assert_int_equal(muster_remove_group(fixture->muster, 1), 0);
	settle(fixture);
	assert_int_equal(fake.count, 2);
	assert_not_told(0);
	assert_told(1, SIGTERM, MUSTER_STOP_SCALE);
}

static void a_roll_is_a_reload(void **state)
{
	struct fixture *fixture = *state;

	begin_with(fixture, 4);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake.count, 8);
	for (uint32_t i = 0; i < 4; i++) {
		assert_told(i, SIGTERM, MUSTER_STOP_RELOAD);
		assert_not_told(4 + i);
	}
}

/* Also where the old one goes first. */
static void a_roll_without_surplus_is_a_reload(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.max_surge = MUSTER_ROLL_NONE;
	fixture->group.max_unavailable = 1;
	begin_with(fixture, 2);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	settle(fixture);
	assert_int_equal(fake.count, 4);
	assert_told(0, SIGTERM, MUSTER_STOP_RELOAD);
	assert_told(1, SIGTERM, MUSTER_STOP_RELOAD);
}

static void who_is_not_ready_in_time_has_failed(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.ready = MUSTER_READY_NOTIFY;
	fixture->group.ready_timeout_ns = NSEC_PER_SEC;
	begin_with(fixture, 1);
	run_for(fixture, NSEC_PER_SEC + 1);
	settle(fixture);
	assert_told(0, SIGTERM, MUSTER_STOP_FAILURE);
}

static void who_is_silent_has_failed(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.watchdog_ns = NSEC_PER_SEC;
	begin_with(fixture, 1);
	/* And its second chance. */
	run_for(fixture, NSEC_PER_SEC + NSEC_PER_SEC / 2 + 1);
	settle(fixture);
	assert_told(0, SIGABRT, MUSTER_STOP_FAILURE);
}

static void too_many_deaths_end_the_others_as_given_up(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.give_up_deaths = 1;
	fixture->group.give_up_window_ns = NSEC_PER_SEC;
	begin_with(fixture, 3);
	fake_exit(fake.processes[0], 1);
	(void)finish(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_GIVE_UP), 1);
	assert_told(1, SIGTERM, MUSTER_STOP_GIVE_UP);
	assert_told(2, SIGTERM, MUSTER_STOP_GIVE_UP);
}

/* Who is on the way out for one reason is not told another. */
static void a_stop_does_not_tell_again_who_was_told(void **state)
{
	struct fixture *fixture = *state;

	fake.birth.manners = FAKE_HANGS;
	begin_with(fixture, 2);
	assert_int_equal(muster_set_workers(fixture->muster, 0, 1), 0);
	turn(fixture);
	assert_int_equal(muster_stop(fixture->muster), 0);
	turn(fixture);
	assert_told(0, SIGTERM, MUSTER_STOP_OPERATOR);
	assert_told(1, SIGTERM, MUSTER_STOP_SCALE);
}

static void KILL_and_CONT_have_no_reason(void **state)
{
	struct fixture *fixture = *state;

	fake.birth.manners = FAKE_HANGS;
	fixture->group.stop_timeout_ns = NSEC_PER_SEC;
	begin_with(fixture, 1);
	assert_int_equal(muster_stop(fixture->muster), 0);
	(void)finish(fixture);
	assert_told(0, SIGTERM, MUSTER_STOP_OPERATOR);
	assert_int_equal(fake.processes[0]->sent[SIGCONT], 1);
	assert_int_equal(fake.processes[0]->sent[SIGKILL], 1);
}

static void who_is_only_to_read_its_options_anew_is_not_to_stop(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart_method = MUSTER_METHOD_MUTATE;
	begin_with(fixture, 1);
	assert_int_equal(muster_reload(fixture->muster, 0), 0);
	turn(fixture);
	assert_told(0, SIGHUP, MUSTER_STOP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		function_test(a_stop_is_the_operators),
		function_test(a_signal_to_the_launcher_is_the_operators),
		function_test(the_launchers_parents_death_is_an_operators_stop),
		function_test(fewer_workers_is_a_matter_of_scale),
		function_test(a_group_that_goes_is_a_matter_of_scale),
		function_test(a_roll_is_a_reload),
		function_test(a_roll_without_surplus_is_a_reload),
		function_test(who_is_not_ready_in_time_has_failed),
		function_test(who_is_silent_has_failed),
		function_test(too_many_deaths_end_the_others_as_given_up),
		function_test(a_stop_does_not_tell_again_who_was_told),
		function_test(KILL_and_CONT_have_no_reason),
		function_test(
			who_is_only_to_read_its_options_anew_is_not_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
