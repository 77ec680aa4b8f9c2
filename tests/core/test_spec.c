/*
 * test_spec.c - what a group may not ask for, and what it gets when it does not
 * ask.
 */
#include "core/fixture.h"
#include "core/specs.h"
#include "policy/giveup.h"
#include "proc/plan.h"

#define EVERYTHING_NS (77 * NSEC_PER_SEC)

static struct muster_group_options least(void)
{
	static const char *const argv[] = {"worker", NULL};
	struct muster_group_options options = MUSTER_GROUP_OPTIONS_INIT;

	options.argv = argv;
	return options;
}

static void a_group_needs_a_command(void **state)
{
	static const char *const nothing[] = {NULL};
	static const char *const empty[] = {"", NULL};
	struct muster_group_options options = least();

	(void)state;
	options.argv = NULL;
	check_refused(&options, "no command");
	options.argv = nothing;
	check_refused(&options, "no command");
	options.argv = empty;
	check_refused(&options, "empty command");
}

static void workers_end_at_a_million(void **state)
{
	struct muster_group_options options = least();

	(void)state;
	options.workers = MUSTER_WORKERS_MAX + 1;
	check_refused(&options, "more than 1000000 workers");
	options.workers = MUSTER_WORKERS_MAX;
	spec_free(check_taken(&options));
}

static void give_up_needs_a_window_and_at_most_4096_deaths(void **state)
{
	struct muster_group_options options = least();

	(void)state;
	options.give_up_deaths = 1;
	check_refused(&options, "give-up without a window");
	options.give_up_window_ns = 1;
	options.give_up_deaths = GIVEUP_DEATHS_MAX + 1;
	check_refused(&options, "give-up after more than 4096");
	options.give_up_deaths = GIVEUP_DEATHS_MAX;
	spec_free(check_taken(&options));
}

static void a_cap_of_backoff_needs_a_minimum(void **state)
{
	struct muster_group_options options = least();

	(void)state;
	options.backoff_max_ns = 1;
	check_refused(&options, "backoff without a minimum");
	options.backoff_min_ns = 1;
	spec_free(check_taken(&options));
}

static void unknown_rules_are_refused(void **state)
{
	struct muster_group_options options = least();

	(void)state;
	options.restart = MUSTER_RESTARTS;
	check_refused(&options, "unknown restart rule");
	options.restart = (enum muster_restart) - 1;
	check_refused(&options, "unknown restart rule");
	options = least();
	options.kill = MUSTER_KILLS;
	check_refused(&options, "unknown kill rule");
}

static void what_is_no_signal_is_refused(void **state)
{
	struct muster_group_options options = least();

	(void)state;
	options.stop_signal = -1;
	check_refused(&options, "stop signal is no signal");
	options.stop_signal = SIGRTMAX + 1;
	check_refused(&options, "stop signal is no signal");
	options = least();
	options.death_signal = -2;
	check_refused(&options, "parent-death signal is no signal");
	options.death_signal = SIGRTMAX + 1;
	check_refused(&options, "parent-death signal is no signal");
	options.death_signal = SIGRTMAX;
	options.stop_signal = SIGRTMAX;
	spec_free(check_taken(&options));
}

/* The launcher's own pidfd wants a place, too. */
static void descriptors_end_below_the_plans_limit(void **state)
{
	static int fds[PLAN_FDS_MAX];
	static struct muster_listener listeners[2];
	struct muster_group_options options = least();

	(void)state;
	for (int i = 0; i < (int)PLAN_FDS_MAX; i++)
		fds[i] = 4 + i;
	options.pass_fds = fds;
	options.listeners = listeners;
	options.pass_fd_count = PLAN_FDS_MAX;
	check_refused(&options, "more than 1000 descriptors");
	options.pass_fd_count = PLAN_FDS_MAX - 2;
	options.listener_count = 2;
	check_refused(&options, "more than 1000 descriptors");
	options.listener_count = 1;
	spec_free(check_taken(&options));
}

