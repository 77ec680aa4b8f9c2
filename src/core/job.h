/*
 * job.h - job control for workers that have the terminal (E15): what stops such
 * a worker stops the launcher, so that the shell sees its job stopped, and what
 * continues the launcher continues the worker.
 */
#pragma once

#include "core/supervisor.h"

/* A watched worker was stopped: LOOP_STOP. Returns when the job goes on. */
void job_take_stop(struct supervisor *supervisor,
		   const struct loop_event *news);
