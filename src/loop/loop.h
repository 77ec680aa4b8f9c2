/*
 * loop.h - waits, and yields what happened as values.
 *
 * Knows descriptors, child exits and one deadline; nothing of workers. No
 * callbacks: loop_wait fills a batch and returns. Three backends serve it, the
 * best that works is chosen by trying (loop.c), and they differ in cost only.
 *
 * loop_watch_exit is the one way to learn of a death, and the backend reaps:
 * the event carries the exit status. A zombie that a tracer still holds is
 * reported when the tracer lets go, for only then there is a status.
 *
 * Orphans, children that nobody watches, are reaped on demand: a bounded number
 * in each wait, up to 100 ms late, and never a watched child in their place.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "muster/types.h"

/* The most events one wait yields, for a turn is bounded: so many exits, and
 * room for one full read of signals. */
#define LOOP_SIGNALS 16U
#define LOOP_BATCH (64U + LOOP_SIGNALS)
/* The most foreign descriptors watched at a time. */
#define LOOP_FDS 64U

struct loop;

/* Embedded in what is watched; must stay where it is until its event came. */
struct loop_watch {
	uint64_t tag;
	int pidfd; /* -1 on the signal engine */
	pid_t pid;
	struct list link; /* in the loop's held list */
	struct list job;  /* in the loop's list of jobs */
	struct {
		struct loop_watch *next;
		struct loop_watch **at; /* what points here; NULL: nothing */
	} chain;			/* in the loop's table of pids */
	siginfo_t info;			/* written by the kernel on the ring */
};

enum loop_event_kind {
	LOOP_SIGNAL,
	LOOP_FD,
	LOOP_EXIT,
	LOOP_STOP,
};

struct loop_event {
	enum loop_event_kind kind;
	uint64_t tag;
	union {
		struct {
			int code; /* CLD_…; 0: somebody else took the status */
			int status;
		} exit;
		struct {
			int signo;
			int code; /* SI_…; above 0 it is from the kernel */
			pid_t pid;
			uid_t uid;
			uint64_t value; /* of sigqueue(3) */
		} signal;
		struct {
			int signo; /* that stopped a watched child */
		} stop;
		struct {
			int fd;
			uint32_t revents; /* POLL… */
		} fd;
	};
};

struct loop_batch {
	uint32_t count;
	uint32_t orphans; /* children that nobody watches, reaped in this wait;
			     they are no events */
	struct loop_event events[LOOP_BATCH];
};

struct loop_options {
	enum muster_engine engine;
	bool has_pidfds;    /* workers come with a pidfd that polls */
	bool reaps_orphans; /* children that nobody watches are reaped, too,
			       which takes SIGCHLD: -EINVAL without signals. The
			       signal engine cannot but do so. Every child that
			       is waited for elsewhere would be lost: only for a
			       process whose children are all watched */
	bool tells_stops;   /* loop_watch_stops, which takes SIGCHLD, too */
	bool peeks; /* leave a dead worker a zombie until the next wait, so
		       that its process group can be signalled by number */
	const int *signals; /* to read; NULL: none */
	uint32_t signal_count;
};

/* Opens the best engine, or the one that is asked for. Why others were refused,
 * or this one was, stands in loop_reason. -errno of the last refusal; *ret_loop
 * is set even then, to ask for the reason, and must be freed. -ENOMEM leaves it
 * alone. */
int loop_new(const struct loop_options *options, struct loop **ret_loop);
struct loop *loop_free(struct loop *loop);

/* The engine's own descriptor; -1 where it has none. */
int loop_fd(const struct loop *loop);

/* In a child made by fork(2), which does not have the loop (base/unforked.h):
 * closes that descriptor and the signalfd, without a word to the kernel about
 * what the parent has armed. The mask stays. */
void loop_abandon(int fd);

enum muster_engine loop_engine(const struct loop *loop);
const char *loop_reason(const struct loop *loop);
/* The signal mask before the loop blocked what it reads. */
const sigset_t *loop_saved_mask(const struct loop *loop);

/* SIGCHLD was ignored before the loop, which cannot have it so. */
bool loop_ignored_child(const struct loop *loop);

/* Watches a child that is not reaped; watch->pidfd, pid and tag are set. On
 * failure (-ENOMEM, -ENOSPC) the child is still reaped and reported, only
 * later: it is tried again now and then. */
int loop_watch_exit(struct loop *loop, struct loop_watch *watch);

/* The stops of this watched child are told, too, each as LOOP_STOP. Once. Costs
 * a system call whenever a child's news has come. */
void loop_watch_stops(struct loop *loop, struct loop_watch *watch);

/* The tag of the watched child that has this pid, in constant time; -ENOENT. It
 * is watched until its event is in a batch, also when loop_watch_exit failed or
 * when it is dead and a tracer holds it. */
int loop_find_exit(const struct loop *loop, pid_t pid, uint64_t *ret_tag);

/* Watches fd for POLL… events, once: after its event it must be watched again.
 * Borrowed; unwatch before closing. -ENOSPC past LOOP_FDS, -EEXIST. */
int loop_watch_fd(struct loop *loop, int fd, uint32_t events, uint64_t tag);
/* 0, or -ENOENT when it is not watched. Its event may no longer come. */
int loop_unwatch_fd(struct loop *loop, int fd);

/* Closes fd, at the next wait if that is cheaper. */
void loop_close(struct loop *loop, int fd);

/* Closes it now: who forks next does not hand it down. */
void loop_close_now(struct loop *loop, int fd);

/* This process has a child, watched or not, alive or dead. */
bool loop_has_children(const struct loop *loop);

/* From now on orphans are reaped at once, not up to 100 ms late: when nobody is
 * watched any more, and each SIGCHLD may be the last. */
void loop_reap_at_once(struct loop *loop);

/* Waits until something happens or until_ns (0: only looks). Returns the number
 * of events in the batch, 0 for the deadline, an interruption or orphans,
 * -errno when the engine itself is broken. */
int loop_wait(struct loop *loop, uint64_t until_ns, struct loop_batch *batch);
