/*
 * supervisor.c - the main loop's one pass. Obeys: what a signal means is
 * policy/route's answer, what an end means the worker table's.
 *
 * The order inside a turn is fixed and written once, in supervisor_turn:
 * signals, descriptors, exits, deadlines, launches, and then whether all is
 * over. Decisions use one reading of the clock per turn.
 */
#include <signal.h>

#include "base/fd.h"
#include "base/nsec.h"
#include "core/supervisor.h"
#include "loop/clock.h"
#include "policy/exit.h"
#include "policy/route.h"
#include "proc/tty.h"

/* B86: whoever loses his parent unexpectedly ends with 1. */
#define SUPERVISOR_PARENT_STATUS 1
/* SIGKILL is not obeyed in uninterruptible sleep: who kills everybody waits for
 * them so long, and not for ever. */
#define SUPERVISOR_KILL_NS (5 * NSEC_PER_SEC)

uint32_t supervisor_live(const struct supervisor *supervisor)
{
	uint32_t live = 0;

	for (uint32_t i = 0; i < supervisor->group_count; i++)
		live += slot_shared_live(&supervisor->groups[i]->shared);
	return live;
}

/* News of the launcher, or of the group that it names. */
static void supervisor_tell(struct supervisor *supervisor,
			    struct muster_event *event)
{
	if (event->kind != MUSTER_EVENT_GIVE_UP)
		event->group = -1;
	event->time_ns = supervisor->context.now_ns;
	event_push(&supervisor->context.events, event);
}

static void supervisor_finish(struct supervisor *supervisor)
{
	struct muster_event event = {.kind = MUSTER_EVENT_DONE};

	/* Table O: a stop that needed SIGKILL is not a clean one. */
	if (supervisor->status == 0 && supervisor->context.was_overdue &&
	    supervisor->phase == SUPERVISOR_STOPPING)
		supervisor->status = 1;
	supervisor->phase = SUPERVISOR_DONE;
	event.code = supervisor->status;
	event.count = supervisor_live(supervisor);
	supervisor_tell(supervisor, &event);
}

static void supervisor_tell_stop(struct supervisor *supervisor)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_STOP,
		.count = supervisor_live(supervisor),
		.code = supervisor->status,
	};

	supervisor_tell(supervisor, &event);
}

/* In the reverse order of addition; everybody is told in this turn, so nothing
 * is launched any more. */
void supervisor_stop(struct supervisor *supervisor, int status)
{
	if (supervisor->phase >= SUPERVISOR_STOPPING)
		return;
	supervisor->status = status;
	if (supervisor->phase == SUPERVISOR_NEW) {
		supervisor_finish(supervisor);
		return;
	}
	supervisor->phase = SUPERVISOR_STOPPING;
	supervisor->context.was_overdue = false; /* earlier ones do not count */
	supervisor_tell_stop(supervisor);
	for (uint32_t i = supervisor->group_count; i-- > 0;)
		group_want(&supervisor->context, supervisor->groups[i], 0);
}

void supervisor_kill(struct supervisor *supervisor, int status)
{
	if (supervisor->phase == SUPERVISOR_NEW)
		supervisor_stop(supervisor, status);
	if (supervisor->phase >= SUPERVISOR_KILLING)
		return;
	supervisor->phase = SUPERVISOR_KILLING;
	supervisor->status = status;
	supervisor->kill_due_ns = nsec_add(clock_now_ns(), SUPERVISOR_KILL_NS);
	supervisor_tell_stop(supervisor);
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		group_kill(&supervisor->context, supervisor->groups[i]);
}

static void supervisor_take_signal(struct supervisor *supervisor,
				   const struct loop_event *news)
{
	const struct route_question question = {
		.signo = news->signal.signo,
		/* B77: now, for a shell may have moved us. */
		.is_foreground = tty_is_foreground(),
		.is_from_kernel = news->signal.code > 0,
		.terms = supervisor->terms,
		.since_term_ns = nsec_since(supervisor->context.now_ns,
					    supervisor->term_ns),
		.is_same_sender = news->signal.pid == supervisor->term_pid,
	};
	struct route_verdict verdict = route_decide(&question);
	struct muster_event event = {
		.kind = MUSTER_EVENT_SIGNAL,
		.signo = news->signal.signo,
		.pid = news->signal.pid,
		.uid = news->signal.uid,
		.route = verdict.route,
	};

	supervisor_tell(supervisor, &event);
	if (news->signal.signo == SIGTERM) {
		supervisor->terms++;
		supervisor->term_ns = supervisor->context.now_ns;
		supervisor->term_pid = news->signal.pid;
	}
	if (verdict.route == MUSTER_ROUTE_STOP)
		supervisor_stop(supervisor, verdict.status);
	else if (verdict.route == MUSTER_ROUTE_KILL)
		supervisor_kill(supervisor, verdict.status);
}

static void supervisor_take_parent(struct supervisor *supervisor)
{
	struct muster_event event = {.kind = MUSTER_EVENT_PARENT};

	supervisor->parent_fd = fd_close(supervisor->parent_fd);
	supervisor_tell(supervisor, &event);
	if (supervisor->options.parent_death == MUSTER_PARENT_STOP)
		supervisor_stop(supervisor, SUPERVISOR_PARENT_STATUS);
	else
		supervisor_kill(supervisor, SUPERVISOR_PARENT_STATUS);
}

static void supervisor_take_fd(struct supervisor *supervisor,
			       const struct loop_event *news)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_WATCH,
		.tag = news->tag,
		.code = (int32_t)news->fd.revents,
	};

	if (news->fd.fd == supervisor->parent_fd)
		supervisor_take_parent(supervisor);
	else
		supervisor_tell(supervisor, &event);
}

