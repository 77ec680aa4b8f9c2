/*
 * floor_spawn.c - one worker by clone3: shared memory and descriptors, a block
 * of its own, not waiting for its execve.
 *
 * A block holds the launch and the environment's pointers at its top and the
 * stack below, so that a launch touches one page. The kernel clears a word when
 * the child has left it. When all blocks are in use one launch more waits for
 * its own execve, which is what muster does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "floor.h"
#include "floor_child.h"

#define FLOOR_BLOCK_SIZE 8192U
#define FLOOR_VARIABLES 64U
/* Before the variables that differ from launch to launch. */
#define FLOOR_OWN_VARIABLES 3U

struct floor_block {
	struct floor_launch launch;
	char listen_pid[32];
	char *environment[FLOOR_VARIABLES];
};

struct floor_blocks {
	char *memory;
	uint32_t fixed_count; /* of variables that all workers share */
	char *argv[2];
	volatile int in_use[FLOOR_BLOCKS];
};

static struct floor_block *floor_block(const struct floor_blocks *blocks,
				       uint32_t index)
{
	char *end = blocks->memory + (index + 1) * (size_t)FLOOR_BLOCK_SIZE;

	return (void *)(end - sizeof(struct floor_block));
}

static void floor_block_init(const struct floor *floor,
			     struct floor_block *block,
			     char *const *environment)
{
	static const char name[] = "LISTEN_PID=";
	static char generation[] = "MUSTER_GENERATION=1";
	uint32_t count = floor->blocks->fixed_count;

	memcpy(block->listen_pid, name, sizeof(name));
	block->launch = (struct floor_launch){
		.path = floor->worker,
		.argv = floor->blocks->argv,
		.environment = block->environment,
		.listen_pid = block->listen_pid + sizeof(name) - 1,
		.takes_steps = floor->takes_steps,
		.launcher_pid = getpid(),
		.nofile = floor->nofile,
	};
	if (!floor->has_environment)
		return;
	memcpy(block->environment, environment, count * sizeof(*environment));
	/* The worker's number goes between. */
	block->environment[count + 1] = generation;
	block->environment[count + 2] = block->listen_pid;
}

int floor_blocks_new(struct floor *floor, char *const *environment)
{
	struct floor_blocks *blocks = calloc(1, sizeof(*blocks));

	if (!blocks)
		return -ENOMEM;
	floor->blocks = blocks;
	while (environment[blocks->fixed_count])
		blocks->fixed_count++;
	if (blocks->fixed_count + FLOOR_OWN_VARIABLES >= FLOOR_VARIABLES)
		return -E2BIG;
	blocks->argv[0] = strdup(floor->worker);
	blocks->memory = mmap(
		NULL, (size_t)FLOOR_BLOCK_SIZE * (FLOOR_BLOCKS + 1),
		PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!blocks->argv[0] || blocks->memory == MAP_FAILED)
		return -ENOMEM;
	for (uint32_t i = 0; i <= FLOOR_BLOCKS; i++)
		floor_block_init(floor, floor_block(blocks, i), environment);
	return 0;
}

/* The lowest that is free, or FLOOR_BLOCKS. */
static uint32_t floor_block_take(const struct floor_blocks *blocks)
{
	uint32_t i = 0;

	while (i < FLOOR_BLOCKS &&
	       __atomic_load_n(&blocks->in_use[i], __ATOMIC_ACQUIRE) != 0)
		i++;
	return i;
}

int floor_spawn(struct floor *floor, uint32_t slot)
{
	struct floor_blocks *blocks = floor->blocks;
	uint32_t index = floor_block_take(blocks);
	struct floor_block *block = floor_block(blocks, index);
	char *bottom = blocks->memory + index * (size_t)FLOOR_BLOCK_SIZE;
	struct compat_clone_args args = {
		.flags = CLONE_VM | CLONE_FILES | CLONE_PIDFD |
			 CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)&floor->slots[slot].pidfd,
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)bottom,
		.stack_size = FLOOR_BLOCK_SIZE - sizeof(*block),
	};
	long pid;

	if (floor->has_environment)
		block->environment[blocks->fixed_count] = floor->slots[slot].id;
	if (index == FLOOR_BLOCKS) {
		args.flags |= CLONE_VFORK;
	} else {
		args.flags |= CLONE_CHILD_CLEARTID;
		args.child_tid = (uint64_t)(uintptr_t)&blocks->in_use[index];
		blocks->in_use[index] = 1;
	}
	pid = compat_clone3(&args, floor_child_run, &block->launch);
	return pid < 0 ? (int)pid : 0;
}
