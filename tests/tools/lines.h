/*
 * lines.h - what came out of a pipe so far, as lines. Reads never wait; who
 * waits polls fd.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct lines {
	int fd;	     /* -1 when it has ended */
	char *data;  /* ends with NUL */
	size_t size; /* allocated */
	size_t length;
	size_t mark;	  /* what lines_next has passed */
	char line[16384]; /* what it found */
};

#define LINES_NULL       \
	(struct lines)   \
	{                \
		.fd = -1 \
	}

/* Takes what is there now. */
void lines_take(struct lines *lines);

/* The next whole line that has text in it, without its end; NULL when it has
 * not come yet. Valid until the next call. */
const char *lines_next(struct lines *lines, const char *text);

/* All lines so far that have text in them. */
unsigned int lines_count(const struct lines *lines, const char *text);

/* Whether text has come, wherever. */
bool lines_have(const struct lines *lines, const char *text);

/* The number after the first `before` in line, or -1. */
long line_number(const char *line, const char *before);

void lines_fini(struct lines *lines);
