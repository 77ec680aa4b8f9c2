/*
 * log.h - one sink for lines, that never blocks its writer.
 *
 * Lines gather in a bounded buffer; log_flush writes them together with one
 * write. A reader that stalls fills the buffer, then further lines are dropped
 * whole and counted, and the count is told in a line of its own as soon as the
 * reader moves again. Nothing here is thread-safe.
 *
 * How not to block without changing the descriptor's shared flags: a pipe or a
 * terminal is opened anew through /proc/self/fd with O_NONBLOCK, a socket is
 * written with MSG_DONTWAIT, a regular file cannot stall. Where none of these
 * can be had, poll says whether one page may be written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_NOTICE,
	LOG_INFO,
	LOG_DEBUG,
	LOG_LEVELS,
};

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
};

#define LOG_NULL ((struct log){.fd = -1})

/* fd is borrowed and must stay open as long as the log. -ENOMEM. */
int log_init(struct log *log, int fd, enum log_level level, const char *prefix);
void log_fini(struct log *log); /* flushes once, does not block */

/* Begins nothing and ends nothing: one call is one line, written as
 * "PREFIXLEVEL: line\n", the level being left out for notice and info. */
void log_line(struct log *log, enum log_level level, const char *line,
	      size_t length);
void log_format(struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes what can be written without blocking. Returns 0 when the buffer is
 * empty afterwards, a positive value when lines wait for the reader, -errno
 * when the sink is broken (the lines are gone and counted then). */
int log_flush(struct log *log);

/* The descriptor to watch for POLLOUT while log_flush returns positive. */
int log_fd(const struct log *log);

/* "error" … "debug"; -EINVAL otherwise. */
int log_level_parse(const char *string, enum log_level *ret_level);
const char *log_level_name(enum log_level level);