/* What the end of one worker means for everybody. */
static void supervisor_weigh(struct supervisor *supervisor,
			     const struct worker *worker,
			     const struct muster_exit *how, enum muster_why why)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_GIVE_UP,
		.group = worker->slot->shared->group,
		.slot = worker->slot->id,
		.generation = worker->generation,
		.name = worker->slot->shared->spec->name,
		.text = worker->slot->shared->plan->path,
		.why = why,
		.exit = *how,
	};

	if (supervisor->phase >= SUPERVISOR_STOPPING)
		return;
	if (why == MUSTER_WHY_GIVE_UP || why == MUSTER_WHY_UNEXECUTABLE) {
		supervisor_tell(supervisor, &event);
		supervisor_stop(supervisor, exit_shell_code(how));
	} else if (why == MUSTER_WHY_RULE && !exit_is_success(how)) {
		/* Nobody replaces it: if all end so, the last one counts. */
		supervisor->status = exit_shell_code(how);
	}
}

static void supervisor_take_exit(struct supervisor *supervisor,
				 const struct loop_event *news)
{
	struct worker *worker = (void *)(uintptr_t)news->tag;
	struct slot_end end;

	end = slot_exited(&supervisor->context, worker, news->exit.code,
			  news->exit.status);
	if (end.next == MUSTER_NEXT_NEVER)
		supervisor_weigh(supervisor, worker, &end.how, end.why);
}

static void supervisor_take(struct supervisor *supervisor,
			    enum loop_event_kind kind)
{
	static void (*const take[])(struct supervisor *,
				    const struct loop_event *) = {
		[LOOP_SIGNAL] = supervisor_take_signal,
		[LOOP_FD] = supervisor_take_fd,
		[LOOP_EXIT] = supervisor_take_exit,
	};

	for (uint32_t i = 0; i < supervisor->batch.count; i++)
		if (supervisor->batch.events[i].kind == kind)
			take[kind](supervisor, &supervisor->batch.events[i]);
}

static uint32_t supervisor_take_deadlines(struct supervisor *supervisor,
					  uint32_t budget)
{
	struct context *context = &supervisor->context;

	while (budget > 0 &&
	       heap_due_ns(&context->deadlines) <= context->now_ns) {
		struct heap_node *node = heap_first(&context->deadlines);
		struct worker *worker =
			CONTAINER_OF(node, struct worker, deadline);

		heap_remove(&context->deadlines, node);
		slot_step(context, worker, WORKER_WAKE);
		budget--;
	}
	return budget;
}

static void supervisor_fill(struct supervisor *supervisor, uint32_t budget)
{
	for (uint32_t i = 0; i < supervisor->group_count && budget > 0; i++)
		budget = group_fill(&supervisor->context, supervisor->groups[i],
				    budget);
}

static bool supervisor_is_full(const struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (!group_is_full(supervisor->groups[i]))
			return false;
	return true;
}

/* Nobody runs, waits or is to be started. A parked group is something to do:
 * it may be scaled up. */
static bool supervisor_is_over(const struct supervisor *supervisor)
{
	uint32_t failed = 0;

	/* We may have been stopped ourselves: whoever is dead by now is taken
	 * first, and only those who do not come any more are given up. */
	if (supervisor->is_late && supervisor->batch.count == 0)
		return true;
	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		const struct group *group = supervisor->groups[i];

		if (supervisor->phase < SUPERVISOR_STOPPING &&
		    group->wanted == 0)
			return false;
		if (!group_is_full(group) ||
		    slot_shared_live(&group->shared) > 0 ||
		    group->shared.counts[WORKER_WAITING] > 0)
			return false;
		failed += group->shared.counts[WORKER_FAILED];
	}
	return supervisor->phase >= SUPERVISOR_STOPPING || failed > 0;
}

static uint64_t supervisor_until(const struct supervisor *supervisor,
				 uint64_t timeout_ns)
{
	uint64_t until_ns = NSEC_NEVER;

	if (timeout_ns == 0 || !supervisor_is_full(supervisor) ||
	    supervisor_is_over(supervisor))
		return 0;
	if (timeout_ns != MUSTER_FOREVER)
		until_ns = nsec_add(clock_now_ns(), timeout_ns);
	if (supervisor->phase == SUPERVISOR_KILLING)
		until_ns = nsec_min(until_ns, supervisor->kill_due_ns);
	return nsec_min(until_ns, heap_due_ns(&supervisor->context.deadlines));
}

int supervisor_turn(struct supervisor *supervisor, uint64_t timeout_ns)
{
	struct context *context = &supervisor->context;
	uint32_t budget = SUPERVISOR_BUDGET;
	int r;

	if (supervisor->phase == SUPERVISOR_DONE)
		return 0;
	supervisor->is_late = supervisor->phase == SUPERVISOR_KILLING &&
			      clock_now_ns() >= supervisor->kill_due_ns;
	r = loop_wait(context->loop, supervisor_until(supervisor, timeout_ns),
		      &supervisor->batch);
	if (r < 0)
		return r;
	context->now_ns = clock_now_ns();
	supervisor->turns++;
	supervisor_take(supervisor, LOOP_SIGNAL);
	supervisor_take(supervisor, LOOP_FD);
	supervisor_take(supervisor, LOOP_EXIT);
	budget = supervisor_take_deadlines(supervisor, budget);
	supervisor_fill(supervisor, budget);
	if (!supervisor_is_over(supervisor))
		return 1;
	supervisor_finish(supervisor);
	return 0;
}
