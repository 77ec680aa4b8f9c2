/*
 * job.c - follows a worker into its stop, and back. The one place where a turn
 * stands still: with the whole job.
 */
#include <assert.h>
#include <signal.h>

#include "core/job.h"
#include "core/slot_signal.h"
#include "loop/clock.h"
#include "proc/tty.h"

/* SIGSTOP is somebody's who looks at this worker alone. */
bool job_is_from_terminal(int signo)
{
	return signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

/* True when the job stood still, and goes on. */
static bool job_note_stop(struct context *context, bool was_stopped)
{
	context->now_ns = clock_now_ns();
	/* Nobody could be heard meanwhile, nor speak. */
	if (was_stopped)
		context->resumed_ns = context->now_ns;
	return was_stopped;
}

void job_follow(struct supervisor *supervisor, int signo)
{
	struct context *context = &supervisor->context;

	if (context->has_sessions && supervisor->phase < SUPERVISOR_STOPPING)
		/* Either way it goes on. */
		(void)job_note_stop(context, tty_stop_self(signo));
}

void job_take_stop(struct supervisor *supervisor, const struct loop_event *news)
{
	struct context *context = &supervisor->context;
	struct worker *worker = (void *)(uintptr_t)news->tag;
	const struct plan *plan = worker->edition->plan;
	int signo = news->stop.signo;
	bool goes_on = signo == SIGTSTP;

	/* Who is told to end is continued for that. */
	assert(plan && plan->takes_terminal); /* or it is not asked for it */
	if (!job_is_from_terminal(signo) ||
	    supervisor->phase >= SUPERVISOR_STOPPING)
		return;
	/* fg does not tell a job that runs in the background: it is the worker
	 * that finds out, and then the terminal is ours to give. */
	if (signo == SIGTSTP || !tty_is_ours(context->terminal_fd)) {
		tty_take_back(context->terminal_fd, worker->watch.pid);
		goes_on |= job_note_stop(context, tty_stop_job(signo));
	}
	goes_on |= tty_give(context->terminal_fd, worker->watch.pid);
	/* Without the terminal it would stop again at once, for ever. */
	if (goes_on)
		slot_continue_group(context, worker);
}
