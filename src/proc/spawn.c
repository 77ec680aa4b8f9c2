/*
 * spawn.c - clone3 and its fallbacks, and the blocks that children live in
 * until they execute. Makes one process and forgets it: no retry, no waiting
 * (but for the probe's own child), nothing about restarts.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/text.h"
#include "proc/pidfd.h"
#include "proc/spawn.h"

/* The child calls a few small functions; the pages below are never touched. */
#define SPAWN_STACK_MIN 4096U
#define SPAWN_PAGE 4096U
#define SPAWN_PROBE_MS 1000

/* Lies at the top of a block; the stack grows down from it, so that a launch
 * touches one page. */
struct spawn_block {
	struct child_launch launch;
	char worker_id[40];
	char generation[40];
	char listen_pid[40];
	char *environment[];
};

struct spawn_pool {
	char *memory;
	size_t block_size;
	size_t head_offset; /* of struct spawn_block in a block */
	/* Cleared by the kernel when the child has left its block. */
	volatile int in_use[SPAWN_BLOCKS];
	/* One more block follows the last, for a child that is waited for. */
};

static const uint64_t spawn_flags[MUSTER_SPAWNS] = {
	[MUSTER_SPAWN_FAST] = CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID,
	[MUSTER_SPAWN_VFORK] = CLONE_VM | CLONE_VFORK | CLONE_FILES,
	[MUSTER_SPAWN_FORK] = 0,
};

static const char *const spawn_names[MUSTER_SPAWNS] = {
	[MUSTER_SPAWN_AUTO] = "auto",
	[MUSTER_SPAWN_FAST] = "fast",
	[MUSTER_SPAWN_VFORK] = "vfork",
	[MUSTER_SPAWN_FORK] = "fork",
};

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

int spawn_pool_new(const struct plan *plan, struct spawn_pool **ret_pool)
{
	_cleanup_free_ struct spawn_pool *pool = calloc(1, sizeof(*pool));
	/* Three variables of its own, and the end. */
	size_t head = sizeof(struct spawn_block) +
		      (plan->environment_count + 4) * sizeof(char *);

	if (!pool)
		return -ENOMEM;
	head = (head + 63) & ~(size_t)63;
	pool->block_size = (head + SPAWN_STACK_MIN + SPAWN_PAGE - 1) &
			   ~(size_t)(SPAWN_PAGE - 1);
	pool->head_offset = pool->block_size - head;
	pool->memory = mmap(NULL, pool->block_size * (SPAWN_BLOCKS + 1),
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pool->memory == MAP_FAILED)
		return -errno;
	*ret_pool = TAKE_PTR(pool);
	return 0;
}

struct spawn_pool *spawn_pool_free(struct spawn_pool *pool)
{
	if (!pool)
		return NULL;
	(void)munmap(pool->memory, pool->block_size * (SPAWN_BLOCKS + 1));
	free(pool);
	return NULL;
}

static bool spawn_pool_is_free(const struct spawn_pool *pool, uint32_t index)
{
	return __atomic_load_n(&pool->in_use[index], __ATOMIC_ACQUIRE) == 0;
}

bool spawn_pool_is_idle(const struct spawn_pool *pool)
{
	for (uint32_t i = 0; i < SPAWN_BLOCKS; i++)
		if (!spawn_pool_is_free(pool, i))
			return false;
	return true;
}

/* The lowest free one: a launcher that restarts one worker at a time touches
 * one block for ever. SPAWN_BLOCKS, the one beyond, when none is. */
static uint32_t spawn_pool_take(const struct spawn_pool *pool)
{
	uint32_t i = 0;

	while (i < SPAWN_BLOCKS && !spawn_pool_is_free(pool, i))
		i++;
	return i;
}

static void spawn_format(char *buffer, size_t size, const char *name,
			 uint64_t value)
{
	struct text text;

	text_init(&text, buffer, size);
	text_add(&text, name);
	text_add_u64(&text, value);
}

