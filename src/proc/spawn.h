/*
 * spawn.h - makes one process, by the cheapest path that works here.
 *
 *   fast   clone3 with shared memory and descriptors, own stack, not waiting:
 *          independent of the launcher's size and of its descriptors
 *   vfork  the same, waiting until the program executes
 *   fork   a copy of the process
 *
 * A plan that is apart (proc/privs.h) is launched by a copy that is not waited
 * for, whatever the mode: others may stop its child.
 *
 * each by clone3, or by clone where that is refused (Docker's default filter
 * answers ENOSYS). Which works is tried once with a real child. Everything the
 * child touches lies in a block of a pool, one pool for all plans; the kernel
 * says when a block is free again by clearing a word (CLONE_CHILD_CLEARTID).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "muster/types.h"
#include "proc/child.h"
#include "proc/plan.h"

/* As many children may be between clone and execve at a time. When they all
 * are, one launch more waits for its own execve, and with it for the others. */
#define SPAWN_BLOCKS 64U

struct spawner {
	enum muster_spawn mode; /* never AUTO */
	bool has_clone3;
	bool has_pidfds;      /* children come with one that polls */
	bool signals_groups;  /* PIDFD_SIGNAL_PROCESS_GROUP */
	bool has_close_range; /* with CLOSE_RANGE_UNSHARE */
	bool drops_handlers;  /* the program may have some */
	bool is_unproven;     /* no child was launched so yet */
	char reason[256];     /* why better paths were refused */
};

struct spawn_pool;

struct spawn_request {
	const struct plan *plan;
	struct spawn_pool *pool; /* fitted to the plan */
	struct child_report *report;
	uint32_t slot;
	uint32_t generation;
	/* Until it executes or has ended, whatever the mode: the report is
	 * complete when spawn returns. Stands still as long as that takes, and
	 * a directory or a program on a dead file server takes for ever. Of a
	 * plan that is apart spawn returns at once, with a launch_fd. */
	bool waits;
};

struct spawn_child {
	pid_t pid;
	int pidfd; /* -1 where there are none; the caller's to close */
	/* Hangs up when it has executed or ended, and its report is complete;
	 * -1: nobody asked, or it was waited for. The caller's to close. */
	int launch_fd;
};

/* Tries the wanted mode, or all of them from the best on, with real children.
 * -errno of the last when none works; the reason stands in ret_spawner then
 * too. */
int spawner_init(struct spawner *ret_spawner, enum muster_spawn wanted,
		 bool is_owner);

/* The same without a child, by asking: AUTO is vfork. -ENOSYS for fast without
 * close_range. */
int spawner_ask(struct spawner *ret_spawner, enum muster_spawn wanted,
		bool is_owner);
/* A pool without blocks. -ENOMEM. */
int spawn_pool_new(struct spawn_pool **ret_pool);
/* Makes the blocks large enough for a plan, once before its first launch; they
 * stay so. Children may be between clone and execve: what they stand on is
 * given back later. Memory is not touched before it is used. -ENOMEM, the pool
 * as it was. */
int spawn_pool_fit(struct spawn_pool *pool, const struct plan *plan);
/* No child is between clone and execve, of any plan. */
bool spawn_pool_is_idle(const struct spawn_pool *pool);
/* The pool must be idle. */
struct spawn_pool *spawn_pool_free(struct spawn_pool *pool);

/* Launches. -errno is clone's. Failures after the clone are in the report, once
 * the child has ended, or at once where the request waits. A child that was
 * killed before it executed reports nothing. */
int spawn(const struct spawner *spawner, const struct spawn_request *request,
	  struct spawn_child *ret_child);

/* The same by a spawner that may only have been asked for: a launch that fails
 * then is tried once more, in the way that a real child has proven, if there is
 * one with the same mode that has pidfds as before. */
int spawner_launch(struct spawner *spawner, const struct spawn_request *request,
		   struct spawn_child *ret_child);

/* Zeroed reports in memory that forked children share. NULL without memory. */
struct child_report *spawn_reports_new(size_t count);
struct child_report *spawn_reports_free(struct child_report *reports,
					size_t count);
