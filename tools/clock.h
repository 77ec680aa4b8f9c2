/*
 * clock.h - the program's own look at the clock: how long a reload took to
 * decide, and when whoever started us wants to hear from us.
 */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC, the clock of events. */
uint64_t clock_now_ns(void);
