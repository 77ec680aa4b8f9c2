/*
 * muster.c - the public functions: check, then call.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/nsec.h"
#include "base/unforked.h"
#include "core/hold.h"
#include "core/seed.h"
#include "core/spec.h"
#include "core/spec_check.h"
#include "core/stats.h"
#include "core/supervisor.h"
#include "core/take_signal.h"
#include "core/tell.h"
#include "loop/clock.h"
#include "muster/muster.h"
#include "proc/fork.h"

/* In memory that a forked child has, so that it can be told what it is. */
struct muster {
	struct supervisor *supervisor;
	struct fork_mark *mark; /* not ours in a child of this process */
	char error[512];
};

const char *muster_version(void)
{
	return MUSTER_VERSION;
}

/* In a child that was forked the object is a copy, and the workers are its
 * parent's: nothing may be done to them. */
static int muster_check(const struct muster *muster)
{
	if (!muster)
		return -EINVAL;
	return fork_mark_is_ours(muster->mark) ? 0 : -ECHILD;
}

static struct text muster_begin(struct muster *muster)
{
	struct text error;

	text_init(&error, muster->error, sizeof(muster->error));
	return error;
}

/* The kernel's set of 64 signals is the first word of the library's;
 * sigaddset(3) would refuse those that the C library keeps for itself. */
static void muster_take_mask(sigset_t *ret_mask, uint64_t bits)
{
	sigemptyset(ret_mask);
	memcpy(ret_mask, &bits, sizeof(bits));
}

int muster_new(const struct muster_options *options, struct muster **ret_muster)
{
	struct muster_options known = MUSTER_OPTIONS_INIT;
	struct supervisor *supervisor;
	struct route_rules route;
	struct muster *muster;
	int r = 0;

	if (!ret_muster)
		return -EINVAL;
	if (options)
		r = spec_copy_options(&known, sizeof(known), options,
				      options->size);
	if (r < 0)
		return r;
	r = take_signal_rules(&known, &route);
	if (r < 0 || !spec_options_are_valid(&known))
		return -EINVAL;
	muster = calloc(1, sizeof(*muster));
	supervisor = unforked_new(1, sizeof(*supervisor));
	if (muster && supervisor)
		muster->mark = fork_mark_new();
	if (!muster || !muster->mark) {
		(void)unforked_free(supervisor, 1, sizeof(*supervisor));
		free(muster);
		return -ENOMEM;
	}
	muster->supervisor = supervisor;
	supervisor->options = known;
	supervisor->options.worker_mask = NULL; /* it was borrowed */
	supervisor->options.rewrites = NULL;
	supervisor->route = route;
	supervisor->context.is_owner = known.is_owner;
	supervisor->context.forwards = known.forwards != 0;
	supervisor->context.minds_terminal = route_has_terminal(&route);
	supervisor->context.signals_whole_groups = known.forwards_to_groups;
	supervisor->context.has_mask = known.worker_mask != NULL;
	if (known.worker_mask)
		muster_take_mask(&supervisor->context.mask, *known.worker_mask);
	supervisor_init(supervisor);
	supervisor->context.seed = seed_choose(known.seed);
	*ret_muster = muster;
	return 0;
}

struct muster *muster_free(struct muster *muster)
{
	if (muster_check(muster) < 0)
		return NULL;
	supervisor_fini(muster->supervisor);
	(void)unforked_free(muster->supervisor, 1, sizeof(*muster->supervisor));
	muster->mark = fork_mark_free(muster->mark);
	free(muster);
	return NULL;
}

int muster_add_group(struct muster *muster,
		     const struct muster_group_options *options)
{
	struct text error;
	struct spec *spec;
	int r;

	if (!options)
		return -EINVAL;
	r = muster_check(muster);
	if (r < 0)
		return r;
	error = muster_begin(muster);
	if (muster->supervisor->phase > SUPERVISOR_RUNNING)
		return -EINVAL;
	r = supervisor_read_spec(muster->supervisor, options, &spec, &error);
	if (r < 0)
		return r;
	r = supervisor_add_group(muster->supervisor, spec, &error);
	if (r < 0)
		spec_free(spec);
	return r;
}

int muster_start(struct muster *muster)
{
	struct text error;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	error = muster_begin(muster);
	return supervisor_start(muster->supervisor, &error);
}

int muster_turn(struct muster *muster, uint64_t timeout_ns)
{
	int r = muster_start(muster);

	return r < 0 ? r : supervisor_turn(muster->supervisor, timeout_ns);
}

int muster_next_event(struct muster *muster, struct muster_event *ret_event)
{
	struct muster_event event;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	if (!ret_event || ret_event->size < sizeof(size_t))
		return -EINVAL;
	if (event_pop(&muster->supervisor->context.events, &event) == 0)
		return 0;
	spec_return_struct(ret_event, ret_event->size, &event, sizeof(event));
	return 1;
}

/* A caller acts between turns: the time of the last one is past. */
static void muster_tick(struct muster *muster)
{
	muster->supervisor->context.now_ns = clock_now_ns();
}

int muster_stop(struct muster *muster)
{
	int r = muster_check(muster);

	if (r < 0)
		return r;
	muster_tick(muster);
	supervisor_drain(muster->supervisor);
	return 0;
}

