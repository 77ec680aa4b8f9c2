/*
 * pool.h - given counts, how many slots to fill or to empty.
 *
 * It never sees a slot: the group keeps one list per state and acts on as many
 * as it is told.
 */
#pragma once

#include <stdint.h>

struct pool_counts {
	uint32_t wanted; /* how many workers there shall be */
	uint32_t active; /* slots that hold, await or have given up a worker; a
			    slot that is being emptied no longer counts, or it
			    would be drained again on every turn */
};

/* At most one of the two is not 0. */
struct pool_plan {
	uint32_t fill;	/* slots to fill, vacant or being emptied, from the
			   lowest number */
	uint32_t drain; /* active slots to empty, from the highest number */
};

struct pool_plan pool_plan(const struct pool_counts *counts);
