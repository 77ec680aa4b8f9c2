/*
 * group_tell.c - what is told of a group. Changes nothing.
 */
#include "core/cgroups.h"
#include "core/group.h"
#include "loop/clock.h"

void group_tell_listeners(struct context *context, const struct group *group,
			  const struct edition *former)
{
	const struct edition *edition = group->shared.edition;

	for (uint32_t i = 0; i < edition->spec->listener_count; i++) {
		const struct listener *listener = edition->listeners[i];
		struct muster_event event = {
			.kind = MUSTER_EVENT_LISTENING,
			.group = group->shared.group,
			.time_ns = clock_now_ns(),
			.name = edition->spec->listener_names[i],
		};

		/* What is shared was told when it was opened. */
		if (!listener || (former && listener->refs > 1))
			continue;
		event.text = listener->socket.address;
		event_push(&context->events, &event);
	}
}

void group_tell_cgroup(struct context *context, const struct group *group)
{
	cgroups_tell(context, group->shared.edition->cgroup,
		     group->shared.group, group->shared.name);
}

void group_tell_starting(struct context *context, const struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_STARTING,
		.group = group->shared.group,
		.time_ns = clock_now_ns(),
		.count = group->wanted,
		.name = group->shared.name,
	};

	event_push(&context->events, &event);
}

void group_tell(struct context *context, const struct group *group)
{
	group_tell_listeners(context, group, NULL);
	group_tell_cgroup(context, group);
	if (!group->is_blocked)
		group_tell_starting(context, group);
}

void group_tell_serving(struct context *context, const struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_SERVING,
		.group = group->shared.group,
		.time_ns = context->now_ns,
		.count = group->wanted,
		.ready = slot_shared_ready(&group->shared),
		.name = group->shared.name,
	};

	event_push(&context->events, &event);
}
