/*
 * backoff.c - exponential delays with jitter.
 *
 * It draws from the seed that it is handed and never from the kernel: a
 * simulation that repeats a seed repeats every delay.
 */
#include "backoff.h"
#include "base/nsec.h"

/* splitmix64 (Steele, Lea, Flood 2014): eight bytes of state, and any seed is a
 * good one, 0 too. */
static uint64_t backoff_draw(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

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
	return nsec_add(low_ns, backoff_draw(seed) % choices);
}
