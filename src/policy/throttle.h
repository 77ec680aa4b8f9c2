/*
 * throttle.h - a token bucket over forks, without a counter to refill.
 *
 * Kept as one time stamp: the moment at which the bucket would be full again.
 * A token that is not there yet may be taken ahead: the answer is when it will
 * be, so several slots that wait get different times and nobody has to be woken
 * to look again. With burst = workers + 1 and one token a second this is the
 * reference's rule (B40): after workers + 1 forks one second lies between two.
 */
#pragma once

#include <stdint.h>

struct throttle_rules {
	uint64_t interval_ns; /* per token; 0: off */
	uint32_t burst;	      /* at least 1 */
};

struct throttle {
	uint64_t full_ns;
};

/* Takes a token and returns when it may be used: now_ns, or later. */
uint64_t throttle_take(const struct throttle_rules *rules,
		       struct throttle *throttle, uint64_t now_ns);
