/*
 * tally.h - counters, and a histogram of restart latencies.
 *
 * The histogram is log-linear: eight buckets to each doubling, so a quantile is
 * off by at most 1/16 of itself, min and max are exact, and adding costs a
 * shift. 1 ns to 2^40 ns (18 minutes); what is longer counts in the last.
 */
#pragma once

#include <stdint.h>

#define TALLY_BUCKETS 304U

struct tally_histogram {
	uint32_t buckets[TALLY_BUCKETS];
	uint64_t count;
	uint64_t min_ns;
	uint64_t max_ns;
};

void tally_add(struct tally_histogram *histogram, uint64_t value_ns);

/* The value below which numerator/denominator of all lie: the upper edge of
 * its bucket, clamped to [min, max]. 0 for an empty histogram. */
uint64_t tally_quantile(const struct tally_histogram *histogram,
			uint32_t numerator, uint32_t denominator);
