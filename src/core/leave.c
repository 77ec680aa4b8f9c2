/*
 * leave.c - TERM and CONT to leftovers, KILL when their time is up, and the end
 * of that, too, whatever they do. Who they are is proc/leftovers'.
 */
#include <signal.h>

#include "base/nsec.h"
#include "core/leave.h"
#include "proc/leftovers.h"

/* As for workers: SIGKILL is not obeyed in uninterruptible sleep, and a fork
 * bomb gets no more time than this. */
#define LEAVE_KILL_NS (5 * NSEC_PER_SEC)
/* Names in one line of a log. */
#define LEAVE_NAMES 256U

static void leave_signal(struct supervisor *supervisor, int signo,
			 uint64_t grace_ns)
{
	struct context *context = &supervisor->context;
	struct muster_event event = {
		.kind = MUSTER_EVENT_LEFTOVERS,
		.signo = signo,
		.delay_ns = grace_ns,
	};
	char buffer[LEAVE_NAMES];
	struct text names;

	text_init(&names, buffer, sizeof(buffer));
	leftovers_signal(signo, &event.count, &names);
	event.text = event_keep_text(&context->events, buffer);
	supervisor->leave_signo = signo;
	/* Who is seen by nobody, nor by kill(2) from PID 1, is not waited for:
	 * it gets none of this. */
	if (signo == SIGKILL && event.count == 0 && context->pid != 1)
		grace_ns = 0;
	supervisor->leave_due_ns = nsec_add(context->now_ns, grace_ns);
	supervisor_tell(supervisor, &event);
}

void leave_kill(struct supervisor *supervisor)
{
	if (supervisor->phase == SUPERVISOR_SWEEPING)
		supervisor->leave_signo = SIGKILL;
	else if (supervisor->phase == SUPERVISOR_LEAVING &&
		 supervisor->leave_signo != SIGKILL)
		leave_signal(supervisor, SIGKILL, LEAVE_KILL_NS);
}

/* Zombies may be among those that there are, a worker that was peeked at, or an
 * orphan that waits for the next sweep: they are reaped before anybody is taken
 * for left. */
static void leave_sweep(struct supervisor *supervisor)
{
	bool is_hasty = supervisor->phase == SUPERVISOR_KILLING;

	supervisor_settle_status(supervisor);
	supervisor->phase = SUPERVISOR_SWEEPING;
	supervisor->leave_signo = is_hasty ? SIGKILL : SIGTERM;
	loop_reap_at_once(supervisor->context.loop);
}

static void leave_begin(struct supervisor *supervisor)
{
	int signo = supervisor->leave_signo;

	supervisor->phase = SUPERVISOR_LEAVING;
	leave_signal(supervisor, signo,
		     signo == SIGKILL
			     ? LEAVE_KILL_NS
			     : supervisor->options.leftover_timeout_ns);
}

/* Those that were born while others were killed. */
static void leave_kill_again(const struct supervisor *supervisor)
{
	uint32_t count;

	if (supervisor->batch.orphans > 0)
		leftovers_signal(SIGKILL, &count, NULL);
}

static bool leave_is_due(const struct supervisor *supervisor)
{
	return supervisor->context.now_ns >= supervisor->leave_due_ns;
}

bool leave_goes_on(struct supervisor *supervisor)
{
	if (supervisor->options.leftover_timeout_ns == 0 ||
	    !supervisor->reaps_orphans || supervisor->is_late ||
	    !loop_has_children(supervisor->context.loop))
		return false;
	if (supervisor->phase < SUPERVISOR_SWEEPING)
		leave_sweep(supervisor);
	else if (supervisor->phase == SUPERVISOR_SWEEPING)
		leave_begin(supervisor);
	else if (supervisor->leave_signo == SIGKILL && leave_is_due(supervisor))
		return false;
	else if (supervisor->leave_signo == SIGKILL)
		leave_kill_again(supervisor);
	else if (leave_is_due(supervisor))
		leave_kill(supervisor);
	return true;
}
