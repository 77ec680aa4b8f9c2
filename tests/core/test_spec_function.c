/*
 * test_spec_function.c - what a group whose workers are functions may not ask
 * for, and what is kept of what it does.
 */
#include "core/functions.h"
#include "core/specs.h"

static struct muster_group_options least(void)
{
	struct muster_group_options options = MUSTER_GROUP_OPTIONS_INIT;

	options.run = function;
	return options;
}

static void a_function_has_no_command(void **state)
{
	static const char *const argv[] = {"worker", NULL};
	static const char *const environment[] = {"A=1", NULL};
	struct muster_group_options options = least();

	(void)state;
	options.argv = argv;
	check_refused(&options, "a function has no command and no environment");
	options = least();
	options.environment = environment;
	check_refused(&options, "a function has no command and no environment");
}

static void a_function_is_passed_no_descriptors(void **state)
{
	static const int fds[] = {0};
	struct muster_group_options options = least();

	(void)state;
	options.pass_fds = fds;
	options.pass_fd_count = 1;
	check_refused(&options, "a function has all descriptors, none is to be "
				"passed");
}

static void what_only_a_command_can_have_is_refused(void **state)
{
	static const size_t flags[] = {
		offsetof(struct muster_group_options, inherits_fds),
		offsetof(struct muster_group_options, is_transparent),
		offsetof(struct muster_group_options, leads_group),
		offsetof(struct muster_group_options, takes_terminal),
		offsetof(struct muster_group_options, runs_scripts),
		offsetof(struct muster_group_options, leads_session),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		struct muster_group_options options = least();

		((char *)&options)[flags[i]] = true;
		check_refused(&options, "what is for commands only is asked of "
					"a function");
	}
}

static void a_function_has_no_ready_descriptor(void **state)
{
	struct muster_group_options options = least();

	(void)state;
	options.ready = MUSTER_READY_FD;
	options.ready_fd = 7;
	check_refused(&options, "a function has no ready descriptor");
	options.ready = MUSTER_READY_NOTIFY;
	options.ready_fd = 0;
	spec_free(check_taken(&options));
}

static void a_program_begins_with_no_more_signals_blocked(void **state)
{
	static const char *const argv[] = {"worker", NULL};
	struct muster_group_options options = least();

	(void)state;
	options.run = NULL;
	options.argv = argv;
	options.blocked_signals = 1;
	check_refused(&options, "blocked signals are for a function");
	options.blocked_signals = 0;
	spec_free(check_taken(&options));
}

static void neither_a_command_nor_a_function_is_no_group(void **state)
{
	struct muster_group_options options = least();

	(void)state;
	options.run = NULL;
	check_refused(&options, "no command");
}

static void what_a_function_is_given_is_kept_as_it_is(void **state)
{
	struct muster_group_options options = least();
	struct spec *spec;
	int data;

	(void)state;
	options.run_data = &data;
	options.blocked_signals = UINT64_C(0x8000000000000001);
	spec = check_taken(&options);
	assert_ptr_equal(spec->run, function);
	assert_ptr_equal(spec->run_data, &data);
	assert_true(spec->blocked_signals == UINT64_C(0x8000000000000001));
	assert_string_equal(spec->name, "worker");
	spec_free(spec);
	options.name = "api";
	spec = check_taken(&options);
	assert_string_equal(spec->name, "api");
	spec_free(spec);
}

/* Options of a program that was built before there were functions. */
static void a_struct_that_ends_before_them_is_a_programs(void **state)
{
	static const char *const argv[] = {"/srv/old", NULL};
	struct muster_group_options options = least();
	struct spec *spec;

	(void)state;
	options.argv = argv;
	options.size = offsetof(struct muster_group_options, run);
	spec = check_taken(&options);
	assert_null(spec->run);
	assert_string_equal(spec->name, "old");
	spec_free(spec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_function_has_no_command),
		cmocka_unit_test(a_function_is_passed_no_descriptors),
		cmocka_unit_test(what_only_a_command_can_have_is_refused),
		cmocka_unit_test(a_function_has_no_ready_descriptor),
		cmocka_unit_test(a_program_begins_with_no_more_signals_blocked),
		cmocka_unit_test(neither_a_command_nor_a_function_is_no_group),
		cmocka_unit_test(what_a_function_is_given_is_kept_as_it_is),
		cmocka_unit_test(a_struct_that_ends_before_them_is_a_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
