/*
 * seed.c - asks the kernel for a seed; never waits for it.
 */
#include <sys/random.h>

#include "core/seed.h"
#include "loop/clock.h"

/* Jitter only: where no randomness can be had, the time will do. */
uint64_t seed_choose(uint64_t wanted)
{
	uint64_t seed = wanted;

	if (seed == 0 && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) !=
				 (ssize_t)sizeof(seed))
		seed = clock_now_ns();
	return seed;
}
