/*
 * trace.h - a process that traces another one, as a debugger would: what it
 * traces dies only when it lets go, and is its own to wait for until then.
 */
#pragma once

#include "tools/support.h"

struct tracer {
	pid_t pid;
	int hold_fd; /* it traces as long as this end is open */
};

/* Traces pid and lets it run; false where that is not allowed. A signal stops
 * pid then, and nobody makes it go on. */
bool tracer_seize(struct tracer *ret_tracer, pid_t pid);

/* Traces muster until it makes a process, kills that one before it has executed
 * anything, and lets go. */
bool tracer_kill_next_child(struct tracer *ret_tracer, pid_t muster);

/* It lets go and is gone; 0 when it could do what it was to do. */
int tracer_end(struct tracer *tracer);
