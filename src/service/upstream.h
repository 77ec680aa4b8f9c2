/*
 * upstream.h - what a launcher says of itself to whoever started it:
 * sd_notify(3). What cannot be said is nobody's worry.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum upstream_state {
	UPSTREAM_STARTING,
	UPSTREAM_READY,
	UPSTREAM_RELOADING,
	UPSTREAM_STOPPING,
};

struct upstream {
	int fd; /* connected; -1: nobody wants to hear */
	enum upstream_state state;
};

#define UPSTREAM_NULL ((struct upstream){.fd = -1})

/* Takes NOTIFY_SOCKET out of the environment, so that no worker speaks there in
 * the launcher's name (B39). */
void upstream_open(struct upstream *upstream);
void upstream_close(struct upstream *upstream);

/* Each is said once, when it becomes true. */
void upstream_ready(struct upstream *upstream);
void upstream_reload(struct upstream *upstream);
void upstream_stop(struct upstream *upstream);
