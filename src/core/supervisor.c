/*
 * supervisor.c - the main loop's one pass. Obeys: what a signal means is
 * policy/route's answer, what an end means the worker table's.
 *
 * The order inside a turn is fixed and written once, in supervisor_turn:
 * signals, descriptors, exits, deadlines, launches, and then whether all is
 * over. Decisions use one reading of the clock per turn.
 */
#include "base/fd.h"
#include "base/nsec.h"
#include "core/awaited.h"
#include "core/messages.h"
#include "core/order.h"
#include "core/roll.h"
#include "core/forward.h"
#include "core/job.h"
#include "core/leave.h"
#include "core/supervisor.h"
#include "core/take_signal.h"
#include "core/tell.h"
#include "core/weigh.h"
#include "loop/clock.h"

/* B86: whoever loses his parent unexpectedly ends with 1. */
#define SUPERVISOR_PARENT_STATUS 1

/* A wait that ended so much later than its deadline: we were not run. */
#define SUPERVISOR_STALL_NS (500 * NSEC_PER_MSEC)

uint32_t supervisor_live(const struct supervisor *supervisor)
{
	uint32_t live = 0;

	for (int state = 0; state < WORKER_STATES; state++)
		if (worker_is_live((enum worker_state)state))
			live += supervisor->context.counts[state];
	return live;
}

/* News of the launcher, or of the group that it names. */
void supervisor_tell(struct supervisor *supervisor, struct muster_event *event)
{
	if (event->kind != MUSTER_EVENT_GIVE_UP)
		event->group = -1;
	event->time_ns = supervisor->context.now_ns;
	event_push(&supervisor->context.events, event);
}

static void supervisor_take_parent(struct supervisor *supervisor)
{
	struct muster_event event = {.kind = MUSTER_EVENT_PARENT};

	supervisor->context.parent_fd = fd_close(supervisor->context.parent_fd);
	supervisor_tell(supervisor, &event);
	if (supervisor->options.parent_death == MUSTER_PARENT_STOP)
		supervisor_stop(supervisor, SUPERVISOR_PARENT_STATUS);
	else
		supervisor_kill(supervisor, SUPERVISOR_PARENT_STATUS);
}

static void supervisor_take_launches(struct context *context)
{
	struct worker *worker;

	while ((worker = awaited_next(context)) != NULL) {
		struct slot *slot = worker->slot;

		slot_executed(context, worker);
		group_follow(context, slot);
	}
}

static void supervisor_take_fd(struct supervisor *supervisor,
			       const struct loop_event *news)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_WATCH,
		.tag = news->tag,
		.code = (int32_t)news->fd.revents,
	};

	if (news->fd.fd == supervisor->context.parent_fd)
		supervisor_take_parent(supervisor);
	else if (news->fd.fd == supervisor->context.await_fd)
		supervisor_take_launches(&supervisor->context);
	else if (messages_is_ours(&supervisor->context, news->fd.fd))
		messages_take(&supervisor->context, news->fd.fd);
	else
		supervisor_tell(supervisor, &event);
}

static void supervisor_take_exit(struct supervisor *supervisor,
				 const struct loop_event *news)
{
	struct worker *worker = (void *)(uintptr_t)news->tag;
	struct slot *slot = worker->slot;
	struct slot_end end;

	end = slot_exited(&supervisor->context, worker, news->exit.code,
			  news->exit.status);
	if (end.next == MUSTER_NEXT_NEVER)
		weigh_end(supervisor, worker, &end.how, end.why);
	group_follow(&supervisor->context, slot);
}

static void supervisor_tell_orphans(struct supervisor *supervisor)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_ORPHANS,
		.count = supervisor->batch.orphans,
	};

	if (event.count == 0)
		return;
	supervisor->orphans += event.count;
	supervisor_tell(supervisor, &event);
}

static void supervisor_take(struct supervisor *supervisor,
			    enum loop_event_kind kind)
{
	static void (*const take[])(struct supervisor *,
				    const struct loop_event *) = {
		[LOOP_SIGNAL] = take_signal,
		[LOOP_FD] = supervisor_take_fd,
		[LOOP_EXIT] = supervisor_take_exit,
		[LOOP_STOP] = job_take_stop,
	};

