/*
 * describe.h - news in words, within the core.
 *
 * Each function here adds to a text what one kind of news says. Strings of an
 * event from describe_take are never NULL.
 */
#pragma once

#include "base/text.h"
#include "muster/types.h"

/* What this library knows of the caller's event: what is short is completed
 * with zeros, what is longer is left out, for it would only be more news.
 * -EINVAL. */
int describe_take(const struct muster_event *event,
		  struct muster_event *ret_event);

/* A worker's life. Written for every restart, so without printf. */
void describe_started(struct text *text, const struct muster_event *event);
void describe_exited(struct text *text, const struct muster_event *event);
void describe_stopping(struct text *text, const struct muster_event *event);
void describe_overdue(struct text *text, const struct muster_event *event);
void describe_ready(struct text *text, const struct muster_event *event);

/* At which step a launch failed, and why. */
void describe_step(struct text *text, const struct muster_event *event);

/* How a worker ended, or was not launched, without who it was. */
void describe_end(struct text *text, const struct muster_event *event);
