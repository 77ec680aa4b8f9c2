/*
 * awaited.h - workers of which nobody knows yet whether they execute.
 *
 * Whose child becomes another user is not stood still for (proc/privs.h): it is
 * launched, and its execve is news of a later turn.
 */
#pragma once

#include "core/context.h"

/* To be called before such a launch. */
int awaited_open(struct context *context);

/* Takes launch_fd; on failure the worker must not be left alone. */
int awaited_add(struct context *context, struct worker *worker,
		int take_launch_fd);
/* Its execve, or its end, is known; nothing where it was not awaited. */
void awaited_forget(struct context *context, struct worker *worker);

/* One that has executed or ended, to be forgotten by the caller; NULL when
 * there is none, and then the next is waited for. */
struct worker *awaited_next(struct context *context);
