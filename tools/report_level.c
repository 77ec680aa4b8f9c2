/*
 * report_level.c - news -> level: a table by kind, and the few kinds of which
 * one is good news and the next is not.
 */
#include "report_level.h"

#include "base/cleanup.h"

static const enum log_level report_levels[] = {
	[MUSTER_EVENT_NONE] = LOG_DEBUG,
	[MUSTER_EVENT_ENGINE] = LOG_INFO,
	[MUSTER_EVENT_LISTENING] = LOG_INFO,
	[MUSTER_EVENT_STARTING] = LOG_INFO,
	[MUSTER_EVENT_STARTED] = LOG_INFO,
	[MUSTER_EVENT_EXITED] = LOG_WARNING,
	[MUSTER_EVENT_STOPPING] = LOG_DEBUG,
	[MUSTER_EVENT_OVERDUE] = LOG_WARNING,
	[MUSTER_EVENT_SIGNAL] = LOG_NOTICE,
	[MUSTER_EVENT_PARENT] = LOG_WARNING,
	[MUSTER_EVENT_STOP] = LOG_INFO,
	[MUSTER_EVENT_GIVE_UP] = LOG_ERROR,
	[MUSTER_EVENT_READY] = LOG_DEBUG,
	[MUSTER_EVENT_SERVING] = LOG_INFO,
	[MUSTER_EVENT_STATUS] = LOG_INFO,
	[MUSTER_EVENT_REFUSED] = LOG_WARNING,
	[MUSTER_EVENT_SCALED] = LOG_NOTICE,
	[MUSTER_EVENT_RELOAD] = LOG_NOTICE,
	[MUSTER_EVENT_ROLLED] = LOG_NOTICE,
	[MUSTER_EVENT_ABORTED] = LOG_ERROR,
	[MUSTER_EVENT_REMOVED] = LOG_NOTICE,
	[MUSTER_EVENT_ORPHANS] = LOG_DEBUG,
	[MUSTER_EVENT_WATCH] = LOG_DEBUG,
	[MUSTER_EVENT_LOST] = LOG_WARNING,
	[MUSTER_EVENT_DONE] = LOG_INFO,
};

_Static_assert(ARRAY_LEN(report_levels) == MUSTER_EVENTS,
	       "a kind of event has no level");

/* An end that was asked for, or a clean one, is no reason to look. */
static bool report_is_good_end(const struct muster_event *event)
{
	return event->why == MUSTER_WHY_ASKED ||
	       event->why == MUSTER_WHY_ROLLED ||
	       (event->exit.kind == MUSTER_EXIT_STATUS &&
		event->exit.code == 0);
}

enum log_level report_level(const struct muster_event *event)
{
	if ((unsigned int)event->kind >= MUSTER_EVENTS)
		return LOG_DEBUG; /* of a library newer than this program */
	if (event->kind == MUSTER_EVENT_EXITED && report_is_good_end(event))
		return LOG_INFO;
	/* A worker that the signal did not reach. */
	if (event->kind == MUSTER_EVENT_STOPPING && event->code != 0)
		return LOG_WARNING;
	/* One that is told to stop for what it is. */
	if (event->kind == MUSTER_EVENT_STOPPING &&
	    (event->why == MUSTER_WHY_NOT_READY ||
	     event->why == MUSTER_WHY_WATCHDOG))
		return LOG_WARNING;
	/* Workers that are left behind. */
	if (event->kind == MUSTER_EVENT_DONE && event->count > 0)
		return LOG_ERROR;
	return report_levels[event->kind];
}
