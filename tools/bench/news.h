/*
 * news.h - muster's log of objects (--log-format json), as far as it was read.
 *
 * For our own lines only: a member is found by its name, wherever it stands.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero is none. */
struct news {
	char *data;
	size_t size;   /* allocated */
	size_t length; /* read */
	size_t whole;  /* of that in whole lines, each ended by NUL */
	size_t mark;   /* what news_next has passed */
};

/* Takes what was read; without memory the benchmark ends. */
void news_add(struct news *news, const char *data, size_t length);

/* The next whole line at *offset, which moves on; NULL when there is none.
 * Lines are valid until the next news_add. */
const char *news_line(const struct news *news, size_t *offset);
/* The next line from the mark on that is this event, and the mark behind it. */
const char *news_next(struct news *news, const char *event);

/* A line for people, as services log, is the event that it begins with. */
bool news_is(const char *line, const char *event);
/* A member that is a number; -1 without it. */
int64_t news_number(const char *line, const char *name);
/* A member that is a string begins with this text. */
bool news_has(const char *line, const char *name, const char *text);

void news_fini(struct news *news);
