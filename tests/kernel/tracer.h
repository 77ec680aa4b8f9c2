/*
 * tracer.h - a process that traces another one, as a debugger would: a traced
 * child's zombie belongs to the tracer until it lets go.
 */
#pragma once

#include <sys/ptrace.h>

#include "kernel/children.h"

struct tracer {
	pid_t pid;
	int hold_fd; /* it traces as long as this end is open */
};

static inline void tracer_run(pid_t tracee, int told, int hold)
{
	int error = 0;
	char nothing;

	if (ptrace(PTRACE_SEIZE, tracee, 0, 0) < 0)
		error = errno;
	if (!pipe_put(told, &error, sizeof(error)))
		_exit(1);
	(void)!read(hold, &nothing, 1); /* until the other end is closed */
	_exit(0);
}

/* 0 when tracee is traced; -errno, of ptrace for instance. */
static inline int tracer_start(struct tracer *ret_tracer, pid_t tracee)
{
	int error = EIO;
	int told[2];
	int hold[2];

	if (pipe2(told, O_CLOEXEC) < 0 || pipe2(hold, O_CLOEXEC) < 0)
		return -errno;
	ret_tracer->pid = child_fork();
	if (ret_tracer->pid == 0) {
		(void)close(hold[1]); /* or it would hold itself */
		tracer_run(tracee, told[1], hold[0]);
	}
	ret_tracer->hold_fd = hold[1];
	(void)close(told[1]); /* so that a death of the tracer is an end */
	(void)close(hold[0]);
	if (!pipe_take(told[0], &error, sizeof(error)))
		error = EIO;
	(void)close(told[0]);
	return -error;
}

/* The tracer is gone afterwards, and what it held is free. */
static inline void tracer_end(struct tracer *tracer)
{
	(void)close(tracer->hold_fd); /* this tells it */
	(void)child_end(tracer->pid);
}
