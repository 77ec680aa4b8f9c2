/*
 * job.h - job control for workers that have the terminal (E15): what stops such
 * a worker stops the launcher, so that the shell sees its job stopped, and what
 * continues the launcher continues the worker. A worker with a session of its
 * own is nobody's job: there it is the launcher that the terminal stops.
 */
#pragma once

#include "core/supervisor.h"

/* By these a terminal stops a job. */
bool job_is_from_terminal(int signo);

/* A watched worker was stopped: LOOP_STOP. Returns when the job goes on. */
void job_take_stop(struct supervisor *supervisor,
		   const struct loop_event *news);
/* One of these was handed on. Likewise. */
void job_follow(struct supervisor *supervisor, int signo);
