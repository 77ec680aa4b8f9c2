/*
 * tally.c - the latency histogram: where a value goes, and what a bucket says.
 *
 * Values below 8 have a bucket each. From there on a value's bucket is its
 * highest bit and the three bits below it, so each doubling has eight buckets,
 * each 1/8 of the doubling's lower end wide.
 */
#include <assert.h>
#include <stdbool.h>

#include "base/nsec.h"
#include "tally.h"

#define STEP_BITS 3U
#define STEPS (1U << STEP_BITS)
#define VALUE_BITS 40U
#define LAST_BUCKET (TALLY_BUCKETS - 1)

_Static_assert(TALLY_BUCKETS == (VALUE_BITS - STEP_BITS + 1) * STEPS,
	       "every value below 2^40 has a bucket and every bucket a value");

static uint32_t tally_bucket(uint64_t value_ns)
{
	uint32_t doubling;

	if (value_ns < STEPS)
		return (uint32_t)value_ns;
	if (value_ns >> VALUE_BITS)
		return LAST_BUCKET;

	/* What is left of the value after the shift is 8 to 15: the leading 8
	 * steps over the buckets of the values below 8. */
	doubling = 63 - (uint32_t)__builtin_clzll(value_ns) - STEP_BITS;
	return doubling * STEPS + (uint32_t)(value_ns >> doubling);
}

/* The largest value of a bucket. The last one has no upper edge, for it holds
 * what is longer, too. */
static uint64_t tally_edge_ns(uint32_t bucket)
{
	uint32_t doubling;
	uint64_t steps;

	if (bucket < STEPS)
		return bucket;
	if (bucket == LAST_BUCKET)
		return UINT64_MAX;

	doubling = bucket / STEPS - 1;
	steps = bucket - doubling * STEPS;
	return ((steps + 1) << doubling) - 1;
}

/* ceil(count * numerator / denominator) in two parts, since the product may not
 * fit; at least 1. */
static uint64_t tally_rank(uint64_t count, uint32_t numerator,
			   uint32_t denominator)
{
	uint64_t whole = count / denominator * numerator;
	uint64_t rest = count % denominator * numerator;
	uint64_t rank = whole + (rest + denominator - 1) / denominator;

	return rank > 0 ? rank : 1;
}

void tally_add(struct tally_histogram *histogram, uint64_t value_ns)
{
	bool is_first = histogram->count == 0;

	histogram->buckets[tally_bucket(value_ns)]++;
	histogram->count++;
	histogram->max_ns = nsec_max(histogram->max_ns, value_ns);
	if (is_first || value_ns < histogram->min_ns)
		histogram->min_ns = value_ns;
}

uint64_t tally_quantile(const struct tally_histogram *histogram,
			uint32_t numerator, uint32_t denominator)
{
	uint64_t rank;
	uint64_t seen = 0;
	uint32_t i;

	assert(denominator > 0);
	assert(numerator <= denominator);
	if (histogram->count == 0)
		return 0;

	rank = tally_rank(histogram->count, numerator, denominator);
	for (i = 0; i < LAST_BUCKET; i++) {
		seen += histogram->buckets[i];
		if (seen >= rank)
			break;
	}
	return nsec_min(tally_edge_ns(i), histogram->max_ns);
}
