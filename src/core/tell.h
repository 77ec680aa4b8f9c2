/*
 * tell.h - news of a worker.
 */
#pragma once

#include "core/slot.h"

/* One that names the worker; kind and time are all that is left to say. */
struct muster_event tell_event(const struct worker *worker,
			       enum muster_event_kind kind);

void tell_started(struct context *context, struct worker *worker,
		  uint64_t launched_ns);
/* error is the errno of the signal that could not be sent, or 0. */
void tell_signal(struct context *context, struct worker *worker,
		 const struct worker_verdict *verdict, int error);
/* Sets asked to a copy of words that lives as long as the event's text; NULL
 * for none, or where there is no room. */
void tell_asked(struct context *context, struct muster_event *event,
		const char *words);
/* What a launch failed to set, of a worker that ended so; 0 otherwise. */
void tell_value(struct context *context, struct muster_event *event,
		const struct worker *worker, const struct muster_exit *how);
/* was_failure: its stop was told as one. */
void tell_exit(struct context *context, struct worker *worker,
	       const struct muster_exit *how,
	       const struct worker_verdict *verdict, bool was_failure);

/* Adds what was counted of workers, and not what they are now. */
void tell_add_stats(struct muster_stats *sum, const struct muster_stats *more);

/* A stop that the worker is to blame for. */
bool tell_is_failure(enum muster_why why);
