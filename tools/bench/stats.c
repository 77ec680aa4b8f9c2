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

/* The one below which that part of them lies. */
static double stats_quantile_us(const uint64_t *sorted_ns, size_t count,
				size_t percent)
{
	size_t rank = count * percent / 100;

	return (double)sorted_ns[rank] / STATS_NS_PER_US;
}

struct stats stats_of(uint64_t *samples_ns, size_t count)
{
	qsort(samples_ns, count, sizeof(*samples_ns), stats_compare_u64);
	return (struct stats){
		.min_us = stats_quantile_us(samples_ns, count, 0),
		.p10_us = stats_quantile_us(samples_ns, count, 10),
		.p50_us = stats_quantile_us(samples_ns, count, 50),
		.p99_us = stats_quantile_us(samples_ns, count, 99),
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
