/*
 * giveup.h - so many young deaths within so long: stop trying.
 *
 * Remembers the times of the last deaths in a ring that the caller allocates.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 32 KiB of ring per group; who wants more deaths than this wants none. */
#define GIVEUP_DEATHS_MAX 4096U

struct giveup {
	uint64_t *times_ns; /* [deaths]; NULL when deaths is 0 */
	uint32_t deaths;    /* 0: never gives up */
	uint32_t next;	    /* where the next death is noted; starts at 0 */
	uint32_t known;	    /* entries that hold a death; starts at 0 */
	uint64_t window_ns;
};

/* Notes a death at now_ns (times never go back) and says whether this was the
 * deaths-th one within window_ns (inclusive). */
bool giveup_note(struct giveup *giveup, uint64_t now_ns);
