/*
 * process.h - what the files of the process launcher share.
 */
#pragma once

#include <pthread.h>

#include "service/launcher.h"
#include "service/upstream.h"

/* The launcher's own copies of its services, when they are to stop. */
enum process_copies {
	COPIES_IDLE,	 /* not yet, or they have nothing to stop */
	COPIES_DUE,	 /* to be stopped, and there is no thread for it */
	COPIES_STOPPING, /* while workers live */
	COPIES_AWAITED,	 /* likewise, and nobody else is left */
	COPIES_STOPPED,
	COPIES_LEFT,  /* there was no thread for it in the end either */
	COPIES_STUCK, /* a stop() has not returned in time */
};

/* What is watched beside the workers. */
enum process_tag {
	PROCESS_TAG_LOG = 1,
	PROCESS_TAG_STOPPED,
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
	pthread_t stopper; /* in COPIES_STOPPING, _AWAITED */
	int stopped_fd;	   /* eventfd: their stop() has returned */
};

/* The line that an event is worth, if any. */
void process_say(struct process *process, const struct muster_event *event);

/* The workers have been told to stop: now the launcher's own copies are. */
void process_begin_stop(struct process *process);
/* After PROCESS_TAG_STOPPED. */
void process_take_stopped(struct process *process);
/* After each turn that was not the last. */
void process_tend_stop(struct process *process);
/* Until it is to be tended again, though nothing happens; NSEC_NEVER. */
uint64_t process_stop_timeout_ns(const struct process *process);
/* All is over. False when not all of the copies have been stopped. */
bool process_end_stop(struct process *process);
