/*
 * profile.h - a container engine's seccomp profile, as a filter of its own for
 * x86-64: no libseccomp.
 *
 * The form is the one that Docker and Podman share: defaultAction,
 * defaultErrnoRet, and syscalls with names, action, errnoRet, args, includes
 * and excludes (caps, arches, minKernel). What is not understood is an error,
 * never a rule less.
 */
#pragma once

#include <stdbool.h>

#include "json_tree.h"
#include "tools/bpf.h"

struct profile_options {
	const char *const *caps; /* the container has; ends with NULL */
	/* As runc: calls newer than any that the profile names are ENOSYS; crun
	 * gives them the profile's answer. */
	bool is_runc;
};

/* Compiles the profile at path; the filter's length is 0 before. False and a
 * reason, static, when it cannot be understood. */
bool profile_compile(const char *path, const struct profile_options *options,
		     struct bpf *bpf, const char **ret_reason);

/* The profile at path, the caller's; NULL when it cannot be read or is none. */
struct json_node *profile_read(const char *path);
/* Whether one of its rules is for a container with these capabilities here. */
bool profile_rule_counts(const struct json_node *rule, const char *const *caps);

/* For START's prepare: installs *argument, a struct bpf. */
void profile_enter(void *argument);

/* The number by name, -1 for what x86-64 does not have; the name by number,
 * NULL for none. */
int call_number(const char *name);
const char *call_name(int number);
