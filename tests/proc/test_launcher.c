/*
 * test_launcher.c - the launcher's own surroundings: its parent, its limits,
 * its terminal.
 */
#include <sched.h>
#include <sys/ioctl.h>

#include "kernel/children.h"
#include "proc/limits.h"
#include "proc/parent.h"
#include "proc/tty.h"

/* A launcher whose parent ends when the story says so. Both are ours. */
struct family {
	pid_t parent;
	pid_t launcher;
	int launcher_pidfd;
};

/* launcher() runs in it and tells, by a byte, when its parent may end; what it
 * returns is its status. */
static void family_run(int (*launcher)(int told), int told)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)alarm(CHILD_SECONDS);
		_exit(launcher(told));
	}
	if (!pipe_put(told, &pid, sizeof(pid)))
		_exit(1);
	for (;;)
		(void)pause();
}

static int family_start(struct family *family, int (*launcher)(int told))
{
	int told[2];
	char byte;

	CHILD_CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHILD_CHECK(pipe2(told, O_CLOEXEC | O_DIRECT) == 0);
	family->parent = child_fork();
	if (family->parent == 0)
		family_run(launcher, told[1]);
	/* In packets, for who tells first is open. */
	for (int i = 0; i < 2; i++) {
		pid_t pid;
		ssize_t size = read(told[0], &pid, sizeof(pid));

		CHILD_CHECK(size == 1 || size == (ssize_t)sizeof(pid));
		if (size == 1)
			memcpy(&byte, &pid, 1);
		else
			family->launcher = pid;
	}
	family->launcher_pidfd = child_pidfd(family->launcher);
	CHILD_CHECK(family->launcher_pidfd >= 0);
	CHILD_CHECK(kill(family->parent, SIGKILL) == 0);
	CHILD_CHECK(child_end(family->parent).si_status == SIGKILL);
	return 0;
}

/* 0 when the pidfd tells of the parent's end and only of that. */
static int watch_parent(int told)
{
	pid_t parent = getppid();
	int pidfd = -1;

	if (parent_open(&pidfd) != 0 || fcntl(pidfd, F_GETFD) != FD_CLOEXEC ||
	    child_poll(pidfd, 0) != 0)
		return 1;
	if (!pipe_put(told, "x", 1) || !is_readable(pidfd))
		return 2;
	return getppid() == parent ? 3 : 0;
}

static int lose_watched_parent(void)
{
	struct family family;
	int line = family_start(&family, watch_parent);

	if (line != 0)
		return line;
	CHILD_CHECK(child_end(family.launcher).si_status == 0);
	return 0;
}

static void the_end_of_the_parent_is_seen_through_its_pidfd(void **state)
{
	(void)state;
	in_child(lose_watched_parent);
}

static int tie_to_parent(int told)
{
	if (parent_tie(SIGUSR1) != 0)
		return 1;
	if (!pipe_put(told, "x", 1))
		return 2;
	for (;;)
		(void)pause();
}

static int lose_tied_parent(void)
{
	struct family family;
	siginfo_t end;
	int line = family_start(&family, tie_to_parent);

	if (line != 0)
		return line;
	CHILD_CHECK(is_readable(family.launcher_pidfd));
	end = child_end(family.launcher);
	CHILD_CHECK(end.si_code == CLD_KILLED);
	CHILD_CHECK(end.si_status == SIGUSR1);
	return 0;
}

static void the_end_of_the_parent_is_a_signal_when_tied(void **state)
{
	(void)state;
	in_child(lose_tied_parent);
}

static int refuse_tie(void)
{
	CHILD_CHECK(parent_tie(1000) == -EINVAL);
	return 0;
}

static void a_tie_by_no_signal_is_einval(void **state)
{
	(void)state;
	in_child(refuse_tie);
}

/* PID 1 of a namespace: 0 is nobody. */
static int have_no_parent(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID) < 0) {
		printf("skip: unshare: %s\n", strerror(errno));
		return fflush(stdout);
	}
	pid = fork();
	if (pid == 0) {
		int pidfd = 77;

		_exit(parent_open(&pidfd) != -ESRCH || pidfd != 77 ||
		      parent_tie(SIGTERM) != -ESRCH);
	}
	CHILD_CHECK(pid > 0);
	CHILD_CHECK(child_end(pid).si_status == 0);
	return 0;
}

static void the_first_of_a_namespace_has_no_parent(void **state)
{
	(void)state;
	if (geteuid() != 0)
		SKIP("only root makes a pid namespace");
	in_child(have_no_parent);
}

static int refuse_pidfds(void)
{
	int pidfd = 77;

	if (child_deny(SYS_pidfd_open, ENOSYS) < 0)
		return CHILD_SKIP;
	CHILD_CHECK(parent_open(&pidfd) == -ENOSYS);
	CHILD_CHECK(pidfd == 77);
	return 0;
}

