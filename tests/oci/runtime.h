/*
 * runtime.h - how each runtime is told to start a container, to signal it and
 * to forget it.
 */
#pragma once

#include "oci/container.h"

#define RUNTIME_ARGUMENTS 48

struct runtime {
	const char *name;    /* test.sh is installed as test_NAME */
	const char *program; /* looked for as a shell does */
	/* The arguments that start a container with the command, and what must
	 * be there before; list has room for RUNTIME_ARGUMENTS. */
	void (*start)(const struct container *container,
		      const struct life *life, const char *const *command,
		      const char **list);
	/* In the new process, before it becomes program; may be NULL. */
	void (*prepare)(void);
	/* Arguments; NULL when there is nobody to be told: the container is a
	 * process like others. */
	void (*signal)(const struct container *container, const char *signo,
		       const char **list);
	void (*remove)(const struct container *container, const char **list);
	bool has_profiles;
	bool has_users;
};

/* By name; NULL when there is no such. */
const struct runtime *runtime_find(const char *name);

/* Appends what ends with NULL. */
void runtime_add(const char **list, const char *const *more);
