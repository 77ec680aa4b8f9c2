/*
 * fork_steps.h - what a worker that is a fork must do before it is a service's,
 * in as few lines and calls as can be (fork_floor.c).
 */
#pragma once

#include "floor.h"

/* What the floor has open for its children's sake; once. 0 or -errno. */
int fork_steps_open(void);

/* In the parent, before a fork for this slot and after it. */
void fork_steps_before(const struct floor *floor, uint32_t slot);
void fork_steps_after(void);

/* In the child, from the fork to the thread. */
void fork_steps_child(const struct floor *floor, uint32_t slot);
/* And then, until the floor is dead. */
_Noreturn void fork_steps_stay(const struct floor *floor, uint32_t slot);
