/*
 * runner_parent.c - how a process that runs services hears of the death of
 * whoever started it, and what that means.
 */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/nsec.h"
#include "proc/parent.h"
#include "service/runner_state.h"

void runner_lose_launcher(struct runner *runner)
{
	bool was_asked = runner_wants_stop(runner);

	services_forget_launcher(&runner->services);
	/* Of a worker it lies in the birth, too. */
	runner->launcher_fd = fd_close(runner->launcher_fd);
	runner_say(runner, MUSTER_LOG_INFO,
		   "Parent process has died unexpectedly, exiting");
	if (!runner->options.is_worker &&
	    runner->options.settings->options.parent_death ==
		    MUSTER_PARENT_KILL)
		runner_exit(runner, RUNNER_INSTANT);
	runner_begin_stop(runner, MUSTER_STOP_PARENT, RUNNER_INSTANT, false);
	runner->status = RUNNER_INSTANT;
	/* Nobody else knows a deadline any more. */
	if (was_asked && runner->deadline_ns == NSEC_NEVER)
		runner_arm(runner);
}

/* From here on the loop watches over the launcher's death; where it cannot, the
 * kernel's signal does, as one that we read. */
void runner_watch_launcher(struct runner *runner)
{
	if (!runner->options.birth)
		return;
	if (runner->launcher_fd >= 0)
		(void)prctl(PR_SET_PDEATHSIG, 0); /* cannot fail */
	else if (parent_tie(SIGTERM) < 0)
		runner_lose_launcher(runner);
}

/* B88, in the service launcher: its own parent. */
void runner_watch_parent(struct runner *runner)
{
	int r;

	if (runner->options.is_worker ||
	    runner->options.settings->options.parent_death ==
		    MUSTER_PARENT_IGNORED ||
	    runner->launcher_fd >= 0)
		return;
	r = parent_open(&runner->launcher_fd);
	if (r < 0)
		speak(runner_speaker(runner), MUSTER_LOG_WARNING,
		      "The parent process cannot be watched: %s, going on "
		      "without",
		      strerror(-r));
}
