/*
 * tally.h - a histogram of restart latencies.
 *
 * The histogram is log-linear: eight buckets to each doubling, so a quantile is
 * too high by at most 1/8 of itself and never too low, min and max are exact,
 * and adding costs a shift. 0 ns to 2^40 ns (18 minutes); what is longer counts
 * in the last bucket, whose quantile is the maximum.
 */
#pragma once

#include <stdint.h>

/* 8 for the values below 8, and 8 for each of the doublings 2^3 ... 2^39. */
#define TALLY_BUCKETS 304U

/* All zero is an empty one. The buckets are as wide as the count: 32 bits would
 * wrap within two months of a thousand restarts a second. */
struct tally_histogram {
	uint64_t buckets[TALLY_BUCKETS];
	uint64_t count;
	uint64_t min_ns;
	uint64_t max_ns;
};

void tally_add(struct tally_histogram *histogram, uint64_t value_ns);

/* The smallest value that numerator/denominator of all (rounded up, at least
 * one) do not exceed, told as the upper edge of its bucket or as the maximum
 * where that is less. numerator <= denominator. 0 for an empty histogram. */
uint64_t tally_quantile(const struct tally_histogram *histogram,
			uint32_t numerator, uint32_t denominator);
