/*
 * describe.c - news -> one line of words, for whoever writes a log: a table
 * says what writes which kind. The wording is the reference's where it has one
 * (B31, B41, B64, B72 …), with what it leaves out behind it in brackets.
 *
 * Prints nothing, and knows nothing of a program's options: which one a line is
 * about is the program's to say. A worker's life is in describe_worker.c, as it
 * is written often; what is here is rare, and may use printf.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/describe.h"
#include "core/spec.h"
#include "muster/muster.h"

static void describe_service(struct text *text,
			     const struct muster_event *event)
{
	text_format(text, " [service %s]", event->name);
}

static void describe_engine(struct text *text, const struct muster_event *event)
{
	text_format(text, "muster %s, %s", muster_version(), event->text);
}

static void describe_listening(struct text *text,
			       const struct muster_event *event)
{
	text_format(text, "Listening on %s (%s)", event->text, event->name);
}

static void describe_starting(struct text *text,
			      const struct muster_event *event)
{
	text_format(text, "Starting %u workers", event->count);
	describe_service(text, event);
}

static const char *describe_route(const struct muster_event *event)
{
	switch (event->route) {
	case MUSTER_ROUTE_STOP:
		return ", stopping children";
	case MUSTER_ROUTE_KILL:
		return event->signo == SIGTERM
			       ? " again, killing children"
			       : " signal, instantaneous exiting";
	case MUSTER_ROUTE_RELOAD:
		return ", reloading";
	case MUSTER_ROUTE_MORE:
	case MUSTER_ROUTE_FEWER:
		return ", scaling";
	case MUSTER_ROUTE_DRAIN:
		return ", draining";
	case MUSTER_ROUTE_FORWARD:
	case MUSTER_ROUTE_IGNORE:
	case MUSTER_ROUTES:
		break;
	}
	return ", ignored";
}

static void describe_forward(struct text *text,
			     const struct muster_event *event)
{
	if (event->count == 0 && event->code == 0) {
		text_add(text, ", kept for the next worker");
		return;
	}
	text_add(text, ", handed on");
	if (event->sent != event->signo) {
		text_add(text, " as ");
		text_add_signal(text, event->sent);
	}
	text_format(text, " to %u workers", event->count);
	if (event->code != 0)
		text_format(text, ", not to others: %s", strerror(event->code));
}

static void describe_signal(struct text *text, const struct muster_event *event)
{
	text_add(text, "Caught ");
	text_add_signal(text, event->signo);
	if (event->route == MUSTER_ROUTE_FORWARD)
		describe_forward(text, event);
	else
		text_add(text, describe_route(event));
	if (event->pid == 0)
		return;
	text_add(text, " [from process ");
	text_add_i64(text, event->pid);
	text_add(text, ", user ");
	text_add_u64(text, event->uid);
	text_add(text, "]");
}

static void describe_parent(struct text *text, const struct muster_event *event)
{
	if (event->code == 0)
		text_add(text, "Parent process has died unexpectedly, exiting");
	else if (event->code == ESRCH)
		text_add(text,
			 "There is no parent process to watch here (PID 1 of "
			 "its namespace, or the parent has ended), going on "
			 "without");
	else
		text_format(text,
			    "The parent cannot be watched: %s, going on "
			    "without",
			    strerror(event->code));
}

static void describe_stop(struct text *text, const struct muster_event *event)
{
	text_format(text, "Waiting on %u children to exit", event->count);
}

static void describe_give_up(struct text *text,
			     const struct muster_event *event)
{
	if (event->why == MUSTER_WHY_GIVE_UP) {
		text_format(text,
			    "Giving up service %s: too many workers died young",
			    event->name);
		return;
	}
	/* Names may be longer than a line: what happened comes first. */
	text_add(text, "Cannot run the command: ");
	describe_step(text, event);
	text_format(text, ": %s", event->text);
	describe_service(text, event);
}

static void describe_lost(struct text *text, const struct muster_event *event)
{
	text_format(text, "%u events were lost for want of memory",
		    event->count);
}

static void describe_done(struct text *text, const struct muster_event *event)
{
	if (event->count > 0)
		text_format(text,
			    "%u children do not end on SIGKILL "
			    "(uninterruptible?) and are left behind",
			    event->count);
}

static void describe_serving(struct text *text,
			     const struct muster_event *event)
{
	if (event->group < 0) /* each group has said so */
		return;
	text_format(text, "All %u workers are ready", event->count);
	describe_service(text, event);
}

static void describe_status(struct text *text, const struct muster_event *event)
{
	text_format(text, "Child %d says: %s [service %s, slot %u]",
		    (int)event->pid, event->text, event->name, event->slot);
}

static void describe_refused(struct text *text,
			     const struct muster_event *event)
{
	text_format(text, "Refused %u messages, the last from process %d: %s",
		    event->count, (int)event->pid, event->text);
}

static void describe_scaled(struct text *text, const struct muster_event *event)
{
	text_format(text, "Scaling to %u workers", event->count);
	describe_service(text, event);
}

static void describe_reload(struct text *text, const struct muster_event *event)
{
	if (event->signo != 0)
		text_format(text, "Sent SIGHUP to %u workers", event->count);
	else
		text_format(text, "Reloading %u workers, roll %u", event->count,
			    event->roll);
	describe_service(text, event);
}

