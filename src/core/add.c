/*
 * add.c - a group joins a supervisor, before the start or while it runs.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/supervisor.h"

void supervisor_order(struct supervisor *supervisor, struct group *group)
{
	group->blocked = 0;
	if (!group->order)
		return;
	supervisor->has_order = true;
	/* Each counts once, however often it is named; one whose readiness has
	 * not been passed on yet will be. */
	for (uint32_t i = 0; i < supervisor->group_count; i++) {
		const struct group *before = supervisor->groups[i];

		if (before && before->phase == GROUP_UP &&
		    (!before->is_serving || list_is_linked(&before->fresh)) &&
		    group_is_after(group, (int32_t)i))
			group->blocked++;
	}
}

int supervisor_check_order(const struct supervisor *supervisor,
			   const struct spec *spec, int32_t id,
			   struct text *error)
{
	for (uint32_t i = 0; i < spec->after_count; i++) {
		if (spec->after[i] >= 0 && spec->after[i] != id &&
		    (uint32_t)spec->after[i] < supervisor->group_count)
			continue;
		text_add(error, "after itself or a group that does not exist");
		return -EINVAL;
	}
	return 0;
}

int supervisor_add_group(struct supervisor *supervisor, struct spec *take_spec,
			 struct text *error)
{
	uint32_t count = supervisor->group_count;
	struct group **groups;
	int r = supervisor_check_order(supervisor, take_spec, (int32_t)count,
				       error);

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
	supervisor_order(supervisor, groups[count]);
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
