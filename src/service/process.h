/*
 * process.h - what the files of the process launcher share.
 */
#pragma once

#include <pthread.h>

#include "service/launcher.h"
#include "service/upstream.h"

/* The launcher's own copies of its services, when they are to stop. */
enum process_copies {
	COPIES_IDLE, /* not yet, or they have nothing to stop */
	COPIES_DUE,  /* to be stopped, and there is no thread for it */
	COPIES_STOPPING,
	COPIES_STOPPED,
	COPIES_STUCK, /* a stop() has not returned in time */
};

/* One run of muster_launcher_wait. */
struct process {
	struct muster_launcher *launcher;
	struct upstream upstream;
	bool wants_reload;
	bool is_stopping;
	bool is_log_watched;
	uint64_t throttle_told_ns; /* the last "Forking too fast" */
	uint64_t deadline_ns;	   /* of the copies' stop() */
	enum process_copies copies;
	pthread_t stopper; /* in COPIES_STOPPING */
	int stopped_fd;	   /* eventfd: their stop() has returned */
};

/* The line that an event is worth, if any. */
void process_say(struct process *process, const struct muster_event *event);

/* The workers have been told to stop: now the launcher's own copies are. */
void process_begin_stop(struct process *process);
/* The workers have ended: waits for the copies. False when not all of them have
 * been stopped, and then it has said why. */
bool process_end_stop(struct process *process);