static void spawn_fill_environment(struct spawn_block *block,
				   const struct spawn_request *request)
{
	const struct plan *plan = request->plan;
	uint32_t count = plan->environment_count;

	memcpy(block->environment, plan->environment,
	       count * sizeof(block->environment[0]));
	spawn_format(block->worker_id, sizeof(block->worker_id),
		     "MUSTER_WORKER_ID=", request->slot);
	spawn_format(block->generation, sizeof(block->generation),
		     "MUSTER_GENERATION=", request->generation);
	block->environment[count++] = block->worker_id;
	block->environment[count++] = block->generation;
	if (plan->has_listeners) {
		static const char name[] = "LISTEN_PID=";

		memcpy(block->listen_pid, name, sizeof(name));
		block->launch.listen_pid = block->listen_pid + sizeof(name) - 1;
		block->environment[count++] = block->listen_pid;
	}
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
		.report = request->report,
		.environment = block->environment,
	};
	if (spawner->drops_handlers && !spawner->has_clone3)
		block->launch.handled = spawn_handled_signals();
	*request->report = (struct child_report){0};
	spawn_fill_environment(block, request);
}

static uint64_t spawn_mode_flags(const struct spawner *spawner)
{
	uint64_t flags = spawn_flags[spawner->mode];

	/* Without close_range the child cannot leave the shared table early:
	 * it gets a copy. */
	if (!spawner->has_close_range)
		flags &= ~(uint64_t)CLONE_FILES;
	if (spawner->has_pidfds)
		flags |= CLONE_PIDFD;
	if (spawner->has_clone3)
		flags |= CLONE_CLEAR_SIGHAND;
	return flags;
}

/* The one place where a process is made. The child's frame pointer and stack
 * are its own; with neither CLONE_VM nor a stack it continues on a copy. */
static long spawn_clone(const struct spawner *spawner,
			struct compat_clone_args *args, void (*run)(void *),
			void *argument)
{
	if (!(args->flags & CLONE_VM)) {
		args->stack = 0;
		args->stack_size = 0;
	}
	if (spawner->has_clone3)
		return compat_clone3(args, run, argument);
	return compat_clone(args, run, argument);
}

/* A child that is not waited for says by a cleared word when it has left its
 * block; for want of blocks it is waited for. */
static void spawn_own_block(struct spawn_pool *pool, uint32_t index,
			    struct compat_clone_args *args)
{
	if (!(args->flags & CLONE_CHILD_CLEARTID))
		return;
	if (index == SPAWN_BLOCKS) {
		args->flags &= ~(uint64_t)CLONE_CHILD_CLEARTID;
		args->flags |= CLONE_VFORK;
		return;
	}
	args->child_tid = (uint64_t)(uintptr_t)&pool->in_use[index];
	pool->in_use[index] = 1;
}

int spawn(const struct spawner *spawner, const struct spawn_request *request,
	  struct spawn_child *ret_child)
{
	struct spawn_pool *pool = request->pool;
	uint32_t index = spawn_pool_take(pool);
	char *bottom = pool->memory + index * pool->block_size;
	struct spawn_block *block = (void *)(bottom + pool->head_offset);
	int pidfd = -1;
	struct compat_clone_args args = {
		.flags = spawn_mode_flags(spawner),
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)bottom,
		.stack_size = pool->head_offset,
	};
	long pid;

	spawn_fill_block(spawner, request, block);
	if (spawner->has_pidfds)
		args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	spawn_own_block(pool, index, &args);
	pid = spawn_clone(spawner, &args, child_run, &block->launch);
	if (pid < 0) {
		if (index < SPAWN_BLOCKS)
			pool->in_use[index] = 0;
		return (int)pid;
	}
	*ret_child = (struct spawn_child){.pid = (pid_t)pid, .pidfd = pidfd};
	return 0;
}

