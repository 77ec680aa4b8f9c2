/*
 * pool.h - given counts, how many slots to fill, to empty or to roll.
 *
 * It never sees a slot: the group keeps one list per state and acts on as many
 * as it is told.
 */
#pragma once

#include <stdbool.h>
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

/* A roll, at this moment. */
struct pool_roll_counts {
	uint32_t wanted;
	uint32_t live;	      /* processes of the group, old and new */
	uint32_t ready;	      /* of them */
	uint32_t failed;      /* wanted, but nobody brings them back */
	uint32_t pending;     /* slots not begun yet */
	uint32_t busy;	      /* slots begun and not finished */
	uint32_t surge;	      /* how many processes more there may be */
	uint32_t unavailable; /* how many ready ones less */
	bool has_proof;	      /* a newcomer has become ready */
};

/* newcomers: slots that get a second worker, whose first one is retired when
 * it is ready. replacements: slots whose worker is stopped first. Until there
 * is proof that the new generation works, nobody is stopped for it, or one
 * slot only where there may be no second worker. */
struct pool_roll_plan {
	uint32_t newcomers;
	uint32_t replacements;
};

struct pool_roll_plan pool_roll(const struct pool_roll_counts *counts);

/* How many ready ones may be stopped now, for whatever reason. */
uint32_t pool_roll_room(const struct pool_roll_counts *counts);

/* More newcomers have failed than serve: the roll is given up. */
bool pool_roll_fails(uint32_t failures, uint32_t ready);

/* What max_surge and max_unavailable mean for so many workers (see
 * muster_group_options); where both are none, one may be unavailable. */
struct pool_allowance {
	uint32_t surge;
	uint32_t unavailable;
};

struct pool_allowance pool_allow(uint32_t workers, int32_t max_surge,
				 int32_t max_unavailable);
