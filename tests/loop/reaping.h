/*
 * reaping.h - a loop that reaps orphans, and what is heard of it.
 */
#pragma once

#include "kernel/orphans.h"
#include "loop/engines.h"
#include "loop/orphans.h"

static inline struct loop *open_reaping(void **state)
{
	struct loop_options options = engine_options(*state);

	options.reaps_orphans = true;
	return engine_open_with(&options);
}

struct heard {
	uint32_t exits;
	uint32_t orphans;
};

/* One wait; all its events are exits. */
static inline void hear_once(struct loop *loop, uint64_t until_ns,
			     struct heard *heard)
{
	struct loop_batch batch;
	int r = loop_wait(loop, until_ns, &batch);

	assert_true(r >= 0);
	assert_int_equal(r, batch.count);
	for (uint32_t i = 0; i < batch.count; i++)
		(void)watched_hear(loop, &batch.events[i]);
	assert_true(batch.orphans <= ORPHANS_A_TURN);
	heard->exits += batch.count;
	heard->orphans += batch.orphans;
}

/* So many in all, what was heard before included, and nothing after them. */
static inline void hear_rest(struct loop *loop, struct heard *heard,
			     uint32_t exits, uint32_t orphans)
{
	uint64_t limit_ns = clock_now_ns() + DEADLINE_NS;

	while (heard->exits < exits || heard->orphans < orphans) {
		assert_true(clock_now_ns() < limit_ns);
		hear_once(loop, limit_ns, heard);
	}
	hear_once(loop, 0, heard);
	assert_int_equal(heard->exits, exits);
	assert_int_equal(heard->orphans, orphans);
}

static inline void hear(struct loop *loop, uint32_t exits, uint32_t orphans)
{
	struct heard heard = {0};

	hear_rest(loop, &heard, exits, orphans);
}

static inline void assert_no_child_is_left(void)
{
	siginfo_t info;

	assert_true(waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0);
	assert_int_equal(errno, ECHILD);
}

static inline bool is_zombie(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		       0 &&
	       info.si_pid == pid;
}

static inline pid_t orphan_dead(void)
{
	struct orphans_alive alive;
	pid_t pid;

	assert_true(orphans_start(&pid, 1, &alive));
	assert_true(orphans_release(&alive));
	assert_true(orphan_is_dead(pid));
	return pid;
}

static inline void kill_dead(const struct watched *watched)
{
	_cleanup_fd_ int pidfd = child_pidfd(watched->watch.pid);

	assert_int_equal(kill(watched->watch.pid, SIGKILL), 0);
	assert_true(is_readable(pidfd));
}
