/*
 * tell.c - what is told of a worker, and counted with it. Changes nothing else.
 */
#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/text.h"
#include "core/asked.h"
#include "core/tell.h"
#include "policy/tally.h"

struct muster_event tell_event(const struct worker *worker,
			       enum muster_event_kind kind)
{
	const struct slot *slot = worker->slot;

	return (struct muster_event){
		.kind = kind,
		.group = slot->shared->group,
		.slot = slot->id,
		.generation = worker->generation,
		.pid = worker->watch.pid,
		.name = slot->shared->name,
		.ready = slot_shared_ready(slot->shared),
		.roll = worker->edition ? worker->edition->number : 0,
	};
}

void tell_started(struct context *context, struct worker *worker,
		  uint64_t launched_ns)
{
	struct muster_event event = tell_event(worker, MUSTER_EVENT_STARTED);
	struct muster_stats *stats = &worker->slot->shared->stats;

	event.time_ns = launched_ns;
	event.old_pid = worker->old_pid;
	if (worker->noticed_ns != 0)
		event.latency_ns = nsec_since(launched_ns, worker->noticed_ns);
	event_push(&context->events, &event);
	stats->started++;
	stats->restarts += worker->generation > 1;
}

/* Whether a roll's newcomers stay up is what the roll goes by. */
static void tell_failure(struct context *context, const struct worker *worker,
			 const struct muster_event *event)
{
	struct slot_shared *shared = worker->slot->shared;
	struct text text;

	if (!shared->former || worker->edition != shared->edition ||
	    event->why == MUSTER_WHY_ASKED || event->why == MUSTER_WHY_ROLLED)
		return;
	shared->failures++;
	context->failure = *event;
	text_init(&text, context->failure_asked,
		  sizeof(context->failure_asked));
	text_add(&text, event->asked ? event->asked : "");
}

bool tell_is_failure(enum muster_why why)
{
	return why == MUSTER_WHY_NOT_READY || why == MUSTER_WHY_WATCHDOG;
}

void tell_signal(struct context *context, struct worker *worker,
		 const struct worker_verdict *verdict, int error)
{
	struct muster_event event = tell_event(worker, MUSTER_EVENT_STOPPING);

	if (verdict->is_overdue) {
		event.kind = MUSTER_EVENT_OVERDUE;
		context->was_overdue = true;
		worker->slot->shared->stats.overdue++;
	}
	event.time_ns = context->now_ns;
	event.signo = verdict->signo;
	event.code = error;
	event.why = worker->life.stop_why;
	event_push(&context->events, &event);
	if (!verdict->is_overdue && tell_is_failure(event.why))
		tell_failure(context, worker, &event);
}

void tell_add_stats(struct muster_stats *sum, const struct muster_stats *more)
{
	sum->started += more->started;
	sum->exited += more->exited;
	sum->signaled += more->signaled;
	sum->launch_failures += more->launch_failures;
	sum->restarts += more->restarts;
	sum->throttled += more->throttled;
	sum->overdue += more->overdue;
}

static void tell_tally(struct slot_shared *shared,
		       const struct muster_exit *how)
{
	if (how->kind == MUSTER_EXIT_LAUNCH)
		shared->stats.launch_failures++;
	else if (how->kind == MUSTER_EXIT_SIGNAL)
		shared->stats.signaled++;
	else
		shared->stats.exited++;
}

/* A limit's number the child has written: it is looked at first. */
static void tell_limit(struct muster_event *event,
		       const struct muster_privileges *privileges)
{
	if (!privileges || event->value < 0 ||
	    event->value >= (int64_t)ARRAY_LEN(privileges->limits))
		return;
	event->limit_soft = privileges->limits[event->value].soft;
	event->limit_hard = privileges->limits[event->value].hard;
}

void tell_asked(struct context *context, struct muster_event *event,
		const char *words)
{
	const char *kept = "";

	if (words[0] != '\0')
		kept = event_keep_text(&context->events, words);
	event->asked = kept[0] != '\0' ? kept : NULL;
}

void tell_value(struct context *context, struct muster_event *event,
		const struct worker *worker, const struct muster_exit *how)
{
	const struct muster_privileges *asked;
	char buffer[ASKED_SIZE];
	struct text text;

	if (how->kind != MUSTER_EXIT_LAUNCH)
		return;
	asked = worker->edition->spec->privileges;
	event->value = worker->report->value;
	if (how->step == MUSTER_STEP_RLIMIT)
		tell_limit(event, asked);
	text_init(&text, buffer, sizeof(buffer));
	asked_format(&text, how->step, event->value, asked);
	tell_asked(context, event, text.data);
}

void tell_exit(struct context *context, struct worker *worker,
	       const struct muster_exit *how,
	       const struct worker_verdict *verdict, bool was_failure)
{
	struct muster_event event = tell_event(worker, MUSTER_EVENT_EXITED);
	struct muster_stats *stats = &worker->slot->shared->stats;
	uint64_t exec_ns = worker->report->exec_ns;

	event.time_ns = context->now_ns;
	event.exit = *how;
	tell_value(context, &event, worker, how);
	event.next = verdict->next;
	event.why = verdict->why;
	event.uptime_ns = verdict->uptime_ns;
	if (verdict->next == MUSTER_NEXT_LATER)
		event.delay_ns = nsec_since(verdict->due_ns, context->now_ns);
	if (worker->noticed_ns != 0 && exec_ns != 0 &&
	    how->kind != MUSTER_EXIT_LAUNCH) {
		event.latency_ns = nsec_since(exec_ns, worker->noticed_ns);
		tally_add(&context->restarts, event.latency_ns);
	}
	event_push(&context->events, &event);
	if (!was_failure)
		tell_failure(context, worker, &event);
	tell_tally(worker->slot->shared, how);
	if (verdict->why == MUSTER_WHY_THROTTLE)
		stats->throttled++;
}
