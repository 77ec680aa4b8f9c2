/*
 * ladder.h - how a worker is stopped, as data: a signal, the time it gets, the
 * next signal, the last one being KILL.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LADDER_RUNGS 2

struct ladder_rung {
	int signo;
	uint64_t grace_ns; /* NSEC_NEVER: no next rung */
};

struct ladder {
	struct ladder_rung rungs[LADDER_RUNGS];
};

struct ladder_verdict {
	int signo;
	bool is_last;	 /* KILL: nothing follows */
	uint64_t due_ns; /* when to take the next rung; NSEC_NEVER */
};

/* signo with timeout_ns (NSEC_NEVER: for ever), then SIGKILL. A ladder whose
 * first signal is SIGKILL has that one rung. */
void ladder_init(struct ladder *ladder, int signo, uint64_t timeout_ns);

/* What to do on rung number rung (0-based, clamped to the last) at now_ns. */
struct ladder_verdict ladder_climb(const struct ladder *ladder, uint32_t rung,
				   uint64_t now_ns);
