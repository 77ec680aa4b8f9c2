/*
 * nsec.h - time as unsigned nanoseconds of CLOCK_MONOTONIC.
 *
 * Arithmetic saturates: NSEC_NEVER swallows what is added to it and nothing
 * wraps, so a deadline that was computed is always a deadline in the future
 * or in the past, never in the wrong century. Adding and multiplying time is
 * done here and nowhere else.
 */
#pragma once

#include <stdint.h>

#define NSEC_NEVER UINT64_MAX
#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)

static inline uint64_t nsec_add(uint64_t a_ns, uint64_t b_ns)
{
	uint64_t sum_ns;

	return __builtin_add_overflow(a_ns, b_ns, &sum_ns) ? NSEC_NEVER
							   : sum_ns;
}

static inline uint64_t nsec_mul(uint64_t a_ns, uint64_t factor)
{
	uint64_t product_ns;

	return __builtin_mul_overflow(a_ns, factor, &product_ns) ? NSEC_NEVER
								 : product_ns;
}

/* To the nearest nanosecond, as far as a double tells them apart (104 days);
 * factor is not negative. */
static inline uint64_t nsec_scale(uint64_t a_ns, double factor)
{
	double product = (double)a_ns * factor + 0.5;

	return product < 0x1p64 ? (uint64_t)product : NSEC_NEVER;
}

/* The time from earlier to later; 0 when later is not later. */
static inline uint64_t nsec_since(uint64_t later_ns, uint64_t earlier_ns)
{
	return later_ns > earlier_ns ? later_ns - earlier_ns : 0;
}

static inline uint64_t nsec_min(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

static inline uint64_t nsec_max(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns > b_ns ? a_ns : b_ns;
}
