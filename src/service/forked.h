/*
 * forked.h - what runs in a forked worker: one service, from its birth to its
 * exit status.
 */
#pragma once

#include "service/settings.h"
#include "service/speak.h"

/* What a service's worker is born with: the launcher's, as it was at the
 * fork. */
struct forked {
	const struct settings *settings;
	const struct speaker *speaker; /* the worker has one of its own */
	const struct service *service;
	int upstream_fd; /* the launcher's word to its manager; -1 */
};

/* For muster_group_options.run. */
int forked_run(void *forked, const struct muster_birth *birth);
