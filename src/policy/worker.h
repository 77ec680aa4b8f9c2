/*
 * worker.h - one worker's life: state x event -> verdict.
 *
 *            WANTED     UNWANTED   READY      EXITED     WAKE       KILL
 * VACANT     spawn      -          -          never      never      -
 * STARTING   -          stop       READY      decide     unready    kill
 * READY      -          stop       -          decide     silent     kill
 * RELIEVED   READY      stop       -          VACANT     silent     kill
 * STOPPING   noted      noted      -          decide     next rung  kill
 * WAITING    -          VACANT     -          never      spawn      VACANT
 * FAILED     spawn      VACANT     -          never      never      VACANT
 *
 *            RELIEVE    PING       TRIGGER    EXTEND     LEAVE      MUTATE
 * VACANT     never      -          -          -          -          -
 * STARTING   never      -          -          later      STOPPING   -
 * READY      RELIEVED   later      hangs      -          STOPPING   SIGHUP
 * RELIEVED   -          later      hangs      -          STOPPING   SIGHUP
 * STOPPING   never      -          -          later      -          -
 * WAITING    never      -          -          -          -          -
 * FAILED     never      -          -          -          -          -
 *
 * (unready: stopped for not becoming ready in time; silent: its watchdog was
 * not fed, and not in half its time after that either, ABRT; hangs: as silent,
 * but on its own word and so at once, where it has a watchdog; RELIEVED: ready,
 * but its successor is being started, so that its end needs no other; LEAVE: it
 * stops of its own will.)
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

#include "base/nsec.h"
#include "ladder.h"
#include "muster/types.h"
#include "restart.h"

enum worker_state {
	WORKER_VACANT,
	WORKER_STARTING, /* launched, not known to be ready */
	WORKER_READY,
	WORKER_RELIEVED, /* ready, and a successor is being started */
	WORKER_STOPPING,
	WORKER_WAITING, /* for its time to be launched again */
	WORKER_FAILED,	/* over; not launched again unless asked */
	WORKER_STATES,
};

enum worker_event {
	WORKER_WANTED,
	WORKER_UNWANTED,
	WORKER_IS_READY,
	WORKER_EXITED,	/* a failed launch too */
	WORKER_WAKE,	/* the armed deadline has come */
	WORKER_KILL,	/* no patience left: the last rung, at once */
	WORKER_RELIEVE, /* a successor is being started */
	WORKER_PING,	/* a sign of life */
	WORKER_TRIGGER, /* it says that it hangs */
	WORKER_EXTEND,	/* it asks for more time: news.extend_ns */
	WORKER_LEAVE,	/* it says that it stops */
	WORKER_MUTATE,	/* its configuration has changed */
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
	WORKER_TURN = 1 << 5,	 /* the state or its deadline is another, and
				    that is all */
};

struct worker_rules {
	struct restart_rules restart;
	struct ladder ladder;
	uint64_t watchdog_ns; /* NSEC_NEVER: none */
};

struct worker_life {
	enum worker_state state;
	bool is_wanted;		  /* once the current stop is over */
	enum muster_why stop_why; /* in STOPPING: ASKED, ROLLED, NOT_READY,
				     WATCHDOG or LEFT */
	uint32_t rung;		  /* in STOPPING: of the ladder */
	uint64_t started_ns;	  /* in STARTING, READY, STOPPING: now_ns of
				     the verdict that said SPAWN; the caller may
				     put the exact stamp in its place */
	uint64_t heard_ns; /* in READY, RELIEVED: its last sign of life */
	uint64_t due_ns;   /* as armed; NSEC_NEVER */
	struct restart_memory memory;
};

#define WORKER_LIFE_NULL \
	((struct worker_life){.state = WORKER_VACANT, .due_ns = NSEC_NEVER})

struct worker_news {
	enum worker_event event;
	uint64_t now_ns;
	uint64_t resumed_ns;	 /* for WAKE: when the launcher ran again after
				    it had not been run for a while; 0 */
	uint64_t extend_ns;	 /* for EXTEND */
	enum muster_why why;	 /* for UNWANTED: ROLLED, or anything else */
	struct muster_exit exit; /* for EXITED */
};

struct worker_verdict {
	uint32_t actions;      /* enum worker_action */
	int signo;	       /* for SIGNAL; 0 with TELL: it leaves */
	bool is_overdue;       /* for SIGNAL: it has had one before */
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
/* It serves. */
bool worker_is_ready(enum worker_state state);

const char *worker_state_name(enum worker_state state);
const char *worker_event_name(enum worker_event event);
