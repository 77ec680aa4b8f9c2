/*
 * upstream.h - what a launcher says of itself to whoever started it:
 * sd_notify(3). What cannot be said is nobody's worry.
 *
 * In a service launcher its services speak through it, too, each in a thread of
 * its own (worker.c). The socket is never waited for.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/nsec.h"

enum upstream_state {
	UPSTREAM_STARTING,
	UPSTREAM_READY,
	UPSTREAM_RELOADING,
	UPSTREAM_STOPPING,
};

struct upstream {
	int fd; /* connected; -1: nobody wants to hear */
	enum upstream_state state;
	uint64_t
		watchdog_ns; /* between two signs of life; 0: none are wanted */
	uint64_t due_ns;     /* the launcher's next; NSEC_NEVER */
	uint32_t services;   /* that speak through it, before they do */
	pthread_mutex_t lock; /* of what follows */
	uint64_t round;	      /* of signs of life, from 1: that which is on */
	uint32_t alive;	      /* services that have given one in it */
};

#define UPSTREAM_NULL                            \
	((struct upstream){.fd = -1,             \
			   .due_ns = NSEC_NEVER, \
			   .round = 1,           \
			   .lock = PTHREAD_MUTEX_INITIALIZER})

/* Takes NOTIFY_SOCKET out of the environment, so that no worker speaks there in
 * the launcher's name (B39). */
void upstream_open(struct upstream *upstream);
void upstream_close(struct upstream *upstream);

/* In any thread. 0 where nobody wants to hear; -errno of send(2). */
int upstream_say(const struct upstream *upstream, const char *message);

/* Each is said once, when it becomes true. */
void upstream_ready(struct upstream *upstream);
void upstream_reload(struct upstream *upstream);
void upstream_stop(struct upstream *upstream);

/* The launcher gives signs of life by itself: from now on, the first at once;
 * how long until the next one is due; and the one that is. */
void upstream_begin_signs(struct upstream *upstream);
uint64_t upstream_timeout_ns(const struct upstream *upstream);
void upstream_give_sign(struct upstream *upstream);

/* A sign of life of one service, whose last round this is, 0 at first. It is
 * passed on once each service has given one: of one that hangs, all others
 * would else speak in its place. As upstream_say. */
int upstream_ping(struct upstream *upstream, uint64_t *last_round);
