/*
 * cgroup.h - one cgroup (cgroups(7)): a place that workers are born in, killed
 * in and counted in, of version 2 or of any hierarchy of version 1.
 *
 * It is opened before a worker is launched, so that what is wrong with it is
 * told then, and in one line. A child is born there (CLONE_INTO_CGROUP), or
 * writes itself there before it does anything else (child.c); never is it put
 * there by others, for it could execute before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct cgroup {
	char *path;   /* absolute, without links where that could be found out;
			 owned */
	int fd;	      /* its directory; not to be read from */
	int procs_fd; /* cgroup.procs, for writing */
	int ooms_fd;  /* the file that counts OOM kills; -1: there is none */
	bool is_v2;
	bool is_ours; /* we made it, and remove it */
};

#define CGROUP_NULL ((struct cgroup){.fd = -1, .procs_fd = -1, .ooms_fd = -1})

/* Opens the cgroup at an absolute path. The last part is made where it is
 * missing, but nowhere except in a cgroup. -errno, or -EINVAL for what is no
 * cgroup, and the reason in error. */
int cgroup_open(const char *path, struct cgroup *ret_cgroup,
		struct text *error);

/* Removes one that is ours; others are left, which is no failure. -EBUSY while
 * somebody is in it. */
int cgroup_remove(struct cgroup *cgroup);
/* Closes it. Accepts CGROUP_NULL, and leaves it. */
void cgroup_close(struct cgroup *cgroup);

/* SIGKILL to all that are in it: by cgroup.kill (Linux 5.14), which reaches
 * those below it, too, and who is forked meanwhile; else to one after another
 * in it until no more come. Never to ourselves. */
void cgroup_kill(const struct cgroup *cgroup);

/* Of two paths in one tree, "" being its root: below is what the first length
 * bytes of above are, or lies in that. */
static inline bool cgroup_is_above(const char *above, size_t length,
				   const char *below)
{
	return strncmp(above, below, length) == 0 &&
	       (below[length] == '/' || below[length] == '\0');
}

/* Returns when nobody is in it, or limit_ns later: for who was killed there. */
void cgroup_await_empty(const struct cgroup *cgroup, uint64_t limit_ns);

/* This process is in it, or below it. */
bool cgroup_has_us(const struct cgroup *cgroup);

/* So many of those that were in it the kernel has killed for want of memory:
 * in version 2 also of those below it. 0 where nobody counts. */
uint64_t cgroup_ooms(const struct cgroup *cgroup);
/* The same of the cgroup that this process sees as the root, which in a
 * container of version 2 is its own. */
uint64_t cgroup_own_ooms(void);

/* The nearest one to path, itself or above it, whose processes all die when
 * one of them is killed for want of memory (memory.oom.group) while this
 * process is one of them. The first root_length bytes of path are the mount;
 * own is where we are, seen from there. The length of its path, 0 for none. */
size_t cgroup_find_oom_group(const char *path, size_t root_length,
			     const char *own);
/* The same for this cgroup and this process. */
size_t cgroup_shared_fate(const struct cgroup *cgroup);
