/*
 * start.c - how a supervisor comes up and goes down: limits, spawn path,
 * engine, groups, and the way back. The turns between are supervisor.c's.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "core/cgroups.h"
#include "core/messages.h"
#include "core/supervisor.h"
#include "loop/clock.h"
#include "muster/muster.h"
#include "policy/route.h"
#include "proc/limits.h"
#include "proc/parent.h"
#include "proc/pidfd.h"
#include "proc/reaper.h"
#include "proc/tty.h"

/* Descriptors of our own besides one for each worker: engine, signals, parent,
 * ourselves, four for messages, and what a listener to come needs. */
#define START_OWN_FDS 12U
/* In a turn with many ends the pidfds of the dead are closed after those of
 * their successors were opened. */
#define START_DYING_FDS LOOP_BATCH
/* Grown ahead of need, since growing while a child shares the table waits for
 * an RCU grace period. */
#define START_SPARE_FDS 256U

static uint64_t start_wanted_workers(const struct supervisor *supervisor)
{
	uint64_t workers = 0;

	for (uint32_t i = 0; i < supervisor->group_count; i++)
		workers += supervisor->groups[i] ? supervisor->groups[i]->wanted
						 : 0;
	return workers;
}

static uint64_t start_needed_fds(const struct supervisor *supervisor)
{
	int lowest = limits_lowest_free_fd();
	uint64_t taken = lowest < 0 ? STDERR_FILENO + 1 : (uint64_t)lowest;
	uint64_t workers = start_wanted_workers(supervisor);

	return taken + START_OWN_FDS + workers +
	       (workers < START_DYING_FDS ? workers : START_DYING_FDS);
}

/* An owner's limit is raised, a guest's is left alone. */
static uint64_t start_limit(struct supervisor *supervisor)
{
	struct context *context = &supervisor->context;

	context->raised_nofile = supervisor->options.is_owner;
	if (supervisor->options.is_owner)
		return limits_raise_nofile(&context->nofile);
	return limits_nofile();
}

/* True when a pidfd for each worker fits into the limit. */
static bool start_make_room(struct supervisor *supervisor, struct text *error)
{
	uint64_t needed = start_needed_fds(supervisor);
	uint64_t limit = start_limit(supervisor);

	if (needed > limit) {
		text_format(
			error,
			"RLIMIT_NOFILE %llu is too small for %llu workers, "
			"%llu are needed",
			(unsigned long long)limit,
			(unsigned long long)start_wanted_workers(supervisor),
			(unsigned long long)needed);
		return false;
	}
	if (!supervisor->options.is_hasty)
		fd_grow_table(needed + START_SPARE_FDS < limit
				      ? (size_t)(needed + START_SPARE_FDS)
				      : (size_t)limit);
	return true;
}

static int start_spawner(struct supervisor *supervisor, struct text *error)
{
	struct spawner *spawner = &supervisor->context.spawner;
	int r;

	if (supervisor->options.is_hasty)
		r = spawner_ask(spawner, supervisor->options.spawn, true);
	else
		r = spawner_init(spawner, supervisor->options.spawn,
				 supervisor->options.is_owner);
	if (r < 0) {
		text_add(error, "cannot launch: ");
		text_add(error, spawner->reason);
	}
	return r;
}

/* Children of others become ours where we are the first process, or ask for
 * it. */
static bool start_reaps_orphans(const struct supervisor *supervisor)
{
	return supervisor->options.is_owner &&
	       (supervisor->options.is_subreaper ||
		supervisor->context.pid == 1);
}

static int start_loop(struct supervisor *supervisor, bool has_room,
		      struct text *error)
{
	struct context *context = &supervisor->context;
	struct loop_options options = {
		.engine = supervisor->options.engine,
		.has_pidfds = context->spawner.has_pidfds && has_room,
		.peeks = !context->spawner.signals_groups,
		.reaps_orphans = supervisor->reaps_orphans,
		.tells_stops = supervisor->context.minds_terminal,
	};
	int signals[64];
	int r;

