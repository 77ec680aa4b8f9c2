/*
 * test_pidfd.c - what the kernel promises of pidfds, zombies and groups.
 */
#include "kernel/children.h"
#include "kernel/tracer.h"

static void a_killed_childs_pidfd_is_readable_and_has_its_status(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	siginfo_t info;

	(void)state;
	assert_true(pidfd >= 0);
	assert_int_equal(child_poll(pidfd, 0), 0);
	assert_int_equal(child_wait(pidfd, WEXITED | WNOHANG, &info), 0);
	assert_int_equal(info.si_pid, 0);
	assert_int_equal(child_signal(pidfd, SIGKILL, 0), 0);
	assert_true(is_readable(pidfd));
	assert_int_equal(child_wait(pidfd, WEXITED | WNOHANG, &info), 0);
	assert_int_equal(info.si_pid, pid);
	assert_int_equal(info.si_code, CLD_KILLED);
	assert_int_equal(info.si_status, SIGKILL);
	assert_int_equal(child_wait(pidfd, WEXITED | WNOHANG, &info), -ECHILD);
}

static void a_pidfd_is_close_on_exec_from_birth(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);

	(void)state;
	assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
}

static void a_pidfd_is_silent_while_the_child_is_only_stopped(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	siginfo_t info;

	(void)state;
	assert_int_equal(child_signal(pidfd, SIGSTOP, 0), 0);
	assert_int_equal(child_wait(pidfd, WSTOPPED, &info), 0);
	assert_int_equal(info.si_code, CLD_STOPPED);
	assert_int_equal(child_poll(pidfd, 0), 0);
	assert_int_equal(child_signal(pidfd, SIGKILL, 0), 0);
	assert_true(is_readable(pidfd));
	assert_int_equal(child_wait(pidfd, WEXITED, &info), 0);
}

static void a_signal_to_a_reaped_child_is_esrch(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);

	(void)state;
	assert_int_equal(child_signal(pidfd, SIGKILL, 0), 0);
	assert_true(is_readable(pidfd));
	/* A zombie takes signals, and they do nothing. */
	assert_int_equal(child_signal(pidfd, SIGKILL, 0), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
	assert_int_equal(child_signal(pidfd, SIGKILL, 0), -ESRCH);
	assert_int_equal(child_signal(pidfd, 0, 0), -ESRCH);
	/* poll still says so: a status that was stolen is noticed. */
	assert_true(child_poll(pidfd, 0) & POLLIN);
}

/* An unknown flag is EINVAL; signal 0 to a process that leads no group is
 * ESRCH where the flag is known, so both are told apart without a group. */
static void the_group_flag_can_be_asked_for_with_signal_0(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	int r;

	(void)state;
	assert_int_equal(child_signal(pidfd, 0, 1U << 20), -EINVAL);
	r = child_signal(pidfd, 0, PIDFD_SIGNAL_PROCESS_GROUP);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
	if (r == -EINVAL)
		SKIP("no PIDFD_SIGNAL_PROCESS_GROUP (6.9)");
	assert_int_equal(r, -ESRCH);
}

static bool has_group_signal(void)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	int r = child_signal(pidfd, 0, PIDFD_SIGNAL_PROCESS_GROUP);

	(void)kill(pid, SIGKILL);
	(void)child_end(pid);
	return r != -EINVAL;
}

static int signal_group_of_reaped_leader(void)
{
	struct child_group group;
	siginfo_t end;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(child_group_start(&group) == 0);
	CHILD_CHECK(is_readable(group.leader_pidfd));
	CHILD_CHECK(child_end(group.leader).si_status == 3);
	CHILD_CHECK(child_poll(group.member_pidfd, 0) == 0);
	CHILD_CHECK(child_signal(group.leader_pidfd, SIGTERM, 0) == -ESRCH);
	CHILD_CHECK(child_signal(group.leader_pidfd, SIGTERM,
				 PIDFD_SIGNAL_PROCESS_GROUP) == 0);
	CHILD_CHECK(is_readable(group.member_pidfd));
	end = child_end(group.member);
	CHILD_CHECK(end.si_code == CLD_KILLED);
	CHILD_CHECK(end.si_status == SIGTERM);
	CHILD_CHECK(child_signal(group.leader_pidfd, SIGTERM,
				 PIDFD_SIGNAL_PROCESS_GROUP) == -ESRCH);
	return 0;
}

