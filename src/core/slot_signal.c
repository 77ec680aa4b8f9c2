/*
 * slot_signal.c - sends them. Keeps no state.
 */
#include <errno.h>
#include <signal.h>

#include "core/cgroups.h"
#include "core/slot_signal.h"

static int slot_signal_group(const struct context *context,
			     const struct worker *worker, int signo)
{
	if (context->spawner.signals_groups)
		return pidfd_signal_group(worker->watch.pidfd, signo);
	return pidfd_signal_group_by_pid(worker->watch.pid, signo);
}

void slot_kill_group(const struct context *context, const struct worker *worker)
{
	const struct edition *edition = worker->edition;

	if (edition->spec->kill == MUSTER_KILL_PROCESS)
		return;
	(void)slot_signal_group(context, worker, SIGKILL);
	if (edition->spec->kill == MUSTER_KILL_CGROUP)
		cgroups_kill(context, edition->cgroup);
}

void slot_continue_group(const struct context *context,
			 const struct worker *worker)
{
	(void)slot_signal_group(context, worker, SIGCONT); /* or it is gone */
}

/* What a function is told with the signal that asks it to stop. */
static enum muster_stop_reason slot_stop_reason(const struct context *context,
						const struct worker *worker)
{
	enum muster_why why = worker->life.stop_why;

	if (worker->life.state != WORKER_STOPPING)
		return MUSTER_STOP_NONE;
	if (why == MUSTER_WHY_ROLLED)
		return MUSTER_STOP_RELOAD;
	if (why == MUSTER_WHY_NOT_READY || why == MUSTER_WHY_WATCHDOG)
		return MUSTER_STOP_FAILURE;
	return context->stop_reason == MUSTER_STOP_NONE ? MUSTER_STOP_SCALE
							: context->stop_reason;
}

static bool slot_is_whole_group(const struct context *context,
				const struct worker *worker)
{
	return context->signals_whole_groups &&
	       worker->edition->spec->leads_group;
}

/* Who has joined another group has left his own without anybody, and is meant
 * all the same. */
static int slot_send_plain(const struct context *context,
			   const struct worker *worker, int signo)
{
	int r = -ESRCH;

	if (slot_is_whole_group(context, worker))
		r = slot_signal_group(context, worker, signo);
	if (r == -ESRCH)
		r = pidfd_signal(worker->watch.pidfd, worker->watch.pid, signo);
	return r;
}

static int slot_send(const struct context *context, const struct worker *worker,
		     int signo)
{
	const struct loop_watch *watch = &worker->watch;

	if (worker->edition->spec->run)
		return pidfd_signal_value(watch->pidfd, watch->pid, signo,
					  slot_stop_reason(context, worker));
	return slot_send_plain(context, worker, signo);
}

int slot_signal(const struct context *context, const struct worker *worker,
		int signo)
{
	const struct loop_watch *watch = &worker->watch;
	int r;

	/* Whatever group it is in by now. */
	if (signo == SIGKILL) {
		r = pidfd_signal(watch->pidfd, watch->pid, SIGKILL);
		slot_kill_group(context, worker);
		return r == -ESRCH ? 0 : -r;
	}
	r = slot_send(context, worker, signo);
	/* A stopped worker takes its signal only when it goes on. */
	if (worker->life.state != WORKER_STOPPING)
		return r == -ESRCH ? 0 : -r;
	(void)slot_send_plain(context, worker, SIGCONT); /* or it is gone */
	return r == -ESRCH ? 0 : -r;
}

enum slot_reach slot_hand_on(const struct context *context,
			     const struct worker *worker,
			     const struct pidfd_news *news, int *ret_error)
{
	const struct loop_watch *watch = &worker->watch;
	int r = -ESRCH;

	if (slot_is_whole_group(context, worker))
		r = pidfd_hand_on(watch->pidfd, watch->pid, news, true);
	if (r == -ESRCH) /* as above */
		r = pidfd_hand_on(watch->pidfd, watch->pid, news, false);
	if (r == 0)
		return SLOT_REACHED;
	if (r == -ESRCH)
		return SLOT_NOBODY;
	*ret_error = -r;
	return SLOT_REFUSED;
}
