/*
 * describe_step.c - why a worker was not launched: the step, and of those that
 * set something to what.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/limitname.h"
#include "core/describe.h"
#include "muster/muster.h"

/* "cannot" and this; then the value, where it says more, in words where it has
 * any. */
static const struct {
	const char *words;
	bool has_value;
} describe_sets[] = {
	[MUSTER_STEP_RLIMIT] = {"set the limit", false},
	[MUSTER_STEP_NICE] = {"set the niceness", true},
	[MUSTER_STEP_OOM_SCORE] = {"set the OOM score", true},
	[MUSTER_STEP_CPUS] = {"set the CPUs", false},
	[MUSTER_STEP_CAP_BOUND] = {"drop the capability", true},
	[MUSTER_STEP_GROUPS] = {"set the supplementary groups", false},
	[MUSTER_STEP_GID] = {"set the group", true},
	[MUSTER_STEP_UID] = {"set the user", true},
	[MUSTER_STEP_CAPS] = {"set the capabilities", false},
	[MUSTER_STEP_CAP_AMBIENT] = {"raise the ambient capability", true},
	[MUSTER_STEP_SECUREBITS] = {"set the securebits", true},
	[MUSTER_STEP_NO_NEW_PRIVS] = {"set no_new_privs", false},
	[MUSTER_STEP_CGROUP] = {"enter the cgroup", false},
};

_Static_assert(ARRAY_LEN(describe_sets) == MUSTER_STEPS,
	       "a step of privileges has no words");

static void describe_bound(struct text *text, uint64_t bound)
{
	if (bound == UINT64_MAX)
		text_add(text, "unlimited");
	else
		text_add_u64(text, bound);
}

static void describe_limit(struct text *text, const struct muster_event *event)
{
	const char *name = event->value < 0
				   ? NULL
				   : limitname_get((unsigned int)event->value);

	text_add(text, " ");
	text_add(text, name ? name : "?");
	text_add(text, " to ");
	describe_bound(text, event->limit_soft);
	text_add(text, ":");
	describe_bound(text, event->limit_hard);
}

static void describe_set(struct text *text, const struct muster_event *event)
{
	enum muster_step step = event->exit.step;

	text_add(text, "cannot ");
	text_add(text, describe_sets[step].words);
	if (event->asked && event->asked[0] != '\0') {
		text_add(text, " ");
		text_add(text, event->asked);
	} else if (describe_sets[step].has_value) {
		text_add(text, " ");
		text_add_i64(text, event->value);
	}
	if (step == MUSTER_STEP_RLIMIT)
		describe_limit(text, event);
}

void describe_step(struct text *text, const struct muster_event *event)
{
	enum muster_step step = event->exit.step;

	if ((unsigned int)step < ARRAY_LEN(describe_sets) &&
	    describe_sets[step].words)
		describe_set(text, event);
	else
		text_add(text, muster_step_name(step));
	text_add(text, ": ");
	text_add(text, strerror(event->exit.code));
}
