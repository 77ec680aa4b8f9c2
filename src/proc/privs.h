/*
 * privs.h - with whose rights, and within which limits, the child executes.
 *
 * Decided in the parent, once for a plan, into raw data; child.c makes the
 * calls. The order is the one in which each step still may be made, and in
 * which no step takes back another:
 *
 *   1 oom_score_adj, limits, niceness, CPUs: what is above the launcher's own
 *     needs capabilities, and is set while they are there. The score first, for
 *     it needs a descriptor that a limit may refuse.
 *   2 the bounding set, while there is CAP_SETPCAP.
 *   3 supplementary groups, group, user, in this order: without the user 0
 *     there is no CAP_SETGID. PR_SET_KEEPCAPS before, where capabilities are
 *     wanted behind: else the kernel takes them all. Who has the groups already
 *     need not be able to set them.
 *   4 permitted, effective and inheritable sets, down to what was asked for.
 *     For another user than 0 that is the ambient set alone, whatever the
 *     launcher's securebits would have left.
 *   5 the ambient set, which may hold only what is permitted and inheritable,
 *     and which a change of user has emptied.
 *   6 securebits, behind 5, since one of them forbids 5. CAP_SETPCAP is kept
 *     for them over 4: what is permitted, and neither inheritable nor ambient,
 *     no execve hands on.
 *   7 no_new_privs, which nothing here needs to be without.
 *   8 the parent-death signal once more, and the look at the parent: the kernel
 *     forgets it when user or group change (prctl(2)).
 *
 * Behind that come umask and directory, so that whether the program may be
 * where it starts is asked of its own user.
 *
 * A child that becomes somebody else, or gives up capabilities, never shares
 * the launcher's memory: from then on until it executes, whoever has no more
 * than it may trace it (ptrace(2)), and with it the launcher. Its own copy is
 * made undumpable first, so nobody reads that either; execve takes this back.
 * While it shared memory, a change of user would have taken the launcher's
 * dumpable flag, too. A copy of the page tables is the price. oom_score_adj is
 * one value for all who share memory, so its child has its own as well.
 *
 * Nor does the launcher stand still for it, whatever the mode (CLONE_VFORK):
 * from step 3 on processes of the new user may signal it, and one that they
 * stop (SIGSTOP) would stop its launcher. Who must know whether it executes is
 * told later, by a descriptor (spawn_child.launch_fd). So all that they can do
 * to it in that time is their own service's loss: stopped it is not ready, and
 * replaced in the end; killed it has ended, as at any later time. What they
 * cannot is look into it: tracing, /proc/PID/mem, its descriptors there and
 * pidfd_getfd(2) are all refused for who is undumpable, but to CAP_SYS_PTRACE.
 * What it shares with the launcher is the report, which it can write to and
 * nobody else, and that memory is gone with execve.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "muster/types.h"

#define PRIVS_LIMITS 16U

struct privs {
	uint64_t bound_drop; /* what there is of cap_drop in the bounding set */
	uint64_t permitted;  /* what may stay of the child's own sets */
	uint64_t inheritable;
	uint64_t ambient;	/* to be added to both */
	const uint32_t *groups; /* borrowed */
	uint32_t group_count;
	uint32_t uid;
	uint32_t gid;
	uint32_t securebits;
	int32_t nice;
	int32_t oom_score_adj;
	uint32_t limits_set; /* bit n: limits[n] */
	bool become_less; /* than the launcher has: nobody else with as little
			     may look into the child */
	bool sets_uid;
	bool sets_gid;
	bool sets_groups;
	bool sets_caps;	 /* 4 is to be done */
	bool keeps_caps; /* over the change of user */
	bool clears_ambient;
	bool sets_securebits;
	bool sets_nice;
	bool sets_oom_score_adj;
	bool no_new_privs;
	char oom_text[8]; /* what is written there */
	size_t oom_length;
	size_t cpus_size; /* bytes of cpus up to the last that is not 0 */
	struct muster_limit limits[PRIVS_LIMITS];
	uint64_t cpus[128];
};

/* asked is checked; its groups are borrowed. What the bounding set does not
 * have, or the kernel does not know, need not be dropped. */
void privs_decide(const struct muster_privileges *asked,
		  struct privs *ret_privs);

/* The child may not share the launcher's memory. */
bool privs_is_apart(const struct privs *privs);
