/*
 * stats.c - adds up; counts nothing itself.
 */
#include "core/stats.h"
#include "core/tell.h"
#include "policy/tally.h"

static void stats_add(struct muster_stats *sum,
		      const struct slot_shared *shared)
{
	sum->running += slot_shared_live(shared);
	sum->waiting += shared->counts[WORKER_WAITING];
	sum->ready += slot_shared_ready(shared);
	tell_add_stats(sum, &shared->stats);
}

static void stats_add_launcher(struct muster_stats *sum,
			       const struct supervisor *supervisor)
{
	const struct tally_histogram *restarts = &supervisor->context.restarts;

	sum->turns = supervisor->turns;
	sum->turn_max_ns = supervisor->turn_max_ns;
	sum->orphans = (uint32_t)supervisor->orphans;
	sum->restart_count = restarts->count;
	sum->restart_min_ns = restarts->min_ns;
	sum->restart_p50_ns = tally_quantile(restarts, 50, 100);
	sum->restart_p99_ns = tally_quantile(restarts, 99, 100);
	sum->restart_max_ns = restarts->max_ns;
}

struct muster_stats stats_sum(const struct supervisor *supervisor, int group)
{
	struct muster_stats sum = MUSTER_STATS_INIT;

	if (group == -1)
		tell_add_stats(&sum, &supervisor->removed);
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (supervisor->groups[i] &&
		    (group == -1 || (uint32_t)group == i))
			stats_add(&sum, &supervisor->groups[i]->shared);
	stats_add_launcher(&sum, supervisor);
	return sum;
}
