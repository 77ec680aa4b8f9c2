/*
 * spawn.c - stands behind proc/spawn.h and proc/fork.h: a launch is an entry in
 * the world's table, its failure is the script's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fakes/fake.h"
#include "proc/fork.h"
#include "proc/spawn.h"

struct spawn_pool {
	uint32_t room; /* variables of the largest plan that was fitted */
};

int spawner_init(struct spawner *ret_spawner, enum muster_spawn wanted,
		 bool is_owner)
{
	*ret_spawner = (struct spawner){
		.mode = wanted == MUSTER_SPAWN_AUTO ? MUSTER_SPAWN_FAST
						    : wanted,
		.has_clone3 = true,
		.has_pidfds = fake.has_pidfds,
		.signals_groups = fake.signals_groups && fake.has_pidfds,
		.has_close_range = true,
		.drops_handlers = !is_owner,
	};
	if (fake.spawner_error == 0)
		return 0;
	(void)snprintf(ret_spawner->reason, sizeof(ret_spawner->reason),
		       "the fake has no child");
	return -fake.spawner_error;
}

int spawner_ask(struct spawner *ret_spawner, enum muster_spawn wanted,
		bool is_owner)
{
	return spawner_init(ret_spawner, wanted, is_owner);
}

int spawn_pool_new(struct spawn_pool **ret_pool)
{
	struct spawn_pool *pool;

	if (fake.pool_error != 0)
		return -fake.pool_error;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return -ENOMEM;
	fake.pools++;
	*ret_pool = pool;
	return 0;
}

int spawn_pool_fit(struct spawn_pool *pool, const struct plan *plan)
{
	if (fake.pool_error != 0)
		return -fake.pool_error;
	if (plan->environment_count > pool->room)
		pool->room = plan->environment_count;
	return 0;
}

struct spawn_pool *spawn_pool_free(struct spawn_pool *pool)
{
	if (!pool)
		return NULL;
	fake.pools--;
	free(pool);
	return NULL;
}

bool spawn_pool_is_idle(const struct spawn_pool *pool)
{
	(void)pool; /* what is launched has executed at once */
	return true;
}

struct child_report *spawn_reports_new(size_t count)
{
	struct child_report *reports;

	if (fake.has_no_reports)
		return NULL;
	reports = calloc(count, sizeof(*reports));
	fake.reports += reports != NULL;
	return reports;
}

struct child_report *spawn_reports_free(struct child_report *reports,
					size_t count)
{
	(void)count; /* free knows */
	fake.reports -= reports != NULL;
	free(reports);
	return NULL;
}

static void spawn_blame(const struct spawn_request *request)
{
	if (!request->report)
		fake_blame("slot %u: no report", request->slot);
	if (!request->plan || !request->pool)
		fake_blame("slot %u: an incomplete request", request->slot);
	else if (request->plan->environment_count > request->pool->room)
		fake_blame("slot %u: a pool too small for the plan",
			   request->slot);
}

/* Who is apart is not waited for, but awaited. */
static void spawn_await(struct fake_process *process)
{
	if (!process->was_waited_for || !process->plan->is_apart)
		return;
	process->was_waited_for = false;
	process->launch_fd = fake_open_launch();
	process->has_executed = !fake.holds_launches;
}

/* What the child has written when the launch returns: all of it where that
 * waited, and otherwise not yet why it fails. */
static void spawn_live(struct fake_process *process)
{
	const struct fake_birth *birth = &fake.birth;

	if (process->launch_fd < 0 || process->has_executed)
		process->report->exec_ns =
			nsec_add(fake.now_ns, fake.exec_takes_ns);
	if (birth->step != MUSTER_STEP_NONE) {
		process->step = birth->step;
		process->error = birth->error;
		process->report->value = birth->value;
		if (process->was_waited_for)
			fake_report(process);
		fake_end_at(process, fake.now_ns, CLD_EXITED, 127);
	} else if (birth->life_ns != NSEC_NEVER) {
		fake_end_at(process, nsec_add(fake.now_ns, birth->life_ns),
			    birth->code, birth->status);
	}
	if (fake.on_birth)
		fake.on_birth(process);
}

static int spawn_launch(const struct spawner *spawner,
			const struct spawn_request *request,
			struct spawn_child *ret_child)
{
	struct fake_process *process;

	fake.attempts++;
	*request->report = (struct child_report){0};
	if (fake.spawn_failures > 0) {
		fake.spawn_failures--;
		fake_note(FAKE_LAUNCH_FAILED, 0, fake.spawn_error);
		return -fake.spawn_error;
	}
	fake.launches++;
	process = fake_new_process(request, spawner->has_pidfds);
	fake_note(FAKE_LAUNCH, process->pid, (int)request->slot);
	spawn_await(process);
	spawn_live(process);
	*ret_child = (struct spawn_child){
		.pid = process->pid,
		.pidfd = process->pidfd,
		.launch_fd = process->launch_fd,
	};
	return 0;
}

int spawner_launch(struct spawner *spawner, const struct spawn_request *request,
		   struct spawn_child *ret_child)
{
	spawn_blame(request);
	return spawn_launch(spawner, request, ret_child);
}

/* What a fork would have a copy of: of those whose end is in this turn's batch
 * their own turn closes it. */
static void fork_blame_open(void)
{
	for (uint32_t i = 0; i < fake.owner_count; i++) {
		const struct fake_process *owner =
			fake.owners[i] >= 0 ? fake.processes[fake.owners[i]]
					    : NULL;

		if (owner && owner->told_wait != 0 &&
		    owner->told_wait < fake.waits)
			fake_blame("the pidfd of %d is handed down",
				   owner->pid);
	}
}

/* Behind proc/fork.h: there is never a child to be. */
void fork_prepare(bool is_ours)
{
	fake.forks_prepared++;
	fake.shares_code = is_ours;
}

int fork_worker(const struct spawner *spawner,
		const struct spawn_request *request,
		struct spawn_child *ret_child)
{
	int r;

	if (request->plan || !request->report)
		fake_blame("slot %u: a fork by a plan, or without a report",
			   request->slot);
	if (request->waits)
		fake_blame("slot %u: a fork that waits", request->slot);
	if (fake.forks_prepared == 0)
		fake_blame("slot %u: a fork unprepared", request->slot);
	fork_blame_open();
	r = spawn_launch(spawner, request, ret_child);
	fake.forks += r == 0;
	fake.fork_failures += r < 0;
	return r;
}

void fork_reset_signals(const int *signals, uint32_t count, uint64_t mask)
{
	(void)signals;
	(void)count;
	(void)mask;
	fake_blame("nobody is a forked child here");
}

void fork_settle(const struct fork_setting *setting,
		 struct child_report *report)
{
	(void)setting;
	(void)report;
	fake_blame("nobody is a forked child here");
}

struct fork_mark *fork_mark_new(void)
{
	return malloc(1);
}

struct fork_mark *fork_mark_free(struct fork_mark *mark)
{
	free(mark);
	return NULL;
}

bool fork_mark_is_ours(const struct fork_mark *mark)
{
	(void)mark;
	return !fake.is_forked;
}
