/*
 * backoff.c - the public face of policy/series.c: defaults, checks, the seed.
 *
 * The series lies in the caller's struct, whose fields of today are all needed
 * to keep it: a struct that is shorter than they are is refused, not completed.
 */
#include <errno.h>
#include <float.h>
#include <stdbool.h>

#include "base/nsec.h"
#include "core/seed.h"
#include "core/spec.h"
#include "muster/service.h"
#include "policy/series.h"

#define BACKOFF_SIZE \
	(offsetof(struct muster_backoff, random) + sizeof(uint64_t))

static bool backoff_is_whole(const struct muster_backoff *backoff)
{
	return backoff && backoff->size >= BACKOFF_SIZE;
}

static uint64_t backoff_choose_ns(uint64_t wanted_ns, uint64_t otherwise_ns)
{
	return wanted_ns > 0 ? wanted_ns : otherwise_ns;
}

/* The reference's defaults (B103). */
static struct series_rules backoff_rules(const struct muster_backoff *known)
{
	return (struct series_rules){
		.start_ns = backoff_choose_ns(known->start_ns, NSEC_PER_SEC),
		.min_ns = backoff_choose_ns(known->min_ns, NSEC_PER_MSEC),
		.max_ns = backoff_choose_ns(known->max_ns, 300 * NSEC_PER_SEC),
		.give_up_ns = backoff_choose_ns(known->give_up_ns,
						300 * NSEC_PER_SEC),
		.jitter = known->jitter > 0 ? known->jitter : 0.75,
	};
}

int muster_backoff_next(struct muster_backoff *backoff, uint64_t *ret_delay_ns)
{
	struct muster_backoff known;
	struct series_rules rules;
	struct series series;
	int r;

	if (!backoff_is_whole(backoff) || !ret_delay_ns)
		return -EINVAL;
	r = spec_copy_options(&known, sizeof(known), backoff, backoff->size);
	if (r < 0)
		return r;
	if (!(known.jitter >= 0 && known.jitter <= DBL_MAX))
		return -EINVAL; /* not a number, either */

	/* Kept even when the series ends here, or it could be tried again with
	 * better luck. */
	if (backoff->random == 0)
		backoff->random = seed_choose(known.seed);
	rules = backoff_rules(&known);
	series = (struct series){
		.delay_ns = known.delay_ns,
		.spent_ns = known.spent_ns,
		.random = backoff->random,
	};
	if (!series_next(&rules, &series, ret_delay_ns))
		return -ETIMEDOUT;
	backoff->delay_ns = series.delay_ns;
	backoff->spent_ns = series.spent_ns;
	backoff->random = series.random;
	return 0;
}

/* The draws go on: a seed's series shall not repeat after each success. */
void muster_backoff_reset(struct muster_backoff *backoff)
{
	if (!backoff_is_whole(backoff))
		return;
	backoff->delay_ns = 0;
	backoff->spent_ns = 0;
}