static void where_pidfds_are_refused_the_errno_is_told(void **state)
{
	(void)state;
	in_child(refuse_pidfds);
}

static int raise_and_restore(void)
{
	const struct rlimit low = {50, 90};
	struct rlimit before;
	struct rlimit now;

	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
	CHILD_CHECK(limits_raise_nofile(&before) == 90);
	CHILD_CHECK(before.rlim_cur == 50 && before.rlim_max == 90);
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0);
	CHILD_CHECK(now.rlim_cur == 90 && now.rlim_max == 90);
	limits_restore_nofile(&before);
	CHILD_CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0);
	CHILD_CHECK(now.rlim_cur == 50 && now.rlim_max == 90);
	return 0;
}

static int raise_refused(void)
{
	const struct rlimit low = {50, 90};
	struct rlimit before;

	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
	if (child_deny(SYS_prlimit64, EPERM) < 0)
		return CHILD_SKIP;
	/* Neither asked nor set: what every system has at least. */
	CHILD_CHECK(limits_raise_nofile(&before) == before.rlim_cur);
	limits_restore_nofile(&before);
	return 0;
}

static void the_limit_on_descriptors_is_raised_and_put_back(void **state)
{
	(void)state;
	in_child(raise_and_restore);
	in_child(raise_refused);
}

static int count_descriptors(void)
{
	const struct rlimit few = {10, 10};

	for (int fd = 3; fd < 1024; fd++)
		(void)close(fd); /* most are not open */
	CHILD_CHECK(limits_lowest_free_fd() == 3);
	CHILD_CHECK(limits_lowest_free_fd() == 3);
	CHILD_CHECK(dup2(0, 3) == 3 && dup2(0, 5) == 5);
	CHILD_CHECK(limits_lowest_free_fd() == 4);
	CHILD_CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	for (int fd = 4; fd < 10; fd++)
		CHILD_CHECK(dup2(0, fd) == fd);
	CHILD_CHECK(limits_lowest_free_fd() == -EMFILE);
	return 0;
}

static void the_lowest_free_descriptor_is_told_and_stays_free(void **state)
{
	(void)state;
	in_child(count_descriptors);
}

static int ask_no_terminal(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	CHILD_CHECK(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	CHILD_CHECK(!tty_is_foreground());
	CHILD_CHECK(close(STDOUT_FILENO) == 0);
	CHILD_CHECK(!tty_is_foreground());
	return 0;
}

/* A terminal of our own, whose foreground moves to a child and back. */
static int ask_terminal(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int slave;
	pid_t pid;

	CHILD_CHECK(master >= 0);
	CHILD_CHECK(grantpt(master) == 0 && unlockpt(master) == 0);
	CHILD_CHECK(setsid() > 0);
	slave = open(ptsname(master), O_RDWR | O_CLOEXEC);
	CHILD_CHECK(slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0);
	CHILD_CHECK(dup2(slave, STDOUT_FILENO) == STDOUT_FILENO);
	CHILD_CHECK(tty_is_foreground());
	pid = child_sleeper();
	CHILD_CHECK(setpgid(pid, pid) == 0);
	CHILD_CHECK(tcsetpgrp(slave, pid) == 0);
	CHILD_CHECK(!tty_is_foreground());
	CHILD_CHECK(kill(pid, SIGKILL) == 0);
	CHILD_CHECK(child_end(pid).si_pid == pid);
	CHILD_CHECK(signal(SIGTTOU, SIG_IGN) != SIG_ERR);
	CHILD_CHECK(tcsetpgrp(slave, getpgrp()) == 0);
	CHILD_CHECK(tty_is_foreground());
	return 0;
}

static void only_the_terminals_own_group_is_in_the_foreground(void **state)
{
	(void)state;
	in_child(ask_no_terminal);
	if (access("/dev/ptmx", R_OK | W_OK) < 0)
		SKIP("/dev/ptmx: %s", strerror(errno));
	in_child(ask_terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_end_of_the_parent_is_seen_through_its_pidfd),
		cmocka_unit_test(the_end_of_the_parent_is_a_signal_when_tied),
		cmocka_unit_test(a_tie_by_no_signal_is_einval),
		cmocka_unit_test(the_first_of_a_namespace_has_no_parent),
		cmocka_unit_test(where_pidfds_are_refused_the_errno_is_told),
		cmocka_unit_test(
			the_limit_on_descriptors_is_raised_and_put_back),
		cmocka_unit_test(
			the_lowest_free_descriptor_is_told_and_stays_free),
		cmocka_unit_test(
			only_the_terminals_own_group_is_in_the_foreground),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