/* Waits for the probe's child, which does nothing but exit. */
static int spawn_probe_wait(struct spawner *spawner, pid_t pid, int pidfd)
{
	struct pollfd set = {.fd = pidfd, .events = POLLIN};
	siginfo_t info = {0};
	int r;

	if (pidfd >= 0) {
		r = pidfd_signal_group(pidfd, 0);
		spawner->signals_groups = r == 0 || r == -ESRCH;
		if (poll(&set, 1, SPAWN_PROBE_MS) != 1 ||
		    waitid(COMPAT_P_PIDFD, (id_t)pidfd, &info,
			   WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid != pid)
			spawner->has_pidfds = false;
	}
	/* It is exiting, whatever else is true. */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -errno;
	return info.si_status == 0 ? 0 : -info.si_status;
}

/* One child by the mode, clone and pidfds that spawner says at present. */
static int spawn_probe(struct spawner *spawner)
{
	static char stack[SPAWN_STACK_MIN] __attribute__((aligned(64)));
	volatile int in_use = 0;
	struct compat_clone_args args = {
		.flags = spawn_mode_flags(spawner),
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	_cleanup_fd_ int pidfd = -1;
	long pid;

	if (spawner->has_pidfds)
		args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	if (args.flags & CLONE_CHILD_CLEARTID)
		args.child_tid = (uint64_t)(uintptr_t)&in_use;
	pid = spawn_clone(spawner, &args, child_probe,
			  spawner->has_close_range ? stack : NULL);
	if (pid < 0)
		return (int)pid;
	return spawn_probe_wait(spawner, (pid_t)pid, pidfd);
}

/* "Not now" is no answer to what works here: the path is taken, and each launch
 * fails for itself until the machine has room. Groups are asked of ourselves.
 */
static bool spawner_is_short(struct spawner *spawner, int r)
{
	_cleanup_fd_ int pidfd = -1;

	if (r != -EAGAIN && r != -ENOMEM)
		return false;
	pidfd = pidfd_open_process(getpid());
	r = pidfd < 0 ? pidfd : pidfd_signal_group(pidfd, 0);
	spawner->signals_groups = r == 0 || r == -ESRCH;
	return true;
}

/* From the best to the least that a mode can do without. */
static int spawner_try_mode(struct spawner *spawner, enum muster_spawn mode)
{
	static const struct {
		bool has_clone3, has_pidfds, has_close_range;
	} ways[] = {
		{true, true, true},   {false, true, true},
		{true, true, false},  {false, true, false},
		{false, false, true}, {false, false, false},
	};
	int r = -EINVAL;

	spawner->mode = mode;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		/* It cannot do without its own descriptor table. */
		if (mode == MUSTER_SPAWN_FAST && !ways[i].has_close_range)
			continue;
		spawner->has_clone3 = ways[i].has_clone3;
		spawner->has_pidfds = ways[i].has_pidfds;
		spawner->has_close_range = ways[i].has_close_range;
		spawner->signals_groups = false;
		r = spawn_probe(spawner);
		if (r == 0 || spawner_is_short(spawner, r))
			return 0;
	}
	return r;
}

static int spawner_try_modes(struct spawner *spawner, enum muster_spawn wanted)
{
	struct text reason;
	int r = -EINVAL;

	text_init(&reason, spawner->reason, sizeof(spawner->reason));
	for (int mode = MUSTER_SPAWN_FAST; mode < MUSTER_SPAWNS; mode++) {
		if (wanted != MUSTER_SPAWN_AUTO && (int)wanted != mode)
			continue;
		r = spawner_try_mode(spawner, (enum muster_spawn)mode);
		if (r == 0)
			return 0;
		text_format(&reason, "%s%s refused: %s",
			    reason.length > 0 ? "; " : "", spawn_names[mode],
			    compat_error_name(-r));
	}
	return r;
}

int spawner_init(struct spawner *ret_spawner, enum muster_spawn wanted,
		 bool is_owner)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction given;
	int r;

	*ret_spawner = (struct spawner){.drops_handlers = !is_owner};
	/* An ignored SIGCHLD would take the probe's status away. */
	(void)sigaction(SIGCHLD, &standard, &given);
	r = spawner_try_modes(ret_spawner, wanted);
	(void)sigaction(SIGCHLD, &given, NULL);
	return r;
}