	if (supervisor->options.is_owner) {
		options.signal_count = route_read(&supervisor->route, signals);
		options.signals = signals;
	}
	r = loop_new(&options, &context->loop);
	if (r < 0) {
		if (error->length > 0)
			text_add(error, "; ");
		text_add(error, r == -ENOMEM ? "out of memory"
					     : loop_reason(context->loop));
		context->loop = loop_free(context->loop);
		return has_room ? r : -EMFILE;
	}
	if (loop_engine(context->loop) == MUSTER_ENGINE_SIGNAL) {
		context->spawner.has_pidfds = false;
		context->spawner.signals_groups = false;
	}
	return 0;
}

/* Before there is a worker that could leave one. */
static int start_adopt(struct supervisor *supervisor, struct text *error)
{
	int r;

	if (!supervisor->options.is_subreaper)
		return 0;
	r = reaper_set(true);
	if (r < 0)
		text_format(error, "cannot become a subreaper: %s",
			    strerror(-r));
	supervisor->is_reaper = r == 0;
	return r < 0 ? r : 0;
}

static void start_tell(struct supervisor *supervisor,
		       struct muster_event *event)
{
	event->group = -1;
	event->time_ns = clock_now_ns();
	event_push(&supervisor->context.events, event);
}

/* Where pidfds are refused the kernel's own signal must do, in a process that
 * is nothing but a launcher. */
static int start_tie_to_parent(struct supervisor *supervisor)
{
	bool is_stop = supervisor->options.parent_death == MUSTER_PARENT_STOP;

	if (!supervisor->options.is_owner)
		return -EOPNOTSUPP;
	supervisor->is_tied = true;
	return parent_tie(is_stop ? SIGTERM : SIGKILL);
}

static void start_watch_parent(struct supervisor *supervisor)
{
	struct muster_event event = {.kind = MUSTER_EVENT_PARENT};
	int r;

	if (supervisor->options.parent_death == MUSTER_PARENT_IGNORED)
		return;
	r = parent_open(&supervisor->context.parent_fd);
	if (r == 0)
		r = loop_watch_fd(supervisor->context.loop,
				  supervisor->context.parent_fd, POLLIN, 0);
	if (r < 0 && r != -ESRCH)
		r = start_tie_to_parent(supervisor);
	if (r < 0) {
		event.code = -r;
		start_tell(supervisor, &event);
	}
}

int supervisor_prepare(struct supervisor *supervisor, const struct spec *spec)
{
	struct context *context = &supervisor->context;

	if (spec->wants_launcher_fd && context->launcher_fd < 0) {
		context->launcher_fd = pidfd_open_process(context->pid);
		/* A function is told by its birth that there is none. */
		if (context->launcher_fd < 0 && !spec->run)
			return context->launcher_fd;
	}
	if (spec->takes_terminal && context->terminal_fd < 0)
		context->terminal_fd = tty_find();
	if (spec->leads_session && !context->has_sessions) {
		tty_leave();
		context->has_sessions = true;
	}
	return messages_open(context, spec);
}

int supervisor_start_group(struct supervisor *supervisor, struct group *group,
			   struct text *error)
{
	int r = supervisor_prepare(supervisor, group->shared.edition->spec);

	if (r == 0)
		r = group_start(&supervisor->context, group);
	if (r == -EINVAL)
		text_add(error, "two descriptors want the same number in a "
				"worker");
	else if (r < 0)
		text_format(error, "cannot prepare the workers: %s",
			    strerror(-r));
	if (r < 0)
		group_unstart(group);
	return r;
}

static int start_groups(struct supervisor *supervisor, struct text *error)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < supervisor->group_count; i++)
		r = supervisor_start_group(supervisor, supervisor->groups[i],
					   error);
	return r;
}

/* Only what succeeds is news. */
static void start_tell_all(struct supervisor *supervisor,
			   const struct text *shortfall)
{
	supervisor_tell_engine(supervisor, shortfall);
	start_watch_parent(supervisor);
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (supervisor->groups[i])
			group_tell(&supervisor->context, supervisor->groups[i]);
}

