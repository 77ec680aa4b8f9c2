/*
 * test_paths.c - the story of kernels and sandboxes that refuse something: with
 * every path muster does the same work, or says in one line why it cannot
 * (E44), and idle it does nothing at all (E10; fault 4 of the reference).
 */
#include <poll.h>
#include <sys/syscall.h>

#include "base/compat.h"
#include "tools/deny.h"

#define CALLS(...)                \
	.numbers = (const long[]) \
	{                         \
		__VA_ARGS__, -1   \
	}

static bool is_path_chosen(void)
{
	return getenv("MUSTER_TEST_ENGINE") || getenv("MUSTER_TEST_SPAWN");
}

/* A worker dies and is replaced, one ignores TERM, all end. */
static void check_work(struct stage *stage, struct launcher *launcher)
{
	pid_t pids[3];

	launcher_hear_all(launcher, "ready", pids, 3);
	process_kill(pids[1], SIGKILL);
	(void)launcher_log(
		launcher,
		stage_text(stage, "Child %d killed by signal 9", pids[1]));
	(void)launcher_hear(launcher, "ready");
	launcher_signal(launcher, SIGUSR1);
	(void)launcher_log(launcher, "Caught SIGUSR1");
	launcher_stop(stage, launcher, 1);
	assert_int_equal(lines_count(&launcher->log, "timeout exceeded"), 1);
}

/* Refused only where the path under test is chosen and needs the call. */
static void check_denied(struct stage *stage, struct denied *denied)
{
	struct launcher *launcher =
		START(stage, OPTIONS("-w", "3", "-t", "50ms"),
		      WORKER("s0:ignore=TERM", "say=ready"), .prepare = deny,
		      .argument = denied);

	/* The first line of all: the paths that serve, or why none does. */
	bool is_refused =
		strstr(launcher_log(launcher, "muster"), "error: ") != NULL;

	if (is_path_chosen() && is_refused) {
		assert_int_equal(launcher_end(launcher), 125);
		assert_int_equal(lines_count(&launcher->log, "error: "), 1);
		assert_int_equal(launcher->said.length, 0);
	} else {
		check_work(stage, launcher);
	}
	assert_nobody_left(stage);
	launcher_forget(stage, launcher);
}

static void check_denied_in_every_way(struct stage *stage, const long *numbers)
{
	static const int errors[] = {EPERM, ENOSYS, EINVAL};

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct denied denied = {
			.numbers = numbers,
			.error = errors[i],
		};

		check_denied(stage, &denied);
	}
}

static void without_io_uring_it_works(void **state)
{
	check_denied_in_every_way(*state,
				  (const long[]){SYS_io_uring_setup, -1});
}

static void without_clone3_it_works(void **state)
{
	check_denied_in_every_way(*state, (const long[]){SYS_clone3, -1});
}

static void without_close_range_it_works(void **state)
{
	check_denied_in_every_way(*state, (const long[]){SYS_close_range, -1});
}

static void without_pidfd_open_it_works(void **state)
{
	check_denied_in_every_way(*state, (const long[]){SYS_pidfd_open, -1});
}

static void without_pidfd_send_signal_it_works(void **state)
{
	check_denied_in_every_way(*state,
				  (const long[]){SYS_pidfd_send_signal, -1});
}

static void without_epoll_it_works(void **state)
{
	check_denied_in_every_way(
		*state, (const long[]){SYS_epoll_create1, SYS_epoll_pwait2,
				       SYS_io_uring_setup, -1});
}

/* A kernel before 5.3, or gVisor. */
static void without_all_of_them_it_works(void **state)
{
	check_denied_in_every_way(
		*state,
		(const long[]){SYS_io_uring_setup, SYS_clone3, SYS_close_range,
			       SYS_pidfd_open, SYS_pidfd_send_signal, -1});
}

/* E35 for the poorest path: nobody survives there either. */
static void on_the_poorest_path_kill_9_leaves_no_worker(void **state)
{
	struct denied denied = {
		CALLS(SYS_io_uring_setup, SYS_clone3, SYS_close_range,
		      SYS_pidfd_open, SYS_pidfd_send_signal),
		.error = ENOSYS,
	};
	struct launcher *launcher;
	pid_t pids[5];

	if (is_path_chosen())
		SKIP("the environment chooses the paths");
	launcher = START(*state, OPTIONS("-w", "5"), WORKER("say=ready"),
			 .prepare = deny, .argument = &denied);
	launcher_hear_all(launcher, "ready", pids, 5);
	launcher_signal(launcher, SIGKILL);
	assert_int_equal(launcher_end(launcher), 128 + SIGKILL);
	assert_all_end_within(*state, 1000);
}

/* What is refused is told with its reason, once, in the line of the paths. */
static void the_path_that_serves_is_told_with_the_reason(void **state)
{
	struct denied denied = {
		CALLS(SYS_io_uring_setup),
		.error = EPERM,
	};
	struct launcher *launcher;

	if (is_path_chosen())
		SKIP("the environment chooses the paths");
	launcher = START(*state, WORKER("say=ready"), .prepare = deny,
			 .argument = &denied);
	(void)launcher_log(launcher, "engine epoll");
	assert_non_null(strstr(launcher->log.line, "ring"));
	assert_non_null(strstr(launcher->log.line, "EPERM"));
	launcher_stop(*state, launcher, 0);
}

static void
an_engine_asked_for_that_is_refused_is_125_with_the_reason(void **state)
{
	struct denied denied = {
		CALLS(SYS_io_uring_setup),
		.error = EPERM,
	};
	struct launcher *launcher =
		START(*state, ARGUMENTS("run", "--engine", "ring", "true"),
		      .prepare = deny, .argument = &denied);

	assert_int_equal(launcher_end(launcher), 125);
	assert_int_equal(lines_count(&launcher->log, ""), 1);
	(void)launcher_log(launcher, "ring");
}

static void idle_it_does_not_wake_up(void **state)
{
	struct launcher *launcher =
		START(*state, OPTIONS("-w", "20"), WORKER("say=ready"));
	pid_t pids[20];
	long before;

	launcher_hear_all(launcher, "ready", pids, 20);
	process_status_wait(launcher->pid, "State:", "S (sleeping)");
	(void)poll(NULL, 0, 20); /* what a start still owes */
	before = process_sleeps(launcher->pid);
	assert_true(before > 0);
	(void)poll(NULL, 0, 400); /* what is measured is this span */
	assert_int_equal(process_sleeps(launcher->pid), before);
	launcher_stop(*state, launcher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE_TEST(without_io_uring_it_works),
		STAGE_TEST(without_clone3_it_works),
		STAGE_TEST(without_close_range_it_works),
		STAGE_TEST(without_pidfd_open_it_works),
		STAGE_TEST(without_pidfd_send_signal_it_works),
		STAGE_TEST(without_epoll_it_works),
		STAGE_TEST(without_all_of_them_it_works),
		STAGE_TEST(on_the_poorest_path_kill_9_leaves_no_worker),
		STAGE_TEST(the_path_that_serves_is_told_with_the_reason),
		STAGE_TEST(
			an_engine_asked_for_that_is_refused_is_125_with_the_reason),
		STAGE_TEST(idle_it_does_not_wake_up),
	};

	return stage_main(tests, ARRAY_LEN(tests));
}
