/*
 * health.h - what two questions from outside are answered by: are the services
 * ready, and are they well.
 *
 * They are ready when every service has been ready, that is, all its workers
 * together, and has a ready worker still; and never once a stop is announced or
 * has begun. They are well unless one of them has failed for good, or has no
 * ready worker: but for one whose first workers are on their way, and during a
 * stop. A service that shall have no worker, or whose workers have all done
 * their work, is asked for none.
 *
 * All of it is counted from the news, so that an answer costs a walk over the
 * services; the library is asked of those only that have no ready worker.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "muster/muster.h"

struct health_service {
	char *name; /* NULL: no service has this number, or not any more */
	const char *failure; /* how it failed for good; NULL: it has not */
	uint32_t wanted;     /* workers it shall have */
	uint32_t ready;	     /* workers that are */
	bool has_served;     /* all were ready at once */
	bool has_begun;	     /* one has been ready, or has ended */
	bool is_leaving;     /* the configuration does not have it any more */
};

struct health {
	struct health_service *services; /* by group */
	int count;
	bool is_stopping;
	bool is_blind; /* there was no memory for a service */
};

void health_fini(struct health *health);

/* There is a service, and so many workers it shall have; name is copied. */
void health_declare(struct health *health, int group, const char *name,
		    uint32_t workers);
/* All that are known leave, but for those that are declared after this. */
void health_review(struct health *health);

/* Takes a piece of news. */
void health_take(struct health *health, const struct muster_event *event);

/* The answer, and one line for people: "ready", "not ready: web has 2 of 4
 * workers". */
bool health_is_ready(const struct health *health, const struct muster *muster,
		     struct text *answer);
/* Likewise: "healthy", "unhealthy: web has 0 of 4 workers". */
bool health_is_well(const struct health *health, const struct muster *muster,
		    struct text *answer);
