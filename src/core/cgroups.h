/*
 * cgroups.h - the cgroups that workers are born in, and which deaths they
 * explain.
 *
 * Groups and editions that name the same one share it: it is opened once, and
 * it is known how many workers are in it. What costs a system call is done only
 * for a group that asked for a cgroup, or after a SIGKILL that nobody here has
 * sent.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "core/context.h"
#include "core/spec.h"
#include "proc/cgroup.h"

struct shared_cgroup {
	struct list link; /* in context.cgroups */
	uint32_t refs;	  /* editions; 0: it waits to be removed */
	uint32_t live;	  /* workers that were launched into it */
	uint64_t ooms;	  /* kills that it counted and that are told, or are of
			     nobody who lives */
	char *fate;	  /* the one above it whose end is ours; NULL: none, or
			     not asked yet */
	bool is_told;	  /* of that */
	bool kills; /* SIGKILL reached more than a worker: some may be dying */
	char *asked;
	struct cgroup cgroup;
};

/* The spec's, with a reference; NULL where it names none. -errno, the reason in
 * error. */
int cgroups_take(struct context *context, const struct spec *spec,
		 struct shared_cgroup **ret_shared, struct text *error);
/* With the last reference it is removed, if we made it; while somebody is in it
 * that waits for cgroups_fini. Accepts NULL; returns NULL. */
struct shared_cgroup *cgroups_give(struct shared_cgroup *shared);
/* Removes those that were in use still, and waits a moment for who was killed
 * there. */
void cgroups_fini(struct context *context);

/* A worker is about to be launched into it, and was not, or has ended. Accept
 * NULL. */
void cgroups_enter(struct shared_cgroup *shared);
void cgroups_leave(struct shared_cgroup *shared);

/* Kills all that are in it and below it, unless a second worker of ours is. */
void cgroups_kill(const struct context *context,
		  const struct shared_cgroup *shared);

/* A worker died of a SIGKILL that is not ours: whether the kernel sent it for
 * want of memory, as far as can be told. shared: where it was; NULL. */
bool cgroups_explain(struct context *context, struct shared_cgroup *shared);

/* Says, once, when a worker's end for want of memory is ours, too. */
void cgroups_tell(struct context *context, struct shared_cgroup *shared,
		  int32_t group, const char *name);

/* In a forked child: closes them. */
void cgroups_abandon(struct list *first, const struct list *end);
