/*
 * wall.h - what the wall clock said when the monotonic one said something.
 *
 * For people and their tools only: no decision rests on it. Events carry
 * monotonic time; one reading of both clocks dates all of a turn.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

struct wall {
	uint64_t now_ns;   /* CLOCK_MONOTONIC when it was read */
	int64_t offset_ns; /* from there to CLOCK_REALTIME */
};

/* Reads both clocks, without a system call. */
struct wall wall_read(void);

/* Nanoseconds since 1970 at monotonic_ns, by that reading; 0 for what would be
 * before. */
uint64_t wall_at(const struct wall *wall, uint64_t monotonic_ns);

/* "2026-11-23T10:11:12.123456789Z" (RFC 3339), without printf and without a
 * look at time zones. */
void wall_add(struct text *text, uint64_t unix_ns);
