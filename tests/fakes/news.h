/*
 * news.h - what the fake loop keeps for the world; see loop.c.
 */
#pragma once

#include <stdbool.h>

void news_begin(void);
void news_end(void);
void said_begin(void);
/* Something is left to be read there. */
bool said_is_ready(int fd);
