/*
 * slot_launch.c - makes a worker's next process, and sees that its end will be
 * known.
 */
#include <errno.h>
#include <signal.h>

#include "core/awaited.h"
#include "core/born.h"
#include "core/cgroups.h"
#include "core/slot_launch.h"
#include "core/tell.h"
#include "loop/clock.h"
#include "proc/fork.h"
#include "proc/pidfd.h"

/* Where executing is all that is asked of a worker it must be seen once before
 * anybody relies on it, and of each newcomer for which another one goes. A
 * restart need not wait: its command did execute, unless signals are handed on,
 * which must meet the program and not its launch. */
bool slot_launch_waits(const struct context *context,
		       const struct slot_shared *shared)
{
	const struct spec *spec = shared->edition->spec;

	if (spec->run)
		return false;
	return context->forwards ||
	       (spec->ready == MUSTER_READY_EXEC &&
		(shared->former || !shared->restart.has_executed));
}

static int slot_spawn_child(struct context *context,
			    const struct spawn_request *request,
			    struct spawn_child *ret_child)
{
	int r = request->waits && request->plan->is_apart
			? awaited_open(context)
			: 0;

	return r < 0 ? r
		     : spawner_launch(&context->spawner, request, ret_child);
}

/* A worker that cannot be watched is reaped all the same, later; it must not
 * run unwatched until then, nor siblings keep its descriptors. */
static void slot_watch_child(struct context *context, struct worker *worker,
			     const struct spawn_child *child)
{
	const struct plan *plan = worker->slot->shared->edition->plan;
	int r = pidfds_add(&context->pidfds, child->pidfd);

	worker->watch.pid = child->pid;
	worker->watch.pidfd = child->pidfd;
	if (child->launch_fd >= 0 &&
	    awaited_add(context, worker, child->launch_fd) < 0)
		r = -ENOMEM;
	if (loop_watch_exit(context->loop, &worker->watch) < 0 || r < 0)
		(void)pidfd_signal(child->pidfd, child->pid, SIGKILL);
	else if (plan && plan->takes_terminal)
		loop_watch_stops(context->loop, &worker->watch);
}

int slot_launch(struct context *context, struct worker *worker)
{
	struct slot *slot = worker->slot;
	struct spawn_request request = {
		.plan = slot->shared->edition->plan,
		.pool = context->pool,
		.report = worker->report,
		.slot = slot->id,
		.generation = slot->generation + 1,
		.waits = slot_launch_waits(context, slot->shared),
	};
	uint64_t launching_ns = clock_now_ns();
	struct spawn_child child;
	struct born born;
	int r;

	worker->watch.pid = 0;
	worker->generation = slot->generation + 1;
	if (worker->edition != slot->shared->edition) {
		(void)edition_unref(context, worker->edition);
		worker->edition = edition_ref(slot->shared->edition);
	}
	cgroups_enter(worker->edition->cgroup);
	if (slot->shared->edition->spec->run) {
		born = born_prepare(context, worker);
		r = fork_worker(&context->spawner, &request, &child);
		if (r == FORK_CHILD)
			born_run(&born);
	} else {
		r = slot_spawn_child(context, &request, &child);
	}
	if (r < 0) {
		cgroups_leave(worker->edition->cgroup);
		return r;
	}
	slot->generation++;
	worker->life.started_ns = launching_ns;
	if (slot->shared->launched_ns == 0)
		slot->shared->launched_ns = launching_ns;
	slot_watch_child(context, worker, &child);
	tell_started(context, worker, clock_now_ns());
	return 0;
}
