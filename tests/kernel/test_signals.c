/*
 * test_signals.c - what the kernel promises of signals read from a descriptor,
 * of SIGCHLD, and of the parent-death signal.
 */
#include <sys/signalfd.h>

#include "kernel/children.h"

#define RECORDS 16

/* Blocks the signals named, up to a zero, and opens them; -1 on failure. */
static int open_signals(const int *signals)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (; *signals != 0; signals++)
		(void)sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int read_signals(int fd, struct signalfd_siginfo *records)
{
	ssize_t size = read(fd, records, RECORDS * sizeof(*records));

	return size < 0 ? -errno : (int)((size_t)size / sizeof(*records));
}

static int ignore_and_block(void)
{
	struct signalfd_siginfo records[RECORDS];
	int fd;

	CHILD_CHECK(signal(SIGTERM, SIG_IGN) != SIG_ERR);
	fd = open_signals((const int[]){SIGTERM, 0});
	CHILD_CHECK(fd >= 0);
	CHILD_CHECK(read_signals(fd, records) == -EAGAIN);
	CHILD_CHECK(kill(getpid(), SIGTERM) == 0);
	CHILD_CHECK(child_poll(fd, 0) == POLLIN);
	CHILD_CHECK(read_signals(fd, records) == 1);
	CHILD_CHECK(records[0].ssi_signo == SIGTERM);
	return 0;
}

static void a_signal_that_is_ignored_but_blocked_is_read(void **state)
{
	(void)state;
	in_child(ignore_and_block);
}

static int read_in_order(void)
{
	struct signalfd_siginfo records[RECORDS];
	const int sent[] = {SIGRTMIN + 1, SIGTERM, SIGHUP, SIGRTMIN + 1,
			    SIGTERM};
	const int read[] = {SIGHUP, SIGTERM, SIGRTMIN + 1, SIGRTMIN + 1};
	int fd = open_signals((const int[]){SIGHUP, SIGTERM, SIGRTMIN + 1, 0});

	CHILD_CHECK(fd >= 0);
	for (size_t i = 0; i < ARRAY_LEN(sent); i++)
		CHILD_CHECK(kill(getpid(), sent[i]) == 0);
	CHILD_CHECK(read_signals(fd, records) == ARRAY_LEN(read));
	for (size_t i = 0; i < ARRAY_LEN(read); i++)
		CHILD_CHECK((int)records[i].ssi_signo == read[i]);
	CHILD_CHECK(read_signals(fd, records) == -EAGAIN);
	return 0;
}

/* The lowest first, a second TERM is lost, a second real-time signal is not. */
static void one_read_brings_many_signals_and_queues_real_time_ones(void **state)
{
	(void)state;
	in_child(read_in_order);
}

static int name_the_sender(void)
{
	struct signalfd_siginfo records[RECORDS];
	int fd = open_signals((const int[]){SIGTERM, 0});
	pid_t parent = getpid();
	pid_t sender = child_fork();

	CHILD_CHECK(fd >= 0);
	if (sender == 0)
		_exit(kill(parent, SIGTERM) < 0);
	CHILD_CHECK(child_end(sender).si_status == 0);
	CHILD_CHECK(read_signals(fd, records) == 1);
	CHILD_CHECK((pid_t)records[0].ssi_pid == sender);
	CHILD_CHECK(records[0].ssi_uid == getuid());
	CHILD_CHECK(records[0].ssi_code == SI_USER);
	return 0;
}

static void a_record_names_the_sender(void **state)
{
	(void)state;
	in_child(name_the_sender);
}

static int merge_children(void)
{
	struct signalfd_siginfo records[RECORDS];
	int fd = open_signals((const int[]){SIGCHLD, 0});
	pid_t pids[5];

	CHILD_CHECK(fd >= 0);
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		siginfo_t info;

		pids[i] = child_fork();
		if (pids[i] == 0)
			_exit(0);
		CHILD_CHECK(waitid(P_PID, (id_t)pids[i], &info,
				   WEXITED | WNOWAIT) == 0);
	}
	CHILD_CHECK(read_signals(fd, records) == 1);
	CHILD_CHECK((pid_t)records[0].ssi_pid == pids[0]);
	return 0;
}

/* So a record is only a hint to look at all of them. */
static void the_sigchld_of_five_children_is_one_record(void **state)
{
	(void)state;
	in_child(merge_children);
}

static int ignore_children(void)
{
	siginfo_t info;
	int pidfd;
	pid_t pid;

	CHILD_CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	pid = child_sleeper();
	pidfd = child_pidfd(pid);
	CHILD_CHECK(child_signal(pidfd, SIGKILL, 0) == 0);
	CHILD_CHECK(is_readable(pidfd));
	CHILD_CHECK(child_wait(pidfd, WEXITED | WNOHANG, &info) == -ECHILD);
	CHILD_CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED) < 0);
	CHILD_CHECK(errno == ECHILD);
	return 0;
}

