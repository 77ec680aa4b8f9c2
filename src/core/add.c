/*
 * add.c - a group joins a supervisor, before the start or while it runs.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/supervisor.h"

/* Those that it is after and that have not been ready yet. */
static void add_order(struct supervisor *supervisor, struct group *group)
{
	if (group->after_count == 0)
		return;
	supervisor->has_order = true;
	/* Each counts once, however often it is named. */
	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		const struct group *before = supervisor->groups[i];

		if (before && !before->is_serving &&
		    group_is_after(group, (int32_t)i))
			group->blocked++;
	}
}

static int add_check_order(const struct supervisor *supervisor,
			   const struct spec *spec, struct text *error)
{
	for (uint32_t i = 0; i < spec->after_count; i++) {
		if (spec->after[i] >= 0 &&
		    (uint32_t)spec->after[i] < supervisor->group_count)
			continue;
		text_add(error, "after a group that does not exist");
		return -EINVAL;
	}
	return 0;
}

int supervisor_add_group(struct supervisor *supervisor, struct spec *take_spec,
			 struct text *error)
{
	uint32_t count = supervisor->group_count;
	struct group **groups;
	int r = add_check_order(supervisor, take_spec, error);

	if (r < 0)
		return r;
	groups = reallocarray(supervisor->groups, count + 1,
			      sizeof(struct group *));
	if (!groups)
		return -ENOMEM;
	supervisor->groups = groups;
	r = group_new(&supervisor->context, (int32_t)count, take_spec,
		      &groups[count], error);
	if (r < 0)
		return r;
	supervisor->group_count++;
	add_order(supervisor, groups[count]);
	if (supervisor->phase == SUPERVISOR_RUNNING)
		r = supervisor_start_group(supervisor, groups[count], error);
	if (r < 0) {
		(void)spec_ref(take_spec); /* it stays the caller's */
		group_free(&supervisor->context, groups[count]);
		edition_bury(&supervisor->context);
		supervisor->group_count--;
		return r;
	}
	if (supervisor->phase == SUPERVISOR_RUNNING)
		group_tell(&supervisor->context, groups[count]);
	return (int)count;
}
