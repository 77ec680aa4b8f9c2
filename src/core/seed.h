/*
 * seed.h - where random numbers begin.
 */
#pragma once

#include <stdint.h>

/* What was wanted; for 0 something that nobody else has, as good as jitter
 * needs it. */
uint64_t seed_choose(uint64_t wanted);
