/*
 * clock.c - reads CLOCK_MONOTONIC; nothing else in the library may.
 */
#include <time.h>

#include "base/compat.h"
#include "base/nsec.h"
#include "loop/clock.h"

uint64_t clock_now_ns(void)
{
	struct timespec now;

	compat_read_clock(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}
