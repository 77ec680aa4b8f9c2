/*
 * born.h - a forked worker, from its first instruction to its function.
 */
#pragma once

#include "core/context.h"
#include "proc/fork.h"

/* The launcher's own: its engine, its sockets for messages, its parent, itself.
 */
#define BORN_FDS 7

/* All that the child needs to know, on the stack of who forks it: most of the
 * launcher's memory it does not have (base/unforked.h). */
struct born {
	const struct edition *edition;
	struct child_report *report;
	struct fork_setting setting;
	struct muster_birth birth; /* all but listen_fds */
	char notify_address[NOTIFY_ADDRESS_SIZE];
	struct list *listeners; /* the launcher's, and where they end */
	const struct list *listeners_end;
	struct list *cgroups; /* likewise */
	const struct list *cgroups_end;
	struct pidfds pidfds;
	struct worker_reports reports;
	int engine_fd;
	int fds[BORN_FDS]; /* to be closed; -1: none */
};

/* In the launcher, just before the fork. */
struct born born_prepare(const struct context *context,
			 const struct worker *worker);

/* In the child of that fork: gives up all that is the launcher's, runs the
 * function of its spec and ends with what that returns. The launcher's code is
 * never gone back to. */
_Noreturn void born_run(struct born *born);