	for (uint32_t i = 0; i < supervisor->batch.count; i++)
		if (supervisor->batch.events[i].kind == kind)
			take[kind](supervisor, &supervisor->batch.events[i]);
}

/* Once for all of them: what they said came before their ends did. */
static void supervisor_hear_last(struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->batch.count; i++) {
		const struct loop_event *news = &supervisor->batch.events[i];

		if (news->kind != LOOP_EXIT ||
		    !messages_are_awaited((void *)(uintptr_t)news->tag))
			continue;
		messages_take_all(&supervisor->context);
		return;
	}
}

static uint32_t supervisor_take_deadlines(struct supervisor *supervisor,
					  uint32_t budget)
{
	struct context *context = &supervisor->context;

	/* Who is about to be found silent may have spoken just now. */
	if (heap_due_ns(&context->deadlines) <= context->now_ns)
		messages_take_all(context);
	while (budget > 0 &&
	       heap_due_ns(&context->deadlines) <= context->now_ns) {
		struct heap_node *node = heap_first(&context->deadlines);
		struct worker *worker =
			CONTAINER_OF(node, struct worker, deadline);

		struct slot *slot = worker->slot;

		heap_remove(&context->deadlines, node);
		slot_step(context, worker, WORKER_WAKE);
		group_follow(context, slot);
		budget--;
	}
	return budget;
}

static void supervisor_work(struct supervisor *supervisor, uint32_t budget)
{
	struct list *work = &supervisor->context.work;
	struct list *node;

	while (budget > 0 && (node = list_first(work)) != NULL) {
		budget = group_work(&supervisor->context,
				    CONTAINER_OF(node, struct group, work),
				    budget);
		/* Who has more to do lets the others go first. */
		if (list_is_linked(node))
			list_append(work, node);
	}
}

/* All groups serve, and nobody has been told. */
static bool supervisor_owes_greeting(const struct supervisor *supervisor)
{
	return supervisor->context.unserving == 0 && !supervisor->was_serving &&
	       supervisor->group_count > 0 &&
	       supervisor->phase == SUPERVISOR_RUNNING;
}

static void supervisor_greet(struct supervisor *supervisor)
{
	struct context *context = &supervisor->context;
	struct muster_event event = {.kind = MUSTER_EVENT_SERVING};
	struct list *node;

	while ((node = list_first(&context->fresh)) != NULL) {
		list_remove(node);
		order_review(
			supervisor,
			CONTAINER_OF(node, struct group, fresh)->shared.group);
	}
	if (context->unserving > 0) {
		supervisor->was_serving = false;
	} else if (supervisor_owes_greeting(supervisor)) {
		supervisor->was_serving = true;
		event.count = context->counts[WORKER_READY] +
			      context->counts[WORKER_RELIEVED];
		event.ready = event.count;
		supervisor_tell(supervisor, &event);
	}
}

void supervisor_clean(struct supervisor *supervisor)
{
	struct context *context = &supervisor->context;

	for (uint32_t i = 0;
	     supervisor->gone > 0 && i < supervisor->group_count; i++) {
		struct group *group = supervisor->groups[i];

		if (!group || group->phase != GROUP_GONE)
			continue;
		tell_add_stats(&supervisor->removed, &group->shared.stats);
		supervisor->groups[i] = group_free(context, group);
		supervisor->gone--;
	}
	edition_bury(context);
	event_forget_texts(&context->events);
}

/* Nobody runs, waits or is to be started. A parked group is something to do:
 * it may be scaled up. */
static bool supervisor_is_over(const struct supervisor *supervisor)
{
	const struct context *context = &supervisor->context;

	/* We may have been stopped ourselves: whoever is dead by now is taken
	 * first, and only those who do not come any more are given up. */
	if (supervisor->is_late && supervisor->batch.count == 0)
		return true;
	if (supervisor_live(supervisor) > 0 ||
	    context->counts[WORKER_WAITING] > 0)
		return false;
	if (supervisor->phase == SUPERVISOR_STOPPING)
		return !supervisor->is_held;
	if (supervisor->phase > SUPERVISOR_STOPPING)
		return true;
	return context->parked == 0 && list_is_empty(&context->work) &&
	       context->counts[WORKER_FAILED] > 0;
}

