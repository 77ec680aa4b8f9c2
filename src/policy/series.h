/*
 * series.h - the delays of what is done again and again: at an interval, or
 * after failures.
 *
 * After failures the mean grows evenly and each delay is drawn around it:
 *
 *	mean(0) = start, mean(n) = mean(n - 1) * 2 * jitter, no less than min
 *	delay(n) = mean(n) * 2 * |gauss|, no less than min, no more than max
 *
 * with a gauss around jitter, of the standard deviation 0.1. A draw spreads one
 * delay and not the ones after it (B103). What backoff.h has is for workers: it
 * counts failures and knows no end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What remains of the interval after a run that took elapsed_ns, 0 when it took
 * longer; ret_late_ns is by how much, or 0. */
uint64_t series_pause_ns(uint64_t interval_ns, uint64_t elapsed_ns,
			 uint64_t *ret_late_ns);

struct series_rules {
	uint64_t start_ns;   /* not 0 */
	uint64_t min_ns;     /* not 0 */
	uint64_t max_ns;     /* outweighs min_ns */
	uint64_t give_up_ns; /* NSEC_NEVER: never */
	double jitter;	     /* not negative */
};

/* At its start all but random, which is any seed, is 0. */
struct series {
	uint64_t delay_ns; /* the next one's mean; 0: the rules' start_ns */
	uint64_t spent_ns; /* all delays so far */
	uint64_t random;
};

/* Around mean, with the standard deviation 0.1, never 0.6 away from it. */
double series_gauss(double mean, uint64_t *random);

/* The next delay; false, and nothing changed, when all of them together would
 * exceed give_up_ns. */
bool series_next(const struct series_rules *rules, struct series *series,
		 uint64_t *ret_delay_ns);

/* The same with a gauss that was drawn elsewhere; its sign does not matter. */
bool series_step(const struct series_rules *rules, struct series *series,
		 double gauss, uint64_t *ret_delay_ns);
