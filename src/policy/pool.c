/*
 * pool.c - the difference between what shall be and what is.
 *
 * It never sees a slot and never scans: two counts in, two counts out.
 */
#include "pool.h"

struct pool_plan pool_plan(const struct pool_counts *counts)
{
	struct pool_plan plan = {0, 0};

	if (counts->wanted > counts->active)
		plan.fill = counts->wanted - counts->active;
	else
		plan.drain = counts->active - counts->wanted;
	return plan;
}
