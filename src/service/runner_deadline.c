/*
 * runner_deadline.c - how long a stop may take. It sets the deadline; that it
 * has passed is found out by the loop in runner.c.
 */
#include "base/nsec.h"
#include "loop/clock.h"
#include "service/runner_state.h"

void runner_grant(struct runner *runner, uint64_t stop_timeout_ns)
{
	runner->options.stop_timeout_ns =
		nsec_max(runner->options.stop_timeout_ns, stop_timeout_ns);
}

void runner_arm(struct runner *runner)
{
	/* MUSTER_FOREVER is no deadline. */
	runner->deadline_ns =
		nsec_add(clock_now_ns(), runner->options.stop_timeout_ns);
}

void runner_prolong(struct runner *runner)
{
	uint64_t until_ns;

	/* That stop has begun, and its deadline comes with the next step. */
	if (atomic_load(&runner->home.is_launcher_lost) &&
	    runner->launcher_fd >= 0)
		return;
	until_ns = atomic_exchange(&runner->home.extended_ns, 0);
	/* Never earlier than it was (sd_notify(3)); none stays none. */
	runner->deadline_ns = nsec_max(runner->deadline_ns, until_ns);
}
