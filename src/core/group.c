/*
 * group.c - the slots of one spec. How many to fill is pool's answer, what a
 * slot does is the worker table's.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "core/group.h"
#include "core/roll.h"
#include "policy/pool.h"

struct group *group_of(const struct slot *slot)
{
	return CONTAINER_OF(slot->shared, struct group, shared);
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
	chunk = malloc(sizeof(*chunk) + count * sizeof(struct slot));
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

/* What leaves is neither parked nor expected. */
static void group_count(struct context *context, const struct group *group,
			int32_t by)
{
	if (group->phase != GROUP_UP)
		return;
	if (group->wanted == 0)
		context->parked += (uint32_t)by;
	if (!group->is_serving)
		context->unserving += (uint32_t)by;
}

/* Every change of what the context counts stands between these two. */
static void group_open_counts(struct context *context,
			      const struct group *group)
{
	group_count(context, group, -1);
}

static void group_close_counts(struct context *context,
			       const struct group *group)
{
	group_count(context, group, 1);
}

static bool group_has_work(const struct context *context,
			   const struct group *group)
{
	return context->loop && group->blocked == 0 &&
	       (group->filled < group->wanted || roll_may_begin(group));
}

static void group_queue(struct context *context, struct group *group)
{
	if (!group_has_work(context, group))
		list_remove(&group->work);
	else if (!list_is_linked(&group->work))
		list_append(&context->work, &group->work);
}

static int group_remember_deaths(struct group *group, const struct spec *spec)
{
	struct giveup *giveup = &group->shared.restart.giveup;

	giveup->deaths = spec->give_up_deaths;
	giveup->window_ns = spec->give_up_window_ns;
	if (giveup->deaths == 0)
		return 0;
	giveup->times_ns = calloc(giveup->deaths, sizeof(uint64_t));
	return giveup->times_ns ? 0 : -ENOMEM;
}

void group_order(struct group *group, struct spec *spec)
{
	struct spec *former = group->order;

	group->order = spec->after_count > 0 ? spec_ref(spec) : NULL;
	spec_free(former);
}

bool group_is_after(const struct group *group, int32_t id)
{
	const struct spec *order = group->order;

	for (uint32_t i = 0; order && i < order->after_count; i++)
		if (order->after[i] == id)
			return true;
	return false;
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
	r = group->shared.name ? group_remember_deaths(group, take_spec)
			       : -ENOMEM;
	if (r == 0)
		r = group_reserve(context, group, take_spec->workers);
	if (r == 0)
		r = edition_new(take_spec, NULL, &group->shared.edition, error);
	if (r < 0) {
		group_free(context, group);
		return r;
	}
	group_order(group, take_spec);
	group->wanted = take_spec->workers;
	group->is_serving = group->wanted == 0; /* nobody to wait for */
	group->phase = GROUP_UP;
	group_close_counts(context, group);
	*ret_group = group;
	return 0;
}

static void group_forget_worker(struct context *context,
				const struct worker *worker)
{
	if (worker && worker->watch.pidfd >= 0)
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

void group_unstart(struct group *group)
{
	if (group->shared.edition)
		edition_unstart(group->shared.edition);
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
		free(group->chunks[i]);
	spec_free(group->order);
	free(group->shared.restart.giveup.times_ns);
	free(group->chunks);
	free(group->shared.name);
	free(group);
	return NULL;
}

int group_start(struct context *context, struct group *group)
{
	int r = edition_start(context, group->shared.edition);

	if (r < 0)
		return r;
	group->shared.restart.ready_timeout_ns =
		group->shared.edition->spec->ready_timeout_ns;
	group_queue(context, group);
	return 0;
}

static struct pool_plan group_plan(const struct group *group)
{
	const struct pool_counts counts = {
		.wanted = group->wanted,
		.active = group->filled,
	};

	return pool_plan(&counts);
}

/* Nobody waits for a group that shall have no worker. */
static void group_check_ready(struct context *context, struct group *group)
{
	if (group->is_serving || group->phase != GROUP_UP ||
	    group->filled < group->wanted ||
	    slot_shared_ready(&group->shared) < group->wanted)
		return;
	group_open_counts(context, group);
	group->is_serving = true;
	group_close_counts(context, group);
	if (group->wanted > 0)
		group_tell_serving(context, group);
	list_append(&context->fresh, &group->fresh);
}

void group_want(struct context *context, struct group *group, uint32_t workers)
{
	uint32_t drain;
	uint32_t last = group->filled;

	group_open_counts(context, group);
	group->wanted = workers;
	drain = group_plan(group).drain;
	group->filled -= drain;
	group_close_counts(context, group);
	for (; drain > 0; drain--)
		roll_drop(context, group, group_slot(group, --last));
	group_queue(context, group);
	group_check_ready(context, group);
}

void group_unblock(struct context *context, struct group *group)
{
	assert(group->blocked > 0);
	group->blocked--;
	/* Before the start of the launcher everything is told at once. */
	if (group->blocked == 0 && group->phase == GROUP_UP && context->loop)
		group_tell_starting(context, group);
	group_queue(context, group);
}

static void group_fill_one(struct context *context, struct group *group)
{
	uint32_t i = group->filled++;
	struct slot *slot = group_slot(group, i);

	if (i == group->slot_count) {
		slot_init(context, slot, &group->shared, i);
		group->slot_count++;
	}
	slot_step(context, slot->current, WORKER_WANTED);
	group_follow(context, slot);
}

uint32_t group_work(struct context *context, struct group *group,
		    uint32_t budget)
{
	uint32_t fill = group_plan(group).fill;

	for (; fill > 0 && budget > 0; fill--, budget--)
		group_fill_one(context, group);
	if (budget > 0)
		budget = roll_advance(context, group, budget);
	group_queue(context, group);
	return budget;
}

static void group_check_gone(struct context *context, struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_REMOVED,
		.group = group->shared.group,
		.time_ns = context->now_ns,
		.name = group->shared.name,
	};

	if (group->phase != GROUP_LEAVING ||
	    slot_shared_live(&group->shared) > 0)
		return;
	group_open_counts(context, group);
	group->phase = GROUP_GONE;
	event_push(&context->events, &event);
}

void group_leave(struct context *context, struct group *group)
{
	group_open_counts(context, group);
	group->phase = GROUP_LEAVING;
	group_want(context, group, 0);
	group_check_gone(context, group);
}

void group_follow(struct context *context, struct slot *slot)
{
	struct group *group = group_of(slot);

	roll_follow(context, group, slot);
	group_queue(context, group);
	group_check_gone(context, group);
	group_check_ready(context, group);
}

void group_kill(struct context *context, struct group *group)
{
	roll_end(context, group);
	for (uint32_t i = 0; i < group->slot_count; i++) {
		struct slot *slot = group_slot(group, i);

		slot_step(context, slot->current, WORKER_KILL);
		if (slot->newcomer)
			slot_step(context, slot->newcomer, WORKER_KILL);
		if (slot->retiring)
			slot_step(context, slot->retiring, WORKER_KILL);
	}
	group_open_counts(context, group);
	group->wanted = 0;
	group->filled = 0;
	group_close_counts(context, group);
	group_queue(context, group);
}

uint32_t group_mutate(struct context *context, struct group *group)
{
	uint32_t ready = slot_shared_ready(&group->shared);

	group->shared.mutated_ns = context->now_ns;
	for (uint32_t i = 0; i < group->filled; i++)
		slot_step(context, group_slot(group, i)->current,
			  WORKER_MUTATE);
	return ready;
}