static void a_descriptor_is_passed_once_and_above_the_listeners(void **state)
{
	static const int twice[] = {9, 10, 9};
	static const int low[] = {4};
	static const int negative[] = {-1};
	static struct muster_listener listeners[2];
	struct muster_group_options options = least();

	(void)state;
	options.pass_fds = twice;
	options.pass_fd_count = 3;
	check_refused(&options, "a descriptor is passed twice");
	options.pass_fd_count = 2;
	spec_free(check_taken(&options));
	options.pass_fd_count = 1;
	options.pass_fds = negative;
	check_refused(&options, "a descriptor to pass is below 3");
	options.pass_fds = low;
	options.listeners = listeners;
	options.listener_count = 2;
	check_refused(&options, "a descriptor to pass has a listener's number");
	options.listener_count = 1;
	spec_free(check_taken(&options));
}

static void one_address_is_listened_on_once(void **state)
{
	struct muster_listener listeners[] = {
		{.address = "tcp:*:0"},	  {.fd = 9},
		{.address = "unix:/run"}, {.address = "tcp:*:0"},
		{.address = "unix:/run"},
	};
	struct muster_group_options options = least();

	(void)state;
	options.listeners = listeners;
	options.listener_count = 4;
	spec_free(check_taken(&options));
	options.listener_count = 5;
	check_refused(&options, "an address is listened on twice");
}

static void counts_that_overflow_are_refused(void **state)
{
	static int fds[2];
	static struct muster_listener listener;
	struct muster_group_options options = least();

	(void)state;
	options.pass_fds = fds;
	options.pass_fd_count = 2;
	options.listeners = &listener;
	options.listener_count = UINT32_MAX;
	check_refused(&options, "more than 1000 descriptors");
}

static void counts_without_an_array_are_refused(void **state)
{
	struct muster_group_options options = least();
	struct spec *spec;
	char buffer[128];
	struct text error;

	(void)state;
	text_init(&error, buffer, sizeof(buffer));
	options.pass_fd_count = 1;
	assert_int_equal(spec_new(&strings, &options, &spec, &error), -EINVAL);
	options.pass_fd_count = 0;
	options.listener_count = 1;
	assert_int_equal(spec_new(&strings, &options, &spec, &error), -EINVAL);
}

static void reserved_bytes_must_be_zero(void **state)
{
	struct muster_group_options options = least();
	struct spec *spec = NULL;
	char buffer[128];
	struct text error;
	int r;

	(void)state;
	text_init(&error, buffer, sizeof(buffer));
	options.reserved[1] = 1;
	r = spec_new(&strings, &options, &spec, &error);
	spec_free(r == 0 ? spec : NULL);
	assert_int_equal(r, -EINVAL);
}

static void listener_names_fit_into_LISTEN_FDNAMES(void **state)
{
	static const char *const bad[] = {"", "a:b", "a=b", ":", "="};
	struct muster_listener listener = {.fd = 0};
	struct muster_group_options options = least();

	(void)state;
	options.listeners = &listener;
	options.listener_count = 1;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		listener.name = bad[i];
		check_refused(&options, "listener name with : or =, or none");
	}
}

static void zero_means_the_default(void **state)
{
	struct muster_group_options options = least();
	struct spec *spec = check_taken(&options);
	const struct worker_rules *rules = &spec->rules;

	(void)state;
	assert_string_equal(spec->name, "worker");
	assert_int_equal(spec->workers, 0);
	assert_int_equal(spec->kill, MUSTER_KILL_GROUP);
	assert_int_equal(spec->death_signal, SIGKILL);
	assert_false(spec->wants_launcher_fd);
	assert_int_equal(spec->give_up_deaths, 0);
	assert_null(spec->environment[0]);
	assert_int_equal(rules->restart.mode, MUSTER_RESTART_ALWAYS);
	assert_int_equal(rules->restart.healthy_after_ns, NSEC_PER_SEC);
	assert_int_equal(rules->restart.backoff.base_ns, 0);
	assert_int_equal(rules->restart.throttle.interval_ns, NSEC_PER_SEC);
	assert_int_equal(rules->restart.throttle.burst, 1);
	assert_int_equal(rules->ladder.rungs[LADDER_STOP].signo, SIGTERM);
	assert_int_equal(rules->ladder.rungs[LADDER_STOP].grace_ns,
			 60 * NSEC_PER_SEC);
	assert_int_equal(rules->watchdog_ns, NSEC_NEVER);
	spec_free(spec);
}

