/*
 * muster/events.h - the words of libmuster: what a caller is told.
 *
 * Result structs begin with their size, which the caller sets; how a shorter or
 * a longer one is treated is said in muster/types.h, and so are the words that
 * both sides use.
 */
#ifndef MUSTER_EVENTS_H
#define MUSTER_EVENTS_H

#include <muster/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum muster_event_kind {
	MUSTER_EVENT_NONE,
	MUSTER_EVENT_ENGINE,	/* which paths serve; text says why */
	MUSTER_EVENT_LISTENING, /* a socket is open; text is its address */
	MUSTER_EVENT_STARTING,	/* a group's first workers; count */
	MUSTER_EVENT_STARTED,	/* a worker was launched */
	MUSTER_EVENT_EXITED,	/* a worker ended, or could not be launched */
	MUSTER_EVENT_STOPPING,	/* a worker was told to stop by signo */
	MUSTER_EVENT_OVERDUE,	/* it did not stop in time, signo was sent */
	MUSTER_EVENT_SIGNAL,	/* the launcher received signo */
	MUSTER_EVENT_PARENT,	/* ours is gone, or (code) cannot be watched */
	MUSTER_EVENT_STOP,	/* the launcher stops; count workers live */
	MUSTER_EVENT_GIVE_UP,	/* the give-up rule of a group was met, or its
				   command (text) cannot be executed; why, exit */
	MUSTER_EVENT_WATCH,	/* a descriptor of muster_watch_fd is ready */
	MUSTER_EVENT_LOST,  /* count events were dropped: nobody took them */
	MUSTER_EVENT_DONE,  /* nothing is left to do; code is the status, count
			       how many did not even obey SIGKILL */
	MUSTER_EVENT_READY, /* a worker is ready */
	MUSTER_EVENT_SERVING, /* all workers of a group (-1: of all groups) are
				 ready, count of them */
	MUSTER_EVENT_STATUS,  /* a worker says (STATUS=) text */
	MUSTER_EVENT_REFUSED, /* count messages were refused, the last for the
				 reason in text and from pid; once a second */
	MUSTER_EVENT_SCALED,  /* a group shall have count workers */
	MUSTER_EVENT_RELOAD,  /* a roll of count slots begins, or (signo) SIGHUP
				 was sent to count workers */
	MUSTER_EVENT_ROLLED,  /* it is finished, uptime_ns after its begin */
	MUSTER_EVENT_ABORTED, /* it is given up, count slots were rolled; the
				 worker that did not become ready, why, exit */
	MUSTER_EVENT_REMOVED, /* a group is gone */
	MUSTER_EVENT_ORPHANS, /* count children of others were reaped */
	MUSTER_EVENT_DRAIN,   /* the launcher stops delay_ns from now */
	MUSTER_EVENT_LEFTOVERS, /* count processes that workers left (text: some
				   of them; 0: nobody can see them) got signo,
				   and get SIGKILL delay_ns from now */
	MUSTER_EVENT_SHARED_FATE, /* a group's worker that is killed for want of
				     memory takes the launcher along: the cgroup
				     (text) of both has memory.oom.group */
	MUSTER_EVENTS,
};

/* How much a piece of news matters. */
enum muster_level {
	MUSTER_LEVEL_ERROR,
	MUSTER_LEVEL_WARNING,
	MUSTER_LEVEL_NOTICE,
	MUSTER_LEVEL_INFO,
	MUSTER_LEVEL_DEBUG,
	MUSTER_LEVELS,
};

/* What a signal to the launcher was taken for. */
enum muster_route {
	MUSTER_ROUTE_IGNORE,
	MUSTER_ROUTE_STOP, /* stop gracefully */
	MUSTER_ROUTE_KILL, /* kill all workers and leave */
	MUSTER_ROUTE_RELOAD,
	MUSTER_ROUTE_MORE, /* one worker more */
	MUSTER_ROUTE_FEWER,
	MUSTER_ROUTE_FORWARD, /* it is the workers' */
	MUSTER_ROUTE_DRAIN,   /* announce that the launcher stops */
	MUSTER_ROUTES,
};

/* One piece of news. Fields that do not apply are zero. */
struct muster_event {
	size_t size;
	enum muster_event_kind kind;
	int32_t group; /* -1: of the launcher itself */
	uint64_t time_ns;
	uint32_t slot;
	uint32_t generation;
	pid_t pid;     /* the worker; for SIGNAL the sender, 0 when unknown */
	uid_t uid;     /* for SIGNAL the sender */
	pid_t old_pid; /* for STARTED: whom it replaces, 0 for none */
	int32_t signo;
	int32_t code;
	struct muster_exit exit;
	enum muster_next next;
	enum muster_why why;
	enum muster_route route;
	uint32_t count;
	uint64_t uptime_ns; /* EXITED, READY: since the launch; ROLLED,
			       ABORTED: since the roll began */
	/* STARTED of a replacement: from the wake-up that brought the death to
	 * the return of the clone. EXITED: from that wake-up to the worker's
	 * own execve; 0 when it was no immediate replacement. */
	uint64_t latency_ns;
	uint64_t delay_ns; /* EXITED: until it is launched again */
	uint64_t tag;	   /* WATCH: the caller's */
	const char *name;  /* the group's or the listener's */
	const char *text;  /* lives until the next muster_turn */
	uint64_t number;   /* of this event, from 1 on */
	uint32_t ready;	   /* workers of its group that are ready now */
	uint32_t roll;	   /* how often its group, or its edition, was rolled */
	int32_t sent; /* SIGNAL, FORWARD: as this one, to count workers; 0: it
			 is kept for the next one. code: the errno where it did
			 not reach one */
	/* What exit.step, one of those of privileges, failed to set: the limit
	 * (RLIMIT_…), user, group, capability, bits or value. */
	int64_t value;
	/* Where that was a limit: what it was to be; UINT64_MAX: unlimited. */
	uint64_t limit_soft;
	uint64_t limit_hard;
	/* What value does not tell: which CPUs or groups were asked for, what
	 * the capability is called; NULL otherwise. Lives as text does. */
	const char *asked;
};

#define MUSTER_EVENT_INIT MUSTER_INIT_(struct muster_event)

/* Counters since the object was made; a latency is 0 when nothing was
 * measured. Restart latency runs from the wake-up that brought a death to the
 * replacement's execve, stamped by the replacement; it is counted when that
 * worker has ended. */
struct muster_stats {
	size_t size;
	uint32_t running; /* launched and not yet reaped */
	uint32_t waiting; /* for a token, a backoff or a launch */
	uint64_t started;
	uint64_t exited; /* of themselves, by status */
	uint64_t signaled;
	uint64_t launch_failures;
	uint64_t restarts; /* launches into a slot that had a worker before */
	uint64_t throttled;
	uint64_t overdue;
	uint64_t turns;
	uint64_t restart_min_ns;
	uint64_t restart_p50_ns;
	uint64_t restart_p99_ns;
	uint64_t restart_max_ns;
	uint64_t restart_count;
	uint32_t ready;
	uint32_t orphans;     /* reaped */
	uint64_t turn_max_ns; /* the longest turn, from the end of its wait on;
				 without what the caller does between turns */
};

#define MUSTER_STATS_INIT MUSTER_INIT_(struct muster_stats)

#ifdef __cplusplus
}
#endif

#endif
