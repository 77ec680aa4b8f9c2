/*
 * spawn.c - the blocks that children live in until they execute, and what is
 * written there for each launch. Makes one process and forgets it: no retry, no
 * waiting, nothing about restarts.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/text.h"
#include "proc/clone.h"
#include "proc/spawn.h"

/* The child calls a few small functions; the pages below are never touched. */
#define SPAWN_STACK_MIN 4096U
#define SPAWN_PAGE 4096U

/* Its number, its generation, its pids, and the end. */
#define SPAWN_VARIABLES (3U + CHILD_PIDS)

/* Lies at the top of a block; the stack grows down from it, so that a launch
 * touches one page. */
struct spawn_block {
	struct child_launch launch;
	char worker_id[40];
	char generation[40];
	char pids[CHILD_PIDS][40];
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
	size_t head =
		sizeof(struct spawn_block) +
		(plan->environment_count + SPAWN_VARIABLES) * sizeof(char *);

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
		.report = request->report,
		.environment = block->environment,
	};
	if (spawner->drops_handlers && !spawner->has_clone3)
		block->launch.handled = spawn_handled_signals();
	*request->report = (struct child_report){0};
	spawn_fill_environment(block, request);
}

/* A child that is not waited for says by a cleared word when it has left its
 * block. The one beyond is for who is waited for, by wish or for want of
 * blocks: it is free again when clone returns. */
static void spawn_own_block(struct spawn_pool *pool, uint32_t index,
			    struct compat_clone_args *args)
{
	if (index == SPAWN_BLOCKS) {
		args->flags &= ~(uint64_t)CLONE_CHILD_CLEARTID;
		args->flags |= CLONE_VFORK;
	} else if (args->flags & CLONE_CHILD_CLEARTID) {
		args->child_tid = (uint64_t)(uintptr_t)&pool->in_use[index];
		pool->in_use[index] = 1;
	}
}

int spawn(const struct spawner *spawner, const struct spawn_request *request,
	  struct spawn_child *ret_child)
{
	struct spawn_pool *pool = request->pool;
	uint32_t index = request->waits ? SPAWN_BLOCKS : spawn_pool_take(pool);
	char *bottom = pool->memory + index * pool->block_size;
	struct spawn_block *block = (void *)(bottom + pool->head_offset);
	int pidfd = -1;
	struct compat_clone_args args = {
		.flags = clone_flags(spawner),
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)bottom,
		.stack_size = pool->head_offset,
	};
	long pid;

	spawn_fill_block(spawner, request, block);
	if (spawner->has_pidfds)
		args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	spawn_own_block(pool, index, &args);
	pid = clone_child(spawner, &args, child_run, &block->launch);
	if (pid < 0) {
		if (index < SPAWN_BLOCKS)
			pool->in_use[index] = 0;
		return (int)pid;
	}
	*ret_child = (struct spawn_child){.pid = (pid_t)pid, .pidfd = pidfd};
	return 0;
}
