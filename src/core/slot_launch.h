/*
 * slot_launch.h - a worker's next process, by the current edition's plan.
 */
#pragma once

#include "core/slot.h"

/* What executes is to be known before the launch counts. */
bool slot_launch_waits(const struct context *context,
		       const struct slot_shared *shared);

/* Launches it and watches it. -errno, of what failed before there was a
 * process; the worker must then be told. */
int slot_launch(struct context *context, struct worker *worker);
