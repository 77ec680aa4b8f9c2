/*
 * test_muster.c - the public functions: bad use, counters, foreign descriptors,
 * words.
 */
#include <poll.h>

#include "core/fixture.h"

static void bad_use_is_EINVAL_and_harmless(void **state)
{
	struct fixture *fixture = *state;
	struct muster *untouched = (void *)fixture;
	struct muster_event event = MUSTER_EVENT_INIT;
	struct muster_stats stats = MUSTER_STATS_INIT;

	assert_int_equal(muster_new(&fixture->options, NULL), -EINVAL);
	fixture->options.engine = MUSTER_ENGINES;
	assert_int_equal(muster_new(&fixture->options, &untouched), -EINVAL);
	fixture->options.engine = MUSTER_ENGINE_AUTO;
	fixture->options.spawn = MUSTER_SPAWNS;
	assert_int_equal(muster_new(&fixture->options, &untouched), -EINVAL);
	fixture->options.spawn = MUSTER_SPAWN_AUTO;
	fixture->options.parent_death = MUSTER_PARENT_DEATHS;
	assert_int_equal(muster_new(&fixture->options, &untouched), -EINVAL);
	fixture->options.parent_death = MUSTER_PARENT_IGNORED;
	fixture->options.reserved[0] = 1;
	assert_int_equal(muster_new(&fixture->options, &untouched), -EINVAL);
	assert_ptr_equal(untouched, fixture);
	assert_int_equal(muster_add_group(NULL, &fixture->group), -EINVAL);
	assert_int_equal(muster_start(NULL), -EINVAL);
	assert_int_equal(muster_turn(NULL, 0), -EINVAL);
	assert_int_equal(muster_next_event(NULL, &event), -EINVAL);
	assert_int_equal(muster_stop(NULL), -EINVAL);
	assert_int_equal(muster_kill(NULL, 0), -EINVAL);
	assert_int_equal(muster_run(NULL), -EINVAL);
	assert_int_equal(muster_status(NULL), -EINVAL);
	assert_int_equal(muster_get_stats(NULL, 0, &stats), -EINVAL);
	assert_int_equal(muster_get_stats(NULL, -1, &stats), -EINVAL);
	assert_int_equal(muster_watch_fd(NULL, 0, POLLIN, 0), -EINVAL);
	assert_int_equal(muster_unwatch_fd(NULL, 0), -EINVAL);
	assert_int_equal(muster_exit_code(NULL), -EINVAL);
	assert_string_equal(muster_error(NULL), "");
}

static void bad_use_of_an_object_is_EINVAL(void **state)
{
	struct fixture *fixture = *state;
	struct muster_event event = {.size = 0};
	struct muster_stats stats = {.size = 0};
	struct muster *muster;

	begin(fixture);
	muster = fixture->muster;
	assert_int_equal(muster_add_group(muster, NULL), -EINVAL);
	assert_int_equal(muster_next_event(muster, NULL), -EINVAL);
	assert_int_equal(muster_next_event(muster, &event), -EINVAL);
	assert_int_equal(muster_kill(muster, -1), -EINVAL);
	assert_int_equal(muster_kill(muster, 256), -EINVAL);
	assert_int_equal(muster_get_stats(muster, -1, NULL), -EINVAL);
	assert_int_equal(muster_get_stats(muster, -1, &stats), -EINVAL);
	stats.size = sizeof(stats);
	assert_int_equal(muster_get_stats(muster, 1, &stats), -EINVAL);
	assert_int_equal(muster_get_stats(muster, -2, &stats), -EINVAL);
	assert_int_equal(muster_watch_fd(muster, -1, POLLIN, 0), -EINVAL);
	settle(fixture);
	assert_int_equal(fake_live(), 1);
}

static void a_launcher_without_options_is_a_guest(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(muster_new(NULL, &fixture->muster), 0);
	assert_int_equal(muster_start(fixture->muster), 0);
	assert_null(fake.loop_options.signals);
	assert_int_equal(muster_status(fixture->muster), -EAGAIN);
}

static void run_turns_to_the_end_and_returns_the_status(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.restart = MUSTER_RESTART_NEVER;
	fixture->group.workers = 100;
	fake.birth.life_ns = NSEC_PER_SEC;
	fake.birth.status = 42;
	begin(fixture);
	assert_int_equal(muster_run(fixture->muster), 42);
	assert_int_equal(muster_status(fixture->muster), 42);
	assert_int_equal(fake.launches, 100);
}

