/*
 * slot.h - a place for a worker, and the worker in it.
 *
 * Feeds the worker table and obeys its verdict: launches, signals, arms one
 * deadline, tells. It decides nothing. A slot keeps its number for ever; it
 * owns at most two workers, the current one and one that retires while its
 * successor already serves.
 */
#pragma once

#include <stdint.h>

#include "core/context.h"
#include "core/spec.h"
#include "policy/worker.h"

/* What the slots of a group share; the group owns it. */
struct slot_shared {
	const struct spec *spec;
	struct plan *plan; /* NULL before the start */
	struct spawn_pool *pool;
	struct restart_shared restart;
	uint64_t launched_ns; /* the group's first launch; 0 */
	int32_t group;
	uint32_t counts[WORKER_STATES]; /* of current workers, per state */
	struct muster_stats stats;
};

struct slot;

/* The process in a slot, or what is left of it, or the wait for the next. */
struct worker {
	struct slot *slot;
	struct worker_life life;
	struct heap_node deadline; /* in context.deadlines */
	struct loop_watch watch;   /* pid, pidfd; tag is this worker */
	struct child_report *report;
	uint64_t noticed_ns; /* the death it made good at once; 0 */
	pid_t old_pid;	     /* whose death that was; 0 */
	uint32_t generation;
};

struct slot {
	struct slot_shared *shared;
	struct worker *current;	 /* never NULL */
	struct worker *retiring; /* NULL: none */
	uint32_t id;
	uint32_t generation; /* of the last launch */
	struct worker first; /* where current starts out */
};

/* report must be zeroed, shared memory. The heap has room for its deadline. */
void slot_init(struct slot *slot, struct slot_shared *shared, uint32_t id,
	       struct child_report *report);

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

/* The same for its end, of which the loop brought code and status. */
struct slot_end slot_exited(struct context *context, struct worker *worker,
			    int code, int status);

/* How many workers are processes now. */
uint32_t slot_shared_live(const struct slot_shared *shared);
