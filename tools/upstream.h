/*
 * upstream.h - what muster says of itself to whoever started it: sd_notify(3).
 *
 * Nothing of it is worth a failure: what cannot be said is one line in the log.
 * The first message is READY=1 and nothing else, for some listen for exactly
 * that (B92).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "muster/muster.h"
#include "notify_address.h"

enum upstream_state {
	UPSTREAM_STARTING,
	UPSTREAM_OWING, /* it serves, and could not say so yet */
	UPSTREAM_READY,
	UPSTREAM_RELOADING,
	UPSTREAM_STOPPING,
};

struct upstream {
	struct log *log;
	int fd; /* -1: nobody wants to hear */
	struct sockaddr_un address;
	socklen_t address_length;
	enum upstream_state state;
	uint64_t watchdog_ns; /* between two signs of life; 0: none wanted */
	uint64_t watchdog_due_ns;
	bool *is_rolling; /* by group */
	int group_room;
	uint32_t rolling;     /* how many of them */
	uint32_t turns_to_go; /* until a reload has begun its rolls */
	uint32_t ready;	      /* so many were, when it began to serve */
	bool has_failed;      /* the reload, in part at least */
	bool is_broken;	      /* one line has said so */
};

#define UPSTREAM_NULL ((struct upstream){.fd = -1})

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; log is borrowed. */
void upstream_open(struct upstream *upstream, struct log *log);
/* It speaks to a path, and needs the right to. */
bool upstream_is_file(const struct upstream *upstream);
void upstream_close(struct upstream *upstream);

/* Takes a piece of news, and says what follows from it. */
void upstream_take(struct upstream *upstream, const struct muster_event *event);

/* The file was read again and not all of it could be done. */
void upstream_fail_reload(struct upstream *upstream);

/* A stop has begun that may take so long. */
void upstream_stop(struct upstream *upstream, uint32_t workers,
		   uint64_t limit_ns);

/* After the news of a turn: a reload may be over, a sign of life due. */
void upstream_end_turn(struct upstream *upstream);

/* How long the next turn may wait. */
uint64_t upstream_timeout_ns(const struct upstream *upstream);
