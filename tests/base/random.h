/*
 * random.h - repeatable chance for tests (splitmix64).
 *
 * Every run prints its seed; MUSTER_TEST_SEED=N repeats that run.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct random {
	uint64_t state;
};

static inline struct random random_from_environment(const char *what)
{
	const char *given = getenv("MUSTER_TEST_SEED");
	struct random random = {.state = (uint64_t)time(NULL)};

	if (given)
		random.state = strtoull(given, NULL, 10);
	printf("%s: MUSTER_TEST_SEED=%llu\n", what,
	       (unsigned long long)random.state);
	return random;
}

static inline uint64_t random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline size_t random_below(struct random *random, size_t bound)
{
	return (size_t)(random_next(random) % bound);
}
