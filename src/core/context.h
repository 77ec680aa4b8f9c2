/*
 * context.h - what slots and groups work with: the rooms below, the queue of
 * news, the time. Owned by the supervisor; no logic of its own.
 */
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/heap.h"
#include "core/event.h"
#include "loop/loop.h"
#include "policy/tally.h"
#include "proc/spawn.h"

struct context {
	struct loop *loop; /* NULL before the start */
	struct spawner spawner;
	struct heap deadlines; /* worker.deadline */
	size_t deadline_room;  /* one for each slot there is */
	struct event_queue events;
	struct tally_histogram restarts; /* see muster_stats */
	struct rlimit nofile;		 /* as it was given to us */
	bool raised_nofile;
	bool has_mask;
	sigset_t mask;	  /* the workers', when the caller named one */
	bool was_overdue; /* some worker did not stop in time */
	uint64_t now_ns;  /* of this turn: when its wait ended */
	uint64_t seed;
	pid_t pid;	 /* of the launcher */
	int launcher_fd; /* a pidfd of ourselves; -1 */
};
