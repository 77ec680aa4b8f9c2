/*
 * worker.h - what a service's code is given: who it is, and the way to speak.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "service/settings.h"
#include "service/upstream.h"
#include "service/worker_stop.h"

/* What the launcher may be told, and by whom this process may be asked to
 * stop: one for all services of a process. Its fields are written before the
 * services' threads begin, but for the atomic ones. */
struct worker_home {
	int notify_fd; /* connected to whom it says READY=1; -1: nobody asked */
	int wake_fd;   /* eventfd of the thread that waits */
	bool has_watchdog;
	/* Of a service launcher, who says READY=1 himself; NULL: nobody. */
	struct upstream *upstream;
	atomic_bool is_stop_wanted;
	atomic_bool is_restart_wanted;
	atomic_bool is_launcher_lost; /* an idle thread has noticed it */
	atomic_int stop_reason;	      /* enum muster_stop_reason */
	/* Until when a service wants the stop that is on to last, if longer;
	 * 0: nothing was asked for. */
	_Atomic uint64_t extended_ns;
	const char *backdoor; /* NULL: none */
};

/* What is asked of a service that runs a loop of its own. */
enum worker_wish {
	WORKER_WISH_NONE,
	WORKER_WISH_STOP,
	WORKER_WISH_STOP_NOW, /* without grace */
	WORKER_WISH_RESET,
	WORKER_WISH_TAKEN, /* by the service's loop, which is at it */
};

struct muster_worker {
	struct worker_home *home; /* NULL in the launcher's own copy */
	const struct service *service;
	int id;
	uint32_t generation;
	const int *listen_fds;
	uint32_t listener_count;
	atomic_bool is_ready; /* it was said */
	uint64_t ping_round;  /* the upstream's, when it pinged last */
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t granted;
	int embed_fd; /* eventfd of its own loop; -1: it has none */
	int stop_fd;  /* eventfd, readable once a stop has begun; -1 */
	enum worker_wish wish;
	bool is_told; /* stop() was called before there was a loop of its own */
	int result;   /* of the last reset */
};

/* The launcher's own copy, when home is NULL. */
void worker_init(struct muster_worker *worker, struct worker_home *home,
		 const struct service *service);
void worker_fini(struct muster_worker *worker);

/* Calls stop() or reset() in this thread, or has the service's own loop call
 * it and waits for that. Returns what reset() did. */
int worker_ask(struct muster_worker *worker, enum worker_wish wish);

/* start() has returned: if it ran a loop, that is no more. */
void worker_end_loop(struct muster_worker *worker);

/* A stop has begun, or is over. */
void worker_note_stop(struct muster_worker *worker, bool is_stopping);

/* Makes the thread that waits look. Async-signal-safe. -EBADF when a service
 * has closed what is not its own. */
int worker_wake(const struct worker_home *home);
