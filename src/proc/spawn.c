/*
 * spawn.c - what is written into a block for each launch, and the launch. Makes
 * one process and forgets it: no retry, nothing about restarts.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/fd.h"
#include "base/text.h"
#include "proc/blocks.h"
#include "proc/clone.h"
#include "proc/tty.h"

struct child_report *spawn_reports_new(size_t count)
{
	void *memory =
		mmap(NULL, count * sizeof(struct child_report),
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

struct child_report *spawn_reports_free(struct child_report *reports,
					size_t count)
{
	if (reports)
		(void)munmap(reports, count * sizeof(*reports));
	return NULL;
}

static void spawn_format(char *buffer, size_t size, const char *name,
			 uint64_t value)
{
	struct text text;

	text_init(&text, buffer, size);
	text_add(&text, name);
	text_add_u64(&text, value);
}

/* NAME=, and room for the digits that the child will write. */
static void spawn_add_pid(struct spawn_block *block, uint32_t *count,
			  uint32_t i, const char *name)
{
	struct text text;

	text_init(&text, block->pids[i], sizeof(block->pids[i]));
	text_add(&text, name);
	block->launch.pids[i] = block->pids[i] + text.length;
	block->environment[(*count)++] = block->pids[i];
}

/* Which of the workers it is. */
static void spawn_add_numbers(struct spawn_block *block, uint32_t *count,
			      const struct spawn_request *request)
{
	spawn_format(block->worker_id, sizeof(block->worker_id),
		     "MUSTER_WORKER_ID=", request->slot);
	spawn_format(block->generation, sizeof(block->generation),
		     "MUSTER_GENERATION=", request->generation);
	block->environment[(*count)++] = block->worker_id;
	block->environment[(*count)++] = block->generation;
}

static void spawn_fill_environment(struct spawn_block *block,
				   const struct spawn_request *request)
{
	const struct plan *plan = request->plan;
	uint32_t count = plan->environment_count;

	if (count > 0)
		memcpy(block->environment, plan->environment,
		       count * sizeof(block->environment[0]));
	memcpy(&block->environment[count], plan->own,
	       plan->own_count * sizeof(block->environment[0]));
	count += plan->own_count;
	if (!plan->is_transparent)
		spawn_add_numbers(block, &count, request);
	if (plan->has_listeners)
		spawn_add_pid(block, &count, 0, "LISTEN_PID=");
	if (plan->has_watchdog)
		spawn_add_pid(block, &count, 1, "WATCHDOG_PID=");
	block->environment[count] = NULL;
}

/* Signals for which this program has handlers. */
static uint64_t spawn_handled_signals(void)
{
	uint64_t handled = 0;

	for (int signo = 1; signo <= 64; signo++) {
		struct sigaction action;

		if (sigaction(signo, NULL, &action) == 0 &&
		    action.sa_handler != SIG_DFL &&
		    action.sa_handler != SIG_IGN)
			handled |= UINT64_C(1) << (signo - 1);
	}
	return handled;
}

static void spawn_fill_block(const struct spawner *spawner,
			     const struct spawn_request *request,
			     struct spawn_block *block)
{
	block->launch = (struct child_launch){
		.plan = request->plan,
		.keep = spawner->has_close_range ? request->plan->keep : 0,
		/* A shell may have moved us since the plan was made. */
		.takes_terminal = request->plan->takes_terminal &&
				  tty_is_ours(request->plan->terminal_fd),
		.report = request->report,
		.environment = block->environment,
		.cgroup_fd = -1,
	};
	if (spawner->drops_handlers && !spawner->has_clone3)
		block->launch.handled = spawn_handled_signals();
	*request->report = (struct child_report){0};
	spawn_fill_environment(block, request);
}

/* A child that is to be apart has a copy of the launcher's memory, its block in
 * it, whatever the mode: nobody need tell when it has left that. Nor is it
 * waited for: who may signal it, and not us, could stop it, and us with it. */
static uint64_t spawn_flags(const struct spawner *spawner,
			    const struct plan *plan)
{
	uint64_t flags = clone_flags(spawner);

	if (plan->is_apart)
		flags &= ~(uint64_t)(CLONE_VM | CLONE_VFORK |
				     CLONE_CHILD_CLEARTID);
	/* Who keeps all that there is takes a copy of the table from the
	 * beginning. */
	if (plan->keep == 0)
		flags &= ~(uint64_t)CLONE_FILES;
	return flags;
}

/* A child that is not waited for says by a cleared word when it has left its
 * block; the block of one that is, is free again when clone returns. */
