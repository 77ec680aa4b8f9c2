/*
 * stats.h - percentiles of samples, medians of rounds, and the verdict on a
 * limit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench.h"

struct stats {
	double min_us;
	double p10_us;
	double p50_us;
	double p99_us;
};

/* Sorts samples_ns in place; count is at least 1. */
struct stats stats_of(uint64_t *samples_ns, size_t count);

/* Sorts values in place; NAN for none. */
double stats_median(double *values, size_t count);

/* "ok" or "MISSED", counted in bench. */
const char *stats_judge(struct bench *bench, double value, double limit);
