/*
 * test_plan.c - the plan is complete: what a worker is told, and what is to be
 * restored.
 */
#include "base/nsec.h"
#include "proc/planned.h"

static void a_command_without_a_name_is_einval(void **state)
{
	static const char *const nothing[] = {NULL};
	struct plan_options options = options_for(NULL);
	struct plan *plan = (void *)&options;

	(void)state;
	options.argv = nothing;
	assert_int_equal(plan_new(&options, &plan), -EINVAL);
	options.argv = NULL;
	assert_int_equal(plan_new(&options, &plan), -EINVAL);
	assert_ptr_equal(plan, &options);
}

/* What the launcher was told about itself is not true for a worker. */
static void variables_of_the_launchers_own_are_left_out(void **state)
{
	static const char *const environment[] = {"LISTEN_PID=1",
						  "LISTEN_FDS=2",
						  "LISTEN_FDNAMES=a:b",
						  "NOTIFY_SOCKET=/run/n",
						  "WATCHDOG_PID=3",
						  "WATCHDOG_USEC=4",
						  "MUSTER_SERVICE=other",
						  "MUSTER_WORKER_ID=5",
						  "MUSTER_GENERATION=6",
						  "MUSTER_LAUNCHER_FD=7",
						  "LISTEN_PID",
						  "MUSTER_SERVICE=twice",
						  NULL};
	static const char *const expected[] = {"MUSTER_SERVICE=web", NULL};
	struct plan_options options = options_for(environment);
	struct plan *plan = plan_for(&options);

	(void)state;
	assert_has_all(plan, expected);
	plan_free(plan);
}

static void nothing_else_of_the_environment_is_lost(void **state)
{
	static const char *const kept[] = {"LISTEN_PIX=1",
					   "LISTEN_PI=1",
					   "LISTEN_PIDS=1",
					   "XLISTEN_PID=1",
					   "listen_pid=1",
					   "MUSTER_=",
					   "MUSTER_SERVICES=x",
					   "EMPTY=",
					   "=odd",
					   "no equals sign",
					   "A=LISTEN_PID=1",
					   "PATH=/bin",
					   "PATH=/twice",
					   "",
					   NULL};
	static const char *const own[] = {"MUSTER_SERVICE=web"};
	const char *expected[ARRAY_LEN(kept) + ARRAY_LEN(own)];
	struct plan_options options = options_for(kept);
	struct plan *plan = plan_for(&options);

	(void)state;
	memcpy(expected, own, sizeof(own));
	memcpy(&expected[ARRAY_LEN(own)], kept, sizeof(kept));
	assert_has_all(plan, expected);
	/* In the order that they had: the first of two counts. */
	for (size_t i = 0; kept[i]; i++)
		assert_string_equal(plan->environment[i], kept[i]);
	plan_free(plan);
}

static void listeners_and_the_launchers_pidfd_are_announced(void **state)
{
	static const char *const environment[] = {"LISTEN_FDS=9", "K=v", NULL};
	static const char *const expected[] = {"K=v",
					       "MUSTER_SERVICE=web",
					       "LISTEN_FDS=3",
					       "LISTEN_FDNAMES=x::unknown",
					       "MUSTER_LAUNCHER_FD=0",
					       NULL};
	struct plan_options options = options_for(environment);
	struct plan *plan;

	(void)state;
	options.listen_count = 3;
	options.listen_names = "x::unknown";
	options.launcher_fd = 0;
	plan = plan_for(&options);
	assert_has_all(plan, expected);
	assert_true(plan->has_listeners);
	plan_free(plan);
}

static void without_listeners_none_are_announced(void **state)
{
	static const char *const expected[] = {"MUSTER_SERVICE=web", NULL};
	struct plan_options options = options_for(NULL);
	struct plan *plan = plan_for(&options);

	(void)state;
	assert_has_all(plan, expected);
	assert_false(plan->has_listeners);
	assert_false(plan->has_watchdog);
	plan_free(plan);
}

static void assert_watchdog(uint64_t watchdog_ns, const char *variable)
{
	struct plan_options options = options_for(NULL);
	struct plan *plan;

	options.watchdog_ns = watchdog_ns;
	plan = plan_for(&options);
	assert_int_equal(plan->own_count, 2);
	assert_true(has(plan, variable));
	assert_true(plan->has_watchdog);
	plan_free(plan);
}

static void
the_watchdog_is_announced_in_microseconds_and_never_as_0(void **state)
{
	(void)state;
	assert_watchdog(NSEC_PER_SEC, "WATCHDOG_USEC=1000000");
	assert_watchdog(1999, "WATCHDOG_USEC=1");
	assert_watchdog(1, "WATCHDOG_USEC=1");
	assert_watchdog(UINT64_MAX, "WATCHDOG_USEC=18446744073709551");
}