static void spawn_own_block(const struct spawn_place *place,
			    struct compat_clone_args *args)
{
	if (!place->in_use) {
		args->flags &= ~(uint64_t)CLONE_CHILD_CLEARTID;
		args->flags |= CLONE_VFORK;
	} else if (args->flags & CLONE_CHILD_CLEARTID) {
		args->child_tid = (uint64_t)(uintptr_t)place->in_use;
		*place->in_use = 1;
	}
}

/* Such a failure says nothing of the cgroup: nobody may come in another way
 * where its pids.max is reached. */
static bool spawn_is_scarce(long r)
{
	return r == -EAGAIN || r == -ENOMEM;
}

/* Born there (Linux 5.7), or, in version 1, and whenever that does not work, by
 * the child's own doing: it says what does not work. */
static long spawn_into(const struct spawner *spawner,
		       const struct cgroup *cgroup,
		       struct compat_clone_args *args,
		       struct child_launch *launch)
{
	long pid;

	if (cgroup->is_v2 && spawner->has_clone3) {
		args->flags |= CLONE_INTO_CGROUP;
		args->cgroup = (uint64_t)cgroup->fd;
		pid = clone_child(spawner, args, child_run, launch);
		if (pid >= 0 || spawn_is_scarce(pid))
			return pid;
		args->flags &= ~CLONE_INTO_CGROUP;
		args->cgroup = 0;
	}
	launch->cgroup_fd = cgroup->procs_fd;
	return clone_child(spawner, args, child_run, launch);
}

static long spawn_clone(const struct spawner *spawner,
			const struct spawn_request *request,
			struct compat_clone_args *args,
			struct child_launch *launch)
{
	if (request->plan->cgroup)
		return spawn_into(spawner, request->plan->cgroup, args, launch);
	return clone_child(spawner, args, child_run, launch);
}

/* The launcher's end of a pipe, and the child's, which is the only one that
 * there is and closes by its execve or its end. That lies above all that the
 * child moves, or a move would close it. */
static int spawn_open_launch(const struct plan *plan, int *ret_ours,
			     int *ret_childs)
{
	unsigned int floor = plan_keep(plan->moves, plan->move_count);
	int ends[2];
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	r = fd_move_above(ends[1], (int)floor);
	if (r < 0) {
		(void)close(ends[0]);
		(void)close(ends[1]);
		return r;
	}
	*ret_ours = ends[0];
	*ret_childs = r;
	return 0;
}

/* In a table that we share the child would lose its end with ours. */
static int spawn_apart(const struct spawner *spawner,
		       const struct spawn_request *request,
		       struct spawn_block *block,
		       struct compat_clone_args *args, int *ret_launch_fd)
{
	_cleanup_fd_ int ours = -1;
	_cleanup_fd_ int childs = -1;
	long pid;

	if (request->waits) {
		int r = spawn_open_launch(request->plan, &ours, &childs);

		if (r < 0)
			return r;
		args->flags &= ~(uint64_t)CLONE_FILES;
		block->launch.launch_fd = (unsigned int)childs;
	}
	pid = spawn_clone(spawner, request, args, &block->launch);
	if (pid >= 0)
		*ret_launch_fd = TAKE_FD(ours);
	return (int)pid;
}

static int spawn_plain(const struct spawner *spawner,
		       const struct spawn_request *request,
		       const struct spawn_place *place,
		       struct compat_clone_args *args)
{
	long pid;

	spawn_own_block(place, args);
	pid = spawn_clone(spawner, request, args, &place->block->launch);
	if (pid < 0 && place->in_use)
		*place->in_use = 0;
	return (int)pid;
}

int spawn(const struct spawner *spawner, const struct spawn_request *request,
	  struct spawn_child *ret_child)
{
	/* Who has a copy of the block leaves it at once. */
	struct spawn_place place =
		spawn_pool_take(request->pool, request->plan,
				request->waits || request->plan->is_apart);
	struct spawn_child child = {.pidfd = -1, .launch_fd = -1};
	struct compat_clone_args args = {
		.flags = spawn_flags(spawner, request->plan),
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)place.stack,
		.stack_size = place.stack_size,
	};
	int pid;

	spawn_fill_block(spawner, request, place.block);
	if (spawner->has_pidfds)
		args.pidfd = (uint64_t)(uintptr_t)&child.pidfd;
	if (request->plan->is_apart)
		pid = spawn_apart(spawner, request, place.block, &args,
				  &child.launch_fd);
	else
		pid = spawn_plain(spawner, request, &place, &args);
	if (pid < 0)
		return pid;
	child.pid = pid;
	*ret_child = child;
	return 0;
}
