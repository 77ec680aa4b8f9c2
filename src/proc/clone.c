/*
 * clone.c - clone3, or clone where that is refused. Decides nothing, waits for
 * nobody.
 */
#include <signal.h>

#include "proc/clone.h"

static const uint64_t mode_flags[MUSTER_SPAWNS] = {
	[MUSTER_SPAWN_FAST] = CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID,
	[MUSTER_SPAWN_VFORK] = CLONE_VM | CLONE_VFORK | CLONE_FILES,
	[MUSTER_SPAWN_FORK] = 0,
};

uint64_t clone_flags(const struct spawner *spawner)
{
	uint64_t flags = mode_flags[spawner->mode];

	/* Without close_range the child cannot leave the shared table early:
	 * it gets a copy. */
	if (!spawner->has_close_range)
		flags &= ~(uint64_t)CLONE_FILES;
	if (spawner->has_pidfds)
		flags |= CLONE_PIDFD;
	if (spawner->has_clone3)
		flags |= CLONE_CLEAR_SIGHAND;
	return flags;
}

static long clone_plain(const struct spawner *spawner,
			struct compat_clone_args *args, void (*run)(void *),
			void *argument)
{
	if (!(args->flags & CLONE_VM)) {
		args->stack = 0;
		args->stack_size = 0;
	}
	if (spawner->has_clone3)
		return compat_clone3(args, run, argument);
	return compat_clone(args, run, argument);
}

/* A program's handler must not run in a child that shares its memory: clone3
 * clears them, with clone the child does, and is born with all signals
 * blocked until it has. */
long clone_child(const struct spawner *spawner, struct compat_clone_args *args,
		 void (*run)(void *), void *argument)
{
	sigset_t all;
	sigset_t given;
	long pid;

	if (!spawner->drops_handlers || spawner->has_clone3)
		return clone_plain(spawner, args, run, argument);
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &given); /* cannot fail */
	pid = clone_plain(spawner, args, run, argument);
	(void)sigprocmask(SIG_SETMASK, &given, NULL);
	return pid;
}