static void run_tells_when_the_loop_is_broken(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	fake.loop_wait_error = EIO;
	assert_int_equal(muster_run(fixture->muster), -EIO);
	fake.loop_wait_error = 0;
}

static void check_stats(const struct fixture *fixture, int group,
			struct muster_stats expected)
{
	struct muster_stats stats;

	memset(&stats, 0x55, sizeof(stats));
	stats.size = sizeof(stats);
	assert_int_equal(muster_get_stats(fixture->muster, group, &stats), 0);
	assert_int_equal(stats.size, sizeof(stats));
	assert_int_equal(stats.running, expected.running);
	assert_int_equal(stats.waiting, expected.waiting);
	assert_int_equal(stats.started, expected.started);
	assert_int_equal(stats.exited, expected.exited);
	assert_int_equal(stats.signaled, expected.signaled);
	assert_int_equal(stats.launch_failures, expected.launch_failures);
	assert_int_equal(stats.restarts, expected.restarts);
	assert_int_equal(stats.throttled, expected.throttled);
	assert_int_equal(stats.overdue, expected.overdue);
	assert_int_equal(stats.turns, fixture->supervisor->turns);
}

static void everything_is_counted_by_group_and_in_all(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 3;
	fixture->group.throttle_burst = 2;
	begin(fixture);
	settle(fixture);
	fake_exit(worker_of(fixture, 0), 0);
	fake_crash(worker_of(fixture, 1), SIGSEGV);
	turn(fixture); /* both tokens are gone */
	fake_exit(worker_of(fixture, 0), 0);
	turn(fixture);
	fake.spawn_failures = 1;
	fake.spawn_error = EAGAIN;
	add_group(fixture);
	turn(fixture);
	check_stats(fixture, 0,
		    (struct muster_stats){.running = 2,
					  .waiting = 1,
					  .started = 5,
					  .exited = 2,
					  .signaled = 1,
					  .restarts = 2,
					  .throttled = 1});
	check_stats(fixture, 1,
		    (struct muster_stats){.running = 2,
					  .waiting = 1,
					  .started = 2,
					  .launch_failures = 1});
	check_stats(fixture, -1,
		    (struct muster_stats){.running = 4,
					  .waiting = 2,
					  .started = 7,
					  .exited = 2,
					  .signaled = 1,
					  .launch_failures = 1,
					  .restarts = 2,
					  .throttled = 1});
}

static void the_overdue_are_counted(void **state)
{
	struct fixture *fixture = *state;

	fixture->group.workers = 2;
	begin(fixture);
	settle(fixture);
	worker_of(fixture, 1)->manners = FAKE_HANGS;
	fake_signal(SIGTERM);
	assert_int_equal(finish(fixture), 1);
	check_stats(fixture, -1,
		    (struct muster_stats){.started = 2,
					  .exited = 1,
					  .signaled = 1,
					  .overdue = 1});
}

static uint64_t longest_turn(const struct fixture *fixture)
{
	struct muster_stats stats = MUSTER_STATS_INIT;

	assert_int_equal(muster_get_stats(fixture->muster, -1, &stats), 0);
	return stats.turn_max_ns;
}

static void the_longest_turn_is_known_without_its_wait(void **state)
{
	struct fixture *fixture = *state;
	uint64_t readings;
	uint64_t longest_ns;

	fixture->group.workers = 5;
	begin(fixture);
	readings = fake.readings;
	fake.tick_ns = NSEC_PER_USEC;
	turn(fixture);
	longest_ns = longest_turn(fixture);
	assert_in_range(longest_ns, 5 * NSEC_PER_USEC,
			(fake.readings - readings) * NSEC_PER_USEC);
	/* One of five starts again, after a long time. */
	fake_end_at(worker_of(fixture, 0), fake.now_ns + NSEC_PER_SEC,
		    CLD_EXITED, 0);
	(void)run_for(fixture, 2 * NSEC_PER_SEC);
	assert_int_equal(worker_of(fixture, 0)->generation, 2);
	assert_int_equal(longest_turn(fixture), longest_ns);
}

