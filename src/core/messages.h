/*
 * messages.h - what workers say of themselves reaches them as events.
 *
 * The kernel says who sent a message; who is no worker of ours, or not one that
 * is asked to speak, is refused and counted, and that is said once a second.
 */
#pragma once

#include "core/context.h"
#include "core/slot.h"

/* As many in one turn: a stranger that sends for ever does not hold it up. */
#define MESSAGES_BUDGET 64U

/* Opens what a spec needs and is not open yet, and watches it. */
int messages_open(struct context *context, const struct spec *spec);
void messages_close(struct context *context);

bool messages_is_ours(const struct context *context, int fd);

/* Takes some of the messages that have come on this descriptor of ours, and
 * watches it again: what is left comes with the next turn. */
void messages_take(struct context *context, int fd);

/* Takes all that were sent before. */
void messages_take_all(struct context *context);

/* The last words of a worker that is dead count: they are to be taken before
 * its end is. */
bool messages_are_awaited(const struct worker *worker);

/* Says what was refused, if anything was, and that it is not to be said again
 * soon. */
void messages_tell_refused(struct context *context);
/* When that is to be done; NSEC_NEVER. */
uint64_t messages_due_ns(const struct context *context);
