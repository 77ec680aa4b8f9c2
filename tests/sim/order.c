/*
 * order.c - groups that are after others: who is asked to wait for whom, by
 * chance, and whether anybody begins before his time. What it expects is
 * counted from what was told, but for a beginning without success, of which
 * nothing is; circles by a walk of its own.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"

static void sim_note_order(struct sim *sim, int group, const int *after,
			   uint32_t count)
{
	struct sim_group *known = &sim->groups[group];
	const struct group *found = sim->supervisor->groups[group];

	/* That its workers could not be launched yet is not told, and an order
	 * is for who has not begun. */
	known->has_begun |= found->slot_count > 0;
	known->after_count = count;
	for (uint32_t i = 0; i < count; i++)
		known->after[i] = after[i];
	sim->tally.ordered += count > 0;
}

uint32_t sim_choose_order(struct sim *sim, int after[SIM_AFTER], uint32_t limit)
{
	uint32_t count = 0;

	if (limit == 0 || !sim_chance(sim, sim->orders))
		return 0;
	/* The newest are the ones that live. */
	for (count = 0; count < 1 + sim_below(sim, SIM_AFTER); count++)
		after[count] = (int)(limit - 1 - sim_below(sim, limit) / 2);
	return count < SIM_AFTER ? count : SIM_AFTER;
}

void sim_order_added(struct sim *sim, int group,
		     const struct muster_group_options *options)
{
	sim->groups[group] = (struct sim_group){
		.credit_ns = NSEC_NEVER,
		.has_served = options->workers == 0,
	};
	sim_note_order(sim, group, options->after, options->after_count);
}

/* Whether these lead to the group; depth stops a circle that is there already,
 * which none may be. */
static bool sim_leads_to(const struct sim *sim, const int *after,
			 uint32_t count, int group, uint32_t depth)
{
	if (depth > SIM_NUMBERS)
		sim_fail(sim, "groups wait for one another in a circle");
	for (uint32_t i = 0; i < count; i++) {
		const struct sim_group *before = &sim->groups[after[i]];
		const struct group *found = sim->supervisor->groups[after[i]];

		if (after[i] == group ||
		    (found && found->phase == GROUP_UP &&
		     sim_leads_to(sim, before->after, before->after_count,
				  group, depth + 1)))
			return true;
	}
	return false;
}

/* Any two numbers, and one that nobody has. */
void sim_act_order(struct sim *sim, int group)
{
	uint32_t limit = sim->supervisor->group_count;
	uint32_t count = sim_below(sim, SIM_AFTER + 1);
	bool is_wrong = false;
	int after[SIM_AFTER];
	int r;

	for (uint32_t i = 0; i < count; i++) {
		after[i] = (int)sim_below(sim, limit + sim_chance(sim, 20));
		is_wrong |= (uint32_t)after[i] >= limit;
	}
	is_wrong = is_wrong || sim_leads_to(sim, after, count, group, 0);
	r = muster_set_after(sim->muster, group, after, count);
	if (r != (is_wrong ? -EINVAL : 0))
		sim_fail(sim, "group %d: an order is answered with %d", group,
			 r);
	if (r == 0)
		sim_note_order(sim, group, after, count);
	sim->tally.circles += is_wrong;
}

/* Told as ready, or it shall have no worker, or it goes. */
static bool sim_has_served(const struct sim *sim, int id)
{
	const struct group *group = sim->supervisor->groups[id];

	return sim->groups[id].has_served || !group || group->phase != GROUP_UP;
}

void sim_judge_begin(struct sim *sim, const struct muster_event *event)
{
	struct sim_group *group = &sim->groups[event->group];

	for (uint32_t i = 0; !group->has_begun && i < group->after_count; i++)
		if (!sim_has_served(sim, group->after[i]))
			sim_fail(sim, "group %d begins before group %d serves",
				 event->group, group->after[i]);
	group->has_begun = true;
}

void sim_judge_serving(struct sim *sim, const struct muster_event *event)
{
	if (event->group >= 0)
		sim->groups[event->group].has_served = true;
}

void sim_note_served(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->supervisor->group_count; i++)
		if (sim->supervisor->groups[i] &&
		    sim->supervisor->groups[i]->wanted == 0)
			sim->groups[i].has_served = true;
}

/* Whoever waits has somebody to wait for: a group that will have workers and
 * has not been ready with them. */
void sim_check_waits(const struct sim *sim, const struct group *group)
{
	uint32_t missing = 0;

	for (uint32_t i = 0; i < group->order.count; i++) {
		const struct group *before =
			sim->supervisor->groups[group->order.after[i]];

		missing += before && before->phase == GROUP_UP &&
			   !before->is_serving && before->wanted > 0;
	}
	if (group->phase == GROUP_UP && group->is_blocked && missing == 0)
		sim_fail(sim, "group %d waits for nobody", group->shared.group);
	if (group->is_blocked && group->slot_count > 0)
		sim_fail(sim, "group %d has begun and waits",
			 group->shared.group);
}
