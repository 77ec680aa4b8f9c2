/*
 * job.c - follows a worker into its stop, and back. The one place where a turn
 * stands still: with the whole job.
 */
#include <signal.h>

#include "core/job.h"
#include "core/slot_signal.h"
#include "loop/clock.h"
#include "proc/tty.h"

/* SIGSTOP is somebody's who looks at this worker alone. */
static bool job_is_from_terminal(int signo)
{
	return signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

static void job_stop(struct context *context, const struct worker *worker)
{
	tty_take_back(context->terminal_fd, worker->watch.pid);
	tty_stop_job();
	context->now_ns = clock_now_ns();
	/* Nobody could be heard meanwhile, nor speak. */
	context->resumed_ns = context->now_ns;
}

void job_take_stop(struct supervisor *supervisor, const struct loop_event *news)
{
	struct context *context = &supervisor->context;
	struct worker *worker = (void *)(uintptr_t)news->tag;
	const struct plan *plan = worker->edition->plan;
	bool wants_terminal = news->stop.signo != SIGTSTP;

	if (!plan || !plan->takes_terminal ||
	    !job_is_from_terminal(news->stop.signo))
		return;
	/* fg does not tell a job that runs in the background: it is the worker
	 * that finds out, and then the terminal is ours to give. */
	if (!wants_terminal || !tty_is_ours(context->terminal_fd))
		job_stop(context, worker);
	tty_give(context->terminal_fd, worker->watch.pid);
	slot_continue_group(context, worker);
}
