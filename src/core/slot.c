/*
 * slot.c - obeys the worker table. No rule is in here: what happens next, and
 * when, is in the verdict; how it is done is in proc/ and loop/.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>

#include "base/nsec.h"
#include "core/awaited.h"
#include "core/cgroups.h"
#include "core/slot.h"
#include "core/slot_launch.h"
#include "core/slot_signal.h"
#include "core/tell.h"
#include "policy/exit.h"
#include "proc/tty.h"

void slot_init(struct context *context, struct slot *slot,
	       struct slot_shared *shared, uint32_t id)
{
	*slot = (struct slot){.shared = shared, .id = id};
	list_init(&slot->link);
	slot->current = slot_take_worker(context, slot);
}

struct worker *slot_take_worker(struct context *context, struct slot *slot)
{
	context->counts[WORKER_VACANT]++;
	slot->shared->counts[WORKER_VACANT]++;
	return workers_take(&context->workers, slot);
}

void slot_give_worker(struct context *context, struct worker *worker)
{
	context->counts[WORKER_VACANT]--;
	worker->slot->shared->counts[WORKER_VACANT]--;
	worker->edition = edition_unref(context, worker->edition);
	workers_give(&context->workers, worker);
}

uint32_t slot_shared_live(const struct slot_shared *shared)
{
	uint32_t live = 0;

	for (int state = 0; state < WORKER_STATES; state++)
		if (worker_is_live((enum worker_state)state))
			live += shared->counts[state];
	return live;
}

uint32_t slot_shared_ready(const struct slot_shared *shared)
{
	return shared->counts[WORKER_READY] + shared->counts[WORKER_RELIEVED];
}

static void slot_become_ready(struct context *context, struct worker *worker,
			      const struct worker_verdict *verdict)
{
	struct muster_event event = tell_event(worker, MUSTER_EVENT_READY);

	event.time_ns = context->now_ns;
	event.uptime_ns = verdict->uptime_ns;
	event_push(&context->events, &event);
	/* It may have read what was changed while it started. */
	if (worker->life.started_ns <= worker->slot->shared->mutated_ns)
		(void)slot_signal(context, worker, SIGHUP);
}

static void slot_obey(struct context *context, struct worker *worker,
		      const struct worker_verdict *verdict)
{
	int error = 0;

	if (verdict->actions & WORKER_SIGNAL)
		error = slot_signal(context, worker, verdict->signo);
	if (verdict->actions & WORKER_TELL) {
		if (worker->life.state == WORKER_STOPPING)
			tell_signal(context, worker, verdict, error);
		else if (worker->life.state == WORKER_READY)
			slot_become_ready(context, worker, verdict);
	}
	if (verdict->actions & WORKER_ARM)
		heap_set(&context->deadlines, &worker->deadline,
			 verdict->due_ns);
	else
		heap_remove(&context->deadlines, &worker->deadline);
}

static void slot_count(struct context *context, struct worker *worker,
		       enum worker_state from)
{
	struct slot_shared *shared = worker->slot->shared;
	enum worker_state to = worker->life.state;

	assert(shared->counts[from] > 0);
	shared->counts[from]--;
	shared->counts[to]++;
	context->counts[from]--;
	context->counts[to]++;
	if (worker_is_ready(from) && !worker_is_ready(to))
		worker->edition->ready--;
	else if (!worker_is_ready(from) && worker_is_ready(to))
		worker->edition->ready++;
}

/* Asks the table, keeps the counts; a cell without an answer changes nothing,
 * the deadline neither. */
static struct worker_verdict slot_ask(struct context *context,
				      struct worker *worker,
				      const struct worker_news *news)
{
	struct slot_shared *shared = worker->slot->shared;
	const struct edition *edition =
		worker->edition ? worker->edition : shared->edition;
	enum worker_state before = worker->life.state;
	struct worker_verdict verdict;

	verdict = worker_step(&edition->spec->rules, &shared->restart,
			      &worker->life, news);
	slot_count(context, worker, before);
	if (verdict.actions != 0)
		slot_obey(context, worker, &verdict);
	return verdict;
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
	bool was_failure = worker->life.state == WORKER_STOPPING &&
			   tell_is_failure(worker->life.stop_why);
	struct worker_verdict verdict = slot_ask(context, worker, &news);
	pid_t pid = worker->watch.pid;

	tell_exit(context, worker, how, &verdict, was_failure);
	worker->watch.pid = 0;
	worker->watch.pidfd = -1;
	worker->old_pid = verdict.actions & WORKER_SPAWN ? pid : 0;
	worker->noticed_ns =
		verdict.actions & WORKER_SPAWN ? context->now_ns : 0;
	return verdict;
}

/* Launched counts as ready where no better sign was asked for; a launch that
 * was waited for has one. */
