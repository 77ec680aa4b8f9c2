/*
 * describe_level.c - news -> level: a table by kind, and the few kinds of which
 * one is good news and the next is not.
 */
#include "base/cleanup.h"
#include "core/describe.h"
#include "muster/muster.h"

static const enum muster_level describe_levels[] = {
	[MUSTER_EVENT_NONE] = MUSTER_LEVEL_DEBUG,
	[MUSTER_EVENT_ENGINE] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_LISTENING] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_STARTING] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_STARTED] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_EXITED] = MUSTER_LEVEL_WARNING,
	[MUSTER_EVENT_STOPPING] = MUSTER_LEVEL_DEBUG,
	[MUSTER_EVENT_OVERDUE] = MUSTER_LEVEL_WARNING,
	[MUSTER_EVENT_SIGNAL] = MUSTER_LEVEL_NOTICE,
	[MUSTER_EVENT_PARENT] = MUSTER_LEVEL_WARNING,
	[MUSTER_EVENT_STOP] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_GIVE_UP] = MUSTER_LEVEL_ERROR,
	[MUSTER_EVENT_READY] = MUSTER_LEVEL_DEBUG,
	[MUSTER_EVENT_SERVING] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_STATUS] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_REFUSED] = MUSTER_LEVEL_WARNING,
	[MUSTER_EVENT_SCALED] = MUSTER_LEVEL_NOTICE,
	[MUSTER_EVENT_RELOAD] = MUSTER_LEVEL_NOTICE,
	[MUSTER_EVENT_ROLLED] = MUSTER_LEVEL_NOTICE,
	[MUSTER_EVENT_ABORTED] = MUSTER_LEVEL_ERROR,
	[MUSTER_EVENT_REMOVED] = MUSTER_LEVEL_NOTICE,
	[MUSTER_EVENT_ORPHANS] = MUSTER_LEVEL_DEBUG,
	[MUSTER_EVENT_DRAIN] = MUSTER_LEVEL_INFO,
	[MUSTER_EVENT_LEFTOVERS] = MUSTER_LEVEL_WARNING,
	[MUSTER_EVENT_SHARED_FATE] = MUSTER_LEVEL_WARNING,
	[MUSTER_EVENT_WATCH] = MUSTER_LEVEL_DEBUG,
	[MUSTER_EVENT_LOST] = MUSTER_LEVEL_WARNING,
	[MUSTER_EVENT_DONE] = MUSTER_LEVEL_INFO,
};

_Static_assert(ARRAY_LEN(describe_levels) == MUSTER_EVENTS,
	       "a kind of event has no level");

/* An end that was asked for, or a clean one, is no reason to look. */
static bool describe_is_good_end(const struct muster_event *event)
{
	return event->why == MUSTER_WHY_ASKED ||
	       event->why == MUSTER_WHY_ROLLED ||
	       (event->exit.kind == MUSTER_EXIT_STATUS &&
		event->exit.code == 0);
}

static enum muster_level describe_level(const struct muster_event *event)
{
	if ((unsigned int)event->kind >= MUSTER_EVENTS)
		return MUSTER_LEVEL_DEBUG;
	if (event->kind == MUSTER_EVENT_EXITED && describe_is_good_end(event))
		return MUSTER_LEVEL_INFO;
	/* A worker that the signal did not reach. */
	if (event->kind == MUSTER_EVENT_STOPPING && event->code != 0)
		return MUSTER_LEVEL_WARNING;
	/* One that is told to stop for what it is. */
	if (event->kind == MUSTER_EVENT_STOPPING &&
	    (event->why == MUSTER_WHY_NOT_READY ||
	     event->why == MUSTER_WHY_WATCHDOG))
		return MUSTER_LEVEL_WARNING;
	/* Business as usual for who stands before its workers. */
	if (event->kind == MUSTER_EVENT_SIGNAL &&
	    event->route == MUSTER_ROUTE_FORWARD)
		return event->code != 0 ? MUSTER_LEVEL_WARNING
					: MUSTER_LEVEL_DEBUG;
	/* Workers that are left behind. */
	if (event->kind == MUSTER_EVENT_DONE && event->count > 0)
		return MUSTER_LEVEL_ERROR;
	return describe_levels[event->kind];
}

enum muster_level muster_event_level(const struct muster_event *event)
{
	struct muster_event known;

	if (describe_take(event, &known) < 0)
		return MUSTER_LEVEL_DEBUG;
	return describe_level(&known);
}
