/*
 * clock.c - reads CLOCK_MONOTONIC; nothing else in the library may.
 */
#include <time.h>

#include "base/nsec.h"
#include "loop/clock.h"

uint64_t clock_now_ns(void)
{
	struct timespec now;

	/* Cannot fail for this clock; served by the vDSO, no system call. */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}
