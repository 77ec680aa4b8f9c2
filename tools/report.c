/*
 * report.c - says what happened to the launcher, and hands a worker's news on
 * to report_worker.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "report.h"
#include "report_json.h"
#include "report_level.h"
#include "report_worker.h"

void report_line(struct report *report, enum log_level level,
		 const struct text *text)
{
	log_line(report->log, level, text->data, text->length);
}

static void report_news(struct report *report, const struct muster_event *event,
			const struct text *text)
{
	report_line(report, report_level(event), text);
}

static const char *report_signal_meaning(const struct muster_event *event)
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
	case MUSTER_ROUTE_IGNORE:
	case MUSTER_ROUTES:
		break;
	}
	return ", ignored";
}

static void report_signal(struct report *report,
			  const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_add(&text, "Caught ");
	text_add_signal(&text, event->signo);
	text_add(&text, report_signal_meaning(event));
	if (event->pid != 0) {
		text_add(&text, " [from process ");
		text_add_i64(&text, event->pid);
		text_add(&text, ", user ");
		text_add_u64(&text, event->uid);
		text_add(&text, "]");
	}
	report_news(report, event, &text);
}

static void report_parent(struct report *report,
			  const struct muster_event *event)
{
	if (event->code == 0)
		log_format(report->log, report_level(event),
			   "Parent process has died unexpectedly, exiting");
	else if (event->code == ESRCH)
		log_format(report->log, report_level(event),
			   "--die-with-parent: there is no parent process to "
			   "watch here (PID 1 of its namespace, or the parent "
			   "has ended), going on without");
	else
		log_format(report->log, report_level(event),
			   "--die-with-parent: the parent cannot be watched: "
			   "%s, going on without",
			   strerror(event->code));
}

/* execve says ENOENT for a file that is there when its interpreter is not, and
 * for a command that was sought in vain. */
static void report_add_exec_hint(struct text *text, const struct report *report,
				 const struct muster_event *event)
{
	const char *path = getenv("PATH");

	if (event->exit.step != MUSTER_STEP_EXEC || event->exit.code != ENOENT)
		return;
	if (access(event->text, F_OK) == 0)
		text_add(text, " (the file is there, its interpreter is not)");
	else if (report->command && !strchr(report->command, '/'))
		text_format(text, " (\"%s\" is nowhere in PATH=%s)",
			    report->command, path ? path : "/bin:/usr/bin");
}

static void report_unexecutable(struct report *report,
				const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	/* Names may be longer than a line: what happened comes first. */
	text_format(&text, "Cannot run the command: %s: %s",
		    muster_step_name(event->exit.step),
		    strerror(event->exit.code));
	text_format(&text, ": %s", event->text);
	report_add_exec_hint(&text, report, event);
	text_format(&text, " [service %s]", event->name);
	report_news(report, event, &text);
}

static void report_give_up(struct report *report,
			   const struct muster_event *event)
{
	if (event->why == MUSTER_WHY_GIVE_UP)
		log_format(report->log, report_level(event),
			   "Giving up service %s: too many workers died young "
			   "(--give-up)",
			   event->name);
	else
		report_unexecutable(report, event);
}

static void report_roll(struct report *report, const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	if (event->kind == MUSTER_EVENT_RELOAD && event->signo != 0)
		text_format(&text, "Sent %s to %u workers", "SIGHUP",
			    event->count);
	else if (event->kind == MUSTER_EVENT_RELOAD)
		text_format(&text, "Reloading %u workers, roll %u",
			    event->count, event->roll);
	else if (event->kind == MUSTER_EVENT_ROLLED)
		text_format(&text, "Reloaded, roll %u", event->roll);
	else
		report_add_abort(&text, event);
	if (event->kind != MUSTER_EVENT_RELOAD) {
		text_add(&text, " after ");
		text_add_duration(&text, event->uptime_ns);
	}
	text_format(&text, " [service %s]", event->name);
	report_news(report, event, &text);
}

