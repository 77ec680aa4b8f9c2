/*
 * born.h - a forked worker, from its first instruction to its function.
 */
#pragma once

#include "core/workers.h"

struct context;

/* In the child of the worker's fork: gives up all that is the launcher's, runs
 * the function of its spec and ends with what that returns. The launcher's code
 * is never gone back to. */
_Noreturn void born_run(struct context *context, struct worker *worker);
