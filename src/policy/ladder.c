/*
 * ladder.c - the rungs and when to take the next one.
 *
 * It sends no signal and arms no timer: it says which and when.
 */
#include <signal.h>

#include "base/nsec.h"
#include "ladder.h"

void ladder_init(struct ladder *ladder, int signo, uint64_t timeout_ns,
		 uint64_t abort_ns)
{
	ladder->rungs[LADDER_ABORT] = (struct ladder_rung){SIGABRT, abort_ns};
	ladder->rungs[LADDER_STOP] = (struct ladder_rung){signo, timeout_ns};
	ladder->rungs[LADDER_KILL] = (struct ladder_rung){SIGKILL, NSEC_NEVER};
}

struct ladder_verdict ladder_climb(const struct ladder *ladder, uint32_t rung,
				   uint64_t now_ns)
{
	uint32_t i = rung < LADDER_RUNGS ? rung : LADDER_RUNGS - 1;
	const struct ladder_rung *here = &ladder->rungs[i];
	bool is_last = here->signo == SIGKILL;

	/* Nobody survives KILL to be killed again: a grace would only announce
	 * as overdue a worker that the kernel is still taking down. */
	return (struct ladder_verdict){
		.signo = here->signo,
		.is_last = is_last,
		.due_ns =
			is_last ? NSEC_NEVER : nsec_add(now_ns, here->grace_ns),
	};
}
