/*
 * slot.c - obeys the worker table. No rule is in here: what happens next, and
 * when, is in the verdict; how it is done is in proc/ and loop/.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>

#include "base/nsec.h"
#include "core/slot.h"
#include "loop/clock.h"
#include "policy/exit.h"
#include "policy/tally.h"
#include "proc/pidfd.h"

void slot_init(struct slot *slot, struct slot_shared *shared, uint32_t id,
	       struct child_report *report)
{
	*slot = (struct slot){
		.shared = shared,
		.current = &slot->first,
		.id = id,
		.first =
			{
				.slot = slot,
				.life = WORKER_LIFE_NULL,
				.deadline = HEAP_NODE_NULL,
				.watch = {.pidfd = -1},
				.report = report,
			},
	};
	slot->first.watch.tag = (uint64_t)(uintptr_t)&slot->first;
	shared->counts[WORKER_VACANT]++;
}

uint32_t slot_shared_live(const struct slot_shared *shared)
{
	uint32_t live = 0;

	for (int state = 0; state < WORKER_STATES; state++)
		if (worker_is_live((enum worker_state)state))
			live += shared->counts[state];
	return live;
}

static struct muster_event slot_event(const struct worker *worker,
				      enum muster_event_kind kind)
{
	const struct slot *slot = worker->slot;

	return (struct muster_event){
		.kind = kind,
		.group = slot->shared->group,
		.slot = slot->id,
		.generation = worker->generation,
		.pid = worker->watch.pid,
		.name = slot->shared->spec->name,
	};
}

static void slot_tell_started(struct context *context, struct worker *worker,
			      uint64_t launched_ns)
{
	struct muster_event event = slot_event(worker, MUSTER_EVENT_STARTED);
	struct muster_stats *stats = &worker->slot->shared->stats;

	event.time_ns = launched_ns;
	event.old_pid = worker->old_pid;
	if (worker->noticed_ns != 0)
		event.latency_ns = nsec_since(launched_ns, worker->noticed_ns);
	event_push(&context->events, &event);
	stats->started++;
	stats->restarts += worker->generation > 1;
}

/* Launches the worker's next process; on failure the worker must be told. */
static int slot_launch(struct context *context, struct worker *worker)
{
	struct slot *slot = worker->slot;
	struct spawn_request request = {
		.plan = slot->shared->plan,
		.pool = slot->shared->pool,
		.report = worker->report,
		.slot = slot->id,
		.generation = slot->generation + 1,
	};
	uint64_t launching_ns = clock_now_ns();
	struct spawn_child child;
	int r;

	worker->watch.pid = 0;
	worker->generation = slot->generation + 1;
	r = spawn(&context->spawner, &request, &child);
	if (r < 0)
		return r;
	slot->generation++;
	worker->life.started_ns = launching_ns;
	if (slot->shared->launched_ns == 0)
		slot->shared->launched_ns = launching_ns;
	worker->watch.pid = child.pid;
	worker->watch.pidfd = child.pidfd;
	/* A worker that cannot be watched is reaped all the same, later; it
	 * must not run unwatched until then. */
	if (loop_watch_exit(context->loop, &worker->watch) < 0)
		(void)pidfd_signal(child.pidfd, child.pid, SIGKILL);
	slot_tell_started(context, worker, clock_now_ns());
	return 0;
}

/* SIGKILL goes to the whole group too, whoever else is left of it. */
static void slot_signal_group(const struct context *context,
			      const struct worker *worker)
{
	if (worker->slot->shared->spec->kill != MUSTER_KILL_GROUP)
		return;
	if (context->spawner.signals_groups)
		(void)pidfd_signal_group(worker->watch.pidfd, SIGKILL);
	else
		(void)pidfd_signal_group_by_pid(worker->watch.pid, SIGKILL);
}

/* 0 or the errno: EPERM for a worker that became somebody else. ESRCH only
 * means that its end is already on the way to us. */
static int slot_signal(struct context *context, struct worker *worker,
		       int signo)
{
	const struct loop_watch *watch = &worker->watch;
	int r = pidfd_signal(watch->pidfd, watch->pid, signo);

	if (signo == SIGKILL)
		slot_signal_group(context, worker);
	else /* a stopped worker takes its signal only when it goes on */
		(void)pidfd_signal(watch->pidfd, watch->pid, SIGCONT);
	return r == -ESRCH ? 0 : -r;
}

static void slot_tell_signal(struct context *context, struct worker *worker,
			     int signo, int error)
{
	struct muster_event event = slot_event(worker, MUSTER_EVENT_STOPPING);

	if (worker->life.rung > 0) {
		event.kind = MUSTER_EVENT_OVERDUE;
		context->was_overdue = true;
		worker->slot->shared->stats.overdue++;
	}
	event.time_ns = context->now_ns;
	event.signo = signo;
	event.code = error;
	event.why = worker->life.stop_why;
	event_push(&context->events, &event);
}

static void slot_obey(struct context *context, struct worker *worker,
		      const struct worker_verdict *verdict)
{
	if (verdict->actions & WORKER_SIGNAL) {
		int error = slot_signal(context, worker, verdict->signo);

		if (verdict->actions & WORKER_TELL)
			slot_tell_signal(context, worker, verdict->signo,
					 error);
	}
	if (verdict->actions & WORKER_ARM)
		heap_set(&context->deadlines, &worker->deadline,
			 verdict->due_ns);
	else
		heap_remove(&context->deadlines, &worker->deadline);
}

