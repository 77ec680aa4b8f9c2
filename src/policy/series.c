/*
 * series.c - delays at an interval and after failures.
 *
 * Its normal distribution is the sum of twelve even draws, whose variance is
 * exactly 1: what it lacks are values beyond six standard deviations, and the
 * logarithm of a mathematics library.
 */
#include <assert.h>

#include "base/nsec.h"
#include "draw.h"
#include "series.h"

#define SERIES_DEVIATION 0.1
#define SERIES_DRAWS 12

uint64_t series_pause_ns(uint64_t interval_ns, uint64_t elapsed_ns,
			 uint64_t *ret_late_ns)
{
	*ret_late_ns = nsec_since(elapsed_ns, interval_ns);
	return nsec_since(interval_ns, elapsed_ns);
}

double series_gauss(double mean, uint64_t *random)
{
	double sum = 0;

	/* 53 bits are what a double in [0, 1) can tell apart. */
	for (int i = 0; i < SERIES_DRAWS; i++)
		sum += (double)(draw_u64(random) >> 11) * 0x1p-53;
	return mean + SERIES_DEVIATION * (sum - SERIES_DRAWS / 2.0);
}

bool series_step(const struct series_rules *rules, struct series *series,
		 double gauss, uint64_t *ret_delay_ns)
{
	uint64_t mean_ns =
		series->delay_ns ? series->delay_ns : rules->start_ns;
	uint64_t delay_ns =
		nsec_scale(mean_ns, 2 * (gauss < 0 ? -gauss : gauss));
	uint64_t spent_ns;

	assert(rules->start_ns > 0);
	assert(rules->min_ns > 0);
	delay_ns = nsec_min(nsec_max(delay_ns, rules->min_ns), rules->max_ns);
	spent_ns = nsec_add(series->spent_ns, delay_ns);
	if (spent_ns > rules->give_up_ns)
		return false;

	series->delay_ns =
		nsec_max(nsec_scale(mean_ns, 2 * rules->jitter), rules->min_ns);
	series->spent_ns = spent_ns;
	*ret_delay_ns = delay_ns;
	return true;
}

bool series_next(const struct series_rules *rules, struct series *series,
		 uint64_t *ret_delay_ns)
{
	uint64_t random = series->random;
	double gauss = series_gauss(rules->jitter, &random);

	if (!series_step(rules, series, gauss, ret_delay_ns))
		return false;
	series->random = random;
	return true;
}
