/*
 * event.h - the queue of news.
 *
 * Grows up to a limit; what nobody takes beyond it is dropped and counted, and
 * the count is news itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "muster/types.h"

/* A turn makes a few hundred; a user who lets this many pile up does not
 * read. */
#define EVENT_QUEUE_MAX 65536U

/* Room for what workers say in a turn. */
#define EVENT_TEXTS_SIZE 4096U

struct event_queue {
	struct muster_event *events; /* ring, capacity a power of two */
	uint32_t capacity;
	uint32_t head;
	uint32_t count;
	uint32_t lost;
	uint64_t pushed; /* events so far, the lost ones as well */
	size_t texts_length;
	size_t texts_last; /* where the last one of them begins */
	char *texts; /* what events of this turn point to; NULL: never any */
};

void event_push(struct event_queue *queue, const struct muster_event *event);

/* 1 and the oldest, or 0. */
int event_pop(struct event_queue *queue, struct muster_event *ret_event);

/* A copy of text that lives until event_forget_texts, "" when there is no room
 * for it. Whoever says the same as the one before shares its copy. */
const char *event_keep_text(struct event_queue *queue, const char *text);
void event_forget_texts(struct event_queue *queue);

void event_queue_fini(struct event_queue *queue);