static struct muster_group_options most(void)
{
	struct muster_group_options options = least();

	options.workers = 8;
	options.restart = MUSTER_RESTART_ON_FAILURE;
	options.kill = MUSTER_KILL_PROCESS;
	options.stop_signal = SIGQUIT;
	options.death_signal = SIGTERM;
	options.throttle_burst = 5;
	options.throttle_interval_ns = 2;
	options.stop_timeout_ns = EVERYTHING_NS;
	options.healthy_after_ns = 3;
	options.backoff_min_ns = 4;
	options.backoff_max_ns = 6;
	options.give_up_deaths = 7;
	options.give_up_window_ns = 8;
	options.wants_launcher_fd = true;
	return options;
}

static void what_is_asked_for_is_what_one_gets(void **state)
{
	struct muster_group_options options = most();
	struct spec *spec = check_taken(&options);
	const struct worker_rules *rules = &spec->rules;

	(void)state;
	assert_int_equal(spec->workers, 8);
	assert_int_equal(spec->kill, MUSTER_KILL_PROCESS);
	assert_int_equal(spec->death_signal, SIGTERM);
	assert_int_equal(spec->give_up_deaths, 7);
	assert_int_equal(spec->give_up_window_ns, 8);
	assert_true(spec->wants_launcher_fd);
	assert_int_equal(rules->restart.mode, MUSTER_RESTART_ON_FAILURE);
	assert_int_equal(rules->restart.throttle.burst, 5);
	assert_int_equal(rules->restart.throttle.interval_ns, 2);
	assert_int_equal(rules->restart.healthy_after_ns, 3);
	assert_int_equal(rules->restart.backoff.base_ns, 4);
	assert_int_equal(rules->restart.backoff.cap_ns, 6);
	assert_int_equal(rules->ladder.rungs[LADDER_STOP].signo, SIGQUIT);
	assert_int_equal(rules->ladder.rungs[LADDER_STOP].grace_ns,
			 EVERYTHING_NS);
	spec_free(spec);
}

/* B40: the burst is the number of workers and one. */
static void the_default_burst_is_one_more_than_the_workers(void **state)
{
	struct muster_group_options options = least();
	struct spec *spec;

	(void)state;
	options.workers = 8;
	spec = check_taken(&options);
	assert_int_equal(spec->rules.restart.throttle.burst, 9);
	spec_free(spec);
}

static void for_ever_turns_throttle_and_stop_deadline_off(void **state)
{
	struct muster_group_options options = least();
	struct spec *spec;

	(void)state;
	options.throttle_interval_ns = MUSTER_FOREVER;
	options.stop_timeout_ns = MUSTER_FOREVER;
	options.death_signal = -1;
	spec = check_taken(&options);
	assert_int_equal(spec->rules.restart.throttle.interval_ns, 0);
	assert_int_equal(spec->rules.ladder.rungs[LADDER_STOP].grace_ns,
			 NSEC_NEVER);
	assert_int_equal(spec->death_signal, 0);
	spec_free(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_needs_a_command),
		cmocka_unit_test(workers_end_at_a_million),
		cmocka_unit_test(
			give_up_needs_a_window_and_at_most_4096_deaths),
		cmocka_unit_test(a_cap_of_backoff_needs_a_minimum),
		cmocka_unit_test(unknown_rules_are_refused),
		cmocka_unit_test(what_is_no_signal_is_refused),
		cmocka_unit_test(descriptors_end_below_the_plans_limit),
		cmocka_unit_test(
			a_descriptor_is_passed_once_and_above_the_listeners),
		cmocka_unit_test(one_address_is_listened_on_once),
		cmocka_unit_test(counts_that_overflow_are_refused),
		cmocka_unit_test(counts_without_an_array_are_refused),
		cmocka_unit_test(reserved_bytes_must_be_zero),
		cmocka_unit_test(listener_names_fit_into_LISTEN_FDNAMES),
		cmocka_unit_test(zero_means_the_default),
		cmocka_unit_test(what_is_asked_for_is_what_one_gets),
		cmocka_unit_test(
			the_default_burst_is_one_more_than_the_workers),
		cmocka_unit_test(for_ever_turns_throttle_and_stop_deadline_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
