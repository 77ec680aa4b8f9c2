/*
 * cgroups.c - shares cgroups, and reads in them why a worker was killed.
 *
 * Whoever is killed for want of memory is counted (oom_kill in memory.events,
 * or in memory.oom_control), but not named. So a death is explained by a kill
 * that was counted and explains no other one. Where a worker is alone in its
 * cgroup the count begins anew with it; where it is not, a kill of what a
 * worker had started may explain a later SIGKILL of another worker.
 *
 * Without a cgroup of a group's own nothing is read at its start. PID 1 needs
 * no reading then: what it sees as the root began with it, and with a count of
 * 0. Others would take old kills for new ones, so they tell nothing.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "core/cgroups.h"
#include "loop/clock.h"

/* For who was killed with a worker: exiting takes milliseconds, unless the
 * machine is in trouble, and then an empty cgroup is left behind. */
#define CGROUPS_DYING_NS NSEC_PER_SEC

static struct shared_cgroup *cgroups_find(const struct context *context,
					  const char *asked)
{
	struct list *node = context->cgroups.next;

	for (; node != &context->cgroups; node = node->next) {
		struct shared_cgroup *shared =
			CONTAINER_OF(node, struct shared_cgroup, link);

		if (strcmp(shared->asked, asked) == 0)
			return shared;
	}
	return NULL;
}

static void cgroups_free(struct shared_cgroup *shared)
{
	list_remove(&shared->link);
	cgroup_close(&shared->cgroup);
	free(shared->asked);
	free(shared->fate);
	free(shared);
}

static int cgroups_open(struct context *context, const char *asked,
			struct shared_cgroup **ret_shared, struct text *error)
{
	struct shared_cgroup *shared = calloc(1, sizeof(*shared));
	int r;

	if (!shared)
		return -ENOMEM;
	list_init(&shared->link);
	shared->refs = 1;
	shared->cgroup = CGROUP_NULL;
	shared->asked = strdup(asked);
	r = shared->asked ? cgroup_open(asked, &shared->cgroup, error)
			  : -ENOMEM;
	if (r < 0) {
		cgroups_free(shared);
		return r;
	}
	shared->ooms = cgroup_ooms(&shared->cgroup);
	list_append(&context->cgroups, &shared->link);
	*ret_shared = shared;
	return 0;
}

/* The last rung would be for us, too. */
static int cgroups_check(const struct shared_cgroup *shared,
			 const struct spec *spec, struct text *error)
{
	if (spec->kill != MUSTER_KILL_CGROUP || !cgroup_has_us(&shared->cgroup))
		return 0;
	text_add(error, "cgroup ");
	text_add(error, shared->asked);
	text_add(error, ": the launcher is in it, it cannot be killed");
	return -EINVAL;
}

/* What was in use when its last edition went may be empty by now, or gone. One
 * whose fate was told keeps its name for that news. */
static void cgroups_retry(struct context *context)
{
	struct list *node = context->cgroups.next;

	while (node != &context->cgroups) {
		struct shared_cgroup *shared =
			CONTAINER_OF(node, struct shared_cgroup, link);

		node = node->next;
		if (shared->refs == 0 && !shared->fate &&
		    cgroup_remove(&shared->cgroup) == 0)
			cgroups_free(shared);
	}
}

int cgroups_take(struct context *context, const struct spec *spec,
		 struct shared_cgroup **ret_shared, struct text *error)
{
	struct shared_cgroup *shared;
	int r = 0;

	if (!spec->cgroup) {
		*ret_shared = NULL;
		return 0;
	}
	cgroups_retry(context);
	shared = cgroups_find(context, spec->cgroup);
	if (shared)
		shared->refs++;
	else
		r = cgroups_open(context, spec->cgroup, &shared, error);
	if (r < 0)
		return r;
	r = cgroups_check(shared, spec, error);
	if (r < 0) {
		(void)cgroups_give(shared);
		return r;
	}
	shared->kills |= spec->kill != MUSTER_KILL_PROCESS;
	*ret_shared = shared;
	return 0;
}

struct shared_cgroup *cgroups_give(struct shared_cgroup *shared)
{
	if (shared && --shared->refs == 0 &&
	    cgroup_remove(&shared->cgroup) == 0)
		cgroups_free(shared);
	return NULL;
}

/* One second for all of them together. */
void cgroups_fini(struct context *context)
{
	uint64_t due_ns = nsec_add(clock_now_ns(), CGROUPS_DYING_NS);
	struct list *node = context->cgroups.next;

	while (node != &context->cgroups) {
		struct shared_cgroup *shared =
			CONTAINER_OF(node, struct shared_cgroup, link);

		node = node->next;
		if (shared->refs > 0) /* a child may be on its way into it */
			continue;
		if (shared->kills)
			cgroup_await_empty(&shared->cgroup,
					   nsec_since(due_ns, clock_now_ns()));
		(void)cgroup_remove(
			&shared->cgroup); /* or who is in it stays */
		cgroups_free(shared);
	}
}

void cgroups_enter(struct shared_cgroup *shared)
{
	if (!shared)
		return;
	if (shared->live == 0)
		shared->ooms = cgroup_ooms(&shared->cgroup);
	shared->live++;
}

void cgroups_leave(struct shared_cgroup *shared)
{
	if (!shared)
		return;
	assert(shared->live > 0);
	shared->live--;
}

/* All below it are killed with it. Paths are resolved: none has two. */
void cgroups_kill(const struct context *context,
		  const struct shared_cgroup *shared)
{
	size_t length = strlen(shared->cgroup.path);
	struct list *node = context->cgroups.next;
	uint32_t live = 0;

	for (; node != &context->cgroups; node = node->next) {
		const struct shared_cgroup *other =
			CONTAINER_OF(node, struct shared_cgroup, link);

		if (cgroup_is_above(shared->cgroup.path, length,
				    other->cgroup.path))
			live += other->live;
	}
	if (live <= 1)
		cgroup_kill(&shared->cgroup);
}

bool cgroups_explain(struct context *context, struct shared_cgroup *shared)
{
	bool has_own = shared && shared->cgroup.ooms_fd >= 0;
	uint64_t *known = has_own ? &shared->ooms : &context->ooms;
	uint64_t count;

	if (!has_own && context->pid != 1)
		return false;
	count = has_own ? cgroup_ooms(&shared->cgroup) : cgroup_own_ooms();
	if (count <= *known)
		return false;
	(*known)++;
	/* It was counted above it, too, and explains nobody there. */
	if (has_own && context->pid == 1)
		context->ooms = cgroup_own_ooms();
	return true;
}

void cgroups_tell(struct context *context, struct shared_cgroup *shared,
		  int32_t group, const char *name)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_SHARED_FATE,
		.group = group,
		.name = name,
	};
	size_t length;

	if (!shared || shared->is_told)
		return;
	shared->is_told = true;
	length = cgroup_shared_fate(&shared->cgroup);
	if (length > 0)
		shared->fate = strndup(shared->cgroup.path, length);
	if (!shared->fate)
		return;
	event.time_ns = clock_now_ns();
	event.text = shared->fate;
	event_push(&context->events, &event);
}

void cgroups_abandon(struct list *first, const struct list *end)
{
	for (; first != end; first = first->next) {
		const struct cgroup *cgroup =
			&CONTAINER_OF(first, struct shared_cgroup, link)
				 ->cgroup;

		(void)fd_close(cgroup->fd);
		(void)fd_close(cgroup->procs_fd);
		(void)fd_close(cgroup->ooms_fd);
	}
}
