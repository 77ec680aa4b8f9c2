/*
 * test_plan_memory.c - a plan is small: it borrows arguments and environment,
 * and owns what it adds.
 */
#include <malloc.h>

#include "base/nsec.h"
#include "proc/planned.h"

#define SMALL 512

static void the_arguments_are_the_callers(void **state)
{
	static const char *const argv[] = {"prog/x", "", "-x", NULL};
	struct plan_options options = options_for(NULL);
	struct plan *plan;

	(void)state;
	options.argv = argv;
	plan = plan_for(&options);
	assert_ptr_equal(plan->argv, argv);
	assert_ptr_equal(plan->path, argv[0]);
	plan_free(plan);
}

/* As in a launcher that nobody supervises. */
static void a_clean_environment_is_the_callers(void **state)
{
	static const char *const environment[] = {"A=1", "PATH=/bin", "B=2",
						  NULL};
	struct plan_options options = options_for(environment);
	struct plan *plan = plan_for(&options);

	(void)state;
	assert_ptr_equal(plan->environment, environment);
	assert_int_equal(plan->environment_count, 3);
	assert_int_equal(plan->own_count, 1);
	plan_free(plan);
}

static void the_strings_of_any_environment_are_the_callers(void **state)
{
	static const char *const environment[] = {"A=1", "LISTEN_PID=1", "B=2",
						  "WATCHDOG_PID=9", NULL};
	struct plan_options options = options_for(environment);
	struct plan *plan = plan_for(&options);

	(void)state;
	assert_int_equal(plan->environment_count, 2);
	assert_ptr_equal(plan->environment[0], environment[0]);
	assert_ptr_equal(plan->environment[1], environment[2]);
	plan_free(plan);
}

/* What a plan adds may change afterwards. */
static void what_is_not_the_callers_is_copied(void **state)
{
	static const char *const expected[] = {
		"MUSTER_SERVICE=web", "LISTEN_FDS=1", "LISTEN_FDNAMES=http",
		"NOTIFY_SOCKET=@1", NULL};
	char texts[][8] = {"web", "http", "@1"};
	struct plan_options options = options_for(NULL);
	struct plan_fd fd = {5, 3};
	struct plan *plan;

	(void)state;
	options.name = texts[0];
	options.listen_count = 1;
	options.listen_names = texts[1];
	options.notify_address = texts[2];
	options.fds = &fd;
	options.fd_count = 1;
	plan = plan_for(&options);
	memset(texts, 'x', sizeof(texts));
	fd = (struct plan_fd){9, 9};
	assert_has_all(plan, expected);
	assert_int_equal(plan->move_count, 1);
	assert_int_equal(plan->moves[0].source, 5);
	assert_int_equal(plan->moves[0].target, 3);
	plan_free(plan);
}

/* A launcher has one for each of its groups. */
static void a_plan_with_everything_is_small(void **state)
{
	static const char *const argv[] = {"sh", NULL};
	const char *environment[101] = {"LISTEN_FDS=1"};
	struct plan_fd fds[] = {{9, 3}, {8, 4}};
	struct plan_options options = options_for(environment);
	struct plan *plan;
	size_t unclean;

	(void)state;
	options.argv = argv;
	options.listen_count = 2;
	options.listen_names = "http:https";
	options.fds = fds;
	options.fd_count = 2;
	options.launcher_fd = 5;
	options.notify_address = "@12345";
	options.watchdog_ns = NSEC_PER_SEC;
	options.closes_gaps = true;
	for (size_t i = 1; i < 100; i++)
		environment[i] = "SOME_VARIABLE=some value of it";
	plan = plan_for(&options);
	assert_string_equal(plan->path, "/bin/sh");
	unclean = malloc_usable_size(plan);
	plan_free(plan);
	environment[0] = "CLEAN=1";
	plan = plan_for(&options);
	assert_true(malloc_usable_size(plan) <= SMALL);
	assert_true(unclean <= SMALL + 99 * sizeof(char *));
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_arguments_are_the_callers),
		cmocka_unit_test(a_clean_environment_is_the_callers),
		cmocka_unit_test(
			the_strings_of_any_environment_are_the_callers),
		cmocka_unit_test(what_is_not_the_callers_is_copied),
		cmocka_unit_test(a_plan_with_everything_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
