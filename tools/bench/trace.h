/*
 * trace.h - counts the system calls of a running launcher.
 */
#pragma once

#include <stdint.h>

#include "session.h"

#define TRACE_CALLS 512U

struct trace_counts {
	uint32_t total;
	uint32_t calls[TRACE_CALLS];
};

/* Traces the launcher from now on; its workers are not traced. 0 or -errno. */
int trace_attach(const struct session *session);
/* Lets go of it. */
int trace_detach(const struct session *session);

/* Holds the launcher, for what is to be there all at once when it goes on. */
int trace_hold(const struct session *session);
int trace_release(const struct session *session);

/* Lets the launcher run until so many workers have started and it sleeps again
 * in the call it waits in; adds the calls it entered. */
int trace_run(struct session *session, uint32_t started,
	      struct trace_counts *counts);
