/*
 * log.h - one sink for lines, that never blocks its writer.
 *
 * Lines gather in a bounded buffer; log_flush, or the line that finds it full,
 * writes them together, in slices of whole lines that a pipe takes whole or not
 * at all, so that they do not mix with what the workers write to the same pipe.
 * A reader that stalls fills the buffer, then further lines are dropped whole
 * and counted, and the count is told in a line of its own, where they are
 * missing, once the reader has taken half of the buffer. Nothing here is
 * thread-safe.
 *
 * How not to block without changing the descriptor's shared flags: a pipe or a
 * terminal is opened anew through /proc/self/fd with O_NONBLOCK, a socket is
 * written with MSG_DONTWAIT, a regular file cannot stall (and is not opened
 * anew, as that would lose its offset). Where none of these can be had, poll
 * says whether one page may be written; another writer may still take that room
 * first, and then the write waits.
 *
 * Signals are the owner's: it blocks or ignores SIGPIPE (a pipe without
 * reader), SIGXFSZ (a file at its limit) and SIGTTOU (a terminal with tostop,
 * in the background), or a write to the log can kill or stop the program. Only
 * a socket can be asked not to raise SIGPIPE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log_level.h"
#include "base/log_object.h"

enum log_method {
	LOG_METHOD_DIRECT,   /* cannot stall */
	LOG_METHOD_NONBLOCK, /* own description, opened anew with O_NONBLOCK */
	LOG_METHOD_SOCKET,   /* MSG_DONTWAIT */
	LOG_METHOD_POLL,     /* poll, then at most one page */
	LOG_METHODS,
};

#define LOG_BUFFER_SIZE ((size_t)65536)
struct log {
	int fd;	     /* what is written to; -1 drops everything */
	bool is_own; /* fd was opened here */
	enum log_method method;
	enum log_level level; /* lines above it are not kept */
	const char *prefix;   /* before each line; borrowed, may be NULL */
	char *buffer;	      /* LOG_BUFFER_SIZE, allocated by log_init */
	size_t length;
	uint64_t dropped; /* lines, since the last one that was told */

	bool is_json; /* the owner's wish: every line is an object */
	struct log_register objects;

	bool is_mid_line;  /* the buffer begins inside a line */
	size_t notice_end; /* where the notice in the buffer ends; 0: none */
	uint64_t notice_count; /* of dropped lines, in that notice */
};

#define LOG_NULL ((struct log){.fd = -1})

/* fd is borrowed and must stay open as long as the log; one that is closed
 * already is as good as -1. Lines above level are not kept. prefix is borrowed.
 * Returns 0 or -ENOMEM. */
int log_init(struct log *log, int fd, enum log_level level, const char *prefix);
void log_fini(struct log *log); /* flushes once, does not block */

/* In a forked child: goes on with the same sink, without what waits, which is
 * the parent's to write. */
void log_forget(struct log *log);

/* Begins nothing and ends nothing: one call is one line, written as
 * "PREFIXLEVEL: line\n", the level being left out for notice and info. Control
 * characters but the tab become "?", so that no worker's words can pass for a
 * line of ours. */
void log_line(struct log *log, enum log_level level, const char *line,
	      size_t length);
void log_format(struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * For a log with is_json: a line with members of its own, as log_object_begin
 * begins it; the caller adds to ret_object->json. False when lines of this
 * level are not kept: nothing is to be closed then. seq counts lines that were
 * meant to be written, so a gap is what was dropped. The other lines of such a
 * log are objects, too: "event":"log" with a message, and "event":"dropped"
 * with a count.
 */
bool log_open_object(struct log *log, enum log_level level, const char *event,
		     uint64_t time_ns, struct log_object *ret_object);
void log_close_object(struct log *log, struct log_object *object);

/* Writes what can be written without blocking. Returns 0 when the buffer is
 * empty afterwards, a positive value when lines wait for the reader, -errno
 * when the sink is broken: the lines are gone and counted then (but for the
 * rest of one that was half written), and the next flush tries again. */
int log_flush(struct log *log);

/* For the end, when there is nothing else to do: flushes, and waits for a
 * reader as long as he takes something every limit_ms. As log_flush. */
int log_flush_slowly(struct log *log, int limit_ms);

/* The descriptor to watch for POLLOUT while log_flush returns positive. */
int log_fd(const struct log *log);
