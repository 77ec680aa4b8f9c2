/*
 * unit.h - one service in its thread, for services.c: who asks what of it, and
 * in which order, is decided there.
 */
#pragma once

#include "service/services.h"

/* Nothing of the last start is left; start() was not called yet. */
void unit_prepare(struct unit *unit);
void unit_make_thread(struct unit *unit);

/* Calls of the steward's. One that has failed, or was not started, has nothing
 * to stop and nothing to wait for. */
void unit_stop(struct unit *unit, enum worker_wish wish);
void unit_wait(struct unit *unit);
void unit_reset(struct unit *unit);
/* Once the done event has come. The thread that calls is not joined: it is left
 * to services_look, as the steward's. */
void unit_join(struct unit *unit);

/* What units need of all those that they are among. */
static inline void services_lock(struct services *services)
{
	(void)pthread_mutex_lock(&services->lock);
}

static inline void services_unlock(struct services *services)
{
	(void)pthread_mutex_unlock(&services->lock);
}

/* Makes the thread that waits look. */
void services_wake(const struct services *services);
/* The first call in each thread of ours. */
void services_enter(const struct services *services);
/* Waits, under the lock, for anything to change. */
void services_doze(struct services *services);
/* For a duty, of which one thread is enough; for the done event. */
void services_call_one(struct services *services);
void services_call_all(struct services *services);
/* A unit that serves calls nothing of its service's any more: its thread waits
 * for a duty, or is about to. Under the lock. */
bool services_has_idle(const struct services *services);
/* By a thread that is idle, under the lock: there may be a duty by it. */
void services_lose_launcher(struct services *services);
/* Does the duty that this thread has taken. False: it has ended the units'
 * threads. */
bool services_serve(struct services *services);
