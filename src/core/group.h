/*
 * group.h - slots under one spec.
 *
 * Opens the group's listeners, makes its plan, and brings the number of workers
 * to what is wanted, as many at a time as it is told.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"
#include "core/context.h"
#include "core/slot.h"
#include "core/spec.h"
#include "proc/listen.h"

/* Slots never move, for the kernel writes to them and the loop points at them:
 * a group grows by chunks. A chunk's reports fill one page. */
#define GROUP_CHUNK 256U

struct group_chunk {
	struct child_report *reports; /* [GROUP_CHUNK], shared memory */
	struct slot slots[GROUP_CHUNK];
};

struct group {
	struct spec *spec;
	struct slot_shared shared;
	struct group_chunk **chunks; /* [chunk_count] */
	uint32_t chunk_count;
	uint32_t slot_count;		 /* slots that were ever used */
	struct listen_socket *listeners; /* [listener_count] */
	uint32_t listener_count;
	uint32_t wanted; /* how many workers there shall be */
	uint32_t filled; /* slots 0 … filled - 1 know that they are wanted */
};

/* Takes the spec on success, and opens its listeners. */
int group_new(struct context *context, int32_t id, struct spec *take_spec,
	      struct group **ret_group, struct text *error);

/* Closes the pidfds of workers that did not even die of SIGKILL. */
void group_forget_workers(struct context *context, struct group *group);

/* Closes listeners; no worker may be live, and the loop is gone. */
struct group *group_free(struct group *group);

/* Makes plan and pool; the loop and the spawner are there now. */
int group_start(struct context *context, struct group *group);
void group_unstart(struct group *group);

/* Says where it listens and that its workers are being started. */
void group_tell(struct context *context, const struct group *group);

/* Makes room for this many slots. -ENOMEM. */
int group_reserve(struct context *context, struct group *group,
		  uint32_t workers);

/* Sets how many workers there shall be; those above are told to stop at once,
 * so that nothing is launched in their place any more. */
void group_want(struct context *context, struct group *group, uint32_t workers);

/* Starts what is missing, at most budget; returns what of it is left. */
uint32_t group_fill(struct context *context, struct group *group,
		    uint32_t budget);
bool group_is_full(const struct group *group);

/* Kills every worker at once and wants none. */
void group_kill(struct context *context, struct group *group);
