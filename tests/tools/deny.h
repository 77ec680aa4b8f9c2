/*
 * deny.h - system calls of muster that fail as the test wants: for good, by a
 * seccomp filter, or one by one, as the test answers for each.
 */
#pragma once

#include "tools/support.h"

struct denied {
	const long *numbers; /* syscall(2); ends with -1 */
	int error;	     /* what they fail with */
};

/* One refusal; with a mask it depends on the low word of an argument. */
struct refused {
	const char *name; /* for people; NULL ends a list */
	long number;
	int error;
	unsigned int argument; /* 0 is the first */
	uint32_t mask;	       /* 0: whatever the arguments are */
	uint32_t value;	       /* argument & mask */
};

/* waitid(2) by pidfd alone, and clone(2) with a pidfd as a result. */
#define REFUSED_WAITID_PIDFD                                                 \
	.name = "waitid(P_PIDFD)", .number = SYS_waitid, .mask = UINT32_MAX, \
	.value = 3
#define REFUSED_CLONE_PIDFD                                                \
	.name = "clone(CLONE_PIDFD)", .number = SYS_clone, .mask = 0x1000, \
	.value = 0x1000

/* Every way to make a process, and to remove a file. */
extern const long deny_clones[];
extern const long deny_unlinks[];

/* For START's prepare: what *argument, a struct denied, says fails from now on.
 */
void deny(void *argument);

/* For START's prepare: *argument is a list of struct refused. */
void deny_some(void *argument);

struct asked {
	const long *numbers; /* syscall(2); ends with -1 */
	int socket;	     /* one end of a pair, the other is the test's */
};

/* For START's prepare: each of the calls that *argument, a struct asked, names
 * asks the test from now on. */
void deny_ask(void *argument);

/* The descriptor by which to answer, from the test's end of the pair; -1 where
 * the kernel has no such thing. */
int deny_take_listener(int socket);

/* The next call: error 0 lets it be made. False when none comes in time. */
bool deny_answer(int listener, int error, int limit_ms);