/* What happens to a group as a whole. */
static void report_group(struct report *report,
			 const struct muster_event *event)
{
	switch ((int)event->kind) {
	case MUSTER_EVENT_READY:
		report_ready(report, event);
		break;
	case MUSTER_EVENT_STATUS:
		log_format(report->log, report_level(event),
			   "Child %d says: %s [service %s, slot %u]",
			   (int)event->pid, event->text, event->name,
			   event->slot);
		break;
	case MUSTER_EVENT_REFUSED:
		log_format(report->log, report_level(event),
			   "Refused %u messages, the last from process %d: %s",
			   event->count, (int)event->pid, event->text);
		break;
	case MUSTER_EVENT_SERVING:
		if (event->group >= 0)
			log_format(report->log, report_level(event),
				   "All %u workers are ready [service %s]",
				   event->count, event->name);
		break;
	case MUSTER_EVENT_SCALED:
		log_format(report->log, report_level(event),
			   "Scaling to %u workers [service %s]", event->count,
			   event->name);
		break;
	case MUSTER_EVENT_REMOVED:
		log_format(report->log, report_level(event),
			   "Service %s has stopped and is removed",
			   event->name);
		break;
	case MUSTER_EVENT_ORPHANS:
		log_format(report->log, report_level(event),
			   "Reaped %u orphans", event->count);
		break;
	default:
		report_roll(report, event);
	}
}

static void report_event_line(struct report *report,
			      const struct muster_event *event)
{
	switch (event->kind) {
	case MUSTER_EVENT_ENGINE:
		log_format(report->log, report_level(event), "muster %s, %s",
			   muster_version(), event->text);
		break;
	case MUSTER_EVENT_LISTENING:
		log_format(report->log, report_level(event),
			   "Listening on %s (%s)", event->text, event->name);
		break;
	case MUSTER_EVENT_STARTING:
		log_format(report->log, report_level(event),
			   "Starting %u workers [service %s]", event->count,
			   event->name);
		break;
	case MUSTER_EVENT_STARTED:
		report_started(report, event);
		break;
	case MUSTER_EVENT_EXITED:
		report_exited(report, event);
		break;
	case MUSTER_EVENT_STOPPING:
		report_told_to_stop(report, event);
		break;
	case MUSTER_EVENT_OVERDUE:
		report_overdue(report, event);
		break;
	case MUSTER_EVENT_SIGNAL:
		report_signal(report, event);
		break;
	case MUSTER_EVENT_PARENT:
		report_parent(report, event);
		break;
	case MUSTER_EVENT_STOP:
		log_format(report->log, report_level(event),
			   "Waiting on %u children to exit", event->count);
		break;
	case MUSTER_EVENT_GIVE_UP:
		report_give_up(report, event);
		break;
	case MUSTER_EVENT_LOST:
		log_format(report->log, report_level(event),
			   "%u events were lost for want of memory",
			   event->count);
		break;
	case MUSTER_EVENT_DONE:
		if (event->count > 0)
			log_format(report->log, report_level(event),
				   "%u children do not end on SIGKILL "
				   "(uninterruptible?) and are left behind",
				   event->count);
		break;
	case MUSTER_EVENT_READY:
	case MUSTER_EVENT_SERVING:
	case MUSTER_EVENT_STATUS:
	case MUSTER_EVENT_REFUSED:
	case MUSTER_EVENT_SCALED:
	case MUSTER_EVENT_RELOAD:
	case MUSTER_EVENT_ROLLED:
	case MUSTER_EVENT_ABORTED:
	case MUSTER_EVENT_REMOVED:
	case MUSTER_EVENT_ORPHANS:
		report_group(report, event);
		break;
	case MUSTER_EVENT_WATCH:
	case MUSTER_EVENT_NONE:
	case MUSTER_EVENTS:
		break;
	}
}

void report_event(struct report *report, const struct muster_event *event)
{
	if (report->log->is_json)
		report_event_json(report, event);
	else
		report_event_line(report, event);
}

static void report_summary_line(struct report *report,
				const struct muster_stats *stats, int status)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_format(&text,
		    "Shutdown finish, exit status %d [%llu started, %llu "
		    "restarts",
		    status, (unsigned long long)stats->started,
		    (unsigned long long)stats->restarts);
	if (stats->restart_count > 0) {
		text_add(&text, ", restart latency min ");
		text_add_duration(&text, stats->restart_min_ns);
		text_add(&text, " p50 ");
		text_add_duration(&text, stats->restart_p50_ns);
		text_add(&text, " p99 ");
		text_add_duration(&text, stats->restart_p99_ns);
		text_add(&text, " max ");
		text_add_duration(&text, stats->restart_max_ns);
	}
	text_add(&text, ", longest turn ");
	text_add_duration(&text, stats->turn_max_ns);
	text_add(&text, "]");
	report_line(report, LOG_NOTICE, &text);
}

void report_summary(struct report *report, const struct muster_stats *stats,
		    int status)
{
	if (report->log->is_json)
		report_summary_json(report, stats, status);
	else
		report_summary_line(report, stats, status);
}