static void slot_launched(struct context *context, struct worker *worker,
			  bool is_seen)
{
	const struct worker_news ready = {
		.event = WORKER_IS_READY,
		.now_ns = context->now_ns,
	};

	if (worker->edition->spec->ready != MUSTER_READY_EXEC ||
	    worker->report->step != MUSTER_STEP_NONE)
		return;
	if (is_seen)
		worker->slot->shared->restart.has_executed = true;
	(void)slot_ask(context, worker, &ready);
}

void slot_executed(struct context *context, struct worker *worker)
{
	awaited_forget(context, worker);
	/* Somebody may have killed it before. */
	if (worker->report->exec_ns != 0)
		slot_launched(context, worker, true);
}

/* A clone that fails is an end like others, of a worker without a pid. The
 * table never answers it with another launch at once. */
static void slot_spawn(struct context *context, struct worker *worker)
{
	struct worker_verdict verdict;
	struct muster_exit how;
	int r;

	r = slot_launch(context, worker);
	if (r == 0) {
		if (worker->launch_fd < 0)
			slot_launched(context, worker,
				      slot_launch_waits(context,
							worker->slot->shared));
		return;
	}
	*worker->report = (struct child_report){0};
	how = exit_from_launch(MUSTER_STEP_CLONE, -r);
	verdict = slot_end(context, worker, &how);
	assert(!(verdict.actions & WORKER_SPAWN));
	(void)verdict;
}

static void slot_tell_news(struct context *context, struct worker *worker,
			   const struct worker_news *news)
{
	struct worker_verdict verdict = slot_ask(context, worker, news);

	if (verdict.actions & WORKER_SPAWN)
		slot_spawn(context, worker);
}

void slot_step(struct context *context, struct worker *worker,
	       enum worker_event event)
{
	const struct worker_news news = {
		.event = event,
		.now_ns = context->now_ns,
		.resumed_ns = context->resumed_ns,
	};

	slot_tell_news(context, worker, &news);
}

void slot_retire(struct context *context, struct worker *worker)
{
	const struct worker_news news = {
		.event = WORKER_UNWANTED,
		.now_ns = context->now_ns,
		.why = MUSTER_WHY_ROLLED,
	};

	slot_tell_news(context, worker, &news);
}

void slot_extend(struct context *context, struct worker *worker,
		 uint64_t extend_ns)
{
	const struct worker_news news = {
		.event = WORKER_EXTEND,
		.now_ns = context->now_ns,
		.extend_ns = extend_ns,
	};

	slot_tell_news(context, worker, &news);
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

/* Such a signal is on its way from us, or was. */
static bool slot_was_killed(const struct worker *worker)
{
	const struct worker_life *life = &worker->life;
	const struct ladder *ladder = &worker->edition->spec->rules.ladder;

	return life->state == WORKER_STOPPING &&
	       ladder->rungs[life->rung].signo == SIGKILL;
}

/* What the kernel does not say of a death, and its cgroup does. */
static void slot_explain(struct context *context, const struct worker *worker,
			 struct muster_exit *how)
{
	if (how->kind == MUSTER_EXIT_SIGNAL && how->code == SIGKILL &&
	    !slot_was_killed(worker))
		how->is_oom = cgroups_explain(context, worker->edition->cgroup);
}

/* Nobody has died yet, but others live and have for long enough: the command
 * can be executed, whatever is wrong with it just now. */
static void slot_note_executed(const struct context *context,
			       const struct worker *worker)
{
	struct slot_shared *shared = worker->slot->shared;
	uint64_t age_ns = nsec_since(context->now_ns, shared->launched_ns);

	if (slot_shared_live(shared) > 1 &&
	    age_ns >= worker->edition->spec->rules.restart.healthy_after_ns)
		shared->restart.has_executed = true;
}

struct slot_end slot_exited(struct context *context, struct worker *worker,
			    int code, int status)
{
	struct muster_exit how = slot_read_end(worker, code, status);
	int pidfd = worker->watch.pidfd;
	struct worker_verdict verdict;

	/* Both are news of one turn, or it was said too late for this one. */
	if (worker->launch_fd >= 0)
		slot_executed(context, worker);
	/* What it left in its group goes before its successor comes. By number
	 * only while it is a zombie: code 0 means somebody reaped it. */
	if (context->spawner.signals_groups || code != 0)
		slot_kill_group(context, worker);
	slot_explain(context, worker, &how);
	cgroups_leave(worker->edition->cgroup);
	if (how.kind == MUSTER_EXIT_LAUNCH)
		slot_note_executed(context, worker);
	if (worker->edition->plan && worker->edition->plan->takes_terminal)
		tty_take_back(context->terminal_fd, worker->watch.pid);
	verdict = slot_end(context, worker, &how);
	pidfds_remove(&context->pidfds, pidfd);
	/* At once, not by the next wait: a fork would inherit it. */
	if (context->forks)
		loop_close_now(context->loop, pidfd);
	if (verdict.actions & WORKER_SPAWN)
		slot_spawn(context, worker);
	if (!context->forks)
		loop_close(context->loop, pidfd);
	return (struct slot_end){
		.how = how,
		.next = verdict.next,
		.why = verdict.why,
	};
}
