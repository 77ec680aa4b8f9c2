/*
 * group.h - slots under one spec.
 *
 * Brings the number of workers to what is wanted, as many at a time as it is
 * told, and watches over what its slots become. How a generation is replaced is
 * in roll.h.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "core/context.h"
#include "core/edition.h"
#include "core/slot.h"
#include "core/spec.h"

struct roll {
	uint32_t number; /* of rolls so far */
	uint32_t pending_count;
	uint32_t busy;
	uint32_t done;
	uint64_t began_ns;
	struct list pending; /* slot.link */
};

enum group_phase {
	GROUP_UP,
	GROUP_LEAVING, /* nobody is wanted any more */
	GROUP_GONE,    /* and nobody is left */
	GROUP_PHASES,
};

/* Groups that it starts after and stops before. */
struct group_order {
	int *after; /* [count] */
	uint32_t count;
};

struct group_chunk {
	uint32_t first;
	uint32_t count;
	struct slot slots[]; /* [count] */
};

struct group {
	struct slot_shared shared;
	struct group_chunk **chunks; /* [chunk_count], ascending */
	uint32_t chunk_count;
	uint32_t slot_room;
	uint32_t slot_count; /* slots that were ever used */
	uint32_t wanted;     /* how many workers there shall be */
	uint32_t filled; /* slots 0 … filled - 1 know that they are wanted */
	struct group_order order;
	bool is_blocked; /* it has not begun, and some of those do not serve */
	bool is_needed;	 /* see order_find_needed */
	bool is_serving; /* all its workers have been ready since it has any */
	enum group_phase phase;
	struct list work;  /* in context.work */
	struct list fresh; /* in context.fresh */
	struct roll roll;
};

/* Takes the spec on success, and opens its listeners. */
int group_new(struct context *context, int32_t id, struct spec *take_spec,
	      struct group **ret_group, struct text *error);

/* What is remembered for its give-up rule, to be freed with free(3): -ENOMEM.
 */
int group_new_giveup(const struct spec *spec, struct giveup *ret_giveup);
/* A copy; -ENOMEM. */
int group_new_order(const int *after, uint32_t count,
		    struct group_order *ret_order);

/* Every change of what the context counts of groups stands between these. */
void group_open_counts(struct context *context, const struct group *group);
void group_close_counts(struct context *context, const struct group *group);

/* Closes the pidfds of workers that did not even die of SIGKILL. */
void group_forget_workers(struct context *context, struct group *group);

/* Closes listeners; no worker may be live. */
struct group *group_free(struct context *context, struct group *group);

/* Makes the plan; the loop and the spawner are there now. */
int group_start(struct context *context, struct group *group);
void group_unstart(struct group *group);

bool group_is_after(const struct group *group, int32_t id);

/* It was launched once. */
bool group_has_begun(const struct group *group);

/* Says where it listens, and that its workers are being started, unless they
 * wait for another group. */
void group_tell(struct context *context, const struct group *group);
void group_tell_starting(struct context *context, const struct group *group);
/* Says where an edition listens, but for what former did already. */
void group_tell_listeners(struct context *context, const struct group *group,
			  const struct edition *former);
/* Says when the kernel may kill the launcher in the place of one worker. */
void group_tell_cgroup(struct context *context, const struct group *group);

/* All its workers are ready. */
void group_tell_serving(struct context *context, const struct group *group);

/* Makes room for this many slots. -ENOMEM. */
int group_reserve(struct context *context, struct group *group,
		  uint32_t workers);

struct slot *group_slot(const struct group *group, uint32_t i);

/* Sets how many workers there shall be; those above are told to stop at once,
 * so that nothing is launched in their place any more. During a roll a ready
 * one stays for as long as too few of the others are. */
void group_want(struct context *context, struct group *group, uint32_t workers);

/* Wants nobody any more and is gone with its last worker. */
void group_leave(struct context *context, struct group *group);

/* It waits for another group from now on, or for none any more. */
void group_block(struct context *context, struct group *group, bool is_blocked);

/* Launches what is missing and goes on with the roll, at most budget launches;
 * returns what of it is left. Leaves context.work when there is nothing more to
 * do now. */
uint32_t group_work(struct context *context, struct group *group,
		    uint32_t budget);

/* To be called when something has happened to a worker of this slot: roll,
 * readiness and the group's end follow from it. */
void group_follow(struct context *context, struct slot *slot);

/* Kills every worker at once and wants none. */
void group_kill(struct context *context, struct group *group);

/* Tells its ready workers that their configuration has changed; how many. */
uint32_t group_mutate(struct context *context, struct group *group);

struct group *group_of(const struct slot *slot);
