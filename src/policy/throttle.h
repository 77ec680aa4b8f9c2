/*
 * throttle.h - a token bucket over forks, without a counter to refill.
 *
 * Kept as one time stamp: the moment at which the bucket would be full again.
 * A token that is not there yet may be taken ahead: the answer is when it will
 * be, so several slots that wait get different times and nobody has to be woken
 * to look again. A token taken is spent, even if its slot is given up before it
 * could use it.
 *
 * With burst = workers + 1 and one token a second this is the reference's rule
 * (B40): after workers + 1 forks one second lies between two. There is one
 * difference: the reference forgets one fork too early and therefore lets two
 * forks through together once in every `workers` seconds; here the pace is even
 * and never faster than the reference's.
 */
#pragma once

#include <stdint.h>

struct throttle_rules {
	uint64_t interval_ns; /* per token; 0: off. burst * interval_ns counts
				 as 292 years at most */
	uint32_t burst;	      /* 0 counts as 1 */
};

/* All zero is a full bucket. */
struct throttle {
	uint64_t full_ns;
};

/* Takes a token and returns when it may be used: now_ns, or later. Times never
 * go back from call to call. */
uint64_t throttle_take(const struct throttle_rules *rules,
		       struct throttle *throttle, uint64_t now_ns);
