/*
 * report_worker.c - the lines of a worker's life. Written for every restart, so
 * they are put together without printf.
 */
#include <signal.h>
#include <string.h>

#include "base/nsec.h"
#include "report_level.h"
#include "report_worker.h"

/* A thousand workers that die at once are throttled one by one: one line a
 * second says so for all. */
#define REPORT_THROTTLE_NS NSEC_PER_SEC

static void report_add_worker(struct text *text,
			      const struct muster_event *event)
{
	text_add(text, " [service ");
	text_add(text, event->name);
	text_add(text, ", slot ");
	text_add_u64(text, event->slot);
	text_add(text, ", generation ");
	text_add_u64(text, event->generation);
}

void report_started(struct report *report, const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_add(&text, "Started child ");
	text_add_i64(&text, event->pid);
	report_add_worker(&text, event);
	if (event->old_pid != 0) {
		text_add(&text, ", replaces ");
		text_add_i64(&text, event->old_pid);
		text_add(&text, " after ");
		text_add_duration(&text, event->latency_ns);
	}
	text_add(&text, "]");
	report_line(report, report_level(event), &text);
}

static void report_add_launch(struct text *text,
			      const struct muster_event *event)
{
	text_add(text, "Could not launch a worker: ");
	text_add(text, muster_step_name(event->exit.step));
	text_add(text, ": ");
	text_add(text, strerror(event->exit.code));
}

static void report_add_end(struct text *text, const struct muster_event *event)
{
	if (event->exit.kind == MUSTER_EXIT_LAUNCH) {
		report_add_launch(text, event);
		return;
	}
	text_add(text, "Child ");
	text_add_i64(text, event->pid);
	if (event->exit.kind == MUSTER_EXIT_UNKNOWN) {
		text_add(text, " ended, its status was taken by another wait");
	} else if (event->exit.kind == MUSTER_EXIT_STATUS) {
		text_add(text, " exited with status ");
		text_add_i64(text, event->exit.code);
	} else {
		text_add(text, " killed by signal ");
		text_add_i64(text, event->exit.code);
		text_add(text, " (");
		text_add_signal(text, event->exit.code);
		text_add(text,
			 event->exit.dumped_core ? ", core dumped)" : ")");
	}
}

void report_ready(struct report *report, const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_add(&text, "Child ");
	text_add_i64(&text, event->pid);
	text_add(&text, " is ready");
	report_add_worker(&text, event);
	text_add(&text, ", after ");
	text_add_duration(&text, event->uptime_ns);
	text_add(&text, "]");
	report_line(report, report_level(event), &text);
}

void report_add_abort(struct text *text, const struct muster_event *event)
{
	text_format(text, "Reload aborted, the old workers go on: ");
	if (event->why == MUSTER_WHY_NOT_READY) {
		text_add(text, "child ");
		text_add_i64(text, event->pid);
		text_add(text, " did not become ready in time");
	} else {
		report_add_end(text, event);
	}
	text_format(text, " (slot %u), %u slots were reloaded", event->slot,
		    event->count);
}

static void report_throttle(struct report *report,
			    const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	if (report->throttle_told_ns != 0 &&
	    nsec_since(event->time_ns, report->throttle_told_ns) <
		    REPORT_THROTTLE_NS) {
		report->throttle_untold++;
		return;
	}
	text_init(&text, line, sizeof(line));
	text_add(&text, "Forking too fast, sleeping");
	report_add_worker(&text, event);
	text_add(&text, ", launched again in ");
	text_add_duration(&text, event->delay_ns);
	if (report->throttle_untold > 0) {
		text_add(&text, ", and ");
		text_add_u64(&text, report->throttle_untold);
		text_add(&text, " more since the last line like this");
	}
	text_add(&text, "]");
	report_line(report, LOG_NOTICE, &text);
	report->throttle_told_ns = event->time_ns;
	report->throttle_untold = 0;
}

static void report_add_sequel(struct text *text,
			      const struct muster_event *event)
{
	if (event->next == MUSTER_NEXT_LATER &&
	    event->why != MUSTER_WHY_THROTTLE) {
		text_add(text, ", launched again in ");
		text_add_duration(text, event->delay_ns);
	} else if (event->next == MUSTER_NEXT_NEVER &&
		   event->why == MUSTER_WHY_RULE) {
		text_add(text, ", not replaced");
	}
}

void report_exited(struct report *report, const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	report_add_end(&text, event);
	report_add_worker(&text, event);
	if (event->exit.kind != MUSTER_EXIT_LAUNCH) {
		text_add(&text, ", uptime ");
		text_add_duration(&text, event->uptime_ns);
	}
	if (event->latency_ns != 0) {
		text_add(&text, ", had executed ");
		text_add_duration(&text, event->latency_ns);
		text_add(&text, " after the death before it");
	}
	report_add_sequel(&text, event);
	text_add(&text, "]");
	report_line(report, report_level(event), &text);
	if (event->why == MUSTER_WHY_THROTTLE)
		report_throttle(report, event);
}

static void report_denied(struct report *report,
			  const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_add(&text, "Could not send ");
	text_add_signal(&text, event->signo);
	text_add(&text, " to child ");
	text_add_i64(&text, event->pid);
	text_add(&text, ": ");
	text_add(&text, strerror(event->code));
	report_add_worker(&text, event);
	text_add(&text, "]");
	report_line(report, report_level(event), &text);
}

/* What it did, or did not do, that a signal is the answer to. */
static void report_fault(struct report *report,
			 const struct muster_event *event, const char *fault)
{
	char line[REPORT_LINE];
	struct text text;

	text_init(&text, line, sizeof(line));
	text_add(&text, "Child ");
	text_add_i64(&text, event->pid);
	text_add(&text, fault);
	text_add_signal(&text, event->signo);
	report_add_worker(&text, event);
	text_add(&text, "]");
	report_line(report, report_level(event), &text);
}

void report_told_to_stop(struct report *report,
			 const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	if (event->code != 0) {
		report_denied(report, event);
		return;
	}
	if (event->why == MUSTER_WHY_NOT_READY) {
		report_fault(report, event, " was not ready in time, sent ");
		return;
	}
	if (event->why == MUSTER_WHY_WATCHDOG) {
		report_fault(report, event, " was silent for too long, sent ");
		return;
	}
	text_init(&text, line, sizeof(line));
	text_add(&text, "Sent ");
	text_add_signal(&text, event->signo);
	text_add(&text, " to child ");
	text_add_i64(&text, event->pid);
	report_add_worker(&text, event);
	text_add(&text, "]");
	report_line(report, report_level(event), &text);
}

void report_overdue(struct report *report, const struct muster_event *event)
{
	char line[REPORT_LINE];
	struct text text;

	/* Who was silent gets the stop signal, too, before SIGKILL. */
	if (event->signo != SIGKILL) {
		report_fault(report, event, " did not end on SIGABRT, sent ");
		return;
	}
	text_init(&text, line, sizeof(line));
	text_add(&text, "Graceful shutdown timeout exceeded, child ");
	text_add_i64(&text, event->pid);
	text_add(&text, " did not stop in time and is killed");
	report_add_worker(&text, event);
	text_add(&text, "]");
	report_line(report, report_level(event), &text);
	if (event->code != 0)
		report_denied(report, event);
}
