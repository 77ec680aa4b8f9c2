/*
 * deny.h - system calls of muster that fail as the test wants: for good, by a
 * seccomp filter, or one by one, as the test answers for each.
 */
#pragma once

#include "tools/support.h"

#define DENY_CALLS 8

struct denied {
	const long *numbers; /* syscall(2); at most DENY_CALLS, ends with -1 */
	int error;	     /* what they fail with */
};

/* Every way to make a process. */
extern const long deny_clones[];

/* For START's prepare: what *argument, a struct denied, says fails from now on.
 */
void deny(void *argument);

/* For START's prepare: every making of a process asks the test, through the
 * socket pair *argument. The second end is the test's. */
void deny_ask(void *argument);

/* The descriptor by which to answer, from the test's end of the pair; -1 where
 * the kernel has no such thing. */
int deny_take_listener(int socket);

/* The next call: error 0 lets it be made. False when none comes in time. */
bool deny_answer(int listener, int error, int limit_ms);
