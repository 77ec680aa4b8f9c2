/*
 * forward.c - hands signals on. What is handed on as what is policy/route's.
 *
 * A worker that is launched has executed (context.forwards makes each launch
 * wait for that): what it gets is the program's, not its launch's.
 */
#include <errno.h>

#include "core/forward.h"
#include "core/slot_signal.h"
#include "core/supervisor.h"

/* The kernel's first one; the C library keeps some for itself. */
#define FORWARD_REALTIME 32

static void forward_to(const struct context *context,
		       const struct worker *worker,
		       const struct pidfd_news *news,
		       struct muster_event *event)
{
	int error;

	if (!worker || !worker_is_live(worker->life.state))
		return;
	error = slot_hand_on(context, worker, news);
	if (error != 0)
		event->code = error;
	else
		event->count++;
}

static void forward_to_group(const struct context *context,
			     const struct group *group,
			     const struct pidfd_news *news,
			     struct muster_event *event)
{
	for (uint32_t i = 0; i < group->slot_count; i++) {
		const struct slot *slot = group_slot(group, i);

		forward_to(context, slot->current, news, event);
		forward_to(context, slot->newcomer, news, event);
		forward_to(context, slot->retiring, news, event);
	}
}

static void forward_to_all(struct supervisor *supervisor,
			   const struct pidfd_news *news,
			   struct muster_event *event)
{
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (supervisor->groups[i])
			forward_to_group(&supervisor->context,
					 supervisor->groups[i], news, event);
}

/* The kernel keeps no second one of a standard signal, and neither do we. */
static bool forward_is_held(const struct forward *forward, int signo)
{
	for (uint32_t i = 0; i < forward->held_count; i++)
		if (forward->held[i].signo == signo)
			return signo < FORWARD_REALTIME;
	return false;
}

/* 0, or the errno of a signal that is lost. */
static int forward_hold(struct forward *forward, const struct pidfd_news *news)
{
	if (forward_is_held(forward, news->signo))
		return 0;
	if (forward->held_count == FORWARD_HELD_MAX)
		return EAGAIN;
	forward->held[forward->held_count++] = *news;
	return 0;
}

void forward_signal(struct supervisor *supervisor,
		    const struct pidfd_news *news, struct muster_event *event)
{
	if (supervisor_live(supervisor) > 0)
		forward_to_all(supervisor, news, event);
	else if (supervisor->phase < SUPERVISOR_STOPPING)
		event->code = forward_hold(&supervisor->forward, news);
}

void forward_held(struct supervisor *supervisor)
{
	struct forward *forward = &supervisor->forward;

	if (forward->held_count == 0 || supervisor_live(supervisor) == 0)
		return;
	for (uint32_t i = 0; i < forward->held_count; i++) {
		struct muster_event event = {
			.kind = MUSTER_EVENT_SIGNAL,
			.signo = forward->held[i].signo,
			.sent = forward->held[i].signo,
			.pid = forward->held[i].pid,
			.uid = forward->held[i].uid,
			.route = MUSTER_ROUTE_FORWARD,
		};

		forward_to_all(supervisor, &forward->held[i], &event);
		supervisor_tell(supervisor, &event);
	}
	forward->held_count = 0;
}
