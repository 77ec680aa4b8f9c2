/*
 * group.c - the slots of one spec, their listeners and their plan. How many to
 * fill is pool's answer, what a slot does is the worker table's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "core/group.h"
#include "loop/clock.h"
#include "policy/pool.h"

static int group_open_listener(struct group *group, uint32_t i,
			       struct text *error)
{
	const char *address = group->spec->listener_addresses[i];
	int r;

	group->listeners[i] = LISTEN_SOCKET_NULL;
	group->listener_count = i + 1;
	if (!address)
		return 0;
	text_add(error, "cannot listen on ");
	text_add(error, address);
	text_add(error, ": ");
	r = listen_open(address, &group->listeners[i], error);
	if (r == 0)
		text_init(error, error->data, error->size);
	return r;
}

static int group_open_listeners(struct group *group, struct text *error)
{
	uint32_t count = group->spec->listener_count;
	int r = 0;

	group->listeners = calloc((size_t)count + 1, sizeof(*group->listeners));
	if (!group->listeners)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = group_open_listener(group, i, error);
	return r;
}

static int group_remember_deaths(struct group *group)
{
	struct giveup *giveup = &group->shared.restart.giveup;

	giveup->deaths = group->spec->give_up_deaths;
	giveup->window_ns = group->spec->give_up_window_ns;
	if (giveup->deaths == 0)
		return 0;
	giveup->times_ns = calloc(giveup->deaths, sizeof(uint64_t));
	return giveup->times_ns ? 0 : -ENOMEM;
}

static int group_add_chunk(struct context *context, struct group *group)
{
	size_t count = group->chunk_count + 1;
	struct group_chunk **chunks;
	struct group_chunk *chunk;

	if (heap_reserve(&context->deadlines,
			 context->deadline_room + GROUP_CHUNK) < 0)
		return -ENOMEM;
	chunks = reallocarray(group->chunks, count,
			      sizeof(struct group_chunk *));
	if (!chunks)
		return -ENOMEM;
	group->chunks = chunks;
	chunk = calloc(1, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	chunk->reports = spawn_reports_new(GROUP_CHUNK);
	if (!chunk->reports) {
		free(chunk);
		return -ENOMEM;
	}
	group->chunks[group->chunk_count++] = chunk;
	context->deadline_room += GROUP_CHUNK;
	return 0;
}

int group_reserve(struct context *context, struct group *group,
		  uint32_t workers)
{
	int r = 0;

	while (r == 0 && group->chunk_count * GROUP_CHUNK < workers)
		r = group_add_chunk(context, group);
	return r;
}

static struct slot *group_slot(struct group *group, uint32_t i)
{
	struct group_chunk *chunk = group->chunks[i / GROUP_CHUNK];
	struct slot *slot = &chunk->slots[i % GROUP_CHUNK];

	if (i == group->slot_count) {
		slot_init(slot, &group->shared, i,
			  &chunk->reports[i % GROUP_CHUNK]);
		group->slot_count++;
	}
	return slot;
}

int group_new(struct context *context, int32_t id, struct spec *take_spec,
	      struct group **ret_group, struct text *error)
{
	struct group *group = calloc(1, sizeof(*group));
	int r;

	if (!group)
		return -ENOMEM;
	group->spec = take_spec;
	group->shared.spec = take_spec;
	group->shared.group = id;
	group->shared.restart.seed = context->seed + (uint64_t)id;
	r = group_remember_deaths(group);
	if (r == 0)
		r = group_reserve(context, group, take_spec->workers);
	if (r == 0)
		r = group_open_listeners(group, error);
	if (r < 0) {
		group->spec = NULL;
		group_free(group);
		return r;
	}
	group->wanted = take_spec->workers;
	*ret_group = group;
	return 0;
}

void group_forget_workers(struct context *context, struct group *group)
{
	for (uint32_t i = 0; i < group->slot_count; i++) {
		int pidfd = group_slot(group, i)->current->watch.pidfd;

		if (pidfd >= 0)
			loop_close(context->loop, pidfd);
	}
}

static void group_free_chunk(struct group_chunk *chunk)
{
	spawn_reports_free(chunk->reports, GROUP_CHUNK);
	free(chunk);
}

void group_unstart(struct group *group)
{
	/* A child that still stands on its block keeps it: a leak is better
	 * than a stack that is gone. */
	if (group->shared.pool && !spawn_pool_is_idle(group->shared.pool))
		return;
	group->shared.pool = spawn_pool_free(group->shared.pool);
	group->shared.plan = plan_free(group->shared.plan);
}

struct group *group_free(struct group *group)
{
	if (!group)
		return NULL;
	for (uint32_t i = 0; i < group->listener_count; i++)
		listen_close(&group->listeners[i]);
	for (uint32_t i = 0; i < group->chunk_count; i++)
		group_free_chunk(group->chunks[i]);
	group_unstart(group);
	free(group->shared.restart.giveup.times_ns);
	free(group->listeners);
	free(group->chunks);
	spec_free(group->spec);
	free(group);
	return NULL;
}

