/*
 * news.h - a log of objects (--log-format json), read line by line.
 */
#pragma once

#include "json_tree.h"
#include "tools/support.h"

struct news {
	struct json_node **lines;
	unsigned int count;
};

/* Reads what was written so far, once. Fails the test when a line is no object,
 * has not what all have, or is longer than a pipe takes whole. */
void news_read(struct news *news, const struct lines *log);
void news_fini(struct news *news);

/* Numbered from 1 on, without a gap. */
void news_check_sequence(const struct news *news);
/* The numbers that are missing are those that were told, and some are. */
void news_check_dropped(const struct news *news);

/* The one after the given line, or with NULL the first, that is this event;
 * fails the test when there is none. */
const struct json_node *news_next(const struct news *news,
				  const struct json_node *after,
				  const char *event);
unsigned int news_count(const struct news *news, const char *event);
