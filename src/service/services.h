/*
 * services.h - the services of this process: a thread each, the done event,
 * stop, wait and reset.
 *
 * A service's thread calls start() and then waits for the done event (B21).
 * What is asked of all of them, stop or restart, is done by the steward, never
 * by whoever waits for the deadline: a stop() that hangs cannot hold him up.
 * The steward is a thread whose start() has returned and that has nothing else
 * to do, and only where there is none a thread made for it: when a launcher
 * dies, all its workers stop at the same moment, and a thread would be half of
 * what that costs; and who is idle notices it himself (services_idle.c).
 * Whoever waits is woken through worker_home.wake_fd and looks at
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
	SERVICES_CLEARED,    /* for a reload's start: whoever looks makes it */
	SERVICES_DOWN,	     /* nothing of them runs any more */
};

enum unit_phase {
	UNIT_IDLE,     /* start() was not called yet */
	UNIT_STARTING, /* start() has not returned */
	UNIT_SERVING,  /* its thread is idle, or the steward */
	UNIT_FAILED,   /* start() returned a failure, or never returned */
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
	enum muster_restart_method method; /* of the restart that is on */
	/* Of the steward. False: it has ended the units' threads. */
	bool (*duty)(struct services *services);
	bool is_vacant;	   /* no thread was made for it: an idle one takes it */
	pthread_t steward; /* to be joined when the duty is done */
	bool has_steward;
	int launcher_fd; /* that an idle thread polls; -1: none does */
	int idle_fd;	 /* eventfd for who polls it; -1 */
};

/* home is borrowed. mask is what services' threads have. -ENOMEM. */
int services_init(struct services *services, struct worker_home *home,
		  const sigset_t *mask);
/* All threads must have ended (SERVICES_NEW or _DOWN). */
void services_fini(struct services *services);

/* -ENOMEM. The unit is the services'. */
int services_add(struct services *services, const struct service *service,
		 struct unit **ret_unit);

/* In a forked worker, before they start: an idle thread notices the launcher's
 * end, sets worker_home.is_launcher_lost, and in SERVICES_UP begins the stop
 * itself. Borrowed; -1: there is nothing to be noticed. */
void services_watch_launcher(struct services *services, int launcher_fd);
/* False where none is idle: whoever waits must watch himself. He is woken when
 * that changes. */
bool services_watches_launcher(struct services *services);
/* It has ended, and its descriptor will be closed. */
void services_forget_launcher(struct services *services);

/* Starts all; a thread that cannot be made is a start() that failed. */
void services_start(struct services *services);

/* A stop is to come, and why. A reload that is on becomes a stop by it: it
 * starts nothing any more and ends in SERVICES_DOWN. */
void services_announce_stop(struct services *services,
			    enum muster_stop_reason reason);

/* Has the steward stop all, in the order of addition (B24). Only in
 * SERVICES_UP, and when the last restart was looked at to its end; in vain
 * where the launcher's end has begun a stop since then. -EAGAIN when
 * no thread is idle and none can be made: nothing was begun. Nor is it done
 * here instead, for what hangs would hold up whoever waits; but for services
 * that have all failed, or not begun, which need no thread. */
int services_stop(struct services *services, bool is_graceful);

/* Reload: stop, reset, start. Mutate: reset. A reload ends in SERVICES_DOWN
 * when a start() has failed. Only when, and -EAGAIN, as above. */
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

/* What has become of them; joins the steward when it is done and was made for
 * it, or was idle and has ended with the others. Starts what was reloaded. */
struct services_view services_look(struct services *services);

/* The exit status that a start() asked for. */
int services_status(int result);
