/*
 * news.h - what the fake loop keeps for the world; see loop.c.
 */
#pragma once

void news_begin(void);
void news_end(void);
