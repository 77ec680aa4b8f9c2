/*
 * event.c - a growing ring of values. Never blocks, never fails: without memory
 * news is lost, and that is counted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/unforked.h"
#include "core/event.h"

#define EVENT_QUEUE_FIRST 64U

static void event_free(struct event_queue *queue)
{
	queue->events = unforked_free(queue->events, queue->capacity,
				      sizeof(*queue->events));
}

static int event_grow(struct event_queue *queue)
{
	uint32_t capacity =
		queue->capacity ? queue->capacity * 2 : EVENT_QUEUE_FIRST;
	struct muster_event *events;

	if (capacity > EVENT_QUEUE_MAX)
		return -1;
	events = unforked_new(capacity, sizeof(*events));
	if (!events)
		return -1;
	for (uint32_t i = 0; i < queue->count; i++)
		events[i] = queue->events[(queue->head + i) &
					  (queue->capacity - 1)];
	event_free(queue);
	queue->events = events;
	queue->capacity = capacity;
	queue->head = 0;
	return 0;
}

void event_push(struct event_queue *queue, const struct muster_event *event)
{
	struct muster_event *place;

	queue->pushed++;
	if (queue->count == queue->capacity && event_grow(queue) < 0) {
		queue->lost++;
		return;
	}
	place = &queue->events[(queue->head + queue->count) &
			       (queue->capacity - 1)];
	*place = *event;
	place->number = queue->pushed;
	queue->count++;
}

int event_pop(struct event_queue *queue, struct muster_event *ret_event)
{
	if (queue->lost > 0 && queue->count == 0) {
		*ret_event = (struct muster_event){
			.kind = MUSTER_EVENT_LOST,
			.group = -1,
			.count = queue->lost,
		};
		queue->lost = 0;
		return 1;
	}
	if (queue->count == 0)
		return 0;
	*ret_event = queue->events[queue->head];
	queue->head = (queue->head + 1) & (queue->capacity - 1);
	queue->count--;
	return 1;
}

const char *event_keep_text(struct event_queue *queue, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy;

	if (!queue->texts)
		queue->texts = malloc(EVENT_TEXTS_SIZE);
	if (queue->texts_length > 0 &&
	    strcmp(&queue->texts[queue->texts_last], text) == 0)
		return &queue->texts[queue->texts_last];
	if (!queue->texts || size > EVENT_TEXTS_SIZE - queue->texts_length)
		return "";
	queue->texts_last = queue->texts_length;
	copy = &queue->texts[queue->texts_length];
	memcpy(copy, text, size);
	queue->texts_length += size;
	return copy;
}

void event_forget_texts(struct event_queue *queue)
{
	queue->texts_length = 0;
}

void event_queue_fini(struct event_queue *queue)
{
	event_free(queue);
	free(queue->texts);
	*queue = (struct event_queue){0};
}
