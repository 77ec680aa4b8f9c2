/*
 * children.h - children for tests: they wait to be killed or told to end, and
 * never outlive the test that made them.
 *
 * Nothing here sleeps to wait: a test waits for a descriptor, with a deadline
 * that is only reached when it fails.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/in_child.h"

/* Reached by a failure only. */
#define DEADLINE_MS 30000

#define SKIP(...)                    \
	do {                         \
		printf("skip: ");    \
		printf(__VA_ARGS__); \
		printf("\n");        \
		skip();              \
	} while (0)

/* Forks; the child dies with the test. Never fails: a kill of -1 would reach
 * every process of the machine. */
static inline pid_t child_fork(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

/* A child that does nothing until a signal ends it. */
static inline pid_t child_sleeper(void)
{
	pid_t pid = child_fork();

	while (pid == 0)
		(void)pause();
	return pid;
}

static inline int child_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static inline int child_signal(int pidfd, int signo, unsigned int flags)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, flags) == 0)
		return 0;
	return -errno;
}

/* What poll(2) reports of fd, 0 at the deadline. */
static inline int child_poll(int fd, int limit_ms)
{
	struct pollfd set = {.fd = fd, .events = POLLIN};

	return poll(&set, 1, limit_ms) == 1 ? set.revents : 0;
}

/* True when fd has become readable before the deadline. */
static inline bool is_readable(int fd)
{
	return (child_poll(fd, DEADLINE_MS) & POLLIN) != 0;
}

/* waitid(2) on a pidfd: 0 or -errno. */
static inline int child_wait(int pidfd, int options, siginfo_t *info)
{
	memset(info, 0, sizeof(*info));
	if (waitid(COMPAT_P_PIDFD, (id_t)pidfd, info, options) == 0)
		return 0;
	return -errno;
}

/* The end of a child that is dying or dead: CLD_… and status. */
static inline siginfo_t child_end(pid_t pid)
{
	siginfo_t info = {0};

	(void)waitid(P_PID, (id_t)pid, &info, WEXITED); /* zeros tell */
	return info;
}

/* Reads exactly one value that a child writes; false at its end. */
static inline bool pipe_take(int fd, void *value, size_t size)
{
	return read(fd, value, size) == (ssize_t)size;
}

static inline bool pipe_put(int fd, const void *value, size_t size)
{
	return write(fd, value, size) == (ssize_t)size;
}

/* A process group of two: a leader that exits with 3 at once, a member that
 * stays. The member is an orphan then: its pidfd tells of its end. */
struct child_group {
	pid_t leader;
	pid_t member;
	int leader_pidfd;
	int member_pidfd;
};

static inline void child_group_lead(int told)
{
	pid_t member;

	if (setpgid(0, 0) < 0)
		_exit(1);
	member = fork();
	while (member == 0)
		(void)pause();
	_exit(pipe_put(told, &member, sizeof(member)) ? 3 : 1);
}

/* 0, or -1 when something of it could not be made. */
static inline int child_group_start(struct child_group *ret_group)
{
	int told[2];

	if (pipe2(told, O_CLOEXEC) < 0)
		return -1;
	ret_group->leader = fork();
	if (ret_group->leader == 0)
		child_group_lead(told[1]);
	if (close(told[1]) < 0 || ret_group->leader < 0 ||
	    !pipe_take(told[0], &ret_group->member, sizeof(pid_t)))
		return -1;
	ret_group->leader_pidfd = child_pidfd(ret_group->leader);
	ret_group->member_pidfd = child_pidfd(ret_group->member);
	if (close(told[0]) < 0 || ret_group->leader_pidfd < 0)
		return -1;
	return ret_group->member_pidfd < 0 ? -1 : 0;
}
