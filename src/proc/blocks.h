/*
 * blocks.h - where children live until they execute: inside of spawn.
 */
#pragma once

#include "proc/spawn.h"

/* Lies at the top of a block; the stack grows down from it, so that a launch
 * touches one page. */
struct spawn_block {
	struct child_launch launch;
	char worker_id[40];
	char generation[40];
	char pids[CHILD_PIDS][40];
	char *environment[]; /* the plan's, and what differs per launch */
};

/* A block that is nobody's, and the stack below it. */
struct spawn_place {
	struct spawn_block *block;
	char *stack;
	size_t stack_size;
	/* Not 0 as long as the block is taken; NULL for the one that a child
	 * uses which is waited for. */
	volatile int *in_use;
};

/* A free block with room for the plan. The one for a child that is waited for
 * when this one is, or when there is no other. */
struct spawn_place spawn_pool_take(struct spawn_pool *pool,
				   const struct plan *plan, bool is_waited_for);
