/*
 * listing.h - the effective options, in the log (B13).
 */
#pragma once

#include "service/settings.h"
#include "service/speak.h"

/* A line for each at debug level. What may hold a secret is masked. */
void listing_say(struct speaker *speaker, const struct settings *settings);
/* The same for a service; workers of MUSTER_WORKERS_UNSET: in this process. */
void listing_say_service(struct speaker *speaker, const struct service *service,
			 int workers);
