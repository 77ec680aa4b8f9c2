/*
 * child_privs.c - takes rights and limits between clone and execve, in the
 * order that proc/privs.h gives reasons for.
 *
 * What proc/child.c says of itself is true of this file as well: nothing of any
 * library is called, and a step that fails is reported and ends the child.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "base/compat.h"
#include "proc/child_check.h"
#include "proc/child_privs.h"

/* As many groups are compared, on a stack that is small. */
#define CHILD_GROUPS 64U

/* Written whole or not at all; nobody but the child has the descriptor. */
static void set_oom_score(const struct privs *privs,
			  struct child_report *report)
{
	static const char path[] = "/proc/self/oom_score_adj";
	long fd;

	if (!privs->sets_oom_score_adj)
		return;
	fd = compat_syscall(SYS_openat, AT_FDCWD, address(path),
			    O_WRONLY | O_CLOEXEC, 0);
	check_set(report, MUSTER_STEP_OOM_SCORE, privs->oom_score_adj, fd);
	check_set(report, MUSTER_STEP_OOM_SCORE, privs->oom_score_adj,
		  compat_syscall(SYS_write, fd, address(privs->oom_text),
				 (long)privs->oom_length, 0));
	(void)compat_syscall(SYS_close, fd, 0, 0, 0); /* it was written */
}

static void set_limits(const struct privs *privs, struct child_report *report)
{
	for (uint32_t i = 0; i < PRIVS_LIMITS; i++)
		if (privs->limits_set >> i & 1)
			check_set(report, MUSTER_STEP_RLIMIT, i,
				  compat_syscall(SYS_prlimit64, 0, i,
						 address(&privs->limits[i]),
						 0));
}

static void set_scheduling(const struct privs *privs,
			   struct child_report *report)
{
	if (privs->sets_nice)
		check_set(report, MUSTER_STEP_NICE, privs->nice,
			  compat_syscall(SYS_setpriority, PRIO_PROCESS, 0,
					 privs->nice, 0));
	if (privs->cpus_size > 0)
		check(report, MUSTER_STEP_CPUS,
		      compat_syscall(SYS_sched_setaffinity, 0,
				     (long)privs->cpus_size,
				     address(privs->cpus), 0));
}

static void drop_bounding(const struct privs *privs,
			  struct child_report *report)
{
	for (uint32_t i = 0; i < 64; i++)
		if (privs->bound_drop >> i & 1)
			check_set(report, MUSTER_STEP_CAP_BOUND, i,
				  compat_prctl(PR_CAPBSET_DROP, i, 0));
}

/* What an unmapped group looks like to who is in a user namespace
 * (user_namespaces(7)); -1: nobody knows. */
