/*
 * forward.c - hands signals on. What is handed on as what is policy/route's.
 *
 * A worker that is launched has executed (context.forwards makes each launch
 * wait for that), or is awaited and not there yet: what it gets is the
 * program's, not its launch's. One whose launch has failed is only not reaped
 * yet.
 */
#include <errno.h>

#include "core/forward.h"
#include "core/job.h"
#include "core/slot_signal.h"
#include "core/supervisor.h"

/* The kernel's first one; the C library keeps some for itself. */
#define FORWARD_REALTIME 32

static void forward_to(const struct context *context,
		       const struct worker *worker,
		       const struct pidfd_news *news,
		       struct muster_event *event)
{
	enum slot_reach reach = SLOT_NOBODY;

	if (worker && worker_is_live(worker->life.state) &&
	    worker->launch_fd < 0 && worker->report->step == MUSTER_STEP_NONE)
		reach = slot_hand_on(context, worker, news, &event->code);
	event->count += reach == SLOT_REACHED;
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

static struct muster_event forward_event(const struct forward_record *record)
{
	return (struct muster_event){
		.kind = MUSTER_EVENT_SIGNAL,
		.signo = record->signo,
		.sent = record->news.signo,
		.pid = record->news.pid,
		.uid = record->news.uid,
		.route = MUSTER_ROUTE_FORWARD,
	};
}

static bool forward_has(const struct forward *forward, int signo)
{
	for (uint32_t i = 0; i < forward->count; i++)
		if (forward->records[i].news.signo == signo)
			return true;
	return false;
}

void forward_keep(struct supervisor *supervisor,
		  const struct forward_record *record)
{
	struct forward *forward = &supervisor->forward;
	bool is_realtime = record->news.signo >= FORWARD_REALTIME;
	struct muster_event event = forward_event(record);

	if (!is_realtime && forward_has(forward, record->news.signo))
		return;
	if (is_realtime && forward->realtime_count == FORWARD_REALTIME_MAX) {
		event.code = EAGAIN;
		supervisor_tell(supervisor, &event);
		return;
	}
	forward->realtime_count += is_realtime;
	forward->records[forward->count++] = *record;
}

/* True when there is nothing left to be done for it. */
static bool forward_one(struct supervisor *supervisor,
			struct forward_record *record)
{
	struct muster_event event = forward_event(record);
	bool is_over = supervisor->phase >= SUPERVISOR_STOPPING;

	forward_to_all(supervisor, &record->news, &event);
	/* Nobody comes any more. */
	if (event.count == 0 && event.code == 0 && is_over)
		event.code = ESRCH;
	if (event.count > 0 || event.code != 0 || !record->is_told)
		supervisor_tell(supervisor, &event);
	record->is_told = true;
	return event.count > 0 || event.code != 0;
}

void forward_all(struct supervisor *supervisor)
{
	struct forward *forward = &supervisor->forward;
	uint32_t kept = 0;
	int stop = 0;

	forward->realtime_count = 0;
	for (uint32_t i = 0; i < forward->count; i++) {
		struct forward_record *record = &forward->records[i];

		if (forward_one(supervisor, record)) {
			if (job_is_from_terminal(record->signo))
				stop = record->signo;
			continue;
		}
		forward->realtime_count +=
			record->news.signo >= FORWARD_REALTIME;
		forward->records[kept++] = *record;
	}
	forward->count = kept;
	/* When all are handed on. */
	if (stop != 0)
		job_follow(supervisor, stop);
}
