/*
 * throttle.c - a token bucket as one time stamp (the "generic cell rate
 * algorithm" of ATM switches).
 *
 * full_ns is when the bucket would be full again. Taking a token moves it on by
 * one interval; the bucket is empty when it lies burst intervals ahead. There
 * is no counter, so nothing has to be refilled and no timer ticks.
 */
#include "base/nsec.h"
#include "throttle.h"

/* An interval so long that a whole burst would not fit into the clock would let
 * full_ns stick at NSEC_NEVER, and a stuck stamp cannot tell a full bucket from
 * an empty one. Half the clock for the burst leaves 292 years of uptime. */
static uint64_t throttle_interval_ns(const struct throttle_rules *rules,
				     uint32_t burst)
{
	return nsec_min(rules->interval_ns, NSEC_NEVER / 2 / burst);
}

uint64_t throttle_take(const struct throttle_rules *rules,
		       struct throttle *throttle, uint64_t now_ns)
{
	uint32_t burst = rules->burst > 0 ? rules->burst : 1;
	uint64_t interval_ns = throttle_interval_ns(rules, burst);
	uint64_t ahead_ns = nsec_mul(interval_ns, burst);
	uint64_t full_ns;

	if (interval_ns == 0)
		return now_ns;

	full_ns = nsec_add(nsec_max(throttle->full_ns, now_ns), interval_ns);
	throttle->full_ns = full_ns;
	return nsec_max(now_ns, nsec_since(full_ns, ahead_ns));
}
