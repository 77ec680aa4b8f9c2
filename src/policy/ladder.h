/*
 * ladder.h - how a worker is stopped, as data: a signal, the time it gets, the
 * next signal, the last one being KILL. Who is asked to stop enters at STOP,
 * who is killed for its silence at ABORT, so that it may leave a core.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum ladder_step {
	LADDER_ABORT,
	LADDER_STOP,
	LADDER_KILL,
	LADDER_RUNGS,
};

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

/* SIGABRT with abort_ns, signo with timeout_ns (NSEC_NEVER: for ever), then
 * SIGKILL. A stop whose signal is SIGKILL is the last rung. */
void ladder_init(struct ladder *ladder, int signo, uint64_t timeout_ns,
		 uint64_t abort_ns);

/* What to do on that rung (clamped to the last) at now_ns. */
struct ladder_verdict ladder_climb(const struct ladder *ladder, uint32_t rung,
				   uint64_t now_ns);
