/*
 * weigh.h - what the end of one worker means for all of them.
 */
#pragma once

#include "core/supervisor.h"

/* To be told of each end after which the worker's slot stays empty: it may give
 * up the launcher, and it may be the status that the launcher ends with. */
void weigh_end(struct supervisor *supervisor, const struct worker *worker,
	       const struct muster_exit *how, enum muster_why why);