static int start_open(struct supervisor *supervisor, struct text *error)
{
	char buffer[128];
	struct text shortfall;
	bool has_room;
	int r;

	text_init(&shortfall, buffer, sizeof(buffer));
	has_room = start_make_room(supervisor, &shortfall);
	r = start_spawner(supervisor, error);
	if (r < 0)
		return r;
	text_add(error, buffer);
	r = start_loop(supervisor, has_room, error);
	if (r < 0)
		return r;
	text_init(error, error->data, error->size);
	r = start_adopt(supervisor, error);
	if (r == 0)
		r = start_groups(supervisor, error);
	if (r == 0)
		start_tell_all(supervisor, &shortfall);
	return r;
}

/* Everything that the process had before. */
static void start_put_back(struct supervisor *supervisor)
{
	struct context *context = &supervisor->context;

	context->parent_fd = fd_close(context->parent_fd);
	context->launcher_fd = fd_close(context->launcher_fd);
	context->await_fd = fd_close(context->await_fd);
	context->loop = loop_free(context->loop);
	messages_close(context);
	/* A child that still stands on its block keeps it, and its plan: a
	 * leak is better than a stack that is gone. */
	if (context->pool && spawn_pool_is_idle(context->pool))
		context->pool = spawn_pool_free(context->pool);
	for (uint32_t i = 0; !context->pool && i < supervisor->group_count; i++)
		if (supervisor->groups[i])
			group_unstart(supervisor->groups[i]);
	if (supervisor->is_tied)
		(void)parent_tie(0); /* takes it back; cannot fail */
	supervisor->is_tied = false;
	if (supervisor->is_reaper)
		(void)reaper_set(false); /* as before; it worked before */
	supervisor->is_reaper = false;
	if (context->raised_nofile)
		limits_restore_nofile(&context->nofile);
	context->raised_nofile = false;
}

void supervisor_init(struct supervisor *supervisor)
{
	struct context *context = &supervisor->context;

	context->batch = &supervisor->batch;
	context->launcher_fd = -1;
	context->parent_fd = -1;
	context->await_fd = -1;
	context->terminal_fd = -1;
	context->notify_fd = -1;
	context->notify_send_fd = -1;
	context->newline_fd = -1;
	context->newline_send_fd = -1;
	workers_init(&context->workers);
	list_init(&context->work);
	list_init(&context->fresh);
	list_init(&context->graves);
	list_init(&context->listeners);
	list_init(&context->cgroups);
}

int supervisor_start(struct supervisor *supervisor, struct text *error)
{
	int r;

	if (supervisor->phase != SUPERVISOR_NEW)
		return 0;
	supervisor->context.pid = getpid();
	supervisor->reaps_orphans = start_reaps_orphans(supervisor);
	r = start_open(supervisor, error);
	if (r < 0) {
		start_put_back(supervisor);
		return r;
	}
	supervisor->phase = SUPERVISOR_RUNNING;
	supervisor->context.now_ns = clock_now_ns();
	return 0;
}

/* Nobody may outlive us: what still runs is killed and reaped. */
static void start_end_workers(struct supervisor *supervisor)
{
	if (supervisor->phase == SUPERVISOR_NEW)
		return;
	supervisor_kill(supervisor, 1);
	while (supervisor_turn(supervisor, MUSTER_FOREVER) > 0)
		;
}

void supervisor_fini(struct supervisor *supervisor)
{
	struct context *context = &supervisor->context;

	start_end_workers(supervisor);
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (supervisor->groups[i])
			group_forget_workers(context, supervisor->groups[i]);
	/* The kernel writes to slots until the loop is gone. */
	start_put_back(supervisor);
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		group_free(context, supervisor->groups[i]);
	/* Such a child has the strings of its spec, too, and a report. */
	if (!context->pool) {
		edition_bury(context);
		workers_fini(&context->workers);
	}
	cgroups_fini(context);
	pidfds_fini(&context->pidfds);
	free(supervisor->engine);
	free(supervisor->groups);
	heap_fini(&context->deadlines);
	event_queue_fini(&context->events);
}
