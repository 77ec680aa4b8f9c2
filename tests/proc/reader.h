/*
 * reader.h - a child that tells how a signal looks that was sent to it.
 */
#pragma once

#include <sys/signalfd.h>

#include "kernel/children.h"

/* A child that writes the first SIGTERM it reads to a pipe, and ends. */
struct reader {
	pid_t pid;
	int pidfd;
	int told_fd;
};

static inline void reader_read(int told_fd)
{
	struct signalfd_siginfo record;
	sigset_t mask;
	int fd;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGTERM);
	fd = signalfd(-1, &mask, SFD_CLOEXEC);
	if (!pipe_put(told_fd, "r", 1) ||
	    !pipe_take(fd, &record, sizeof(record)) ||
	    !pipe_put(told_fd, &record, sizeof(record)))
		_exit(1);
	_exit(0);
}

/* SIGTERM is blocked in the child when this returns, and not in us. */
static inline struct reader reader_start(void)
{
	struct reader reader;
	sigset_t blocked;
	sigset_t before;
	char byte;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
	reader.pid = child_fork();
	if (reader.pid == 0)
		reader_read(ends[1]);
	assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	assert_int_equal(close(ends[1]), 0);
	reader.told_fd = ends[0];
	reader.pidfd = child_pidfd(reader.pid);
	assert_true(pipe_take(ends[0], &byte, 1));
	return reader;
}

/* What it read; it has ended then. */
static inline struct signalfd_siginfo reader_take(const struct reader *reader)
{
	struct signalfd_siginfo record;

	assert_true(is_readable(reader->told_fd));
	assert_true(pipe_take(reader->told_fd, &record, sizeof(record)));
	assert_int_equal(child_end(reader->pid).si_code, CLD_EXITED);
	assert_int_equal(close(reader->told_fd), 0);
	assert_int_equal(close(reader->pidfd), 0);
	return record;
}