static void describe_after(struct text *text, const struct muster_event *event)
{
	text_add(text, " after ");
	text_add_duration(text, event->uptime_ns);
	describe_service(text, event);
}

static void describe_rolled(struct text *text, const struct muster_event *event)
{
	text_format(text, "Reloaded, roll %u", event->roll);
	describe_after(text, event);
}

static void describe_aborted(struct text *text,
			     const struct muster_event *event)
{
	text_add(text, "Reload aborted, the old workers go on: ");
	if (event->why == MUSTER_WHY_NOT_READY)
		text_format(text, "child %d did not become ready in time",
			    (int)event->pid);
	else
		describe_end(text, event);
	text_format(text, " (slot %u), %u slots were reloaded", event->slot,
		    event->count);
	describe_after(text, event);
}

static void describe_removed(struct text *text,
			     const struct muster_event *event)
{
	text_format(text, "Service %s has stopped and is removed", event->name);
}

static void describe_orphans(struct text *text,
			     const struct muster_event *event)
{
	text_format(text, "Reaped %u orphans", event->count);
}

static void describe_drain(struct text *text, const struct muster_event *event)
{
	text_format(text, "Stopping %u children after ", event->count);
	text_add_duration(text, event->delay_ns);
}

static void describe_leftovers(struct text *text,
			       const struct muster_event *event)
{
	text_add(text, "Sent ");
	text_add_signal(text, event->signo);
	if (event->count == 0) {
		text_add(text, " to whoever is left behind: /proc does not "
			       "show them");
		return;
	}
	text_format(text, " to %u processes left behind", event->count);
	if (event->text[0] != '\0')
		text_format(text, ": %s", event->text);
}

static void describe_shared_fate(struct text *text,
				 const struct muster_event *event)
{
	text_format(text,
		    "A worker that is killed for want of memory takes muster "
		    "with it: memory.oom.group is 1 in %s",
		    event->text);
	describe_service(text, event);
}

static void describe_nothing(struct text *text,
			     const struct muster_event *event)
{
	(void)text;
	(void)event;
}

static void (*const describe_kinds[])(struct text *,
				      const struct muster_event *) = {
	[MUSTER_EVENT_NONE] = describe_nothing,
	[MUSTER_EVENT_ENGINE] = describe_engine,
	[MUSTER_EVENT_LISTENING] = describe_listening,
	[MUSTER_EVENT_STARTING] = describe_starting,
	[MUSTER_EVENT_STARTED] = describe_started,
	[MUSTER_EVENT_EXITED] = describe_exited,
	[MUSTER_EVENT_STOPPING] = describe_stopping,
	[MUSTER_EVENT_OVERDUE] = describe_overdue,
	[MUSTER_EVENT_SIGNAL] = describe_signal,
	[MUSTER_EVENT_PARENT] = describe_parent,
	[MUSTER_EVENT_STOP] = describe_stop,
	[MUSTER_EVENT_GIVE_UP] = describe_give_up,
	[MUSTER_EVENT_WATCH] = describe_nothing,
	[MUSTER_EVENT_LOST] = describe_lost,
	[MUSTER_EVENT_DONE] = describe_done,
	[MUSTER_EVENT_READY] = describe_ready,
	[MUSTER_EVENT_SERVING] = describe_serving,
	[MUSTER_EVENT_STATUS] = describe_status,
	[MUSTER_EVENT_REFUSED] = describe_refused,
	[MUSTER_EVENT_SCALED] = describe_scaled,
	[MUSTER_EVENT_RELOAD] = describe_reload,
	[MUSTER_EVENT_ROLLED] = describe_rolled,
	[MUSTER_EVENT_ABORTED] = describe_aborted,
	[MUSTER_EVENT_REMOVED] = describe_removed,
	[MUSTER_EVENT_ORPHANS] = describe_orphans,
	[MUSTER_EVENT_DRAIN] = describe_drain,
	[MUSTER_EVENT_LEFTOVERS] = describe_leftovers,
	[MUSTER_EVENT_SHARED_FATE] = describe_shared_fate,
};

_Static_assert(ARRAY_LEN(describe_kinds) == MUSTER_EVENTS,
	       "a kind of event has no words");

int describe_take(const struct muster_event *event,
		  struct muster_event *ret_event)
{
	size_t size;
	int r;

	if (!event)
		return -EINVAL;
	size = event->size < sizeof(*event) ? event->size : sizeof(*event);
	r = spec_copy_options(ret_event, sizeof(*ret_event), event, size);
	if (r < 0)
		return r;
	/* Only a caller's own event is without them. */
	if (!ret_event->name)
		ret_event->name = "?";
	if (!ret_event->text)
		ret_event->text = "?";
	return 0;
}

int muster_describe_event(const struct muster_event *event, char *ret_line,
			  size_t size)
{
	struct muster_event known;
	struct text text;
	int r;

	if (!ret_line || size == 0)
		return -EINVAL;
	r = describe_take(event, &known);
	if (r < 0)
		return r;
	text_init(&text, ret_line, size < INT_MAX ? size : INT_MAX);
	if ((unsigned int)known.kind < ARRAY_LEN(describe_kinds))
		describe_kinds[known.kind](&text, &known);
	text_disarm(&text);
	return (int)text.length;
}
