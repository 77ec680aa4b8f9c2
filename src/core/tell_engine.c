/*
 * tell_engine.c - which paths serve, and why better ones do not: news once.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "core/supervisor.h"
#include "loop/clock.h"
#include "muster/muster.h"

#define ENGINE_TEXT 640

/* Or there may be some later. */
static bool engine_has_programs(const struct supervisor *supervisor)
{
	for (uint32_t i = 0; i < supervisor->group_count; i++)
		if (!supervisor->groups[i]->shared.edition->spec->run)
			return true;
	return supervisor->group_count == 0;
}

void supervisor_tell_engine(struct supervisor *supervisor,
			    const struct text *shortfall)
{
	const struct context *context = &supervisor->context;
	const char *reasons[] = {
		shortfall->data,
		loop_reason(context->loop),
		context->spawner.reason,
	};
	struct muster_event event = {
		.kind = MUSTER_EVENT_ENGINE,
	};
	struct text text;

	free(supervisor->engine);
	supervisor->engine = malloc(ENGINE_TEXT);
	if (!supervisor->engine)
		return; /* news like others: lost without memory */
	event.text = supervisor->engine;
	text_init(&text, supervisor->engine, ENGINE_TEXT);
	text_format(&text, "engine %s",
		    muster_engine_name(loop_engine(context->loop)));
	if (engine_has_programs(supervisor))
		text_format(&text, ", spawn %s by %s",
			    muster_spawn_name(context->spawner.mode),
			    context->spawner.has_clone3 ? "clone3" : "clone");
	if (context->forks)
		text_add(&text, ", functions by fork");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i][0] != '\0')
			text_format(&text, "; %s", reasons[i]);
	event.group = -1;
	event.time_ns = clock_now_ns();
	event_push(&supervisor->context.events, &event);
}
