/*
 * stats.c - percentiles, medians, verdicts.
 */
#include <math.h>
#include <stdlib.h>

#include "stats.h"

#define STATS_NS_PER_US 1000.0

static int stats_compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static int stats_compare_double(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;

	return (left > right) - (left < right);
}

struct stats stats_of(uint64_t *samples_ns, size_t count)
{
	qsort(samples_ns, count, sizeof(*samples_ns), stats_compare_u64);
	return (struct stats){
		.min_us = (double)samples_ns[0] / STATS_NS_PER_US,
		.p10_us = (double)samples_ns[count / 10] / STATS_NS_PER_US,
		.p50_us = (double)samples_ns[count / 2] / STATS_NS_PER_US,
		.p99_us =
			(double)samples_ns[count * 99 / 100] / STATS_NS_PER_US,
	};
}

double stats_median(double *values, size_t count)
{
	if (count == 0)
		return (double)NAN;
	qsort(values, count, sizeof(*values), stats_compare_double);
	if (count % 2 == 1)
		return values[count / 2];
	return (values[count / 2 - 1] + values[count / 2]) / 2;
}

const char *stats_judge(struct bench *bench, double value, double limit)
{
	bench->limits++;
	if (value <= limit)
		return "ok";
	bench->missed++;
	return "MISSED";
}
