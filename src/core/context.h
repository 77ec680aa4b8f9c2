/*
 * context.h - what slots and groups work with: the rooms below, the queue of
 * news, the time. Owned by the supervisor; no logic of its own.
 */
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/heap.h"
#include "base/list.h"
#include "core/asked.h"
#include "core/event.h"
#include "core/pidfds.h"
#include "core/strings.h"
#include "core/workers.h"
#include "loop/loop.h"
#include "policy/tally.h"
#include "policy/worker.h"
#include "proc/notify.h"
#include "proc/spawn.h"

/* Messages that were refused and not told yet. */
struct refusals {
	uint32_t count;
	pid_t pid;	    /* that sent the last */
	const char *reason; /* of the last */
	uint64_t due_ns;    /* not to be told before */
};

struct context {
	struct loop *loop;		/* NULL before the start */
	const struct loop_batch *batch; /* of this turn */
	struct spawner spawner;
	struct spawn_pool *pool; /* of all plans; NULL before the start */
	struct heap deadlines;	 /* worker.deadline */
	struct workers workers;	 /* all that there are */
	struct pidfds pidfds;	 /* of them */
	struct strings strings;	 /* of all specs */
	struct tally_histogram restarts; /* see muster_stats */
	struct rlimit nofile;		 /* as it was given to us */
	bool raised_nofile;
	bool forks;    /* some group's workers are functions */
	bool is_owner; /* the process is ours to change */
	bool forwards; /* signals are the workers', so each is seen executing */
	bool minds_terminal; /* the terminal's signals are read, stops told */
	bool has_sessions;   /* some group's workers lead one each */
	bool signals_whole_groups; /* what is handed on, and what stops */
	bool has_mask;
	sigset_t mask;	  /* the workers', when the caller named one */
	bool was_overdue; /* some worker did not stop in time */
	enum muster_stop_reason stop_reason; /* of the stop of all; NONE */
	uint64_t now_ns;     /* of this turn: when its wait ended */
	uint64_t resumed_ns; /* when we ran again after we had not; 0 */
	uint64_t seed;
	pid_t pid;	 /* of the launcher */
	int launcher_fd; /* a pidfd of ourselves; -1 */
	int terminal_fd; /* ours, for workers that take it; -1: there is none,
			    or nobody does. Borrowed */
	int parent_fd;	 /* of our parent; -1 */
	int await_fd;	 /* of launches that nobody waits for; -1 until one */
	uint64_t ooms; /* kills that our own cgroup counted, as far as known */

	uint32_t counts[WORKER_STATES]; /* of all workers of all groups */

	uint32_t parked;       /* groups that shall have none */
	uint32_t unserving;    /* groups that have never been ready */
	struct list fresh;     /* group.fresh: they have just become ready */
	struct list work;      /* group.work: something can be launched */
	struct list listeners; /* listener.link: all sockets that are open */
	struct list cgroups;   /* shared_cgroup.link: all that are open */
	struct list graves;    /* edition.grave: freed when the turn's news is
				  taken */

	struct refusals refusals;
	uint32_t notify_room; /* messages that can wait there */
	int notify_fd;	      /* -1 until a group wants messages */
	int notify_send_fd;   /* to it, for all functions; -1 likewise */
	int newline_fd;	      /* -1 likewise */
	int newline_send_fd;
	char notify_address[NOTIFY_ADDRESS_SIZE];

	struct muster_event failure; /* the last end nobody asked for; asked of
					it is here */
	char failure_asked[ASKED_SIZE];
	struct event_queue events; /* last, for it is large */
};
