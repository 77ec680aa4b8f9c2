/*
 * worker.h - one worker's life: state x event -> verdict.
 *
 *            WANTED     UNWANTED   READY      EXITED     WAKE       KILL
 * VACANT     spawn      -          -          never      never      -
 * STARTING   -          stop       READY      decide     unready    kill
 * READY      -          stop       -          decide     never      kill
 * STOPPING   noted      noted      -          decide     next rung  kill
 * WAITING    -          VACANT     -          never      spawn      VACANT
 * FAILED     spawn      VACANT     -          never      never      VACANT
 *
 * (unready: stopped for not becoming ready in time.)
 * "-" is legal and nothing to do; "never" is asserted, for it is news that we
 * make ourselves. What a worker or an operator can send is legal in every
 * state. worker_step changes the life it is given, what restart_decide changes
 * in the shared part, and nothing else; the caller obeys the verdict.
 *
 * One deadline belongs to each life. A verdict without any action leaves it as
 * it was ("-" and "noted"); any other verdict replaces it: ARM arms due_ns, no
 * ARM disarms. Every change of state comes with an action.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ladder.h"
#include "muster/types.h"
#include "restart.h"

enum worker_state {
	WORKER_VACANT,
	WORKER_STARTING, /* launched, not known to be ready */
	WORKER_READY,
	WORKER_STOPPING,
	WORKER_WAITING, /* for its time to be launched again */
	WORKER_FAILED,	/* over; not launched again unless asked */
	WORKER_STATES,
};

enum worker_event {
	WORKER_WANTED,
	WORKER_UNWANTED,
	WORKER_IS_READY,
	WORKER_EXITED, /* a failed launch too */
	WORKER_WAKE,   /* the armed deadline has come */
	WORKER_KILL,   /* no patience left: the last rung, at once */
	WORKER_EVENTS,
};

/* What the verdict asks for, in the order in which it is obeyed. */
enum worker_action {
	WORKER_TELL = 1 << 0,	/* an event for the user */
	WORKER_SIGNAL = 1 << 1, /* send verdict.signo */
	WORKER_SPAWN = 1 << 2,
	WORKER_ARM = 1 << 3,	 /* arm verdict.due_ns; other actions without
				    it: disarm */
	WORKER_RELEASE = 1 << 4, /* the slot is empty and not wanted */
};

struct worker_rules {
	struct restart_rules restart;
	struct ladder ladder;
	uint64_t ready_timeout_ns; /* NSEC_NEVER: none */
};

struct worker_life {
	enum worker_state state;
	bool is_wanted;		  /* once the current stop is over */
	enum muster_why stop_why; /* in STOPPING: ASKED or NOT_READY */
	uint32_t rung;		  /* in STOPPING: of the ladder */
	uint64_t started_ns;	  /* in STARTING, READY, STOPPING: now_ns of
				     the verdict that said SPAWN; the caller may
				     put the exact stamp in its place */
	struct restart_memory memory;
};

#define WORKER_LIFE_NULL ((struct worker_life){.state = WORKER_VACANT})

struct worker_news {
	enum worker_event event;
	uint64_t now_ns;
	struct muster_exit exit; /* for EXITED */
};

struct worker_verdict {
	uint32_t actions;      /* enum worker_action */
	int signo;	       /* for SIGNAL */
	enum muster_next next; /* for EXITED */
	enum muster_why why;   /* for EXITED, and for SIGNAL: stop_why */
	uint64_t due_ns;       /* for ARM; NSEC_NEVER without it */
	uint64_t uptime_ns;    /* for EXITED */
};

/* A death in STOPPING that somebody asked for costs nothing: the slot is
 * replaced at once or released. One for not becoming ready, and a launch that
 * failed, are put to restart_decide like any other, or they would spin. A slot
 * that is wanted anew, from VACANT or FAILED, has forgotten its streaks. */
struct worker_verdict worker_step(const struct worker_rules *rules,
				  struct restart_shared *shared,
				  struct worker_life *life,
				  const struct worker_news *news);

/* A process exists in this state. */
bool worker_is_live(enum worker_state state);

const char *worker_state_name(enum worker_state state);
const char *worker_event_name(enum worker_event event);
