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

static void change_user(const struct privs *privs, struct child_report *report)
{
	long uid = (long)privs->uid;
	long gid = (long)privs->gid;

	if (privs->sets_groups)
		check_set(report, MUSTER_STEP_GROUPS, privs->group_count,
			  compat_syscall(SYS_setgroups, privs->group_count,
					 address(privs->groups), 0, 0));
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

/* What there is, down to what was asked for and to what is held besides. */
static void set_capabilities(const struct privs *privs,
			     struct child_report *report, uint64_t held)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3,
						  0};
	struct __user_cap_data_struct sets[2] = {{0, 0, 0}, {0, 0, 0}};

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
	check(report, MUSTER_STEP_CAPS,
	      compat_syscall(SYS_capset, address(&header), address(sets), 0,
			     0));
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
