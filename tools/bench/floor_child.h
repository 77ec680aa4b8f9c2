/*
 * floor_child.h - what a floor's child does between clone and execve.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

/* All that the child needs, decided by the floor; lies in the child's block. */
struct floor_launch {
	const char *path;
	char *const *argv;
	char *const *environment;
	char *listen_pid; /* where its own pid goes, in digits */
	bool takes_steps; /* as muster's child must, else the bare minimum */
	int launcher_pid;
	struct rlimit nofile; /* to restore */
	uint64_t exec_ns;     /* its report: just before execve */
};

/* Run on a stack of its own in the floor's memory; does not return. */
void floor_child_run(void *launch);
