/*
 * program_options.h - program.c's arguments, read.
 */
#pragma once

#include "service/program_steps.h"

#define SERVED_MAX 16
#define LISTENERS_MAX 4

struct served {
	struct muster_service service;
	struct muster_group_options rules;
	struct muster_listener listeners[LISTENERS_MAX];
	struct script script;
	int workers;
	int again;	  /* how often it is added besides */
	const char *also; /* and once more under this name; NULL */
};

enum sigchld {
	SIGCHLD_DEFAULT,
	SIGCHLD_COUNT, /* a handler that writes a line */
	SIGCHLD_REAP,  /* one that waits for every child */
};

struct program {
	struct muster_launcher_options launcher_options;
	struct script hooks;
	struct served served[SERVED_MAX];
	unsigned int count;
	bool has_service_launcher; /* besides, which has the signals */
	bool is_second;		   /* verb_second is at work */
	struct muster_launcher *second;
	enum sigchld sigchld;
	bool tells_hooks;
	unsigned int forks;  /* so far */
	unsigned int window; /* this fork's child waits for the test; 0 */
	unsigned int fail_from, fail_to;
	int fork_error;
	pid_t pid;	     /* the launcher's */
	int threads_to_fail; /* of the launcher itself, the first */
};

/* False when it does not understand; it has said so. */
bool options_read(struct program *program, int count, char **texts);
