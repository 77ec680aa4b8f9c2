/*
 * pool.c - the difference between what shall be and what is.
 *
 * It never sees a slot and never scans: counts in, counts out.
 */
#include "muster/types.h"
#include "pool.h"

#define POOL_DEFAULT_PERCENT 10

struct pool_plan pool_plan(const struct pool_counts *counts)
{
	struct pool_plan plan = {0, 0};

	if (counts->wanted > counts->active)
		plan.fill = counts->wanted - counts->active;
	else
		plan.drain = counts->active - counts->wanted;
	return plan;
}

static uint32_t pool_above(uint32_t a, uint32_t b)
{
	return a > b ? a - b : 0;
}

static uint32_t pool_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t pool_roll_room(const struct pool_roll_counts *counts)
{
	uint32_t expected = pool_above(counts->wanted, counts->failed);
	uint32_t floor = pool_above(expected, counts->unavailable);

	return pool_above(counts->ready, floor);
}

static uint32_t pool_replaceable(const struct pool_roll_counts *counts)
{
	uint32_t room = pool_roll_room(counts);

	if (counts->has_proof)
		return room;
	if (counts->surge > 0 || counts->busy > 0)
		return 0;
	return pool_min(room, 1);
}

struct pool_roll_plan pool_roll(const struct pool_roll_counts *counts)
{
	uint64_t most = (uint64_t)counts->wanted + counts->surge;
	struct pool_roll_plan plan = {0, 0};
	uint32_t pending = counts->pending;

	if (counts->surge > 0 && most > counts->live)
		plan.newcomers = most - counts->live < pending
					 ? (uint32_t)(most - counts->live)
					 : pending;
	pending -= plan.newcomers;
	plan.replacements = pool_min(pool_replaceable(counts), pending);
	return plan;
}

bool pool_roll_fails(uint32_t failures, uint32_t ready)
{
	return failures > ready;
}

static uint32_t pool_share(uint32_t workers, int32_t share, uint32_t round_up)
{
	uint64_t percent = POOL_DEFAULT_PERCENT;

	if (share == MUSTER_ROLL_NONE)
		return 0;
	if (share > 0)
		return (uint32_t)share;
	if (share < 0)
		percent = (uint64_t) - (int64_t)share;
	percent = percent * workers + round_up;
	return percent / 100 < UINT32_MAX ? (uint32_t)(percent / 100)
					  : UINT32_MAX;
}

struct pool_allowance pool_allow(uint32_t workers, int32_t max_surge,
				 int32_t max_unavailable)
{
	struct pool_allowance allowance = {
		.surge = pool_share(workers, max_surge, 99),
		.unavailable = pool_share(workers, max_unavailable, 0),
	};

	if (allowance.surge == 0 && allowance.unavailable == 0)
		allowance.unavailable = 1;
	return allowance;
}
