/*
 * test_pidfd_value.c - a signal that carries a number, as a forked worker reads
 * it from signalfd(2).
 */
#include "proc/pidfd.h"
#include "proc/reader.h"

static void reader_hears(struct reader *reader, int value)
{
	struct signalfd_siginfo record = reader_take(reader);

	assert_int_equal(record.ssi_signo, SIGTERM);
	assert_int_equal(record.ssi_code, SI_QUEUE);
	assert_int_equal(record.ssi_int, value);
	assert_int_equal(record.ssi_pid, getpid());
	assert_int_equal(record.ssi_uid, getuid());
}

static void a_value_and_its_sender_are_what_signalfd_shows(void **state)
{
	struct reader reader = reader_start();

	(void)state;
	assert_int_equal(
		pidfd_signal_value(reader.pidfd, reader.pid, SIGTERM, 5), 0);
	reader_hears(&reader, 5);
}

static void by_a_pidfd_alone_it_arrives_as_well(void **state)
{
	struct reader reader = reader_start();

	(void)state;
	assert_int_equal(pidfd_signal_value(reader.pidfd, 0, SIGTERM, -7), 0);
	reader_hears(&reader, -7);
}

static void without_a_pidfd_the_number_serves(void **state)
{
	struct reader reader = reader_start();

	(void)state;
	assert_int_equal(pidfd_signal_value(-1, reader.pid, SIGTERM, 6), 0);
	reader_hears(&reader, 6);
}

static int signal_refused(void)
{
	pid_t pid = child_sleeper();
	int pidfd = child_pidfd(pid);

	if (child_deny(SYS_pidfd_send_signal, EPERM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(pidfd >= 0);
	CHILD_CHECK(pidfd_signal_value(pidfd, 0, SIGTERM, 1) == -ESRCH);
	CHILD_CHECK(pidfd_signal_value(pidfd, pid, SIGTERM, 1) == 0);
	CHILD_CHECK(child_end(pid).si_status == SIGTERM);
	return 0;
}

static void where_the_call_is_refused_the_number_serves(void **state)
{
	(void)state;
	in_child(signal_refused);
}

/* The number is another's by now, for all that we know. */
static void a_reaped_child_is_esrch_and_nobody_is_signalled(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	pid_t other = child_sleeper();
	_cleanup_fd_ int other_pidfd = child_pidfd(other);

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
	assert_int_equal(pidfd_signal_value(pidfd, other, SIGKILL, 1), -ESRCH);
	assert_int_equal(child_poll(other_pidfd, 0), 0);
	assert_int_equal(pidfd_signal_value(-1, pid, SIGTERM, 1), -ESRCH);
	assert_int_equal(kill(other, SIGKILL), 0);
	assert_int_equal(child_end(other).si_pid, other);
}

/* Asked with signal 0: see test_pidfd.c. */
static int signal_nobody(void)
{
	static const pid_t nobody[] = {0, -1, -2};

	for (size_t i = 0; i < ARRAY_LEN(nobody); i++)
		CHILD_CHECK(pidfd_signal_value(-1, nobody[i], 0, 1) == -ESRCH);
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
	_cleanup_fd_ int pidfd = child_pidfd(pid);

	(void)state;
	assert_int_equal(pidfd_signal_value(pidfd, pid, 99, 1), -EINVAL);
	assert_int_equal(pidfd_signal_value(-1, pid, 99, 1), -EINVAL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_value_and_its_sender_are_what_signalfd_shows),
		cmocka_unit_test(by_a_pidfd_alone_it_arrives_as_well),
		cmocka_unit_test(without_a_pidfd_the_number_serves),
		cmocka_unit_test(where_the_call_is_refused_the_number_serves),
		cmocka_unit_test(
			a_reaped_child_is_esrch_and_nobody_is_signalled),
		cmocka_unit_test(a_number_that_means_others_is_esrch),
		cmocka_unit_test(a_signal_that_is_none_is_einval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
