/*
 * orphans.h - children that nobody watches: what their dead parents left to a
 * PID 1 or a subreaper, and what was inherited across an exec.
 *
 * Never takes the status of a watched child. Sweeps run inside loop_wait only,
 * when every child that the owner made is watched or told.
 */
#pragma once

#include "loop/loop.h"

/* In one turn: a fork bomb's orphans must not hold it. */
#define ORPHANS_A_TURN 64U

/* A sweep walks all children, so a SIGCHLD only makes one due. */
struct orphans {
	bool are_ours;	    /* to be reaped, on ring and epoll */
	uint64_t due_ns;    /* the next sweep; NSEC_NEVER: no SIGCHLD since */
	uint64_t late_ns;   /* it is put off until then, and no longer */
	uint64_t free_ns;   /* it may not begin earlier */
	uint64_t gap_ns;    /* between the end of one and the next */
	uint32_t cut_short; /* sweeps in a row */
};

/* Once at the start: a child may have died before SIGCHLD was read. */
void orphans_begin(struct orphans *orphans, bool are_ours);
/* Without a gap from now on, and one at once. */
void orphans_hurry(struct orphans *orphans);
/* How many may be reaped in a turn. */
uint32_t orphans_limit(const struct orphans *orphans);
/* A SIGCHLD was read. */
void orphans_note(struct orphans *orphans);
/* Sweeps when it is due. What follows from what the batch has comes first,
 * until the sweep would be late. */
void orphans_sweep(struct loop *loop, struct loop_batch *batch);

/* A dead or stopped child, which stays as it is. False: there is none, or only
 * such as a tracer holds. */
bool orphans_peek(siginfo_t *ret_info);
/* Reaps what was peeked at and counts it, or takes only its stop, which would
 * hide the others; a watched child may have been stopped, but not be dead. */
void orphans_take(const siginfo_t *info, struct loop_batch *batch);
