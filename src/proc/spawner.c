/*
 * spawner.c - tries which spawn path works here, with real children that do
 * nothing but exit. The one place of proc/ that waits.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/text.h"
#include "proc/clone.h"
#include "proc/pidfd.h"
#include "proc/spawn.h"

/* The child calls one function. */
#define PROBE_STACK 4096U
#define PROBE_MS 1000

static const char *const spawn_names[MUSTER_SPAWNS] = {
	[MUSTER_SPAWN_AUTO] = "auto",
	[MUSTER_SPAWN_FAST] = "fast",
	[MUSTER_SPAWN_VFORK] = "vfork",
	[MUSTER_SPAWN_FORK] = "fork",
};

/* Waits for the probe's child, which does nothing but exit. Its errno is a
 * refusal whatever it is: for the child itself there was room. */
static int spawn_probe_wait(struct spawner *spawner, pid_t pid, int pidfd,
			    bool *ret_is_short)
{
	struct pollfd set = {.fd = pidfd, .events = POLLIN};
	siginfo_t info = {0};
	int r;

	if (pidfd >= 0) {
		r = pidfd_signal_group(pidfd, 0);
		spawner->signals_groups = r == 0 || r == -ESRCH;
		if (poll(&set, 1, PROBE_MS) != 1 ||
		    waitid(COMPAT_P_PIDFD, (id_t)pidfd, &info,
			   WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid != pid)
			spawner->has_pidfds = false;
	}
	/* It is exiting, whatever else is true. */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -errno;
	if (info.si_code == CLD_EXITED)
		return -info.si_status;
	*ret_is_short = true; /* somebody killed it: that proves nothing */
	return -EAGAIN;
}

/* One child by the mode, clone and pidfds that spawner says at present. Short
 * is who cannot be asked now, for want of room for a process. */
static int spawn_probe(struct spawner *spawner, bool *ret_is_short)
{
	char stack[PROBE_STACK] __attribute__((aligned(64)));
	volatile int in_use = 0;
	struct compat_clone_args args = {
		.flags = clone_flags(spawner),
		.exit_signal = SIGCHLD,
		.stack = (uint64_t)(uintptr_t)stack,
		.stack_size = sizeof(stack),
	};
	_cleanup_fd_ int pidfd = -1;
	long pid;

	if (spawner->has_pidfds)
		args.pidfd = (uint64_t)(uintptr_t)&pidfd;
	if (args.flags & CLONE_CHILD_CLEARTID)
		args.child_tid = (uint64_t)(uintptr_t)&in_use;
	pid = clone_child(spawner, &args, child_probe,
			  spawner->has_close_range ? stack : NULL);
	*ret_is_short = pid == -EAGAIN || pid == -ENOMEM;
	if (pid < 0)
		return (int)pid;
	return spawn_probe_wait(spawner, (pid_t)pid, pidfd, ret_is_short);
}

/* From the best to the least that a mode can do without. The first that was
 * short of something goes to shortage. */
static int spawner_try_mode(struct spawner *spawner, enum muster_spawn mode,
			    struct spawner *shortage)
{
	static const struct {
		bool has_clone3, has_pidfds, has_close_range;
	} ways[] = {
		{true, true, true},   {false, true, true},
		{true, true, false},  {false, true, false},
		{false, false, true}, {false, false, false},
	};
	bool is_short;
	int r = -EINVAL;

	spawner->mode = mode;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		/* It cannot do without its own descriptor table. */
		if (mode == MUSTER_SPAWN_FAST && !ways[i].has_close_range)
			continue;
		spawner->has_clone3 = ways[i].has_clone3;
		spawner->has_pidfds = ways[i].has_pidfds;
		spawner->has_close_range = ways[i].has_close_range;
		spawner->signals_groups = false;
		r = spawn_probe(spawner, &is_short);
		if (r == 0)
			return 0;
		if (is_short && shortage->mode == MUSTER_SPAWN_AUTO)
			*shortage = *spawner;
	}
	return r;
}

static int spawner_try_modes(struct spawner *spawner, enum muster_spawn wanted,
			     struct spawner *shortage)
{
	struct text reason;
	int r = -EINVAL;

	text_init(&reason, spawner->reason, sizeof(spawner->reason));
	for (int mode = MUSTER_SPAWN_FAST; mode < MUSTER_SPAWNS; mode++) {
		if (wanted != MUSTER_SPAWN_AUTO && (int)wanted != mode)
			continue;
		r = spawner_try_mode(spawner, (enum muster_spawn)mode,
				     shortage);
		if (r == 0)
			return 0;
		text_format(&reason, "%s%s refused: %s",
			    reason.length > 0 ? "; " : "", spawn_names[mode],
			    compat_error_name(-r));
	}
	return r;
}

/* "Not now" is no answer to what works here, so what works is looked for first:
 * a filter may say ENOMEM to one call for good. Where nothing does, the best
 * that was short is taken, and each launch fails for itself until the machine
 * has room. Groups are asked of ourselves then. */
static int spawner_choose(struct spawner *spawner, enum muster_spawn wanted)
{
	struct spawner shortage = {.mode = MUSTER_SPAWN_AUTO};
	_cleanup_fd_ int pidfd = -1;
	int r;

	r = spawner_try_modes(spawner, wanted, &shortage);
	if (r == 0 || shortage.mode == MUSTER_SPAWN_AUTO)
		return r;
	*spawner = shortage;
	pidfd = pidfd_open_process(getpid());
	r = pidfd < 0 ? pidfd : pidfd_signal_group(pidfd, 0);
	spawner->signals_groups = r == 0 || r == -ESRCH;
	return 0;
}

int spawner_init(struct spawner *ret_spawner, enum muster_spawn wanted,
		 bool is_owner)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction given;
	sigset_t all;
	sigset_t mask;
	int r;

	*ret_spawner = (struct spawner){.drops_handlers = !is_owner};
	/* A SIGCHLD that is ignored would take the probe's status away; one
	 * that is somebody's is left alone. A signal to our group is not for
	 * the probe. */
	(void)sigaction(SIGCHLD, NULL, &given);
	if (given.sa_handler == SIG_IGN)
		(void)sigaction(SIGCHLD, &standard, NULL);
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &mask);
	r = spawner_choose(ret_spawner, wanted);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	if (given.sa_handler == SIG_IGN)
		(void)sigaction(SIGCHLD, &given, NULL);
	return r;
}
