/*
 * take_signal.c - asks policy/route what a signal means and obeys.
 */
#include <errno.h>
#include <signal.h>

#include "base/nsec.h"
#include "core/forward.h"
#include "core/take_signal.h"
#include "proc/tty.h"

/* KILL and STOP cannot be read, and a fault is the launcher's own. */
static bool take_signal_is_readable(int signo)
{
	switch (signo) {
	case SIGKILL:
	case SIGSTOP:
	case SIGCHLD:
	case SIGSEGV:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
		return false;
	default:
		return true;
	}
}

static int take_signal_rewrite(const struct muster_rewrite *rewrite,
			       struct route_rules *rules)
{
	if (rewrite->from < 1 || rewrite->from > 64 || rewrite->to < 0 ||
	    rewrite->to > 64)
		return -EINVAL;
	rules->rewrites[rewrite->from] =
		rewrite->to == 0 ? ROUTE_DROP : (uint8_t)rewrite->to;
	return 0;
}

int take_signal_rules(const struct muster_options *options,
		      struct route_rules *ret_rules)
{
	struct route_rules rules = {
		.forwards = options->forwards,
		.stops = options->stop_signals,
		.drains = options->drain_ns > 0,
	};
	int r = 0;

	if ((options->forwards && !options->is_owner) ||
	    (options->stop_signals & ~options->forwards) != 0 ||
	    (options->rewrite_count > 0 && !options->rewrites))
		return -EINVAL;
	for (int signo = 1; signo <= 64; signo++)
		if (options->forwards >> (signo - 1) & 1 &&
		    !take_signal_is_readable(signo))
			return -EINVAL;
	for (uint32_t i = 0; r == 0 && i < options->rewrite_count; i++)
		r = take_signal_rewrite(&options->rewrites[i], &rules);
	if (r == 0)
		*ret_rules = rules;
	return r;
}

static void take_signal_obey(struct supervisor *supervisor,
			     const struct route_verdict *verdict)
{
	if (verdict->route == MUSTER_ROUTE_DRAIN)
		supervisor_drain(supervisor);
	else if (verdict->route == MUSTER_ROUTE_STOP)
		supervisor_stop(supervisor, verdict->status);
	else if (verdict->route == MUSTER_ROUTE_KILL)
		supervisor_kill(supervisor, verdict->status);
	else if (!supervisor->options.leaves_reload &&
		 supervisor->phase == SUPERVISOR_RUNNING)
		supervisor_change(supervisor, verdict->route);
}

static struct route_verdict take_signal_ask(const struct supervisor *supervisor,
					    const struct loop_event *news)
{
	int signo = news->signal.signo;
	const struct route_question question = {
		.signo = signo,
		/* B77: now, for a shell may have moved us. */
		.is_foreground =
			route_asks_foreground(&supervisor->route, signo) &&
			tty_is_foreground(),
		.is_from_kernel = news->signal.code > 0,
		.is_draining = supervisor->phase == SUPERVISOR_DRAINING,
		.terms = supervisor->terms,
		.since_term_ns = nsec_since(supervisor->context.now_ns,
					    supervisor->term_ns),
		.is_same_sender = news->signal.pid == supervisor->term_pid,
	};

	return route_decide(&supervisor->route, &question);
}

static void take_signal_keep(struct supervisor *supervisor,
			     const struct loop_event *news, int sent)
{
	const struct forward_record record = {
		.signo = news->signal.signo,
		.news =
			{
				.signo = sent,
				.code = news->signal.code,
				.pid = news->signal.pid,
				.uid = news->signal.uid,
				.value = news->signal.value,
			},
	};

	forward_keep(supervisor, &record);
}

/* What our own writes have raised: a log whose reader is gone, or whose file
 * may not grow. */
static bool take_signal_is_our_own(const struct supervisor *supervisor,
				   const struct loop_event *news)
{
	return (news->signal.signo == SIGPIPE ||
		news->signal.signo == SIGXFSZ) &&
	       news->signal.pid == supervisor->context.pid;
}

void take_signal(struct supervisor *supervisor, const struct loop_event *news)
{
	struct route_verdict verdict = take_signal_ask(supervisor, news);
	struct muster_event event = {
		.kind = MUSTER_EVENT_SIGNAL,
		.signo = news->signal.signo,
		.pid = news->signal.pid,
		.uid = news->signal.uid,
		.route = verdict.route,
	};

	if (take_signal_is_our_own(supervisor, news))
		return;
	if (verdict.route == MUSTER_ROUTE_FORWARD) {
		take_signal_keep(supervisor, news, verdict.signo);
		return;
	}
	supervisor_tell(supervisor, &event);
	if (route_is_stop(&supervisor->route, news->signal.signo)) {
		supervisor->terms++;
		supervisor->term_ns = supervisor->context.now_ns;
		supervisor->term_pid = news->signal.pid;
	}
	take_signal_obey(supervisor, &verdict);
}
