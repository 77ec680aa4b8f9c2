/*
 * text.h - bounded string builder.
 *
 * Writes into a buffer that the caller owns; what does not fit is cut and the
 * cut is remembered. The content is always terminated.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *data;
	size_t size; /* of the buffer, the terminator included */
	size_t length;
	bool is_cut;
};

/* size must be at least 1. */
void text_init(struct text *text, char *buffer, size_t size);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t count);
void text_add_u64(struct text *text, uint64_t value);
void text_add_i64(struct text *text, int64_t value);
/* printf into the builder; for cold paths. */
void text_format(struct text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_vformat(struct text *text, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
/* A time for people, three significant places: "850 ns", "12.3 us",
 * "4.56 ms", "1.23 s", "75.0 s", rounded; whole seconds from 100 s on; "for
 * ever" for NSEC_NEVER. */
void text_add_duration(struct text *text, uint64_t duration_ns);
/* "SIGTERM", "SIGRTMIN+3", or the bare number for what is no signal. */
void text_add_signal(struct text *text, int signo);
/* What came from a worker or from outside may neither end the line early nor
 * speak to the terminal: control characters but the tab become "?". */
void text_disarm(struct text *text);
