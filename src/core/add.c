/*
 * add.c - a group joins a supervisor, before the start or while it runs.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/order.h"
#include "core/spec_check.h"

/* It was never launched, so nobody else refers to its edition, and no news
 * does. Of others there may be some. */
static void add_undo(struct context *context, struct group *group)
{
	struct edition *edition = group->shared.edition;

	group_free(context, group);
	list_remove(&edition->grave);
	edition_free(edition);
}

int supervisor_read_spec(struct supervisor *supervisor,
			 const struct muster_group_options *options,
			 struct spec **ret_spec, struct text *error)
{
	struct context *context = &supervisor->context;
	struct spec *spec;
	int r = spec_new(&context->strings, options, &spec, error);

	if (r < 0)
		return r;
	if ((spec->takes_terminal || spec->leads_session) &&
	    !context->minds_terminal) {
		spec_free(spec);
		return spec_refuse(error, "who gives the terminal away must "
					  "hand on CONT, TSTP, TTIN and TTOU");
	}
	*ret_spec = spec;
	return 0;
}

int supervisor_add_group(struct supervisor *supervisor, struct spec *take_spec,
			 struct text *error)
{
	uint32_t count = supervisor->group_count;
	struct group **groups;
	const struct group_order order = {take_spec->after,
					  take_spec->after_count};
	int r = order_check(supervisor, (int32_t)count, &order, error);

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
	order_judge(supervisor, groups[count]);
	if (supervisor->phase == SUPERVISOR_RUNNING)
		r = supervisor_start_group(supervisor, groups[count], error);
	if (r < 0) {
		(void)spec_ref(take_spec); /* it stays the caller's */
		add_undo(&supervisor->context, groups[count]);
		supervisor->group_count--;
		return r;
	}
	if (supervisor->phase == SUPERVISOR_RUNNING)
		group_tell(&supervisor->context, groups[count]);
	return (int)count;
}