/* The pids are each worker's own, and not the plan's. */
static void the_notify_socket_is_announced(void **state)
{
	static const char *const environment[] = {"NOTIFY_SOCKET=/run/other",
						  "WATCHDOG_USEC=7", NULL};
	static const char *const expected[] = {"MUSTER_SERVICE=web",
					       "NOTIFY_SOCKET=@0f00d",
					       "WATCHDOG_USEC=30000000", NULL};
	struct plan_options options = options_for(environment);
	struct plan *plan;

	(void)state;
	options.notify_address = "@0f00d";
	options.watchdog_ns = 30 * NSEC_PER_SEC;
	plan = plan_for(&options);
	assert_has_all(plan, expected);
	assert_false(plan->has_listeners);
	plan_free(plan);
}

/* PATH is the worker's, not the launcher's. */
static void the_path_is_looked_up_in_the_workers_environment(void **state)
{
	static const char *const environment[] = {"PATH=/nonexistent", NULL};
	static const char *const argv[] = {"sh", NULL};
	struct plan_options options = options_for(environment);
	struct plan *plan;

	(void)state;
	options.argv = argv;
	plan = plan_for(&options);
	assert_string_equal(plan->path, "/nonexistent/sh");
	assert_string_equal(plan->argv[0], "sh");
	plan_free(plan);
}

/* As execvp(3) has it, and nothing where nobody asked. */
static void a_script_is_prepared_for_the_shell(void **state)
{
	static const char *const environment[] = {"PATH=/bin", NULL};
	static const char *const argv[] = {"true", "a", "", "b c", NULL};
	static const char *const words[] = {"/bin/sh", "/bin/true", "a", "",
					    "b c"};
	struct plan_options options = options_for(environment);
	struct plan *plan = plan_for(&options);

	(void)state;
	assert_null(plan->shell);
	plan_free(plan);
	options.argv = argv;
	options.runs_scripts = true;
	plan = plan_for(&options);
	assert_string_equal(plan->path, "/bin/true");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		assert_string_equal(plan->shell[i], words[i]);
	assert_null(plan->shell[ARRAY_LEN(words)]);
	plan_free(plan);
}

static void what_is_to_be_restored_is_copied(void **state)
{
	struct rlimit nofile = {7, 8};
	struct plan_options options = options_for(NULL);
	struct plan *plan;
	sigset_t mask;

	(void)state;
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGHUP);
	(void)sigaddset(&mask, SIGTERM);
	(void)sigaddset(&mask, SIGRTMAX);
	options.mask = &mask;
	options.nofile = &nofile;
	options.leads_group = true;
	options.death_signal = SIGINT;
	options.launcher_pid = 4242;
	options.sets_umask = true;
	options.umask = 027;
	options.directory = "/srv";
	plan = plan_for(&options);
	nofile = (struct rlimit){0, 0};
	(void)sigemptyset(&mask);
	assert_true(plan->mask ==
		    (UINT64_C(1) << (SIGHUP - 1) |
		     UINT64_C(1) << (SIGTERM - 1) | UINT64_C(1) << 63));
	assert_true(plan->restores_nofile);
	assert_int_equal(plan->nofile.rlim_cur, 7);
	assert_int_equal(plan->nofile.rlim_max, 8);
	assert_true(plan->leads_group);
	assert_false(plan->leads_session);
	assert_int_equal(plan->death_signal, SIGINT);
	assert_int_equal(plan->launcher_pid, 4242);
	assert_true(plan->sets_umask);
	assert_int_equal(plan->umask, 027);
	assert_ptr_equal(plan->directory, options.directory);
	plan_free(plan);
	options.nofile = NULL;
	options.directory = NULL;
	options.sets_umask = false;
	plan = plan_for(&options);
	assert_false(plan->restores_nofile);
	assert_null(plan->directory);
	assert_false(plan->sets_umask);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_without_a_name_is_einval),
		cmocka_unit_test(variables_of_the_launchers_own_are_left_out),
		cmocka_unit_test(nothing_else_of_the_environment_is_lost),
		cmocka_unit_test(
			listeners_and_the_launchers_pidfd_are_announced),
		cmocka_unit_test(without_listeners_none_are_announced),
		cmocka_unit_test(
			the_watchdog_is_announced_in_microseconds_and_never_as_0),
		cmocka_unit_test(the_notify_socket_is_announced),
		cmocka_unit_test(
			the_path_is_looked_up_in_the_workers_environment),
		cmocka_unit_test(a_script_is_prepared_for_the_shell),
		cmocka_unit_test(what_is_to_be_restored_is_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
