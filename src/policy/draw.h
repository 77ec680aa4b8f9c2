/*
 * draw.h - random numbers from a seed that is handed in, never from the kernel:
 * a simulation that repeats a seed repeats every draw.
 */
#pragma once

#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood 2014): eight bytes of state, and any seed is a
 * good one, 0 too. */
static inline uint64_t draw_u64(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}
