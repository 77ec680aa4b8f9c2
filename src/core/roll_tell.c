/*
 * roll_tell.c - the news of a roll: it begins, it is over, it was given up.
 */
#include "base/nsec.h"
#include "core/roll_tell.h"
#include "core/tell.h"

static void roll_tell(struct context *context, const struct group *group,
		      struct muster_event *event)
{
	event->group = group->shared.group;
	event->time_ns = context->now_ns;
	event->name = group->shared.name;
	event->ready = slot_shared_ready(&group->shared);
	event_push(&context->events, event);
}

void roll_tell_start(struct context *context, const struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_RELOAD,
		.count = group->roll.pending_count + group->roll.busy,
		.roll = group->roll.number,
	};

	roll_tell(context, group, &event);
}

void roll_tell_end(struct context *context, const struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_ROLLED,
		.count = group->roll.done,
		.uptime_ns = nsec_since(context->now_ns, group->roll.began_ns),
		.roll = group->roll.number,
	};

	roll_tell(context, group, &event);
}

void roll_tell_abort(struct context *context, const struct group *group)
{
	struct muster_event event = {.group = -1};
	const char *asked = "";

	/* Of another group when it was no end that made the difference. */
	if (context->failure.group == group->shared.group) {
		event = context->failure;
		asked = context->failure_asked;
	}
	tell_asked(context, &event, asked);
	event.kind = MUSTER_EVENT_ABORTED;
	event.count = group->roll.done;
	event.uptime_ns = nsec_since(context->now_ns, group->roll.began_ns);
	event.roll = group->roll.number;
	roll_tell(context, group, &event);
}
