/*
 * group.c - the slots of one spec. How many to fill is pool's answer, what a
 * slot does is the worker table's.
 */
#include <assert.h>

#include "core/group.h"
#include "core/roll.h"
#include "policy/pool.h"

struct group *group_of(const struct slot *slot)
{
	return CONTAINER_OF(slot->shared, struct group, shared);
}

/* What leaves is neither parked nor expected. */
static void group_count(struct context *context, const struct group *group,
			int32_t by)
{
	if (group->phase != GROUP_UP)
		return;
	if (group->wanted == 0)
		context->parked += (uint32_t)by;
	if (!group->is_serving)
		context->unserving += (uint32_t)by;
}

void group_open_counts(struct context *context, const struct group *group)
{
	group_count(context, group, -1);
}

void group_close_counts(struct context *context, const struct group *group)
{
	group_count(context, group, 1);
}

static bool group_has_work(const struct context *context,
			   const struct group *group)
{
	return context->loop && !group->is_blocked &&
	       (group->filled < group->wanted || roll_may_begin(group));
}

static void group_queue(struct context *context, struct group *group)
{
	if (!group_has_work(context, group))
		list_remove(&group->work);
	else if (!list_is_linked(&group->work))
		list_append(&context->work, &group->work);
}

bool group_is_after(const struct group *group, int32_t id)
{
	for (uint32_t i = 0; i < group->order.count; i++)
		if (group->order.after[i] == id)
			return true;
	return false;
}

bool group_has_begun(const struct group *group)
{
	return group->slot_count > 0;
}

void group_unstart(struct group *group)
{
	if (group->shared.edition)
		edition_unstart(group->shared.edition);
}

int group_start(struct context *context, struct group *group)
{
	int r = edition_start(context, group->shared.edition);

	if (r < 0)
		return r;
	group->shared.restart.ready_timeout_ns =
		group->shared.edition->spec->ready_timeout_ns;
	group_queue(context, group);
	return 0;
}

static struct pool_plan group_plan(const struct group *group)
{
	const struct pool_counts counts = {
		.wanted = group->wanted,
		.active = group->filled,
	};

	return pool_plan(&counts);
}

/* Nobody waits for a group that shall have no worker. */
static void group_check_ready(struct context *context, struct group *group)
{
	if (group->is_serving || group->phase != GROUP_UP ||
	    group->filled < group->wanted ||
	    slot_shared_ready(&group->shared) < group->wanted)
		return;
	group_open_counts(context, group);
	group->is_serving = true;
	group_close_counts(context, group);
	if (group->wanted > 0)
		group_tell_serving(context, group);
	list_append(&context->fresh, &group->fresh);
}

static void group_check_gone(struct context *context, struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_REMOVED,
		.group = group->shared.group,
		.time_ns = context->now_ns,
		.name = group->shared.name,
	};

	if (group->phase != GROUP_LEAVING ||
	    slot_shared_live(&group->shared) > 0)
		return;
	group_open_counts(context, group);
	group->phase = GROUP_GONE;
	event_push(&context->events, &event);
}

/* From the highest number, and each one alone: whether the next one may go, its
 * going decides. */
static void group_drain(struct context *context, struct group *group)
{
	while (group_plan(group).drain > 0) {
		struct slot *slot = group_slot(group, group->filled - 1);

		if (!roll_may_drop(group, slot))
			break;
		group->filled--;
		roll_drop(context, group, slot);
	}
}

/* What follows for the group from what has happened to its workers. */
static void group_settle(struct context *context, struct group *group)
{
	group_drain(context, group);
	group_queue(context, group);
	group_check_gone(context, group);
	group_check_ready(context, group);
}

void group_want(struct context *context, struct group *group, uint32_t workers)
{
	group_open_counts(context, group);
	/* That nobody was missing tells nothing of those who come. */
	if (group->wanted == 0 && workers > 0) {
		group->is_serving = false;
		list_remove(&group->fresh);
	}
	group->wanted = workers;
	group_close_counts(context, group);
	group_settle(context, group);
}

void group_block(struct context *context, struct group *group, bool is_blocked)
{
	bool is_released = group->is_blocked && !is_blocked;

	group->is_blocked = is_blocked;
	/* Before the start of the launcher everything is told at once. */
	if (is_released && group->phase == GROUP_UP && group->wanted > 0 &&
	    context->loop)
		group_tell_starting(context, group);
	group_queue(context, group);
}

static void group_fill_one(struct context *context, struct group *group)
{
	uint32_t i = group->filled++;
	struct slot *slot = group_slot(group, i);

	if (i == group->slot_count) {
		slot_init(context, slot, &group->shared, i);
		group->slot_count++;
	}
	slot_step(context, slot->current, WORKER_WANTED);
	group_follow(context, slot);
}

uint32_t group_work(struct context *context, struct group *group,
		    uint32_t budget)
{
	uint32_t fill = group_plan(group).fill;

	for (; fill > 0 && budget > 0; fill--, budget--)
		group_fill_one(context, group);
	if (budget > 0)
		budget = roll_advance(context, group, budget);
	group_queue(context, group);
	return budget;
}

void group_leave(struct context *context, struct group *group)
{
	group_open_counts(context, group);
	group->phase = GROUP_LEAVING;
	group_want(context, group, 0);
	group_check_gone(context, group);
}

void group_follow(struct context *context, struct slot *slot)
{
	struct group *group = group_of(slot);

	roll_follow(context, group, slot);
	group_settle(context, group);
}

void group_kill(struct context *context, struct group *group)
{
	roll_end(context, group);
	for (uint32_t i = 0; i < group->slot_count; i++) {
		struct slot *slot = group_slot(group, i);

		slot_step(context, slot->current, WORKER_KILL);
		if (slot->newcomer)
			slot_step(context, slot->newcomer, WORKER_KILL);
		if (slot->retiring)
			slot_step(context, slot->retiring, WORKER_KILL);
	}
	group_open_counts(context, group);
	group->wanted = 0;
	group->filled = 0;
	group_close_counts(context, group);
	group_queue(context, group);
}

uint32_t group_mutate(struct context *context, struct group *group)
{
	uint32_t ready = slot_shared_ready(&group->shared);

	group->shared.mutated_ns = context->now_ns;
	for (uint32_t i = 0; i < group->filled; i++)
		slot_step(context, group_slot(group, i)->current,
			  WORKER_MUTATE);
	return ready;
}