static void a_group_is_reached_after_its_leader_was_reaped(void **state)
{
	(void)state;
	if (!has_group_signal())
		SKIP("no PIDFD_SIGNAL_PROCESS_GROUP (6.9)");
	in_child(signal_group_of_reaped_leader);
}

static int signal_group_of_zombie(void)
{
	struct child_group group;
	siginfo_t info;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(child_group_start(&group) == 0);
	CHILD_CHECK(is_readable(group.leader_pidfd));
	for (int i = 0; i < 2; i++) {
		CHILD_CHECK(child_wait(group.leader_pidfd,
				       WEXITED | WNOHANG | WNOWAIT,
				       &info) == 0);
		CHILD_CHECK(info.si_pid == group.leader);
		CHILD_CHECK(info.si_status == 3);
	}
	CHILD_CHECK(kill(-group.leader, SIGTERM) == 0);
	CHILD_CHECK(is_readable(group.member_pidfd));
	CHILD_CHECK(child_end(group.member).si_status == SIGTERM);
	CHILD_CHECK(child_end(group.leader).si_status == 3);
	CHILD_CHECK(kill(-group.leader, 0) < 0 && errno == ESRCH);
	return 0;
}

static void wnowait_keeps_the_zombie_and_its_groups_number(void **state)
{
	(void)state;
	in_child(signal_group_of_zombie);
}

static void a_traced_zombie_polls_dead_and_is_not_given_yet(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	struct tracer tracer = {0};
	siginfo_t info;
	int r;

	(void)state;
	r = tracer_start(&tracer, pid);
	if (r < 0) {
		(void)kill(pid, SIGKILL);
		SKIP("ptrace: %s", compat_error_name(-r));
	}
	assert_int_equal(child_signal(pidfd, SIGKILL, 0), 0);
	assert_true(is_readable(pidfd));
	assert_int_equal(child_wait(pidfd, WEXITED | WNOHANG, &info), 0);
	assert_int_equal(info.si_pid, 0);
	tracer_end(&tracer);
	assert_int_equal(child_wait(pidfd, WEXITED | WNOHANG, &info), 0);
	assert_int_equal(info.si_pid, pid);
	assert_int_equal(info.si_status, SIGKILL);
}

static int find_parent(void)
{
	pid_t parent = getppid();
	int pidfd = child_pidfd(parent);

	CHILD_CHECK(pidfd >= 0);
	CHILD_CHECK(getppid() == parent);
	CHILD_CHECK(child_poll(pidfd, 0) == 0);
	return 0;
}

/* Another's child: its end is seen, its status is not ours. */
static int watch_stranger(void)
{
	struct child_group group;
	siginfo_t info;

	CHILD_CHECK(child_group_start(&group) == 0);
	CHILD_CHECK(child_end(group.leader).si_status == 3);
	CHILD_CHECK(child_wait(group.member_pidfd, WEXITED | WNOHANG, &info) ==
		    -ECHILD);
	CHILD_CHECK(child_signal(group.member_pidfd, SIGKILL, 0) == 0);
	CHILD_CHECK(is_readable(group.member_pidfd));
	return 0;
}

static void any_process_can_be_watched_by_a_pidfd(void **state)
{
	(void)state;
	in_child(find_parent);
	in_child(watch_stranger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_killed_childs_pidfd_is_readable_and_has_its_status),
		cmocka_unit_test(a_pidfd_is_close_on_exec_from_birth),
		cmocka_unit_test(
			a_pidfd_is_silent_while_the_child_is_only_stopped),
		cmocka_unit_test(a_signal_to_a_reaped_child_is_esrch),
		cmocka_unit_test(the_group_flag_can_be_asked_for_with_signal_0),
		cmocka_unit_test(
			a_group_is_reached_after_its_leader_was_reaped),
		cmocka_unit_test(
			wnowait_keeps_the_zombie_and_its_groups_number),
		cmocka_unit_test(
			a_traced_zombie_polls_dead_and_is_not_given_yet),
		cmocka_unit_test(any_process_can_be_watched_by_a_pidfd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
