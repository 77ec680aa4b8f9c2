/*
 * held.h - a watched child whose zombie a tracer holds.
 */
#pragma once

#include "kernel/tracer.h"
#include "loop/engines.h"

/* It is dead when this returns. Skips where nobody may trace. */
static inline void watched_hold(struct loop *loop, struct watched *watched,
				struct tracer *tracer)
{
	pid_t pid = child_sleeper();
	_cleanup_fd_ int pidfd = child_pidfd(pid);
	int r = tracer_start(tracer, pid);

	if (r < 0) {
		loop_free(loop);
		SKIP("ptrace: %s", compat_error_name(-r));
	}
	watched_begin(loop, watched, pid);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_true(is_readable(pidfd));
}
