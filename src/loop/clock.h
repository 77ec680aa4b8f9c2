/*
 * clock.h - the only reader of the clock.
 */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC: it neither jumps with the wall clock nor counts a suspended
 * machine's sleep, so a token bucket does not refill while nothing runs. */
uint64_t clock_now_ns(void);