/* Where each descriptor goes: listeners from 3 on, passed ones stay where they
 * are, the launcher's pidfd on the lowest number that is left. */
static uint32_t group_place_fds(const struct context *context,
				const struct group *group, struct plan_fd *fds)
{
	const struct spec *spec = group->spec;
	int first = STDERR_FILENO + 1;
	int target = first + (int)spec->listener_count;
	uint32_t count = 0;

	for (uint32_t i = 0; i < spec->listener_count; i++)
		fds[count++] = (struct plan_fd){
			.source = spec->listener_addresses[i]
					  ? group->listeners[i].fd
					  : spec->listener_fds[i],
			.target = first + (int)i,
		};
	for (uint32_t i = 0; i < spec->pass_fd_count; i++)
		fds[count++] = (struct plan_fd){
			.source = spec->pass_fds[i],
			.target = spec->pass_fds[i],
		};
	if (!spec->wants_launcher_fd)
		return count;
	for (uint32_t i = 0; i < count; i++)
		if (fds[i].target == target) {
			target++;
			i = UINT32_MAX; /* from the beginning */
		}
	fds[count++] = (struct plan_fd){
		.source = context->launcher_fd,
		.target = target,
	};
	return count;
}

static char *group_join_names(const struct spec *spec)
{
	size_t size = 1;
	struct text text;
	char *names;

	for (uint32_t i = 0; i < spec->listener_count; i++)
		size += strlen(spec->listener_names[i]) + 1;
	names = calloc(1, size);
	if (!names)
		return NULL;
	text_init(&text, names, size);
	for (uint32_t i = 0; i < spec->listener_count; i++) {
		text_add(&text, i > 0 ? ":" : "");
		text_add(&text, spec->listener_names[i]);
	}
	return names;
}

int group_start(struct context *context, struct group *group)
{
	const struct spec *spec = group->spec;
	struct plan_fd fds[PLAN_FDS_MAX];
	uint32_t count = group_place_fds(context, group, fds);
	_cleanup_free_ char *names = group_join_names(spec);
	const struct plan_options options = {
		.name = spec->name,
		.argv = (const char *const *)spec->argv,
		.environment = (const char *const *)spec->environment,
		.fds = fds,
		.fd_count = count,
		.listen_count = spec->listener_count,
		.listen_names = names,
		.launcher_fd =
			spec->wants_launcher_fd ? fds[count - 1].target : -1,
		.leads_group = spec->kill == MUSTER_KILL_GROUP,
		/* An owner's descriptors are all close-on-exec. */
		.closes_gaps = context->spawner.drops_handlers &&
			       context->spawner.has_close_range,
		.death_signal = spec->death_signal,
		.launcher_pid = context->pid,
		.mask = context->has_mask ? &context->mask
					  : loop_saved_mask(context->loop),
		.nofile = context->raised_nofile ? &context->nofile : NULL,
	};
	int r;

	if (!names)
		return -ENOMEM;
	r = plan_new(&options, &group->shared.plan);
	if (r == 0)
		r = spawn_pool_new(group->shared.plan, &group->shared.pool);
	return r;
}

static void group_tell_listener(struct context *context,
				const struct group *group, uint32_t i)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_LISTENING,
		.group = group->shared.group,
		.time_ns = clock_now_ns(),
		.name = group->spec->listener_names[i],
		.text = group->listeners[i].address,
	};

	if (group->listeners[i].fd >= 0)
		event_push(&context->events, &event);
}

void group_tell(struct context *context, const struct group *group)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_STARTING,
		.group = group->shared.group,
		.time_ns = clock_now_ns(),
		.count = group->wanted,
		.name = group->spec->name,
	};

	for (uint32_t i = 0; i < group->listener_count; i++)
		group_tell_listener(context, group, i);
	event_push(&context->events, &event);
}

static struct pool_plan group_plan(const struct group *group)
{
	const struct pool_counts counts = {
		.wanted = group->wanted,
		.active = group->filled,
	};

	return pool_plan(&counts);
}

bool group_is_full(const struct group *group)
{
	return group_plan(group).fill == 0;
}

void group_want(struct context *context, struct group *group, uint32_t workers)
{
	uint32_t drain;

	group->wanted = workers;
	for (drain = group_plan(group).drain; drain > 0; drain--) {
		struct slot *slot = group_slot(group, --group->filled);

		slot_step(context, slot->current, WORKER_UNWANTED);
	}
}

uint32_t group_fill(struct context *context, struct group *group,
		    uint32_t budget)
{
	uint32_t fill = group_plan(group).fill;

	for (; fill > 0 && budget > 0; fill--, budget--) {
		struct slot *slot = group_slot(group, group->filled++);

		slot_step(context, slot->current, WORKER_WANTED);
	}
	return budget;
}

void group_kill(struct context *context, struct group *group)
{
	for (uint32_t i = 0; i < group->slot_count; i++)
		slot_step(context, group_slot(group, i)->current, WORKER_KILL);
	group->wanted = 0;
	group->filled = 0;
}
