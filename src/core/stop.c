/*
 * stop.c - how a supervisor ends: who is told to stop, and when.
 */
#include "base/nsec.h"
#include "core/leave.h"
#include "core/messages.h"
#include "core/order.h"
#include "core/roll.h"
#include "core/supervisor.h"
#include "loop/clock.h"

/* SIGKILL is not obeyed in uninterruptible sleep: who kills everybody waits for
 * them so long, and not for ever. */
#define SUPERVISOR_KILL_NS (5 * NSEC_PER_SEC)

/* Table O: a stop that needed SIGKILL is not a clean one. */
void supervisor_settle_status(struct supervisor *supervisor)
{
	if (supervisor->status == 0 && supervisor->context.was_overdue &&
	    supervisor->phase == SUPERVISOR_STOPPING)
		supervisor->status = 1;
}

void supervisor_finish(struct supervisor *supervisor)
{
	struct muster_event event = {.kind = MUSTER_EVENT_DONE};

	supervisor_settle_status(supervisor);
	supervisor->phase = SUPERVISOR_DONE;
	messages_tell_refused(&supervisor->context);
	event.code = supervisor->status;
	event.count = supervisor_live(supervisor);
	supervisor_tell(supervisor, &event);
}

static void supervisor_tell_stop(struct supervisor *supervisor)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_STOP,
		.count = supervisor_live(supervisor),
		.code = supervisor->status,
	};

	supervisor_tell(supervisor, &event);
}

/* In the reverse order of addition. A group that others are after goes on until
 * those have ended; all the rest is told in one turn. */
void supervisor_stop_groups(struct supervisor *supervisor)
{
	if (supervisor->has_order)
		order_find_needed(supervisor);
	for (uint32_t i = supervisor->group_count; i-- > 0;) {
		struct group *group = supervisor->groups[i];

		if (!group || group->wanted == 0 ||
		    (group->is_needed && slot_shared_live(&group->shared) > 0))
			continue;
		group_want(&supervisor->context, group, 0);
	}
}

/* B73: of groups that others need, too. Newcomers that are there serve when
 * they are ready; none is launched any more. Who served only for the sake of
 * the roll goes. */
static void supervisor_end_rolls(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		struct group *group = supervisor->groups[i];

		if (!group)
			continue;
		roll_end(&supervisor->context, group);
		group_want(&supervisor->context, group, group->wanted);
	}
}

void supervisor_drain(struct supervisor *supervisor)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_DRAIN,
		.count = supervisor_live(supervisor),
		.delay_ns = supervisor->options.drain_ns,
	};

	if (supervisor->phase != SUPERVISOR_RUNNING || event.delay_ns == 0) {
		supervisor_stop(supervisor, 0);
		return;
	}
	supervisor->phase = SUPERVISOR_DRAINING;
	supervisor->drain_due_ns =
		nsec_add(supervisor->context.now_ns, event.delay_ns);
	supervisor_tell(supervisor, &event);
}

void supervisor_stop(struct supervisor *supervisor, int status)
{
	if (supervisor->phase >= SUPERVISOR_STOPPING)
		return;
	supervisor->status = status;
	if (supervisor->context.stop_reason == MUSTER_STOP_NONE)
		supervisor->context.stop_reason = MUSTER_STOP_OPERATOR;
	if (supervisor->phase == SUPERVISOR_NEW) {
		supervisor_finish(supervisor);
		return;
	}
	supervisor->phase = SUPERVISOR_STOPPING;
	supervisor->context.was_overdue = false; /* earlier ones do not count */
	supervisor_tell_stop(supervisor);
	supervisor_end_rolls(supervisor);
	supervisor_stop_groups(supervisor);
}

void supervisor_kill(struct supervisor *supervisor, int status)
{
	if (supervisor->phase == SUPERVISOR_NEW)
		supervisor_stop(supervisor, status);
	leave_kill(supervisor);
	if (supervisor->phase >= SUPERVISOR_KILLING)
		return;
	supervisor->phase = SUPERVISOR_KILLING;
	supervisor->status = status;
	supervisor->kill_due_ns = nsec_add(clock_now_ns(), SUPERVISOR_KILL_NS);
	supervisor_tell_stop(supervisor);
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (supervisor->groups[i])
			group_kill(&supervisor->context, supervisor->groups[i]);
}
