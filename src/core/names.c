/*
 * names.c - words for the public enums, one table each, and the number that
 * stands for an end.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "muster/muster.h"
#include "policy/exit.h"

static const char *name_of(const char *const *names, size_t count,
			   unsigned int value)
{
	return value < count && names[value] ? names[value] : "?";
}

const char *muster_engine_name(enum muster_engine engine)
{
	static const char *const names[MUSTER_ENGINES] = {
		[MUSTER_ENGINE_AUTO] = "auto",
		[MUSTER_ENGINE_RING] = "ring",
		[MUSTER_ENGINE_EPOLL] = "epoll",
		[MUSTER_ENGINE_SIGNAL] = "signal",
	};

	return name_of(names, ARRAY_LEN(names), (unsigned int)engine);
}

const char *muster_spawn_name(enum muster_spawn spawn)
{
	static const char *const names[MUSTER_SPAWNS] = {
		[MUSTER_SPAWN_AUTO] = "auto",
		[MUSTER_SPAWN_FAST] = "fast",
		[MUSTER_SPAWN_VFORK] = "vfork",
		[MUSTER_SPAWN_FORK] = "fork",
	};

	return name_of(names, ARRAY_LEN(names), (unsigned int)spawn);
}

const char *muster_step_name(enum muster_step step)
{
	static const char *const names[MUSTER_STEPS] = {
		[MUSTER_STEP_NONE] = "nothing",
		[MUSTER_STEP_CLONE] = "clone",
		[MUSTER_STEP_UNSHARE] = "close_range",
		[MUSTER_STEP_GROUP] = "setpgid",
		[MUSTER_STEP_PARENT] = "parent-death signal",
		[MUSTER_STEP_DESCRIPTORS] = "descriptors",
		[MUSTER_STEP_LIMITS] = "RLIMIT_NOFILE",
		[MUSTER_STEP_DIRECTORY] = "chdir",
		[MUSTER_STEP_SIGNALS] = "signal mask",
		[MUSTER_STEP_EXEC] = "execve",
		[MUSTER_STEP_RLIMIT] = "prlimit",
		[MUSTER_STEP_NICE] = "setpriority",
		[MUSTER_STEP_OOM_SCORE] = "oom_score_adj",
		[MUSTER_STEP_CPUS] = "sched_setaffinity",
		[MUSTER_STEP_CAP_BOUND] = "bounding set",
		[MUSTER_STEP_GROUPS] = "setgroups",
		[MUSTER_STEP_GID] = "setresgid",
		[MUSTER_STEP_UID] = "setresuid",
		[MUSTER_STEP_CAPS] = "capset",
		[MUSTER_STEP_CAP_AMBIENT] = "ambient set",
		[MUSTER_STEP_SECUREBITS] = "securebits",
		[MUSTER_STEP_NO_NEW_PRIVS] = "no_new_privs",
		[MUSTER_STEP_CGROUP] = "cgroup.procs",
	};

	return name_of(names, ARRAY_LEN(names), (unsigned int)step);
}

int muster_exit_code(const struct muster_exit *exit_)
{
	if (!exit_ || (unsigned int)exit_->kind >= MUSTER_EXIT_KINDS)
		return -EINVAL;
	return exit_shell_code(exit_);
}
