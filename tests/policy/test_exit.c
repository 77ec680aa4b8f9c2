/*
 * test_exit.c - every code that waitid can report, every step, every errno.
 */
#include <errno.h>
#include <signal.h>

#include "policy/exit.h"
#include "policy/support.h"

#define ERRNO_LAST 133 /* EHWPOISON */

static void an_exit_keeps_its_status(void **state)
{
	(void)state;
	for (int status = 0; status <= 255; status++) {
		struct muster_exit how = exit_from_child(CLD_EXITED, status);

		assert_int_equal(how.kind, MUSTER_EXIT_STATUS);
		assert_int_equal(how.step, MUSTER_STEP_NONE);
		assert_int_equal(how.code, status);
		assert_false(how.dumped_core);
	}
}

static void a_killed_child_carries_the_signal_and_no_core(void **state)
{
	(void)state;
	for (int signo = 1; signo <= 64; signo++) {
		struct muster_exit how = exit_from_child(CLD_KILLED, signo);

		assert_int_equal(how.kind, MUSTER_EXIT_SIGNAL);
		assert_int_equal(how.step, MUSTER_STEP_NONE);
		assert_int_equal(how.code, signo);
		assert_false(how.dumped_core);
	}
}

static void a_dumped_child_carries_the_signal_and_a_core(void **state)
{
	struct muster_exit how = exit_from_child(CLD_DUMPED, SIGSEGV);

	(void)state;
	assert_int_equal(how.kind, MUSTER_EXIT_SIGNAL);
	assert_int_equal(how.code, SIGSEGV);
	assert_true(how.dumped_core);
}

/* Apart, for what a failed assertion jumps over may not be a loop's counter. */
static void check_no_death(int code)
{
	expect_assert_failure((void)exit_from_child(code, 0));
}

static void a_code_that_is_no_death_is_asserted(void **state)
{
	static const int codes[] = {
		CLD_TRAPPED,
		CLD_STOPPED,
		CLD_CONTINUED,
		-1,
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		check_no_death(codes[i]);
}

static void a_failed_launch_keeps_step_and_errno(void **state)
{
	(void)state;
	for (int step = MUSTER_STEP_CLONE; step < MUSTER_STEPS; step++) {
		struct muster_exit how =
			exit_from_launch((enum muster_step)step, EAGAIN);

		assert_int_equal(how.kind, MUSTER_EXIT_LAUNCH);
		assert_int_equal(how.step, step);
		assert_int_equal(how.code, EAGAIN);
		assert_false(how.dumped_core);
	}
}

static void a_launch_fails_at_a_step_with_a_positive_errno(void **state)
{
	(void)state;
	expect_assert_failure(exit_from_launch(MUSTER_STEP_NONE, EPERM));
	expect_assert_failure(exit_from_launch(MUSTER_STEPS, EPERM));
	expect_assert_failure(exit_from_launch(MUSTER_STEP_EXEC, 0));
	expect_assert_failure(exit_from_launch(MUSTER_STEP_EXEC, -EPERM));
}

static void only_status_0_is_a_success(void **state)
{
	(void)state;
	for (int kind = 0; kind < MUSTER_EXIT_KINDS; kind++) {
		for (int code = 0; code <= 255; code++) {
			struct muster_exit how = {
				.kind = (enum muster_exit_kind)kind,
				.code = code,
			};
			bool expected = kind == MUSTER_EXIT_STATUS && code == 0;

			assert_int_equal(exit_is_success(&how), expected);
		}
	}
}

static void the_shell_sees_a_status_as_it_is(void **state)
{
	(void)state;
	for (int status = 0; status <= 255; status++) {
		struct muster_exit how = exit_from_child(CLD_EXITED, status);

		assert_int_equal(exit_shell_code(&how), status);
	}
}

static void the_shell_sees_128_and_the_signal(void **state)
{
	struct muster_exit dumped = exit_from_child(CLD_DUMPED, SIGABRT);

	(void)state;
	for (int signo = 1; signo <= 64; signo++) {
		struct muster_exit how = exit_from_child(CLD_KILLED, signo);

		assert_int_equal(exit_shell_code(&how), 128 + signo);
	}
	assert_int_equal(exit_shell_code(&dumped), 134);
}

static void the_shell_sees_127_for_a_command_that_is_not_there(void **state)
{
	static const int absent[] = {ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(absent); i++) {
		struct muster_exit how =
			exit_from_launch(MUSTER_STEP_EXEC, absent[i]);

		assert_int_equal(exit_shell_code(&how), 127);
	}
}

static void the_shell_sees_126_for_any_other_failed_execve(void **state)
{
	int others = 0;

	(void)state;
	for (int error = 1; error <= ERRNO_LAST; error++) {
		struct muster_exit how =
			exit_from_launch(MUSTER_STEP_EXEC, error);
		int code = exit_shell_code(&how);

		if (code != 127) {
			assert_int_equal(code, 126);
			others++;
		}
	}
	assert_int_equal(others, ERRNO_LAST - 4);
}

static void the_shell_sees_125_for_a_failure_before_execve(void **state)
{
	(void)state;
	for (int step = MUSTER_STEP_CLONE; step < MUSTER_STEP_EXEC; step++) {
		for (int error = 1; error <= ERRNO_LAST; error++) {
			struct muster_exit how =
				exit_from_launch((enum muster_step)step, error);

			assert_int_equal(exit_shell_code(&how), 125);
		}
	}
}

static void a_kind_that_does_not_exist_has_no_shell_code(void **state)
{
	struct muster_exit how = {.kind = MUSTER_EXIT_KINDS};

	(void)state;
	expect_assert_failure(exit_shell_code(&how));
}

static void a_status_that_another_wait_took_is_a_failure(void **state)
{
	struct muster_exit how = exit_from_child(0, 0);

	(void)state;
	assert_int_equal(how.kind, MUSTER_EXIT_UNKNOWN);
	assert_false(exit_is_success(&how));
	assert_int_equal(exit_shell_code(&how), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_exit_keeps_its_status),
		cmocka_unit_test(a_killed_child_carries_the_signal_and_no_core),
		cmocka_unit_test(a_dumped_child_carries_the_signal_and_a_core),
		cmocka_unit_test(a_code_that_is_no_death_is_asserted),
		cmocka_unit_test(a_failed_launch_keeps_step_and_errno),
		cmocka_unit_test(
			a_launch_fails_at_a_step_with_a_positive_errno),
		cmocka_unit_test(only_status_0_is_a_success),
		cmocka_unit_test(the_shell_sees_a_status_as_it_is),
		cmocka_unit_test(the_shell_sees_128_and_the_signal),
		cmocka_unit_test(
			the_shell_sees_127_for_a_command_that_is_not_there),
		cmocka_unit_test(
			the_shell_sees_126_for_any_other_failed_execve),
		cmocka_unit_test(
			the_shell_sees_125_for_a_failure_before_execve),
		cmocka_unit_test(a_kind_that_does_not_exist_has_no_shell_code),
		cmocka_unit_test(a_status_that_another_wait_took_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
