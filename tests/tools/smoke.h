/*
 * smoke.h - one short life with all that muster does, for running it where
 * something is refused.
 */
#pragma once

#include "tools/support.h"

/* Where it happens. */
struct smoke {
	const char *where; /* printed, for who reads of a failure */
	void (*prepare)(void *argument); /* as START's */
	void *argument;
};

/*
 * Starts three workers behind a socket, kills one and sees it replaced, rolls
 * all, has one more and one less, stops: nobody and nothing is left. Fails the
 * test otherwise. Where the environment chooses the paths, muster may refuse to
 * start instead, in one line. Returns the paths that served, "engine epoll,
 * spawn fast by clone", or the error; valid until the end of the test.
 */
const char *smoke_run(struct stage *stage, const struct smoke *smoke);
