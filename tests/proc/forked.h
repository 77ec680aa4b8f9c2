/*
 * forked.h - a worker that goes on in the test: fork_worker() and what its
 * child tells.
 *
 * For stories in a forked child (base/in_child.h): functions return the line of
 * a broken promise, 0 for none.
 */
#pragma once

#include "kernel/children.h"
#include "proc/fork.h"
#include "proc/spawn.h"

#define FORKED_STATUS 9

/* One fork, with a report that both sides see. */
struct forked {
	struct spawner spawner;
	struct child_report *report;
	struct spawn_child child;
	siginfo_t end;
};

/* As fork_worker: FORK_PARENT, FORK_CHILD or -errno. */
static inline int forked_begin(struct forked *forked, bool has_pidfds)
{
	*forked = (struct forked){
		.spawner = {.mode = MUSTER_SPAWN_FAST,
			    .has_pidfds = has_pidfds},
		.report = spawn_reports_new(1),
		.child = {.pidfd = -77},
	};
	if (!forked->report)
		return -ENOMEM;
	return fork_worker(&forked->spawner,
			   &(struct spawn_request){.report = forked->report},
			   &forked->child);
}

/* Waits for the child's end and puts everything back. */
static inline int forked_end(struct forked *forked)
{
	forked->end = child_end(forked->child.pid);
	CHILD_CHECK(forked->end.si_pid == forked->child.pid);
	if (forked->child.pidfd >= 0)
		CHILD_CHECK(close(forked->child.pidfd) == 0);
	return 0;
}

static inline bool forked_exited(const struct forked *forked, int status)
{
	return forked->end.si_code == CLD_EXITED &&
	       forked->end.si_status == status;
}

/* Bit signo - 1, as the kernel has it. */
static inline uint64_t forked_mask(void)
{
	uint64_t word = 0;
	sigset_t mask;

	if (sigprocmask(SIG_BLOCK, NULL, &mask) == 0)
		memcpy(&word, &mask, sizeof(word));
	return word;
}
