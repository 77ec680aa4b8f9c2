/*
 * test_pidfd.c - signals to children, with pidfds and where they are refused;
 * never to anybody else.
 */
#include "kernel/children.h"
#include "proc/pidfd.h"

static void a_pidfd_is_of_the_process_and_close_on_exec(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = pidfd_open_process(pid);

	(void)state;
	assert_true(pidfd >= 0);
	assert_int_equal(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(pidfd_signal(pidfd, pid, SIGUSR1), 0);
	assert_true(is_readable(pidfd));
	assert_int_equal(child_end(pid).si_status, SIGUSR1);
	assert_int_equal(pidfd_open_process(pid), -ESRCH);
	assert_int_equal(pidfd_open_process(-1), -EINVAL);
}

/* kill(2) would take the number, which may be another's: here it is ours. */
static void a_signal_to_a_reaped_child_does_not_go_by_number(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = pidfd_open_process(pid);
	pid_t other = child_sleeper();
	_cleanup_fd_ int other_pidfd = pidfd_open_process(other);

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
	assert_int_equal(pidfd_signal(pidfd, other, SIGKILL), -ESRCH);
	assert_int_equal(child_poll(other_pidfd, 0), 0);
	assert_int_equal(kill(other, SIGKILL), 0);
	assert_int_equal(child_end(other).si_pid, other);
}

static void without_a_pidfd_the_number_serves(void **state)
{
	pid_t pid = child_sleeper();

	(void)state;
	assert_int_equal(pidfd_signal(-1, pid, SIGUSR2), 0);
	assert_int_equal(child_end(pid).si_status, SIGUSR2);
	assert_int_equal(pidfd_signal(-1, pid, SIGUSR2), -ESRCH);
}

/* kill(2) with 0 and below means groups, and everybody. Asked with signal 0:
 * where this fails, a real one would end every process of the machine. */
static int signal_nobody(void)
{
	static const pid_t nobody[] = {0, -1, -2};

	for (size_t i = 0; i < ARRAY_LEN(nobody); i++) {
		CHILD_CHECK(pidfd_signal(-1, nobody[i], 0) == -ESRCH);
		CHILD_CHECK(pidfd_signal_group_by_pid(nobody[i], 0) == -ESRCH);
	}
	CHILD_CHECK(pidfd_signal_group_by_pid(1, 0) == -ESRCH);
	return 0;
}

static void a_number_that_means_others_is_esrch(void **state)
{
	(void)state;
	in_child(signal_nobody);
}

static void a_signal_that_is_none_is_einval(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = pidfd_open_process(pid);

	(void)state;
	assert_int_equal(pidfd_signal(pidfd, pid, 99), -EINVAL);
	assert_int_equal(pidfd_signal(-1, pid, 99), -EINVAL);
	assert_int_equal(pidfd_signal(pidfd, pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
}

static unsigned int story_error;

static int signal_by_number(void)
{
	pid_t pid = child_sleeper();
	int pidfd = pidfd_open_process(pid);

	if (child_deny(SYS_pidfd_send_signal, story_error) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(pidfd >= 0);
	CHILD_CHECK(pidfd_signal(pidfd, pid, SIGTERM) == 0);
	CHILD_CHECK(child_end(pid).si_status == SIGTERM);
	CHILD_CHECK(pidfd_signal(pidfd, pid, SIGTERM) == -ESRCH);
	CHILD_CHECK(pidfd_signal_group(pidfd, SIGTERM) == -(int)story_error);
	return 0;
}

static void where_the_call_is_refused_the_number_serves(void **state)
{
	static const unsigned int errors[] = {ENOSYS, EPERM, EINVAL};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		story_error = errors[i];
		in_child(signal_by_number);
	}
}

static int open_refused(void)
{
	if (child_deny(SYS_pidfd_open, EPERM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(pidfd_open_process(getpid()) == -EPERM);
	return 0;
}

static void a_refused_pidfd_is_its_errno(void **state)
{
	(void)state;
	in_child(open_refused);
}

/* By the pidfd even when the leader is reaped; by number before that. */
static int signal_group(bool by_pidfd)
{
	struct child_group group;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(child_group_start(&group) == 0);
	CHILD_CHECK(is_readable(group.leader_pidfd));
	if (by_pidfd) {
		CHILD_CHECK(child_end(group.leader).si_status == 3);
		CHILD_CHECK(pidfd_signal_group(group.leader_pidfd, SIGHUP) ==
			    0);
	} else {
		CHILD_CHECK(pidfd_signal_group_by_pid(group.leader, SIGHUP) ==
			    0);
	}
	CHILD_CHECK(is_readable(group.member_pidfd));
	CHILD_CHECK(child_end(group.member).si_status == SIGHUP);
	if (by_pidfd)
		CHILD_CHECK(pidfd_signal_group(group.leader_pidfd, SIGHUP) ==
			    -ESRCH);
	return 0;
}

static int signal_group_by_pidfd(void)
{
	return signal_group(true);
}

static int signal_group_by_number(void)
{
	return signal_group(false);
}

static bool has_group_signals(void)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = pidfd_open_process(pid);
	int r = pidfd_signal_group(pidfd, 0);

	(void)kill(pid, SIGKILL);
	(void)child_end(pid);
	return r != -EINVAL;
}

static void a_group_is_signalled_though_its_leader_is_reaped(void **state)
{
	(void)state;
	if (!has_group_signals())
		SKIP("no PIDFD_SIGNAL_PROCESS_GROUP (6.9)");
	in_child(signal_group_by_pidfd);
}

static void a_group_is_signalled_by_the_number_of_its_zombie(void **state)
{
	(void)state;
	in_child(signal_group_by_number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pidfd_is_of_the_process_and_close_on_exec),
		cmocka_unit_test(
			a_signal_to_a_reaped_child_does_not_go_by_number),
		cmocka_unit_test(without_a_pidfd_the_number_serves),
		cmocka_unit_test(a_number_that_means_others_is_esrch),
		cmocka_unit_test(a_signal_that_is_none_is_einval),
		cmocka_unit_test(where_the_call_is_refused_the_number_serves),
		cmocka_unit_test(a_refused_pidfd_is_its_errno),
		cmocka_unit_test(
			a_group_is_signalled_though_its_leader_is_reaped),
		cmocka_unit_test(
			a_group_is_signalled_by_the_number_of_its_zombie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
