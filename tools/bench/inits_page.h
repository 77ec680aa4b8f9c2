/*
 * inits_page.h - the memory that the controller and a program under an init
 * share, under the descriptor of page.h's.
 *
 * Included by that program, which has no C library: nothing but fixed-width
 * types. What is called a futex begins with 0 and whoever changes it wakes all
 * who wait for it.
 */
#pragma once

#include "page.h"

/* The program's argument: it ends at once and never sees the page. */
#define INITS_TRIVIAL "trivial"
#define INITS_RESTARTS_MAX 1000U
#define INITS_ORPHANS_MAX 10000U

/* What the program does once it has begun. */
enum inits_part {
	INITS_LEAVE, /* it ends */
	INITS_STAY,  /* answers USR2; TERM ends it as it ends anybody */
	INITS_HEED,  /* on TERM it says when it heard, and ends */
	INITS_STORM, /* makes orphans that all end at once */
	INITS_PARTS,
};

/* Of INITS_STORM. */
struct inits_storm {
	uint32_t wanted;       /* orphans */
	uint32_t is_restarted; /* the program dies again and again meanwhile */
	uint32_t made;	       /* orphans */
	uint32_t is_ready;     /* a futex: they are there */
	uint32_t is_on;	       /* a futex: the controller's word */
	uint32_t falls;	       /* a futex that all orphans wait for */
	uint32_t ended;	       /* orphans, zombies or reaped */
	uint32_t is_over;      /* a futex: the program dies no more */
	uint32_t is_reaped;    /* a futex: no orphan is left, zombie or not */
	uint32_t is_dismissed; /* a futex: the program may end, with 0 */
	uint32_t lives;	       /* of the program */
	uint32_t restarts;     /* of it while orphans ended */
	uint64_t begin_ns;     /* orphans were told to end */
	uint64_t reaped_ns;
	uint64_t died_ns; /* the program, for the last time */
	uint64_t restart_ns[INITS_RESTARTS_MAX]; /* from death to first act */
};

struct inits_page {
	uint32_t part;
	int32_t init_pid;  /* as it knows itself */
	uint32_t begun;	   /* a futex: how many programs */
	uint32_t answers;  /* a futex */
	uint64_t begin_ns; /* the program's first act, CLOCK_MONOTONIC */
	uint64_t heard_ns; /* the first act of its handler */
	uint64_t left_ns;  /* the last act before its end */
	struct inits_storm storm;
};
