/*
 * support.h - what the tests of this floor share: cmocka with the headers it
 * wants, assertions that a test can expect, random numbers that repeat.
 *
 * A failed assert() returns to the test instead of ending the process, so
 * expect_assert_failure() sees it and the coverage of the rest is kept. One
 * that no test expects fails the test that runs.
 */
#pragma once

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Instead of the one in libc: the program's own definition comes first. */
void __assert_fail(const char *expression, const char *file, unsigned int line,
		   const char *function)
{
	(void)function; /* file and line are enough */
	mock_assert(0, expression, file, (int)line);
	abort();
}

/* TEST_SEED repeats a run. */
static inline uint64_t seed_choose(void)
{
	const char *given = getenv("TEST_SEED");
	uint64_t seed =
		given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

	printf("TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* xorshift64*, and not the generator under test. */
static inline uint64_t random_next(uint64_t *seed)
{
	uint64_t x = *seed ? *seed : 1;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*seed = x;
	return x * UINT64_C(2685821657736338717);
}

static inline uint64_t random_below(uint64_t *seed, uint64_t limit)
{
	return random_next(seed) % limit;
}

/* 0 to 2^bits - 1, every order of magnitude equally often. */
static inline uint64_t random_magnitude(uint64_t *seed, uint32_t bits)
{
	uint64_t value = random_next(seed);

	return value >> (64 - bits + random_below(seed, bits));
}
