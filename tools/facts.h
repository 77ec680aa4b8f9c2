/*
 * facts.h - what /proc and cgroups say. What cannot be read is not known, which
 * is never an error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first line of a file, without its end. */
bool facts_line(const char *path, char *ret_line, size_t size);
/* The first line, when it is a number. */
bool facts_number(const char *path, uint64_t *ret_number);
/* The value of a field of /proc/self/status, "Seccomp:". */
bool facts_status(const char *field, char *ret_value, size_t size);

/* A controller's files: a limit, and what of it is in use. */
struct facts_controller {
	const char *name; /* "pids" */
	const char *limit, *used;
	const char *limit_v1, *used_v1;
};

/* A limit of this process's cgroup or one above it. */
struct facts_limit {
	uint64_t limit;
	uint64_t used;
	char directory[512];
};

/* The directory of this process's cgroup of version 2; false where that is not
 * mounted at its place. */
bool facts_own_cgroup(char *ret_directory, size_t size);

/* The one of all that bind which leaves the least; false when none binds. */
bool facts_cgroup(const struct facts_controller *controller,
		  struct facts_limit *ret_limit);
