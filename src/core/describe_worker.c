/*
 * describe_worker.c - the lines of a worker's life. Written for every restart,
 * so they are put together without printf.
 */
#include <signal.h>
#include <string.h>

#include "core/describe.h"
#include "muster/muster.h"

static void describe_worker(struct text *text, const struct muster_event *event)
{
	text_add(text, " [service ");
	text_add(text, event->name);
	text_add(text, ", slot ");
	text_add_u64(text, event->slot);
	text_add(text, ", generation ");
	text_add_u64(text, event->generation);
}

static void describe_launch(struct text *text, const struct muster_event *event)
{
	text_add(text, "Could not launch a worker: ");
	describe_step(text, event);
}

static void describe_sequel(struct text *text, const struct muster_event *event)
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

static void describe_denied(struct text *text, const struct muster_event *event)
{
	text_add(text, "Could not send ");
	text_add_signal(text, event->signo);
	text_add(text, " to child ");
	text_add_i64(text, event->pid);
	text_add(text, ": ");
	text_add(text, strerror(event->code));
	describe_worker(text, event);
	text_add(text, "]");
}

/* What it did, or did not do, that a signal is the answer to. */
static void describe_fault(struct text *text, const struct muster_event *event,
			   const char *fault)
{
	text_add(text, "Child ");
	text_add_i64(text, event->pid);
	text_add(text, fault);
	text_add_signal(text, event->signo);
	describe_worker(text, event);
	text_add(text, "]");
}

void describe_started(struct text *text, const struct muster_event *event)
{
	text_add(text, "Started child ");
	text_add_i64(text, event->pid);
	describe_worker(text, event);
	if (event->old_pid != 0) {
		text_add(text, ", replaces ");
		text_add_i64(text, event->old_pid);
		text_add(text, " after ");
		text_add_duration(text, event->latency_ns);
	}
	text_add(text, "]");
}

void describe_exited(struct text *text, const struct muster_event *event)
{
	describe_end(text, event);
	describe_worker(text, event);
	if (event->exit.kind != MUSTER_EXIT_LAUNCH) {
		text_add(text, ", uptime ");
		text_add_duration(text, event->uptime_ns);
	}
	if (event->latency_ns != 0) {
		text_add(text, ", had executed ");
		text_add_duration(text, event->latency_ns);
		text_add(text, " after the death before it");
	}
	describe_sequel(text, event);
	text_add(text, "]");
}

void describe_stopping(struct text *text, const struct muster_event *event)
{
	if (event->code != 0) {
		describe_denied(text, event);
		return;
	}
	if (event->why == MUSTER_WHY_NOT_READY) {
		describe_fault(text, event, " was not ready in time, sent ");
		return;
	}
	if (event->why == MUSTER_WHY_WATCHDOG) {
		describe_fault(text, event, " was silent for too long, sent ");
		return;
	}
	text_add(text, "Sent ");
	text_add_signal(text, event->signo);
	text_add(text, " to child ");
	text_add_i64(text, event->pid);
	describe_worker(text, event);
	text_add(text, "]");
}

void describe_overdue(struct text *text, const struct muster_event *event)
{
	/* Who was silent gets the stop signal, too, before SIGKILL. */
	if (event->signo != SIGKILL) {
		describe_fault(text, event, " did not end on SIGABRT, sent ");
		return;
	}
	/* Not "and is killed" of one that goes on living. */
	if (event->code != 0) {
		describe_denied(text, event);
		return;
	}
	text_add(text, "Graceful shutdown timeout exceeded, child ");
	text_add_i64(text, event->pid);
	text_add(text, " did not stop in time and is killed");
	describe_worker(text, event);
	text_add(text, "]");
}

void describe_ready(struct text *text, const struct muster_event *event)
{
	text_add(text, "Child ");
	text_add_i64(text, event->pid);
	text_add(text, " is ready");
	describe_worker(text, event);
	text_add(text, ", after ");
	text_add_duration(text, event->uptime_ns);
	text_add(text, "]");
}

void describe_end(struct text *text, const struct muster_event *event)
{
	if (event->exit.kind == MUSTER_EXIT_LAUNCH) {
		describe_launch(text, event);
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
		if (event->exit.is_oom)
			text_add(text, " by the kernel for want of memory "
				       "(OOM)");
	}
}
