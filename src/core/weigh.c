/*
 * weigh.c - judges ends that nobody makes good. Launches and signals nothing
 * itself: whoever is to go is told by core/stop.c.
 */
#include "core/tell.h"
#include "core/weigh.h"
#include "policy/exit.h"

static void weigh_give_up(struct supervisor *supervisor, int status)
{
	supervisor->context.stop_reason = MUSTER_STOP_GIVE_UP;
	supervisor_stop(supervisor, status);
}

/* What could not be done, or executed. */
static const char *weigh_subject(const struct worker *worker,
				 const struct muster_exit *how)
{
	const struct edition *edition = worker->edition;

	if (how->step == MUSTER_STEP_DIRECTORY)
		return edition->spec->directory;
	if (how->step == MUSTER_STEP_CGROUP)
		return edition->spec->cgroup;
	return edition->plan ? edition->plan->path : edition->spec->name;
}

static void weigh_tell(struct supervisor *supervisor,
		       const struct worker *worker,
		       const struct muster_exit *how, enum muster_why why)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_GIVE_UP,
		.group = worker->slot->shared->group,
		.slot = worker->slot->id,
		.generation = worker->generation,
		.name = worker->slot->shared->name,
		.text = weigh_subject(worker, how),
		.why = why,
		.exit = *how,
	};

	tell_value(&supervisor->context, &event, worker, how);
	supervisor_tell(supervisor, &event);
}

void weigh_end(struct supervisor *supervisor, const struct worker *worker,
	       const struct muster_exit *how, enum muster_why why)
{
	if (supervisor->phase >= SUPERVISOR_STOPPING)
		return;
	if (why == MUSTER_WHY_GIVE_UP || why == MUSTER_WHY_UNEXECUTABLE) {
		weigh_tell(supervisor, worker, how, why);
		if (why == MUSTER_WHY_UNEXECUTABLE &&
		    supervisor->group_count > 1)
			/* The others need not suffer from it. */
			supervisor->status = exit_shell_code(how);
		else
			weigh_give_up(supervisor, exit_shell_code(how));
	} else if (why == MUSTER_WHY_RULE && !exit_is_success(how)) {
		/* Nobody replaces it: if all end so, the last one counts. */
		supervisor->status = exit_shell_code(how);
	}
}
