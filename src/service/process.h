/*
 * process.h - what the files of the process launcher share.
 */
#pragma once

#include <pthread.h>

#include "service/launcher.h"
#include "service/upstream.h"

/* One run of muster_launcher_wait. */
struct process {
	struct muster_launcher *launcher;
	struct upstream upstream;
	uint32_t rolls; /* that are on */
	bool wants_reload;
	bool is_stopping;
	bool is_log_watched;
	uint64_t throttle_told_ns; /* the last "Forking too fast" */
	uint64_t deadline_ns;	   /* of the copies' stop() */
	pthread_t stopper;
	bool has_stopper;
	int stopped_fd; /* eventfd: their stop() has returned */
	bool is_stuck;	/* it has not, in time */
};

/* The first of those that are the same service, added more than once. */
uint32_t process_first(const struct muster_launcher *launcher, uint32_t i);

/* The workers have been told to stop: now the launcher's own copies are. */
void process_begin_stop(struct process *process);
/* Waits for them. False when a stop() has not returned in time. */
bool process_end_stop(struct process *process);
