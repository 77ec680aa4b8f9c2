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
static int change_prepare(struct context *context, struct edition *edition)
{
	int r = messages_open(context, edition->spec);

	return r < 0 ? r : edition_start(context, edition);
}

static void change_roll(struct context *context, struct group *group,
			struct edition *take_edition)
{
	roll_start(context, group, take_edition);
	group_want(context, group, group->wanted); /* there is work */
}

/* Once it has begun it keeps its place among the others. */
static void change_order(struct supervisor *supervisor, struct group *group,
			 struct spec *spec)
{
	if (group->blocked == 0)
		return;
	group_order(group, spec);
	supervisor_order(supervisor, group);
	if (group->blocked == 0)
		group_tell_starting(&supervisor->context, group);
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
	r = edition_new(spec_ref(spec), group->shared.edition, &edition,
			&nothing);
	if (r < 0) {
		spec_free(spec);
		return r;
	}
	r = change_prepare(&supervisor->context, edition);
	if (r < 0) {
		edition_free(edition);
		return r;
	}
	change_roll(&supervisor->context, group, edition);
	return 0;
}

/* What is remembered for the give-up rule that the group is to have; what it
 * remembers already stays where the rule does. */
static int change_giveup(const struct group *group, const struct spec *spec,
			 struct giveup *ret_giveup)
{
	struct giveup giveup = group->shared.restart.giveup;

	giveup.window_ns = spec->give_up_window_ns;
	if (spec->give_up_deaths != giveup.deaths) {
		giveup = (struct giveup){
			.deaths = spec->give_up_deaths,
			.window_ns = spec->give_up_window_ns,
		};
		if (giveup.deaths > 0)
			giveup.times_ns =
				calloc(giveup.deaths, sizeof(uint64_t));
		if (giveup.deaths > 0 && !giveup.times_ns)
			return -ENOMEM;
	}
	*ret_giveup = giveup;
	return 0;
}

/* One of two that may share their memory stays. */
static void change_keep_giveup(struct giveup *kept, const struct giveup *other)
{
	if (other->times_ns != kept->times_ns)
		free(other->times_ns);
}

int supervisor_change_group(struct supervisor *supervisor, struct group *group,
			    struct spec *take_spec, struct text *error)
{
	struct context *context = &supervisor->context;
	struct giveup *giveup = &group->shared.restart.giveup;
	const struct edition *former = group->shared.edition;
	uint32_t workers = take_spec->workers;
	struct edition *edition = NULL;
	struct giveup next = *giveup;
	int r;

	if (group->phase != GROUP_UP)
		return -EINVAL;
	r = supervisor_check_order(supervisor, take_spec, group->shared.group,
				   error);
	if (r == 0)
		r = group_reserve(context, group, workers);
	if (r == 0)
		r = edition_new(take_spec, former, &edition, error);
	if (r < 0)
		return r;
	assert(edition);
	r = change_giveup(group, take_spec, &next);
	if (r == 0)
		r = change_prepare(context, edition);
	if (r < 0) {
		(void)spec_ref(take_spec); /* it stays the caller's */
		edition_free(edition);
		change_keep_giveup(giveup, &next);
		return r;
	}
	change_keep_giveup(&next, giveup);
	*giveup = next;
	change_order(supervisor, group, take_spec);
	change_roll(context, group, edition);
	group_tell_listeners(context, group, former);
	return workers == group->wanted
		       ? 0
		       : supervisor_scale(supervisor, group, workers);
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
	return 0;
}

void supervisor_remove_group(struct supervisor *supervisor, struct group *group)
{
	if (group->phase != GROUP_UP)
		return;
	roll_end(&supervisor->context, group);
	/* Unless that was passed on. */
	if (!group->is_serving || list_is_linked(&group->fresh))
		supervisor_unblock(supervisor, group->shared.group);
	list_remove(&group->fresh);
	group_leave(&supervisor->context, group);
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
