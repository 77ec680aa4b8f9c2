/*
 * clock.c - the only reader of the clock among the tools.
 */
#include <time.h>

#include "base/compat.h"
#include "base/nsec.h"
#include "clock.h"

uint64_t clock_now_ns(void)
{
	struct timespec now;

	compat_read_clock(CLOCK_MONOTONIC, &now);
	return nsec_add(nsec_mul((uint64_t)now.tv_sec, NSEC_PER_SEC),
			(uint64_t)now.tv_nsec);
}
