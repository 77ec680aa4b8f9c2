/*
 * workers.h - where all workers of a launcher live.
 *
 * They never move, for the kernel writes to them and the loop points at them:
 * the pool grows by chunks and gives back nothing before the end. Groups take
 * one for each slot, and one more for each slot that is being rolled. A forked
 * child has none of them (base/unforked.h).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/list.h"
#include "loop/loop.h"
#include "policy/worker.h"
#include "proc/child.h"

struct slot;
struct edition;

/* The process in a slot, or what is left of it, or the wait for the next. */
struct worker {
	struct slot *slot;	 /* NULL while it is in the pool */
	struct edition *edition; /* what it was launched from; NULL before */
	struct worker_life life;
	struct heap_node deadline; /* in context.deadlines */
	struct loop_watch watch;   /* pid, pidfd; tag is this worker */
	struct list link;	   /* in workers.idle */
	struct child_report *report;
	int launch_fd;	     /* in context.await_fd until it is known to have
				executed or ended; -1 */
	uint64_t noticed_ns; /* the death it made good at once; 0 */
	pid_t old_pid;	     /* whose death that was; 0 */
	uint32_t generation;
};

/* A chunk's reports fill one page, and those of 64 chunks are one mapping: each
 * is work for a fork and for its child. */
#define WORKERS_CHUNK 256U
#define WORKERS_AREA 16384U

struct workers_chunk;

/* Where their reports are, in memory that a forked child has. */
struct worker_reports {
	struct child_report **areas;
	uint32_t count;
	uint32_t taken; /* reports of the last area that chunks have */
};

struct workers {
	struct workers_chunk *chunks; /* a chain, oldest first */
	struct workers_chunk *last;
	struct workers_chunk *fresh; /* the first with some that never were */
	struct worker_reports reports;
	struct list idle;    /* worker.link, of those that were given back */
	uint32_t idle_count; /* with those that never were */
	uint32_t promised;   /* of the idle ones */
	uint32_t count;	     /* in all */
};

void workers_init(struct workers *workers);

/* So many can be taken from now on, and deadlines has room for all that there
 * are. -ENOMEM. */
int workers_promise(struct workers *workers, struct heap *deadlines,
		    uint32_t count);
/* So many of them will not be. */
void workers_forgive(struct workers *workers, uint32_t count);

/* One must have been promised. */
struct worker *workers_take(struct workers *workers, struct slot *slot);
void workers_give(struct workers *workers, struct worker *worker);

/* Gives up the memory that all reports are in: the owner at its end, and a
 * forked worker. */
void worker_reports_unmap(const struct worker_reports *reports);

void workers_fini(struct workers *workers);
