/*
 * test_pidfd_hand_on.c - a signal that is handed on looks as it came, as far as
 * the kernel allows (E12).
 */
#include "proc/pidfd.h"
#include "proc/reader.h"

#define STRANGER_PID 4242
#define STRANGER_UID 1001
#define ADDRESS UINT64_C(0x7fff12345678)

static const struct pidfd_news queued = {
	.signo = SIGTERM,
	.code = SI_QUEUE,
	.pid = STRANGER_PID,
	.uid = STRANGER_UID,
	.value = ADDRESS,
};

static void assert_as_queued(const struct signalfd_siginfo *record)
{
	assert_int_equal(record->ssi_signo, SIGTERM);
	assert_int_equal(record->ssi_code, SI_QUEUE);
	assert_int_equal(record->ssi_pid, STRANGER_PID);
	assert_int_equal(record->ssi_uid, STRANGER_UID);
	assert_int_equal(record->ssi_ptr, ADDRESS);
}

static void a_queued_signal_keeps_sender_and_value(void **state)
{
	struct reader reader = reader_start();
	struct signalfd_siginfo record;

	(void)state;
	assert_int_equal(
		pidfd_hand_on(reader.pidfd, reader.pid, &queued, false), 0);
	record = reader_take(&reader);
	assert_as_queued(&record);
}

static void without_a_pidfd_it_keeps_them_too(void **state)
{
	struct reader reader = reader_start();
	struct signalfd_siginfo record;

	(void)state;
	assert_int_equal(pidfd_hand_on(-1, reader.pid, &queued, false), 0);
	record = reader_take(&reader);
	assert_as_queued(&record);
}

static void a_kill_keeps_its_sender(void **state)
{
	struct pidfd_news news = queued;
	struct reader reader = reader_start();
	struct signalfd_siginfo record;

	(void)state;
	news.code = SI_USER;
	news.value = 0;
	assert_int_equal(pidfd_hand_on(reader.pidfd, reader.pid, &news, false),
			 0);
	record = reader_take(&reader);
	assert_int_equal(record.ssi_code, SI_QUEUE);
	assert_int_equal(record.ssi_pid, STRANGER_PID);
	assert_int_equal(record.ssi_uid, STRANGER_UID);
}

/* The terminal's, and one from outside of the namespace of pids. */
static void what_nobody_known_sent_comes_from_us(void **state)
{
	static const int codes[] = {SI_KERNEL, SI_USER};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		const struct pidfd_news news = {
			.signo = SIGTERM,
			.code = codes[i],
		};
		struct reader reader = reader_start();
		struct signalfd_siginfo record;

		assert_int_equal(
			pidfd_hand_on(reader.pidfd, reader.pid, &news, false),
			0);
		record = reader_take(&reader);
		assert_int_equal(record.ssi_code, SI_USER);
		assert_int_equal(record.ssi_pid, getpid());
	}
}

static int hand_on_refused(void)
{
	pid_t pid = child_sleeper();
	int pidfd = child_pidfd(pid);

	CHILD_CHECK(pidfd >= 0);
	if (child_deny(SYS_pidfd_send_signal, EPERM) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(pidfd_hand_on(pidfd, pid, &queued, false) == 0);
	CHILD_CHECK(child_end(pid).si_status == SIGTERM);
	return 0;
}

static void where_the_call_is_refused_the_number_serves(void **state)
{
	(void)state;
	in_child(hand_on_refused);
}

static void a_group_gets_it_though_its_leader_is_a_zombie(void **state)
{
	struct child_group group;

	(void)state;
	assert_int_equal(child_group_start(&group), 0);
	assert_true(is_readable(group.leader_pidfd));
	assert_int_equal(
		pidfd_hand_on(group.leader_pidfd, group.leader, &queued, true),
		0);
	assert_true(is_readable(group.member_pidfd));
	assert_int_equal(child_end(group.leader).si_status, 3);
	assert_int_equal(close(group.leader_pidfd), 0);
	assert_int_equal(close(group.member_pidfd), 0);
}

static void a_reaped_child_is_esrch(void **state)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);

	(void)state;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(child_end(pid).si_pid, pid);
	assert_int_equal(pidfd_hand_on(pidfd, pid, &queued, false), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queued_signal_keeps_sender_and_value),
		cmocka_unit_test(without_a_pidfd_it_keeps_them_too),
		cmocka_unit_test(a_kill_keeps_its_sender),
		cmocka_unit_test(what_nobody_known_sent_comes_from_us),
		cmocka_unit_test(where_the_call_is_refused_the_number_serves),
		cmocka_unit_test(a_group_gets_it_though_its_leader_is_a_zombie),
		cmocka_unit_test(a_reaped_child_is_esrch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