/* When the phase ends by itself. */
static uint64_t supervisor_phase_due_ns(const struct supervisor *supervisor)
{
	switch (supervisor->phase) {
	case SUPERVISOR_DRAINING:
		return supervisor->drain_due_ns;
	case SUPERVISOR_KILLING:
		return supervisor->kill_due_ns;
	case SUPERVISOR_LEAVING:
		return supervisor->leave_due_ns;
	case SUPERVISOR_NEW:
	case SUPERVISOR_RUNNING:
	case SUPERVISOR_STOPPING:
	case SUPERVISOR_SWEEPING:
	case SUPERVISOR_DONE:
	case SUPERVISOR_PHASES:
		break;
	}
	return NSEC_NEVER;
}

static uint64_t supervisor_until(const struct supervisor *supervisor,
				 uint64_t timeout_ns)
{
	uint64_t until_ns = NSEC_NEVER;

	/* Calls between two turns may have left something to be done. */
	if (timeout_ns == 0 || !list_is_empty(&supervisor->context.work) ||
	    !list_is_empty(&supervisor->context.fresh) ||
	    supervisor_owes_greeting(supervisor) ||
	    (supervisor->phase != SUPERVISOR_LEAVING &&
	     supervisor_is_over(supervisor)))
		return 0;
	if (timeout_ns != MUSTER_FOREVER)
		until_ns = nsec_add(clock_now_ns(), timeout_ns);
	until_ns = nsec_min(until_ns, supervisor_phase_due_ns(supervisor));
	until_ns = nsec_min(until_ns, messages_due_ns(&supervisor->context));
	return nsec_min(until_ns, heap_due_ns(&supervisor->context.deadlines));
}

/* SIGSTOP, a suspended machine: nobody could be heard meanwhile. */
static void supervisor_note_time(struct supervisor *supervisor,
				 uint64_t until_ns)
{
	struct context *context = &supervisor->context;

	context->now_ns = clock_now_ns();
	if (until_ns != 0 &&
	    nsec_since(context->now_ns, until_ns) >= SUPERVISOR_STALL_NS)
		context->resumed_ns = context->now_ns;
	supervisor->turns++;
}

static void supervisor_note_length(struct supervisor *supervisor)
{
	uint64_t length_ns =
		nsec_since(clock_now_ns(), supervisor->context.now_ns);

	supervisor->turn_max_ns = nsec_max(supervisor->turn_max_ns, length_ns);
}

static void supervisor_take_all(struct supervisor *supervisor)
{
	uint32_t budget;

	supervisor_take(supervisor, LOOP_SIGNAL);
	supervisor_take(supervisor, LOOP_FD);
	supervisor_hear_last(supervisor);
	supervisor_take(supervisor, LOOP_STOP);
	supervisor_take(supervisor, LOOP_EXIT);
	supervisor_tell_orphans(supervisor);
	budget = supervisor_take_deadlines(supervisor, SUPERVISOR_BUDGET);
	supervisor_work(supervisor, budget);
	supervisor_greet(supervisor);
	forward_all(supervisor);
	if (supervisor->phase == SUPERVISOR_DRAINING &&
	    supervisor->context.now_ns >= supervisor->drain_due_ns)
		supervisor_stop(supervisor, 0);
	if (supervisor->phase == SUPERVISOR_STOPPING && supervisor->has_order)
		supervisor_stop_groups(supervisor);
	if (messages_due_ns(&supervisor->context) <= supervisor->context.now_ns)
		messages_tell_refused(&supervisor->context);
}

int supervisor_turn(struct supervisor *supervisor, uint64_t timeout_ns)
{
	uint64_t until_ns;
	int r;

	if (supervisor->phase == SUPERVISOR_DONE)
		return 0;
	supervisor_clean(supervisor);
	supervisor->is_late = supervisor->phase == SUPERVISOR_KILLING &&
			      clock_now_ns() >= supervisor->kill_due_ns;
	until_ns = supervisor_until(supervisor, timeout_ns);
	r = loop_wait(supervisor->context.loop, until_ns, &supervisor->batch);
	if (r < 0)
		return r;
	supervisor_note_time(supervisor, until_ns);
	supervisor_take_all(supervisor);
	supervisor_note_length(supervisor);
	if (!supervisor_is_over(supervisor) || leave_goes_on(supervisor))
		return 1;
	supervisor_finish(supervisor);
	return 0;
}
