/*
 * pids.h - the watched children by pid.
 *
 * A watch is in it from loop_watch_exit until its end is in a batch, whichever
 * engine serves it and whether it is held or not. All zeros is an empty table,
 * so that pages of it which are never used are never there.
 */
#pragma once

#include <sys/types.h>

#include "loop/loop.h"

/* Numbers are given out in sequence, so the chains of ten thousand workers are
 * two or three long; a power of two. */
#define PIDS_CHAINS 4096U

struct pids {
	struct loop_watch *chains[PIDS_CHAINS]; /* loop_watch.chain */
};

/* watch->pid is set, and it is not in a table. */
void pids_add(struct pids *pids, struct loop_watch *watch);
/* It must be in a table. */
void pids_remove(struct loop_watch *watch);

/* NULL when it is not watched. Of two with one number, the later: the ring's
 * kernel side reaps before the event is read, and the number is free then. */
struct loop_watch *pids_find(const struct pids *pids, pid_t pid);
