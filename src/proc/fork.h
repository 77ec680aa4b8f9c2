/*
 * fork.h - makes a worker that goes on in this program: fork(2), not clone.
 *
 * The C library must know of the child, or its thread's number and its robust
 * mutexes would be the parent's. fork(2) copies the calling thread only, so a
 * lock that another one holds is locked for ever in the child: the process must
 * have no other.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proc/spawn.h"

enum fork_side {
	FORK_PARENT,
	FORK_CHILD,
};

/* Before forks, and again when there is more to be had: freed memory is the
 * kernel's again, so that no child copies it. In a process that is ours to
 * change children find the code that they run, too (fork_code.h). */
void fork_prepare(bool is_ours);

/* This process has no other thread. */
bool fork_is_alone(void);

/* FORK_PARENT and *ret_child, FORK_CHILD in the child (its signals are all
 * blocked), or -errno: -EBUSY with other threads, what fork(2) says, what
 * pidfd_open(2) says, the child being killed and reaped again. Of the request
 * only the report is used. */
int fork_worker(const struct spawner *spawner,
		const struct spawn_request *request,
		struct spawn_child *ret_child);

/* In the child: the standard disposition for these signals and SIGCHLD, since a
 * handler of the parent's would run here for news of the child's, and then this
 * mask (bit signo - 1), which lets in what came meanwhile. */
void fork_reset_signals(const int *signals, uint32_t count, uint64_t mask);

/* In the child: what child_run does to a program, with the same steps reported;
 * it ends on a failure. A plan is not needed. */
struct fork_setting {
	const char *directory; /* NULL: stay */
	bool leads_group;
	bool sets_umask;
	bool restores_nofile;
	mode_t umask;
	struct rlimit nofile;
	int death_signal; /* 0: none */
	pid_t launcher_pid;
};

void fork_settle(const struct fork_setting *setting,
		 struct child_report *report);

/* A page that the kernel wipes in every child (madvise(2), MADV_WIPEONFORK):
 * tells for the price of a read whether we are the process that made it. */
struct fork_mark;

/* NULL without memory. Free with fork_mark_free, which accepts NULL and returns
 * NULL. */
struct fork_mark *fork_mark_new(void);
struct fork_mark *fork_mark_free(struct fork_mark *mark);
bool fork_mark_is_ours(const struct fork_mark *mark);
