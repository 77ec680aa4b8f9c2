/*
 * backoff.h - the delay before try n.
 *
 * delay(n) = min(cap, base * 2^n), of which the upper half is drawn: the result
 * lies in [delay/2, delay], never below base/2. The draw keeps slots that died
 * together from coming back together. Equal seeds give equal delays; the
 * caller's seed is advanced (splitmix64), so a simulation repeats.
 */
#pragma once

#include <stdint.h>

struct backoff_rules {
	uint64_t base_ns; /* 0: no backoff, every delay is 0, nothing drawn */
	uint64_t cap_ns;  /* below base_ns counts as base_ns */
};

/* streak counts the failures in a row before this one, from 0. */
uint64_t backoff_delay_ns(const struct backoff_rules *rules, uint32_t streak,
			  uint64_t *seed);
