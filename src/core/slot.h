/*
 * slot.h - a place for a worker, and the worker in it.
 *
 * Feeds the worker table and obeys its verdict: launches, signals, arms one
 * deadline, tells. It decides nothing. A slot keeps its number for ever; it
 * owns at most two workers: the current one, and either a newcomer that is to
 * take its place or one that retires while its successor already serves.
 */
#pragma once

#include <stdint.h>

#include "core/context.h"
#include "core/edition.h"
#include "core/workers.h"

/* What the slots of a group share; the group owns it. */
struct slot_shared {
	char *name;		 /* of the group, for ever */
	struct edition *edition; /* what is launched next */
	struct edition *former; /* what a roll goes back to; NULL: none is on */
	struct restart_shared restart;
	uint64_t launched_ns; /* the group's first launch; 0 */
	uint64_t mutated_ns;  /* the last SIGHUP to its workers; 0 */
	int32_t group;
	uint32_t counts[WORKER_STATES]; /* of all workers, per state */
	uint32_t failures; /* ends of its edition that nobody asked for, since
			      the roll began */
	struct muster_stats stats;
};

/* Where it stands in a roll. */
enum slot_stage {
	SLOT_SETTLED, /* it has been rolled, or there is no roll */
	SLOT_PENDING, /* to be begun; in group.roll.pending */
	SLOT_BUSY,
	SLOT_STAGES,
};

struct slot {
	struct slot_shared *shared;
	struct worker *current;	 /* never NULL */
	struct worker *newcomer; /* NULL: none */
	struct worker *retiring; /* NULL: none */
	struct list link;	 /* in group.roll.pending */
	uint32_t id;
	uint32_t generation; /* of the last launch */
	enum slot_stage stage;
};

/* The pool must have an idle worker. */
void slot_init(struct context *context, struct slot *slot,
	       struct slot_shared *shared, uint32_t id);

/* Another worker for the slot, vacant, and what is left of one that is. */
struct worker *slot_take_worker(struct context *context, struct slot *slot);
void slot_give_worker(struct context *context, struct worker *worker);

/* How a worker ended and what was decided, for whoever must know. */
struct slot_end {
	struct muster_exit how;
	enum muster_next next;
	enum muster_why why;
};

/* Tells a worker that something happened (but for its end) and does what
 * follows. */
void slot_step(struct context *context, struct worker *worker,
	       enum worker_event event);
/* The same for an UNWANTED that a roll is the reason of. */
void slot_retire(struct context *context, struct worker *worker);
/* The same for EXTEND. */
void slot_extend(struct context *context, struct worker *worker,
		 uint64_t extend_ns);

/* The same for a worker that was awaited (core/awaited.h): it has executed, or
 * it has ended and its end is still to come. */
void slot_executed(struct context *context, struct worker *worker);

/* The same for its end, of which the loop brought code and status. */
struct slot_end slot_exited(struct context *context, struct worker *worker,
			    int code, int status);

/* How many workers are processes, and how many of them serve. */
uint32_t slot_shared_live(const struct slot_shared *shared);
uint32_t slot_shared_ready(const struct slot_shared *shared);
