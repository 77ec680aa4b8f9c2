/*
 * forward.h - signals to the launcher that are its workers'.
 *
 * Handed on once, to all workers that there are. Those that come while there is
 * none, before the first one executes or while a dead one's successor waits,
 * are kept for who comes next (E2).
 */
#pragma once

#include <stdint.h>

#include "proc/pidfd.h"

/* As many as there are signals; real-time signals may be more, and the last
 * ones are dropped then. */
#define FORWARD_HELD_MAX 64U

struct forward {
	struct pidfd_news held[FORWARD_HELD_MAX];
	uint32_t held_count;
};

struct supervisor;
struct muster_event;

/* Hands one on, or keeps it; says in the event what came of it. */
void forward_signal(struct supervisor *supervisor,
		    const struct pidfd_news *news, struct muster_event *event);

/* Hands on what was kept, once there is somebody. */
void forward_held(struct supervisor *supervisor);
