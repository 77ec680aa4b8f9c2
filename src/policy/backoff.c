/*
 * backoff.c - exponential delays with jitter.
 */
#include "backoff.h"
#include "base/nsec.h"
#include "draw.h"

static uint64_t backoff_peak_ns(const struct backoff_rules *rules,
				uint32_t streak)
{
	uint64_t cap_ns = nsec_max(rules->cap_ns, rules->base_ns);

	if (streak >= 64)
		return cap_ns; /* the shift would be undefined */
	return nsec_min(nsec_mul(rules->base_ns, UINT64_C(1) << streak),
			cap_ns);
}

uint64_t backoff_delay_ns(const struct backoff_rules *rules, uint32_t streak,
			  uint64_t *seed)
{
	uint64_t peak_ns = backoff_peak_ns(rules, streak);
	uint64_t low_ns = peak_ns / 2;
	uint64_t choices = nsec_since(peak_ns, low_ns) + 1;

	if (rules->base_ns == 0)
		return 0;

	/* The remainder prefers small values, for a delay of an hour by less
	 * than one part in four million: nobody can tell. */
	return nsec_add(low_ns, draw_u64(seed) % choices);
}
