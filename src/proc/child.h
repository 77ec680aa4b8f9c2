/*
 * child.h - what is shared with the child between clone and exec.
 *
 * The child may share the launcher's memory, descriptor table and all of its
 * thread-local storage. It therefore makes raw system calls only, writes only
 * to its own block and its report, and never returns.
 */
#pragma once

#include <stdint.h>

#include "proc/plan.h"

/* In memory that is shared even with a forked child. Zeroed before a launch;
 * read once the child is dead or has executed. */
struct child_report {
	volatile uint32_t step;	   /* enum muster_step that failed; 0 */
	volatile uint32_t error;   /* errno of that step */
	volatile uint64_t exec_ns; /* CLOCK_MONOTONIC just before execve */
	volatile int64_t value;	   /* as muster_event has it */
};

/* LISTEN_PID, WATCHDOG_PID */
#define CHILD_PIDS 2U

struct child_launch {
	const struct plan *plan;
	unsigned int keep;	/* unshare from this descriptor on; 0: do not */
	unsigned int launch_fd; /* not below keep, which execve closes; 0: none.
				   The table is the child's own then */
	bool takes_terminal; /* it is the launcher's to give at this moment */
	int cgroup_fd;	     /* cgroup.procs, where it was not born there; -1 */
	uint64_t handled;    /* signals whose handlers must go, bit signo - 1 */
	struct child_report *report;
	char **environment;	/* this launch's, complete */
	char *pids[CHILD_PIDS]; /* where digits of its own pid go; NULL */
};

/* Runs in the child; argument is a struct child_launch. Does not return. */
void child_run(void *argument);

/* The probe's child: unshares the descriptor table if argument is not NULL,
 * and exits with 0 or the errno. */
void child_probe(void *argument);
