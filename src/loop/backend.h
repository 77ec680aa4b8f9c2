/*
 * backend.h - what a backend must do, and what they share.
 */
#pragma once

#include "base/text.h"
#include "loop/loop.h"
#include "loop/orphans.h"
#include "loop/pids.h"
#include "loop/sigfd.h"

struct backend {
	const char *name;
	enum muster_engine engine;
	/* Opens and proves itself end to end; on failure says in reason which
	 * step it was. */
	int (*open)(struct loop *loop, const struct loop_options *options,
		    struct text *reason);
	void (*close)(struct loop *loop);
	int (*fd)(const struct loop *loop); /* see loop_fd */
	int (*watch_exit)(struct loop *loop, struct loop_watch *watch);
	int (*watch_fd)(struct loop *loop, uint32_t index);
	void (*unwatch_fd)(struct loop *loop, uint32_t index);
	void (*close_fd)(struct loop *loop, int fd);
	int (*wait)(struct loop *loop, uint64_t until_ns,
		    struct loop_batch *batch);
};

extern const struct backend ring_backend;
extern const struct backend epoll_backend;
extern const struct backend signal_backend;

/* A foreign descriptor. The generation tells a late completion of a former
 * owner of the place from the present one's. */
struct loop_fd {
	int fd; /* -1: free */
	uint32_t events;
	uint32_t generation;
	uint64_t tag;
};

struct loop {
	const struct backend *backend;
	void *state; /* the backend's own */
	struct sigfd sigfd;
	bool peeks;
	pid_t peeked[LOOP_BATCH]; /* zombies, to be reaped at the next wait */
	uint32_t peeked_count;
	struct list held;     /* loop_watch.link: dead, not reapable yet */
	uint64_t held_due_ns; /* when to try them again */
	uint64_t held_delay_ns;
	struct list jobs;   /* loop_watch.job: its stops are told */
	uint32_t job_count; /* in there */
	uint32_t jobs_due;  /* of them may have been stopped */
	struct orphans orphans;
	struct loop_fd fds[LOOP_FDS];
	char reason[512];
	/* Every watch whose end was not told. Last: of so large a table few
	 * pages are ever there, and what comes before lies on one. */
	struct pids pids;
};

/* The next free event of the batch; there must be one. */
struct loop_event *batch_add(struct loop_batch *batch,
			     enum loop_event_kind kind, uint64_t tag);
uint32_t batch_room(const struct loop_batch *batch);

/* Reads what the signalfd has, as far as there is room. Returns true when a
 * SIGCHLD was among it, or may be. */
bool backend_read_signals(struct loop *loop, struct loop_batch *batch);
/* One record: true for a SIGCHLD, all others are events. */
bool backend_take_signal(struct loop_batch *batch,
			 const struct signalfd_siginfo *record);

/* A SIGCHLD was read, or may have been. */
void backend_note_child(struct loop *loop);
/* What these options want of SIGCHLD, but for the signal engine. */
enum sigfd_child backend_child(const struct loop_options *options);

/* The end of a watched child; with it the watch is free for a successor. */
void backend_add_exit(struct loop *loop, struct loop_batch *batch,
		      struct loop_watch *watch, const siginfo_t *info);

/* Collects a dead child's status without blocking: an event, or the held list
 * when a tracer still has it. There must be room for one event. */
void backend_reap(struct loop *loop, struct loop_watch *watch,
		  struct loop_batch *batch);
/* Buries the peeked. */
void backend_bury(struct loop *loop);
/* Tries those again whose time has come. */
void backend_settle(struct loop *loop, struct loop_batch *batch);
void backend_hold(struct loop *loop, struct loop_watch *watch);

/* waitid with WEXITED reports ptrace stops as well, of a child that asked to be
 * traced by its parent (PTRACE_TRACEME). */
bool backend_is_end(const siginfo_t *info);