static void a_foreign_descriptor_comes_back_once(void **state)
{
	struct fixture *fixture = *state;
	struct muster *muster;

	make(fixture);
	muster = fixture->muster;
	assert_int_equal(muster_watch_fd(muster, 5, POLLIN, 1), -EINVAL);
	assert_int_equal(muster_unwatch_fd(muster, 5), -EINVAL);
	assert_int_equal(muster_start(muster), 0);
	assert_int_equal(muster_watch_fd(muster, 5, POLLIN, 77), 0);
	assert_int_equal(muster_watch_fd(muster, 5, POLLIN, 78), -EEXIST);
	fake_ready(5, POLLIN | POLLHUP);
	assert_int_equal(turn_for(fixture, MUSTER_FOREVER), 1);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_WATCH)->tag, 77);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_WATCH)->code,
			 POLLIN | POLLHUP);
	assert_int_equal(last_event(fixture, MUSTER_EVENT_WATCH)->group, -1);
	fake_ready(5, POLLIN);
	settle(fixture);
	assert_int_equal(count_events(fixture, MUSTER_EVENT_WATCH), 1);
	assert_int_equal(muster_watch_fd(muster, 5, POLLIN, 79), 0);
	assert_int_equal(muster_unwatch_fd(muster, 5), 0);
	assert_int_equal(muster_unwatch_fd(muster, 5), -ENOENT);
}

static void words_are_never_NULL(void **state)
{
	(void)state;
	for (int i = 0; i < MUSTER_ENGINES; i++)
		assert_string_not_equal(
			muster_engine_name((enum muster_engine)i), "?");
	for (int i = 0; i < MUSTER_SPAWNS; i++)
		assert_string_not_equal(muster_spawn_name((enum muster_spawn)i),
					"?");
	for (int i = 0; i < MUSTER_STEPS; i++)
		assert_string_not_equal(muster_step_name((enum muster_step)i),
					"?");
	assert_string_equal(muster_engine_name(MUSTER_ENGINES), "?");
	assert_string_equal(muster_engine_name((enum muster_engine) - 1), "?");
	assert_string_equal(muster_spawn_name(MUSTER_SPAWNS), "?");
	assert_string_equal(muster_step_name(MUSTER_STEPS), "?");
	assert_string_equal(muster_engine_name(MUSTER_ENGINE_EPOLL), "epoll");
	assert_string_equal(muster_spawn_name(MUSTER_SPAWN_FAST), "fast");
	assert_string_equal(muster_step_name(MUSTER_STEP_EXEC), "execve");
	assert_string_equal(muster_version(), MUSTER_VERSION);
}

static void an_address_is_checked_without_a_launcher(void **state)
{
	char reason[16] = "untouched";

	(void)state;
	assert_int_equal(muster_check_address("tcp:*:80", reason, 16), 0);
	assert_int_equal(muster_check_address("tcp:80", NULL, 0), -EINVAL);
	assert_int_equal(muster_check_address("unix:x", reason, 16), -EINVAL);
	assert_string_equal(reason, "not an absolute"); /* as far as it fits */
	assert_int_equal(muster_check_address(NULL, reason, 16), -EINVAL);
	assert_int_equal(muster_check_address("tcp:*:80", NULL, 16), -EINVAL);
}

static void an_exit_code_is_the_shells(void **state)
{
	const struct muster_exit killed = {
		.kind = MUSTER_EXIT_SIGNAL,
		.code = SIGKILL,
	};

	(void)state;
	assert_int_equal(muster_exit_code(&killed), 137);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(bad_use_is_EINVAL_and_harmless),
		fixture_test(bad_use_of_an_object_is_EINVAL),
		fixture_test(a_launcher_without_options_is_a_guest),
		fixture_test(run_turns_to_the_end_and_returns_the_status),
		fixture_test(run_tells_when_the_loop_is_broken),
		fixture_test(everything_is_counted_by_group_and_in_all),
		fixture_test(the_overdue_are_counted),
		fixture_test(the_longest_turn_is_known_without_its_wait),
		fixture_test(a_foreign_descriptor_comes_back_once),
		cmocka_unit_test(words_are_never_NULL),
		cmocka_unit_test(an_address_is_checked_without_a_launcher),
		cmocka_unit_test(an_exit_code_is_the_shells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
