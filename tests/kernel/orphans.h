/*
 * orphans.h - children of a parent that is gone, which are the test's own then:
 * it has to be a subreaper.
 */
#pragma once

#include "kernel/children.h"

#define ORPHAN_STATUS 40

/* They live until they are released, or until the test is gone. */
struct orphans_alive {
	uint32_t count;
	int hold_fd;
};

/* Reads one byte that is for it alone. */
static inline void orphan_live(const int *hold)
{
	char byte;

	(void)close(hold[1]); /* or it would outlive the test */
	(void)!read(hold[0], &byte, 1);
	_exit(ORPHAN_STATUS);
}

/* Runs in the parent that will be gone. */
static inline void orphans_bear(pid_t *pids, uint32_t count, int told,
				const int *hold)
{
	for (uint32_t i = 0; i < count; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			orphan_live(hold);
	}
	_exit(!pipe_put(told, pids, count * sizeof(*pids)));
}

/* Up to a thousand, for their numbers come through a pipe at once. */
static inline bool orphans_start(pid_t *pids, uint32_t count,
				 struct orphans_alive *ret_alive)
{
	pid_t parent;
	int told[2];
	int hold[2];

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
	    pipe2(told, O_CLOEXEC) < 0 || pipe2(hold, O_CLOEXEC) < 0)
		return false;
	parent = child_fork();
	if (parent == 0)
		orphans_bear(pids, count, told[1], hold);
	*ret_alive = (struct orphans_alive){count, hold[1]};
	return close(told[1]) == 0 && close(hold[0]) == 0 &&
	       pipe_take(told[0], pids, count * sizeof(*pids)) &&
	       close(told[0]) == 0 && child_end(parent).si_status == 0;
}

/* True when the process is dead, reaped or not. */
static inline bool orphan_is_dead(pid_t pid)
{
	_cleanup_fd_ int pidfd = child_pidfd(pid);

	return pidfd < 0 || is_readable(pidfd);
}

/* All of them end, at once. By a byte each, for children that were forked
 * meanwhile hold the pipe open. */
static inline bool orphans_release(const struct orphans_alive *alive)
{
	static const char bytes[4096];

	return pipe_put(alive->hold_fd, bytes, alive->count) &&
	       close(alive->hold_fd) == 0;
}

static inline bool orphans_are_dead(const pid_t *pids, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!orphan_is_dead(pids[i]))
			return false;
	return true;
}
