/*
 * change.c - what is asked of a supervisor that runs: reload, other options,
 * more or fewer workers, a group less. Checks first, so that what fails has
 * changed nothing.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/messages.h"
#include "core/order.h"
#include "core/roll.h"
#include "core/supervisor.h"

static void change_tell(struct supervisor *supervisor,
			const struct group *group, struct muster_event *event)
{
	event->group = group->shared.group;
	event->name = group->shared.name;
	event->time_ns = supervisor->context.now_ns;
	event->ready = slot_shared_ready(&group->shared);
	event_push(&supervisor->context.events, event);
}

static int change_mutate(struct supervisor *supervisor, struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_RELOAD,
		.signo = SIGHUP,
		.count = group_mutate(&supervisor->context, group),
	};

	change_tell(supervisor, group, &event);
	return 0;
}

/* All that can fail of a roll to this edition. */
static int change_prepare(struct supervisor *supervisor,
			  struct edition *edition)
{
	int r = supervisor_prepare(supervisor, edition->spec);

	return r < 0 ? r : edition_start(&supervisor->context, edition);
}

int supervisor_reload(struct supervisor *supervisor, struct group *group)
{
	struct spec *spec = group->shared.edition->spec;
	struct edition *edition;
	char buffer[64];
	struct text nothing;
	int r;

	if (group->phase != GROUP_UP)
		return 0;
	if (spec->restart_method == MUSTER_METHOD_MUTATE)
		return change_mutate(supervisor, group);
	/* Anew even so: the command may lie elsewhere in PATH by now. */
	text_init(&nothing, buffer, sizeof(buffer));
	r = edition_new(&supervisor->context, spec_ref(spec),
			group->shared.edition, &edition, &nothing);
	if (r < 0) {
		spec_free(spec);
		return r;
	}
	r = change_prepare(supervisor, edition);
	if (r < 0) {
		edition_free(edition);
		return r;
	}
	roll_start(&supervisor->context, group, edition);
	group_want(&supervisor->context, group, group->wanted); /* has work */
	return 0;
}

/* The rule that all its workers share; what it remembers stays where the number
 * of deaths does. */
static void change_giveup(struct group *group, const struct spec *spec,
			  struct giveup *fresh)
{
	struct giveup *giveup = &group->shared.restart.giveup;

	if (spec->give_up_deaths != giveup->deaths) {
		free(giveup->times_ns);
		*giveup = *fresh;
		fresh->times_ns = NULL;
	}
	giveup->window_ns = spec->give_up_window_ns;
}

int supervisor_change_group(struct supervisor *supervisor, struct group *group,
			    struct spec *take_spec, struct text *error)
{
	struct context *context = &supervisor->context;
	const struct edition *former = group->shared.edition;
	uint32_t workers = take_spec->workers;
	struct edition *edition = NULL;
	struct giveup fresh = {0};
	int r;

	if (group->phase != GROUP_UP)
		return -EINVAL;
	r = group_reserve(context, group, workers);
	if (r == 0)
		r = edition_new(context, take_spec, former, &edition, error);
	if (r < 0)
		return r;
	assert(edition);
	r = group_new_giveup(take_spec, &fresh);
	if (r == 0)
		r = change_prepare(supervisor, edition);
	if (r < 0) {
		(void)spec_ref(take_spec); /* it stays the caller's */
		edition_free(edition);
		free(fresh.times_ns);
		return r;
	}
	change_giveup(group, take_spec, &fresh);
	free(fresh.times_ns);
	roll_start(context, group, edition);
	group_tell_listeners(context, group, former);
	group_tell_cgroup(context, group);
	if (workers != group->wanted)
		return supervisor_scale(supervisor, group, workers);
	group_want(context, group, workers); /* there is work */
	return 0;
}

int supervisor_scale(struct supervisor *supervisor, struct group *group,
		     uint32_t workers)
{
	struct context *context = &supervisor->context;
	struct muster_event event = {
		.kind = MUSTER_EVENT_SCALED,
		.count = workers,
	};
	int r = group_reserve(context, group, workers);

	if (r < 0)
		return r;
	if (supervisor->phase != SUPERVISOR_NEW)
		change_tell(supervisor, group, &event);
	group_want(context, group, workers);
	order_review(supervisor, group->shared.group);
	return 0;
}

int supervisor_set_after(struct supervisor *supervisor, struct group *group,
			 const int *after, uint32_t count, struct text *error)
{
	struct group_order order;
	int r = group_new_order(after, count, &order);

	if (r < 0)
		return r;
	r = order_check(supervisor, group->shared.group, &order, error);
	if (r < 0) {
		free(order.after);
		return r;
	}
	free(group->order.after);
	group->order = order;
	order_judge(supervisor, group);
	return 0;
}

void supervisor_remove_group(struct supervisor *supervisor, struct group *group)
{
	if (group->phase != GROUP_UP)
		return;
	roll_end(&supervisor->context, group);
	group_leave(&supervisor->context, group);
	order_review(supervisor, group->shared.group);
	supervisor->gone++;
}

static void change_reload_all(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (supervisor->groups[i])
			/* Without memory the old ones go on. */
			(void)supervisor_reload(supervisor,
						supervisor->groups[i]);
}

/* One worker more or less, of the one group that there is. */
static void change_scale_by(struct supervisor *supervisor, int by)
{
	struct group *only = NULL;
	uint32_t groups = 0;

	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		if (!supervisor->groups[i] ||
		    supervisor->groups[i]->phase != GROUP_UP)
			continue;
		only = supervisor->groups[i];
		groups++;
	}
	if (groups != 1 || (by < 0 && only->wanted == 0) ||
	    (by > 0 && only->wanted == MUSTER_WORKERS_MAX))
		return;
	(void)supervisor_scale(supervisor, only, only->wanted + (uint32_t)by);
}

void supervisor_change(struct supervisor *supervisor, enum muster_route route)
{
	if (route == MUSTER_ROUTE_RELOAD)
		change_reload_all(supervisor);
	else if (route == MUSTER_ROUTE_MORE)
		change_scale_by(supervisor, 1);
	else if (route == MUSTER_ROUTE_FEWER)
		change_scale_by(supervisor, -1);
}
