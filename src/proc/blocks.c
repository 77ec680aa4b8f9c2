/*
 * blocks.c - the memory that children stand on until they execute. One pool
 * serves all plans of a launcher; it knows nothing of processes but the words
 * that the kernel clears.
 *
 * A pool that has become too small for a plan gets larger blocks beside those
 * it has, which go when the last child has left them: memory is never taken
 * from under a child.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "proc/blocks.h"

/* The child calls a few small functions; the pages below are never touched. */
#define BLOCKS_STACK_MIN 4096U
#define BLOCKS_PAGE 4096U
/* The launcher's own, number, generation, pids, and the end. */
#define BLOCKS_VARIABLES (PLAN_OWN_MAX + 3U + CHILD_PIDS)

/* SPAWN_BLOCKS of one size, and one more for a child that is waited for. */
struct spawn_blocks {
	struct spawn_blocks *smaller; /* outgrown, not yet left by all */
	char *memory;
	size_t block_size;
	/* Cleared by the kernel when the child has left its block. */
	volatile int in_use[SPAWN_BLOCKS];
};

struct spawn_pool {
	struct spawn_blocks *blocks; /* NULL until a plan was fitted */
};

static size_t blocks_head_size(const struct plan *plan)
{
	size_t size = sizeof(struct spawn_block) +
		      ((size_t)plan->environment_count + BLOCKS_VARIABLES) *
			      sizeof(char *);

	return (size + 63) & ~(size_t)63;
}

static size_t blocks_block_size(const struct plan *plan)
{
	size_t size = blocks_head_size(plan) + BLOCKS_STACK_MIN;

	return (size + BLOCKS_PAGE - 1) & ~(size_t)(BLOCKS_PAGE - 1);
}

/* NULL without memory. */
static struct spawn_blocks *blocks_new(size_t block_size)
{
	_cleanup_free_ struct spawn_blocks *blocks = calloc(1, sizeof(*blocks));

	if (!blocks)
		return NULL;
	blocks->block_size = block_size;
	blocks->memory = mmap(
		NULL, block_size * (SPAWN_BLOCKS + 1), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return blocks->memory == MAP_FAILED ? NULL : TAKE_PTR(blocks);
}

static void blocks_free(struct spawn_blocks *blocks)
{
	(void)munmap(blocks->memory, blocks->block_size * (SPAWN_BLOCKS + 1));
	free(blocks);
}

static bool blocks_is_free(const struct spawn_blocks *blocks, uint32_t i)
{
	return __atomic_load_n(&blocks->in_use[i], __ATOMIC_ACQUIRE) == 0;
}

static bool blocks_is_idle(const struct spawn_blocks *blocks)
{
	for (uint32_t i = 0; i < SPAWN_BLOCKS; i++)
		if (!blocks_is_free(blocks, i))
			return false;
	return true;
}

static void blocks_drop_idle(struct spawn_blocks **link)
{
	while (*link) {
		struct spawn_blocks *blocks = *link;

		if (blocks_is_idle(blocks)) {
			*link = blocks->smaller;
			blocks_free(blocks);
		} else {
			link = &blocks->smaller;
		}
	}
}

int spawn_pool_new(struct spawn_pool **ret_pool)
{
	struct spawn_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -ENOMEM;
	*ret_pool = pool;
	return 0;
}

int spawn_pool_fit(struct spawn_pool *pool, const struct plan *plan)
{
	size_t block_size = blocks_block_size(plan);
	struct spawn_blocks *blocks;

	if (pool->blocks && pool->blocks->block_size >= block_size)
		return 0;
	blocks = blocks_new(block_size);
	if (!blocks)
		return -ENOMEM;
	blocks->smaller = pool->blocks;
	pool->blocks = blocks;
	blocks_drop_idle(&blocks->smaller);
	return 0;
}

struct spawn_pool *spawn_pool_free(struct spawn_pool *pool)
{
	if (!pool)
		return NULL;
	assert(spawn_pool_is_idle(pool));
	blocks_drop_idle(&pool->blocks);
	free(pool);
	return NULL;
}

bool spawn_pool_is_idle(const struct spawn_pool *pool)
{
	const struct spawn_blocks *blocks = pool->blocks;

	while (blocks && blocks_is_idle(blocks))
		blocks = blocks->smaller;
	return !blocks;
}

/* The lowest free one: a launcher that restarts one worker at a time touches
 * one block for ever. SPAWN_BLOCKS, the one beyond, when none is. */
static uint32_t blocks_choose(const struct spawn_blocks *blocks)
{
	uint32_t i = 0;

	while (i < SPAWN_BLOCKS && !blocks_is_free(blocks, i))
		i++;
	return i;
}

struct spawn_place spawn_pool_take(struct spawn_pool *pool,
				   const struct plan *plan, bool is_waited_for)
{
	struct spawn_blocks *blocks = pool->blocks;
	size_t stack_size;
	uint32_t i;
	char *bottom;

	assert(blocks);
	assert(blocks->block_size >= blocks_block_size(plan));
	blocks_drop_idle(&blocks->smaller);
	i = is_waited_for ? SPAWN_BLOCKS : blocks_choose(blocks);
	bottom = blocks->memory + i * blocks->block_size;
	stack_size = blocks->block_size - blocks_head_size(plan);
	return (struct spawn_place){
		.block = (void *)(bottom + stack_size),
		.stack = bottom,
		.stack_size = stack_size,
		.in_use = i < SPAWN_BLOCKS ? &blocks->in_use[i] : NULL,
	};
}
