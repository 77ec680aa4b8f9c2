/*
 * group_make.c - a group's memory: what it owns, from its beginning to its end.
 * Launches nothing, decides nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/unforked.h"
#include "core/awaited.h"
#include "core/group.h"

/* Which costs up to a page more than they need. */
#define GROUP_UNFORKED_SLOTS 256U

static size_t group_chunk_size(uint32_t count)
{
	return sizeof(struct group_chunk) + count * sizeof(struct slot);
}

/* Slots are written to with each launch, and no child has use for them. */
static struct group_chunk *group_chunk_new(uint32_t count)
{
	return count < GROUP_UNFORKED_SLOTS
		       ? malloc(group_chunk_size(count))
		       : unforked_new(1, group_chunk_size(count));
}

static void group_chunk_free(struct group_chunk *chunk)
{
	if (chunk->count < GROUP_UNFORKED_SLOTS)
		free(chunk);
	else
		(void)unforked_free(chunk, 1, group_chunk_size(chunk->count));
}

/* The slots of a chunk come into being with their first use. */
static int group_add_chunk(struct group *group, uint32_t count)
{
	struct group_chunk **chunks;
	struct group_chunk *chunk;

	chunks = reallocarray(group->chunks, (size_t)group->chunk_count + 1,
			      sizeof(struct group_chunk *));
	if (!chunks)
		return -ENOMEM;
	group->chunks = chunks;
	chunk = group_chunk_new(count);
	if (!chunk)
		return -ENOMEM;
	chunk->first = group->slot_room;
	chunk->count = count;
	group->chunks[group->chunk_count++] = chunk;
	group->slot_room += count;
	return 0;
}

/* A group that grows one by one doubles: few chunks, little to spare. */
int group_reserve(struct context *context, struct group *group,
		  uint32_t workers)
{
	uint32_t missing;
	int r;

	if (workers <= group->slot_room)
		return 0;
	missing = workers - group->slot_room;
	if (missing < group->slot_room)
		missing = group->slot_room;
	r = workers_promise(&context->workers, &context->deadlines, missing);
	if (r < 0)
		return r;
	r = group_add_chunk(group, missing);
	if (r < 0)
		workers_forgive(&context->workers, missing);
	return r;
}

struct slot *group_slot(const struct group *group, uint32_t i)
{
	uint32_t chunk = group->chunk_count;

	while (chunk-- > 0)
		if (i >= group->chunks[chunk]->first)
			break;
	return &group->chunks[chunk]->slots[i - group->chunks[chunk]->first];
}

int group_new_giveup(const struct spec *spec, struct giveup *ret_giveup)
{
	struct giveup giveup = {
		.deaths = spec->give_up_deaths,
		.window_ns = spec->give_up_window_ns,
	};

	if (giveup.deaths > 0) {
		giveup.times_ns = calloc(giveup.deaths, sizeof(uint64_t));
		if (!giveup.times_ns)
			return -ENOMEM;
	}
	*ret_giveup = giveup;
	return 0;
}

int group_new_order(const int *after, uint32_t count,
		    struct group_order *ret_order)
{
	struct group_order order = {.count = count};

	if (count > 0) {
		order.after = calloc(count, sizeof(int));
		if (!order.after)
			return -ENOMEM;
		memcpy(order.after, after, count * sizeof(int));
	}
	*ret_order = order;
	return 0;
}

int group_new(struct context *context, int32_t id, struct spec *take_spec,
	      struct group **ret_group, struct text *error)
{
	struct group *group = calloc(1, sizeof(*group));
	int r;

	if (!group)
		return -ENOMEM;
	list_init(&group->work);
	list_init(&group->fresh);
	list_init(&group->roll.pending);
	group->phase = GROUP_GONE; /* not counted yet */
	group->shared.group = id;
	group->shared.restart.seed = context->seed + (uint64_t)id;
	group->shared.name = strdup(take_spec->name);
	r = group->shared.name
		    ? group_new_giveup(take_spec, &group->shared.restart.giveup)
		    : -ENOMEM;
	if (r == 0)
		r = group_new_order(take_spec->after, take_spec->after_count,
				    &group->order);
	if (r == 0)
		r = group_reserve(context, group, take_spec->workers);
	if (r == 0)
		r = edition_new(context, take_spec, NULL,
				&group->shared.edition, error);
	if (r < 0) {
		group_free(context, group);
		return r;
	}
	group->wanted = take_spec->workers;
	group->is_serving = group->wanted == 0; /* nobody to wait for */
	group->phase = GROUP_UP;
	group_close_counts(context, group);
	*ret_group = group;
	return 0;
}

static void group_forget_worker(struct context *context, struct worker *worker)
{
	if (!worker)
		return;
	awaited_forget(context, worker);
	if (worker->watch.pidfd >= 0)
		loop_close(context->loop, worker->watch.pidfd);
}

void group_forget_workers(struct context *context, struct group *group)
{
	for (uint32_t i = 0; i < group->slot_count; i++) {
		const struct slot *slot = group_slot(group, i);

		group_forget_worker(context, slot->current);
		group_forget_worker(context, slot->newcomer);
		group_forget_worker(context, slot->retiring);
	}
}

/* One that did not even die of SIGKILL keeps its place. */
static void group_give_worker(struct context *context, struct worker *worker)
{
	if (!worker)
		return;
	worker->edition = edition_unref(context, worker->edition);
	if (worker->life.state == WORKER_VACANT)
		slot_give_worker(context, worker);
}

static void group_give_workers(struct context *context, struct group *group)
{
	for (uint32_t i = 0; i < group->slot_count; i++) {
		struct slot *slot = group_slot(group, i);

		group_give_worker(context, slot->current);
		group_give_worker(context, slot->newcomer);
		group_give_worker(context, slot->retiring);
	}
}

struct group *group_free(struct context *context, struct group *group)
{
	if (!group)
		return NULL;
	group_open_counts(context, group);
	list_remove(&group->work);
	list_remove(&group->fresh);
	group_give_workers(context, group);
	workers_forgive(&context->workers,
			group->slot_room - group->slot_count);
	(void)edition_unref(context, group->shared.edition);
	(void)edition_unref(context, group->shared.former);
	for (uint32_t i = 0; i < group->chunk_count; i++)
		group_chunk_free(group->chunks[i]);
	free(group->order.after);
	free(group->shared.restart.giveup.times_ns);
	free(group->chunks);
	free(group->shared.name);
	free(group);
	return NULL;
}