static int64_t overflow_group(void)
{
	static const char path[] = "/proc/sys/kernel/overflowgid";
	char digits[16] = {0};
	int64_t group = 0;
	long length;
	long fd = compat_syscall(SYS_openat, AT_FDCWD, address(path),
				 O_RDONLY | O_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	length = compat_syscall(SYS_read, fd, address(digits), sizeof(digits),
				0);
	(void)compat_syscall(SYS_close, fd, 0, 0, 0); /* it was read */
	if (length <= 0)
		return -1;
	for (long i = 0; i < length && digits[i] != '\n'; i++)
		group = group * 10 + (digits[i] - '0');
	return group;
}

static bool has_group(const uint32_t *groups, uint32_t count, uint32_t group)
{
	while (count > 0)
		if (groups[--count] == group)
			return true;
	return false;
}

/* Whether the child has the groups that it is to have, and no other, but for
 * the one that it has as its own. One that looks like the unmapped ones may be
 * any. */
static bool has_groups(const struct privs *privs)
{
	uint32_t present[CHILD_GROUPS];
	uint32_t own = privs->sets_gid ? privs->gid
				       : (uint32_t)compat_syscall(SYS_getegid,
								  0, 0, 0, 0);
	int64_t overflow = overflow_group();
	long count;

	/* An initializer may be a call of memset. */
	for (uint32_t i = 0; i < CHILD_GROUPS; i++)
		present[i] = 0;
	count = compat_syscall(SYS_getgroups, CHILD_GROUPS, address(present), 0,
			       0);
	if (count < 0 || (count > 0 && overflow < 0))
		return false;
	for (long i = 0; i < count; i++)
		if (present[i] == overflow ||
		    (present[i] != own &&
		     !has_group(privs->groups, privs->group_count, present[i])))
			return false;
	for (uint32_t i = 0; i < privs->group_count; i++)
		if (privs->groups[i] != own &&
		    !has_group(present, (uint32_t)count, privs->groups[i]))
			return false;
	return true;
}

/* It needs CAP_SETGID even for what is there already, unlike setresgid(2) and
 * setresuid(2). */
static void set_groups(const struct privs *privs, struct child_report *report)
{
	long r = compat_syscall(SYS_setgroups, privs->group_count,
				address(privs->groups), 0, 0);

	if (r == -EPERM && has_groups(privs))
		return;
	check_set(report, MUSTER_STEP_GROUPS, privs->group_count, r);
}

static void change_user(const struct privs *privs, struct child_report *report)
{
	long uid = (long)privs->uid;
	long gid = (long)privs->gid;

	if (privs->sets_groups)
		set_groups(privs, report);
	if (privs->sets_gid)
		check_set(report, MUSTER_STEP_GID, gid,
			  compat_syscall(SYS_setresgid, gid, gid, gid, 0));
	if (privs->keeps_caps)
		check(report, MUSTER_STEP_CAPS,
		      compat_prctl(PR_SET_KEEPCAPS, 1, 0));
	if (privs->sets_uid)
		check_set(report, MUSTER_STEP_UID, uid,
			  compat_syscall(SYS_setresuid, uid, uid, uid, 0));
}

/* What only who holds it may inherit: one that is not permitted, or not in the
 * bounding set (capset(2)). */
static void blame_ambient(const struct privs *privs,
			  const struct __user_cap_data_struct *sets,
			  struct child_report *report)
{
	for (uint32_t i = 0; i < 64; i++)
		if (privs->ambient >> i & 1 &&
		    (!(sets[i / 32].permitted >> i % 32 & 1) ||
		     compat_prctl(PR_CAPBSET_READ, i, 0) != 1))
			check_set(report, MUSTER_STEP_CAP_AMBIENT, i, -EPERM);
}

/* What there is, down to what was asked for and to what is held besides. */
static void set_capabilities(const struct privs *privs,
			     struct child_report *report, uint64_t held)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2] = {{0, 0, 0}, {0, 0, 0}};
	long r;

	check(report, MUSTER_STEP_CAPS,
	      compat_syscall(SYS_capget, address(&header), address(sets), 0,
			     0));
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t ambient = (uint32_t)(privs->ambient >> 32 * i);
		uint32_t holds = (uint32_t)(held >> 32 * i);

		sets[i].permitted &=
			(uint32_t)(privs->permitted >> 32 * i) | holds;
		sets[i].effective |= ambient | holds;
		sets[i].effective &= sets[i].permitted;
		sets[i].inheritable &= (uint32_t)(privs->inheritable >> 32 * i);
		sets[i].inheritable |= ambient;
	}
	r = compat_syscall(SYS_capset, address(&header), address(sets), 0, 0);
	if (r == -EPERM)
		blame_ambient(privs, sets, report);
	check(report, MUSTER_STEP_CAPS, r);
}

static void set_ambient(const struct privs *privs, struct child_report *report)
{
	if (privs->clears_ambient)
		check(report, MUSTER_STEP_CAPS,
		      compat_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL,
				   0));
	for (uint32_t i = 0; i < 64; i++)
		if (privs->ambient >> i & 1)
			check_set(report, MUSTER_STEP_CAP_AMBIENT, i,
				  compat_prctl(PR_CAP_AMBIENT,
					       PR_CAP_AMBIENT_RAISE, i));
}

static void change_capabilities(const struct privs *privs,
				struct child_report *report)
{
	uint64_t held = privs->sets_securebits ? UINT64_C(1) << CAP_SETPCAP : 0;

	if (privs->sets_caps)
		set_capabilities(privs, report, held);
	set_ambient(privs, report);
	if (privs->sets_securebits)
		check_set(
			report, MUSTER_STEP_SECUREBITS, privs->securebits,
			compat_prctl(PR_SET_SECUREBITS, privs->securebits, 0));
}

void child_take_privileges(const struct privs *privs,
			   struct child_report *report)
{
	set_oom_score(privs, report);
	set_limits(privs, report);
	set_scheduling(privs, report);
	if (privs->become_less)
		check(report, MUSTER_STEP_CAPS,
		      compat_prctl(PR_SET_DUMPABLE, 0, 0));
	drop_bounding(privs, report);
	change_user(privs, report);
	change_capabilities(privs, report);
	if (privs->no_new_privs)
		check(report, MUSTER_STEP_NO_NEW_PRIVS,
		      compat_prctl(PR_SET_NO_NEW_PRIVS, 1, 0));
}
