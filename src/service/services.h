/*
 * services.h - the services of this process: a thread each, the done event,
 * stop, wait and reset.
 *
 * A service's thread calls start() and then waits for the done event (B21).
 * What is asked of all of them, stop or restart, is done by one further thread,
 * the steward, so that a stop() that hangs cannot hold up whoever waits for the
 * deadline. Whoever waits is woken through worker_home.wake_fd and looks at
 * services_look: values, no callbacks.
 */
#pragma once

#include <pthread.h>
#include <signal.h>
#include <sysexits.h>

#include "service/worker.h"

/* How a process ends whose service has closed what is not its own, the log's
 * descriptor perhaps: a status of its own tells it all the same. Nothing is
 * written to descriptor 2 instead, which may be a file of the service's. */
#define SERVICES_CUT_OFF EX_SOFTWARE

enum services_phase {
	SERVICES_NEW,
	SERVICES_UP,	     /* start() was called, or is about to be */
	SERVICES_STOPPING,   /* the steward is at work */
	SERVICES_RESTARTING, /* likewise */
	SERVICES_DOWN,	     /* nothing of them runs any more */
};

enum unit_phase {
	UNIT_IDLE,     /* start() was not called yet */
	UNIT_STARTING, /* start() has not returned */
	UNIT_SERVING,
	UNIT_FAILED, /* start() returned a failure, or never returned */
	UNIT_ENDED,
};

struct services;

/* One service in its thread. */
struct unit {
	struct muster_worker worker;
	struct services *services;
	pthread_t thread;
	bool has_thread;
	enum unit_phase phase;
	int result;	  /* of start() */
	int reset_result; /* of the last reset() */
};

struct services {
	pthread_mutex_t lock; /* of what follows, while threads run */
	pthread_cond_t changed;
	struct unit **units; /* [count] */
	uint32_t count;
	struct worker_home *home;
	pid_t pid;     /* whose they are */
	sigset_t mask; /* of all threads */
	enum services_phase phase;
	bool is_done; /* the done event, fresh for each start */
	bool is_graceful;
	enum muster_restart_method method;	 /* of the restart that is on */
	void (*duty)(struct services *services); /* of the steward */
	pthread_t steward;
	bool has_steward;
};

/* home is borrowed. mask is what services' threads have. -ENOMEM. */
int services_init(struct services *services, struct worker_home *home,
		  const sigset_t *mask);
/* All threads must have ended (SERVICES_NEW or _DOWN). */
void services_fini(struct services *services);

/* -ENOMEM. The unit is the services'. */
int services_add(struct services *services, const struct service *service,
		 struct unit **ret_unit);

/* Starts all; a thread that cannot be made is a start() that failed. */
void services_start(struct services *services);

/* A stop is to come, and why. A reload that is on becomes a stop by it: it
 * starts nothing any more and ends in SERVICES_DOWN. */
void services_announce_stop(struct services *services,
			    enum muster_stop_reason reason);

/* Has the steward stop all, in the order of addition (B24). Not while a restart
 * is on. -EAGAIN when there can be no thread for it: nothing was begun. Nor is
 * it done here instead, for what hangs would hold up whoever waits; but for
 * services that have all failed, or not begun, which need no thread. */
int services_stop(struct services *services, bool is_graceful);

/* Reload: stop, reset, start. Mutate: reset. Only in SERVICES_UP. A reload ends
 * in SERVICES_DOWN when a start() has failed. -EAGAIN
 * as above. */
int services_restart(struct services *services,
		     enum muster_restart_method method);

struct services_view {
	enum services_phase phase;
	uint32_t ready;		    /* units that are */
	const struct unit *failed;  /* the first that failed; NULL */
	int result;		    /* of its start() */
	const struct unit *unreset; /* the first whose last reset() failed */
	int reset_result;
};

/* What has become of them; takes the steward's thread back when it is done. */
struct services_view services_look(struct services *services);

/* The exit status that a start() asked for. */
int services_status(int result);
