/*
 * notified.h - messages for tests: read from bytes, or not there at all.
 */
#pragma once

#include "kernel/children.h"
#include "proc/notify.h"

#define SENDER 4242

/* What no call has written to. */
static const struct notify_message untouched = {.pid = 77, .fields = 0xffff};

/* In memory of its exact size, which a sanitizer guards. */
static inline struct notify_message parse_bytes(const char *data, size_t size)
{
	_cleanup_free_ char *copy = malloc(size + (size == 0));
	struct notify_message message;

	assert_non_null(copy);
	memcpy(copy, data, size);
	memset(&message, 0xa5, sizeof(message)); /* nothing of it may stay */
	message.pid = SENDER;
	notify_parse(copy, size, &message);
	assert_int_equal(message.pid, SENDER);
	return message;
}

static inline struct notify_message parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static inline void assert_nothing_is_there(int fd)
{
	struct notify_message message = untouched;

	assert_int_equal(child_poll(fd, 0), 0);
	assert_int_equal(notify_receive(fd, &message), 0);
	assert_int_equal(notify_receive_newline(fd, &message), 0);
	assert_memory_equal(&message, &untouched, sizeof(message));
}
