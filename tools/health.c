/*
 * health.c - the state of the services, from the news. Asks the library only
 * what news cannot tell: whether a service without a ready worker is to have
 * one, or is through with its work.
 */
#include <stdlib.h>
#include <string.h>

#include "health.h"

#define HEALTH_ROOM 16 /* services more at a time */

/* Which kinds of news say how many workers of their group are ready. */
static const bool health_counts[MUSTER_EVENTS] = {
	[MUSTER_EVENT_STARTED] = true,	[MUSTER_EVENT_EXITED] = true,
	[MUSTER_EVENT_STOPPING] = true, [MUSTER_EVENT_OVERDUE] = true,
	[MUSTER_EVENT_READY] = true,	[MUSTER_EVENT_SERVING] = true,
	[MUSTER_EVENT_STATUS] = true,	[MUSTER_EVENT_SCALED] = true,
	[MUSTER_EVENT_RELOAD] = true,	[MUSTER_EVENT_ROLLED] = true,
	[MUSTER_EVENT_ABORTED] = true,
};

static struct health_service *health_find(const struct health *health,
					  int group)
{
	struct health_service *service;

	if (group < 0 || group >= health->count)
		return NULL;
	service = &health->services[group];
	return service->name ? service : NULL;
}

static bool health_make_room(struct health *health, int group)
{
	struct health_service *grown;
	int count = group + HEALTH_ROOM;

	if (group < health->count)
		return true;
	grown = reallocarray(health->services, (size_t)count, sizeof(*grown));
	if (!grown)
		return false;
	memset(&grown[health->count], 0,
	       (size_t)(count - health->count) * sizeof(*grown));
	health->services = grown;
	health->count = count;
	return true;
}

static void health_forget(struct health_service *service)
{
	free(service->name);
	*service = (struct health_service){0};
}

void health_fini(struct health *health)
{
	for (int i = 0; i < health->count; i++)
		health_forget(&health->services[i]);
	free(health->services);
	*health = (struct health){0};
}

/* That nobody was missing tells nothing of those who come. */
static void health_want(struct health_service *service, uint32_t workers)
{
	if (service->wanted == 0 && workers > 0) {
		service->has_served = false;
		service->has_begun = false;
	}
	service->wanted = workers;
}

void health_declare(struct health *health, int group, const char *name,
		    uint32_t workers)
{
	struct health_service *service = NULL;

	if (health_make_room(health, group))
		service = &health->services[group];
	if (service && !service->name)
		service->name = strdup(name);
	if (!service || !service->name) {
		health->is_blind = true;
		return;
	}
	service->is_leaving = false;
	health_want(service, workers);
}

void health_review(struct health *health)
{
	for (int i = 0; i < health->count; i++)
		health->services[i].is_leaving = true;
}

/* Nobody replaces it, and it did not end well. */
static bool health_is_loss(const struct muster_event *event)
{
	return event->next == MUSTER_NEXT_NEVER &&
	       event->why == MUSTER_WHY_RULE &&
	       muster_exit_code(&event->exit) != 0;
}

static const char *health_give_up(const struct muster_event *event)
{
	return event->why == MUSTER_WHY_GIVE_UP
		       ? "was given up, too many of its workers died young"
		       : "cannot be executed";
}

static void health_take_service(struct health_service *service,
				const struct muster_event *event)
{
	if (health_counts[event->kind])
		service->ready = event->ready;
	switch ((int)event->kind) {
	case MUSTER_EVENT_SERVING:
		service->has_served = true;
		break;
	case MUSTER_EVENT_READY:
		service->has_begun = true;
		break;
	case MUSTER_EVENT_EXITED:
		service->has_begun = true;
		if (health_is_loss(event))
			service->failure = "has a worker that failed and is "
					   "not replaced";
		break;
	case MUSTER_EVENT_GIVE_UP:
		service->failure = health_give_up(event);
		break;
	case MUSTER_EVENT_SCALED:
		health_want(service, event->count);
		break;
	case MUSTER_EVENT_RELOAD:
		if (event->signo == 0) /* a roll launches what failed anew */
			service->failure = NULL;
		break;
	case MUSTER_EVENT_REMOVED:
		health_forget(service);
		break;
	default:
		break;
	}
}

/* Announced or begun; or all workers have ended by themselves, and only what
 * they left is seen to. */
static bool health_is_end(enum muster_event_kind kind)
{
	return kind == MUSTER_EVENT_STOP || kind == MUSTER_EVENT_DRAIN ||
	       kind == MUSTER_EVENT_LEFTOVERS;
}

void health_take(struct health *health, const struct muster_event *event)
{
	struct health_service *service;

	if (health_is_end(event->kind))
		health->is_stopping = true;
	if (event->kind == MUSTER_EVENT_STARTING)
		health_declare(health, event->group, event->name, event->count);
	service = health_find(health, event->group);
	if (service)
		health_take_service(service, event);
}

/* Nobody runs and nobody waits to be launched again: all have ended as their
 * restart rule has it. */
static bool health_is_done(const struct health_service *service,
			   const struct muster *muster, int group)
{
	struct muster_stats stats = MUSTER_STATS_INIT;

	if (!service->has_begun || service->failure ||
	    muster_get_stats(muster, group, &stats) < 0)
		return false;
	return stats.running == 0 && stats.waiting == 0;
}

static bool health_is_needed(const struct health *health, int group)
{
	const struct health_service *service = &health->services[group];

	return service->name && !service->is_leaving && service->wanted > 0;
}

static bool health_say(struct text *answer, const char *what,
		       const struct health_service *service)
{
	text_add(answer, what);
	text_add(answer, service->name);
	text_add(answer, " ");
	if (service->failure)
		text_add(answer, service->failure);
	else
		text_format(answer, "has %u of %u workers", service->ready,
			    service->wanted);
	return false;
}

static bool health_refuse(struct text *answer, const char *what)
{
	text_add(answer, what);
	return false;
}

bool health_is_ready(const struct health *health, const struct muster *muster,
		     struct text *answer)
{
	bool is_empty = true;

	if (health->is_stopping)
		return health_refuse(answer, "not ready: stopping");
	if (health->is_blind)
		return health_refuse(answer, "not ready: out of memory");
	for (int i = 0; i < health->count; i++) {
		const struct health_service *service = &health->services[i];

		is_empty &= !service->name || service->is_leaving;
		if (!health_is_needed(health, i) ||
		    (service->has_served && service->ready > 0) ||
		    health_is_done(service, muster, i))
			continue;
		return health_say(answer, "not ready: ", service);
	}
	if (is_empty)
		return health_refuse(answer, "not ready: starting");
	text_add(answer, "ready");
	return true;
}

/* It had its chance, and nobody serves; in a stop nobody shall. */
static bool health_is_ill(const struct health *health,
			  const struct muster *muster, int group)
{
	const struct health_service *service = &health->services[group];

	if (service->failure)
		return true;
	return !health->is_stopping && service->has_begun &&
	       service->ready == 0 && !health_is_done(service, muster, group);
}

bool health_is_well(const struct health *health, const struct muster *muster,
		    struct text *answer)
{
	if (health->is_blind)
		return health_refuse(answer, "unhealthy: out of memory");
	for (int i = 0; i < health->count; i++)
		if (health_is_needed(health, i) &&
		    health_is_ill(health, muster, i))
			return health_say(answer,
					  "unhealthy: ", &health->services[i]);
	text_add(answer, health->is_stopping ? "healthy, stopping" : "healthy");
	return true;
}