static int stop_ignoring_children(void)
{
	pid_t pid;

	CHILD_CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	pid = child_sleeper();
	CHILD_CHECK(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(child_end(pid).si_status == SIGKILL);
	return 0;
}

static void with_sigchld_ignored_a_childs_status_is_lost(void **state)
{
	(void)state;
	in_child(ignore_children);
}

static void resetting_sigchld_keeps_the_status_of_living_children(void **state)
{
	(void)state;
	in_child(stop_ignoring_children);
}

/* Its child tells its pid once it has asked for SIGKILL. */
static void be_a_parent(int told)
{
	pid_t pid = child_fork();

	if (pid == 0) {
		pid = getpid();
		(void)pipe_put(told, &pid, sizeof(pid)); /* its lack is seen */
	}
	for (;;)
		(void)pause();
}

/* A parent, killed when its child is ready; the child is ours then. */
static int kill_the_parent(void)
{
	int told[2];
	pid_t parent;
	pid_t pid;
	int pidfd;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
	parent = child_fork();
	if (parent == 0)
		be_a_parent(told[1]);
	CHILD_CHECK(pipe_take(told[0], &pid, sizeof(pid)));
	pidfd = child_pidfd(pid);
	CHILD_CHECK(pidfd >= 0);
	CHILD_CHECK(kill(parent, SIGKILL) == 0);
	CHILD_CHECK(child_end(parent).si_status == SIGKILL);
	CHILD_CHECK(is_readable(pidfd));
	CHILD_CHECK(child_end(pid).si_status == SIGKILL);
	return 0;
}

static void the_parent_death_signal_kills(void **state)
{
	(void)state;
	in_child(kill_the_parent);
}

/* Runs in a child whose parent exits: asks too late. 7 when it survived that
 * and sees by getppid that it must not go on. */
static int ask_too_late(pid_t parent, int parent_pidfd)
{
	if (!is_readable(parent_pidfd))
		return 1;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return 2;
	return getppid() != parent ? 7 : 3;
}

static int outlive_the_parent(void)
{
	int told[2];
	pid_t parent;
	pid_t pid;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC) == 0);
	parent = fork();
	if (parent == 0) {
		pid_t self = getpid();
		int pidfd = child_pidfd(self);

		pid = fork();
		if (pid == 0)
			_exit(ask_too_late(self, pidfd));
		_exit(!pipe_put(told[1], &pid, sizeof(pid)));
	}
	CHILD_CHECK(pipe_take(told[0], &pid, sizeof(pid)));
	CHILD_CHECK(child_end(parent).si_status == 0);
	CHILD_CHECK(child_end(pid).si_status == 7);
	return 0;
}

static void no_parent_death_signal_comes_for_a_parent_dead_before(void **state)
{
	(void)state;
	in_child(outlive_the_parent);
}

static int inherit_mask(void)
{
	static char path[] = "/proc/self/exe";
	static char verb[] = "mask";
	char *arguments[] = {path, verb, NULL};
	int fd = open_signals((const int[]){SIGUSR1, 0});
	pid_t pid = child_fork();

	CHILD_CHECK(fd >= 0);
	if (pid == 0) {
		(void)execv(path, arguments);
		_exit(1);
	}
	CHILD_CHECK(child_end(pid).si_status == SIGUSR1);
	return 0;
}

/* So the child must put the mask back before it executes. */
static void what_is_blocked_stays_blocked_over_exec(void **state)
{
	(void)state;
	in_child(inherit_mask);
}

static int lowest_blocked(void)
{
	sigset_t set;
	int signo = 1;

	(void)sigprocmask(SIG_BLOCK, NULL, &set);
	while (signo < SIGRTMAX && sigismember(&set, signo) != 1)
		signo++;
	return signo;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_that_is_ignored_but_blocked_is_read),
		cmocka_unit_test(
			one_read_brings_many_signals_and_queues_real_time_ones),
		cmocka_unit_test(a_record_names_the_sender),
		cmocka_unit_test(the_sigchld_of_five_children_is_one_record),
		cmocka_unit_test(with_sigchld_ignored_a_childs_status_is_lost),
		cmocka_unit_test(
			resetting_sigchld_keeps_the_status_of_living_children),
		cmocka_unit_test(the_parent_death_signal_kills),
		cmocka_unit_test(
			no_parent_death_signal_comes_for_a_parent_dead_before),
		cmocka_unit_test(what_is_blocked_stays_blocked_over_exec),
	};

	if (argc > 1 && strcmp(argv[1], "mask") == 0)
		return lowest_blocked();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