static void slot_count(struct slot_shared *shared, enum worker_state from,
		       enum worker_state to)
{
	assert(shared->counts[from] > 0);
	shared->counts[from]--;
	shared->counts[to]++;
}

/* Asks the table, keeps the counts; a cell without an answer changes nothing,
 * the deadline neither. */
static struct worker_verdict slot_ask(struct context *context,
				      struct worker *worker,
				      const struct worker_news *news)
{
	struct slot_shared *shared = worker->slot->shared;
	enum worker_state before = worker->life.state;
	struct worker_verdict verdict;

	verdict = worker_step(&shared->spec->rules, &shared->restart,
			      &worker->life, news);
	slot_count(shared, before, worker->life.state);
	if (verdict.actions != 0 || before != worker->life.state)
		slot_obey(context, worker, &verdict);
	return verdict;
}

static void slot_tally_exit(struct slot_shared *shared,
			    const struct muster_exit *how)
{
	if (how->kind == MUSTER_EXIT_LAUNCH)
		shared->stats.launch_failures++;
	else if (how->kind == MUSTER_EXIT_SIGNAL)
		shared->stats.signaled++;
	else
		shared->stats.exited++;
}

static void slot_tell_exit(struct context *context, struct worker *worker,
			   const struct muster_exit *how,
			   const struct worker_verdict *verdict)
{
	struct muster_event event = slot_event(worker, MUSTER_EVENT_EXITED);
	struct muster_stats *stats = &worker->slot->shared->stats;
	uint64_t exec_ns = worker->report->exec_ns;

	event.time_ns = context->now_ns;
	event.exit = *how;
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
	slot_tally_exit(worker->slot->shared, how);
	if (verdict->why == MUSTER_WHY_THROTTLE)
		stats->throttled++;
}

static struct worker_verdict slot_end(struct context *context,
				      struct worker *worker,
				      const struct muster_exit *how)
{
	const struct worker_news news = {
		.event = WORKER_EXITED,
		.now_ns = context->now_ns,
		.exit = *how,
	};
	struct worker_verdict verdict = slot_ask(context, worker, &news);
	pid_t pid = worker->watch.pid;

	slot_tell_exit(context, worker, how, &verdict);
	worker->watch.pid = 0;
	worker->watch.pidfd = -1;
	worker->old_pid = verdict.actions & WORKER_SPAWN ? pid : 0;
	worker->noticed_ns =
		verdict.actions & WORKER_SPAWN ? context->now_ns : 0;
	return verdict;
}

/* A clone that fails is an end like others, of a worker without a pid. The
 * table never answers it with another launch at once. */
static void slot_spawn(struct context *context, struct worker *worker)
{
	/* Launched counts as ready until there is a better sign. */
	const struct worker_news ready = {
		.event = WORKER_IS_READY,
		.now_ns = context->now_ns,
	};
	struct worker_verdict verdict;
	struct muster_exit how;
	int r;

	r = slot_launch(context, worker);
	if (r == 0) {
		(void)slot_ask(context, worker, &ready);
		return;
	}
	*worker->report = (struct child_report){0};
	how = exit_from_launch(MUSTER_STEP_CLONE, -r);
	verdict = slot_end(context, worker, &how);
	assert(!(verdict.actions & WORKER_SPAWN));
	(void)verdict;
}

void slot_step(struct context *context, struct worker *worker,
	       enum worker_event event)
{
	const struct worker_news news = {
		.event = event,
		.now_ns = context->now_ns,
	};
	struct worker_verdict verdict = slot_ask(context, worker, &news);

	if (verdict.actions & WORKER_SPAWN)
		slot_spawn(context, worker);
}

/* The report outweighs the status: 127 may be a program's own. */
static struct muster_exit slot_read_end(const struct worker *worker, int code,
					int status)
{
	if (worker->report->step != MUSTER_STEP_NONE)
		return exit_from_launch((enum muster_step)worker->report->step,
					(int)worker->report->error);
	return exit_from_child(code, status);
}

/* Nobody has died yet, but others live and have for long enough: the command
 * can be executed, whatever is wrong with it just now. */
static void slot_note_executed(const struct context *context,
			       struct slot_shared *shared)
{
	uint64_t age_ns = nsec_since(context->now_ns, shared->launched_ns);

	if (slot_shared_live(shared) > 1 &&
	    age_ns >= shared->spec->rules.restart.healthy_after_ns)
		shared->restart.has_executed = true;
}

struct slot_end slot_exited(struct context *context, struct worker *worker,
			    int code, int status)
{
	struct muster_exit how = slot_read_end(worker, code, status);
	int pidfd = worker->watch.pidfd;
	struct worker_verdict verdict;

	/* What it left in its group goes before its successor comes. By number
	 * only while it is a zombie: code 0 means somebody reaped it. */
	if (context->spawner.signals_groups || code != 0)
		slot_signal_group(context, worker);
	slot_note_executed(context, worker->slot->shared);
	verdict = slot_end(context, worker, &how);
	if (verdict.actions & WORKER_SPAWN)
		slot_spawn(context, worker);
	loop_close(context->loop, pidfd);
	return (struct slot_end){
		.how = how,
		.next = verdict.next,
		.why = verdict.why,
	};
}
