/*
 * restart.h - a worker ended: again, later or never, and why.
 *
 * Only deaths that nobody asked for and that came young cost a token and count
 * for give-up and backoff (B40-B46). A launch that failed never costs a token:
 * it waits out its own backoff. A command that was never executed at all is not
 * tried again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "backoff.h"
#include "giveup.h"
#include "muster/types.h"
#include "throttle.h"

/* A launch that fails with EAGAIN or ENOMEM: the first retry comes soon, a
 * machine that is out of processes is not hammered. */
#define RESTART_LAUNCH_BASE_NS (UINT64_C(50) * 1000000)
#define RESTART_LAUNCH_CAP_NS (UINT64_C(10) * 1000000000)

struct restart_rules {
	enum muster_restart mode;
	uint64_t healthy_after_ns;
	struct backoff_rules backoff;
	struct throttle_rules throttle;
};

/* What the workers of one group share. */
struct restart_shared {
	uint64_t ready_timeout_ns; /* of what is launched next; NSEC_NEVER */
	struct throttle throttle;
	struct giveup giveup;
	uint64_t seed;
	bool has_executed; /* some worker's program has run; set here at the
			      first death that shows it, the caller may know
			      and set it earlier */
};

/* What one slot remembers; all zero in the beginning. */
struct restart_memory {
	uint32_t streak;	/* young deaths in a row */
	uint32_t launch_streak; /* failed launches in a row */
};

/* One death. */
struct restart_question {
	struct muster_exit exit;
	uint64_t uptime_ns;
	uint64_t now_ns;
};

struct restart_verdict {
	enum muster_next next;
	enum muster_why why;
	uint64_t due_ns; /* LATER: when; NOW: now_ns; NEVER: NSEC_NEVER */
};

/* What any death teaches, asked for or not: that the program can be executed,
 * and that a streak is over. For a death that is not put to restart_decide,
 * which does the same; a launch that failed teaches nothing. */
void restart_note_death(const struct restart_rules *rules,
			struct restart_shared *shared,
			struct restart_memory *memory,
			const struct restart_question *question);

/* In this order: a launch that failed, the mode, a healthy life, give-up, and
 * the later one of backoff and throttle. */
struct restart_verdict restart_decide(const struct restart_rules *rules,
				      struct restart_shared *shared,
				      struct restart_memory *memory,
				      const struct restart_question *question);