int muster_kill(struct muster *muster, int status)
{
	int r = muster_check(muster);

	if (r < 0)
		return r;
	if (status < 0 || status > 255)
		return -EINVAL;
	muster_tick(muster);
	supervisor_kill(muster->supervisor, status);
	return 0;
}

int hold_set(struct muster *muster, bool is_held)
{
	int r = muster_check(muster);

	if (r == 0)
		muster->supervisor->is_held = is_held;
	return r;
}

static struct group *muster_group(const struct muster *muster, int group)
{
	const struct supervisor *supervisor = muster->supervisor;

	if (group < 0 || (uint32_t)group >= supervisor->group_count)
		return NULL;
	if (!supervisor->groups[group] ||
	    supervisor->groups[group]->phase != GROUP_UP)
		return NULL; /* it was removed */
	return supervisor->groups[group];
}

int muster_set_workers(struct muster *muster, int group, uint32_t workers)
{
	struct group *target;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	(void)muster_begin(muster); /* forgets the last error */
	target = muster_group(muster, group);
	if (!target || workers > MUSTER_WORKERS_MAX ||
	    muster->supervisor->phase > SUPERVISOR_RUNNING)
		return -EINVAL;
	muster_tick(muster);
	return supervisor_scale(muster->supervisor, target, workers);
}

static bool muster_is_running(const struct muster *muster)
{
	return muster->supervisor->phase == SUPERVISOR_RUNNING;
}

int muster_reload(struct muster *muster, int group)
{
	struct group *target;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	target = muster_group(muster, group);
	if (!muster_is_running(muster) || (!target && group != -1))
		return -EINVAL;
	(void)muster_begin(muster);
	muster_tick(muster);
	if (target)
		return supervisor_reload(muster->supervisor, target);
	for (uint32_t i = 0; r == 0 && i < muster->supervisor->group_count; i++)
		if (muster->supervisor->groups[i])
			r = supervisor_reload(muster->supervisor,
					      muster->supervisor->groups[i]);
	return r;
}

int muster_change_group(struct muster *muster, int group,
			const struct muster_group_options *options)
{
	struct group *target;
	struct text error;
	struct spec *spec;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	target = muster_group(muster, group);
	if (!target || !options || !muster_is_running(muster))
		return -EINVAL;
	error = muster_begin(muster);
	muster_tick(muster);
	r = supervisor_read_spec(muster->supervisor, options, &spec, &error);
	if (r < 0)
		return r;
	r = supervisor_change_group(muster->supervisor, target, spec, &error);
	if (r < 0)
		spec_free(spec);
	return r;
}

int muster_set_after(struct muster *muster, int group, const int *after,
		     uint32_t count)
{
	struct group *target;
	struct text error;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	error = muster_begin(muster);
	target = muster_group(muster, group);
	if (!target || (count > 0 && !after) ||
	    muster->supervisor->phase > SUPERVISOR_RUNNING)
		return -EINVAL;
	muster_tick(muster);
	return supervisor_set_after(muster->supervisor, target, after, count,
				    &error);
}

int muster_remove_group(struct muster *muster, int group)
{
	struct group *target;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	target = muster_group(muster, group);
	if (!target || !muster_is_running(muster))
		return -EINVAL;
	muster_tick(muster);
	supervisor_remove_group(muster->supervisor, target);
	return 0;
}

int muster_run(struct muster *muster)
{
	struct muster_event event = MUSTER_EVENT_INIT;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	if (muster->supervisor->group_count == 0)
		return -EINVAL;
	do {
		r = muster_turn(muster, MUSTER_FOREVER);
		while (r >= 0 && muster_next_event(muster, &event) > 0)
			;
	} while (r > 0);
	return r < 0 ? r : muster_status(muster);
}

int muster_status(const struct muster *muster)
{
	int r = muster_check(muster);

	if (r < 0)
		return r;
	if (muster->supervisor->phase != SUPERVISOR_DONE)
		return -EAGAIN;
	return muster->supervisor->status;
}

int muster_get_stats(const struct muster *muster, int group,
		     struct muster_stats *ret_stats)
{
	struct muster_stats sum;
	int r = muster_check(muster);

	if (r < 0)
		return r;
	if (!ret_stats || ret_stats->size < sizeof(size_t) ||
	    (group != -1 && !muster_group(muster, group)))
		return -EINVAL;
	sum = stats_sum(muster->supervisor, group);
	spec_return_struct(ret_stats, ret_stats->size, &sum, sizeof(sum));
	return 0;
}

int muster_watch_fd(struct muster *muster, int fd, uint32_t events,
		    uint64_t tag)
{
	int r = muster_check(muster);

	if (r < 0)
		return r;
	(void)muster_begin(muster); /* forgets the last error */
	if (fd < 0 || !muster->supervisor->context.loop)
		return -EINVAL;
	return loop_watch_fd(muster->supervisor->context.loop, fd, events, tag);
}

int muster_unwatch_fd(struct muster *muster, int fd)
{
	int r = muster_check(muster);

	if (r < 0)
		return r;
	if (!muster->supervisor->context.loop)
		return -EINVAL;
	return loop_unwatch_fd(muster->supervisor->context.loop, fd);
}

const char *muster_error(const struct muster *muster)
{
	return muster ? muster->error : "";
}
