/*
 * order.c - obeys what groups are after. Launches nobody and stops nobody: says
 * who may begin, and who is needed.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "core/order.h"

/* The group of that number, if anybody waits for it at all. */
static struct group *order_find(const struct supervisor *supervisor, int id)
{
	struct group *group = NULL;

	if (id >= 0 && (uint32_t)id < supervisor->group_count)
		group = supervisor->groups[id];
	return group && group->phase == GROUP_UP ? group : NULL;
}

/* A walk over all that these are after. */
struct order_walk {
	bool *seen; /* [group_count] */
	int *next;  /* [group_count], seen and not yet gone on from */
	uint32_t count;
};

static void order_walk_fini(struct order_walk *walk)
{
	free(walk->seen);
	free(walk->next);
}

static void order_walk_on(struct order_walk *walk,
			  const struct group_order *order)
{
	for (uint32_t i = 0; i < order->count; i++) {
		if (walk->seen[order->after[i]])
			continue;
		walk->seen[order->after[i]] = true;
		walk->next[walk->count++] = order->after[i];
	}
}

/* 1 when these lead to the group itself, 0, or -ENOMEM. */
static int order_leads_to(const struct supervisor *supervisor, int32_t id,
			  const struct group_order *order)
{
	_cleanup_(order_walk_fini) struct order_walk walk = {
		.seen = calloc(supervisor->group_count, sizeof(bool)),
		.next = calloc(supervisor->group_count, sizeof(int)),
	};

	if (!walk.seen || !walk.next)
		return -ENOMEM;
	order_walk_on(&walk, order);
	while (walk.count > 0) {
		const struct group *group =
			order_find(supervisor, walk.next[--walk.count]);

		if (group)
			order_walk_on(&walk, &group->order);
	}
	return walk.seen[id];
}

int order_check(const struct supervisor *supervisor, int32_t id,
		const struct group_order *order, struct text *error)
{
	int r = 0;

	for (uint32_t i = 0; i < order->count; i++) {
		if (order->after[i] >= 0 &&
		    (uint32_t)order->after[i] < supervisor->group_count)
			continue;
		text_add(error, "after a group that does not exist");
		return -EINVAL;
	}
	/* Nobody is after a group that is not there yet. */
	if (order->count > 0 && (uint32_t)id < supervisor->group_count)
		r = order_leads_to(supervisor, id, order);
	if (r <= 0)
		return r;
	text_add(error,
		 "after a group that is after this one, or after itself");
	return -EINVAL;
}

void order_judge(struct supervisor *supervisor, struct group *group)
{
	bool is_blocked = false;

	if (group->order.count > 0)
		supervisor->has_order = true;
	for (uint32_t i = 0; !group_has_begun(group) && i < group->order.count;
	     i++) {
		const struct group *before =
			order_find(supervisor, group->order.after[i]);

		is_blocked |= before && !before->is_serving;
	}
	group_block(&supervisor->context, group, is_blocked);
}

void order_review(struct supervisor *supervisor, int32_t id)
{
	if (!supervisor->has_order)
		return;
	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		struct group *group = supervisor->groups[i];

		if (group && !group_has_begun(group) &&
		    group_is_after(group, id))
			order_judge(supervisor, group);
	}
}

/* Those that it is after; true when one of them was not known as needed. */
static bool order_need(struct supervisor *supervisor, const struct group *group)
{
	bool is_news = false;

	for (uint32_t i = 0; i < group->order.count; i++) {
		struct group *before =
			order_find(supervisor, group->order.after[i]);

		if (!before || before->is_needed)
			continue;
		before->is_needed = true;
		is_news = true;
	}
	return is_news;
}

/* Whoever has no worker just now passes on what is needed of it. */
void order_find_needed(struct supervisor *supervisor)
{
	bool is_news = true;

	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (supervisor->groups[i])
			supervisor->groups[i]->is_needed = false;
	while (is_news) {
		is_news = false;
		for (uint32_t i = supervisor->group_count; i-- > 0;) {
			const struct group *group = supervisor->groups[i];

			if (group && (group->is_needed ||
				      slot_shared_live(&group->shared) > 0))
				is_news |= order_need(supervisor, group);
		}
	}
}
