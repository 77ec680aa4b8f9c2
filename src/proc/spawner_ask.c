/*
 * spawner_ask.c - which spawn path should work here, as far as the kernel says
 * so when it is asked, without a child: for who has one program to start and
 * whose start counts. Any answer but the one of a kernel that knows the call is
 * a refusal, whatever its errno. What that was worth the first launch finds
 * out, where a filter looks at arguments, and has it tried with a child then.
 */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "proc/pidfd.h"
#include "proc/spawn.h"

/* The kernel looks at the size first (clone3(2)). */
static bool spawner_has_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0) < 0 && errno == EINVAL;
}

/* We share our table with nobody, so nothing is copied, and close nothing. */
static bool spawner_has_close_range(void)
{
	return syscall(SYS_close_range, ~0U, ~0U, CLOSE_RANGE_UNSHARE) == 0;
}

/* We are no child of ours: who knows the type of id says ECHILD. A kernel that
 * opens pidfds makes them with a clone, too (5.3 and 5.2). */
static void spawner_ask_pidfds(struct spawner *spawner)
{
	_cleanup_fd_ int pidfd = pidfd_open_process(getpid());
	siginfo_t info;
	int r;

	if (pidfd < 0)
		return;
	spawner->has_pidfds = waitid(COMPAT_P_PIDFD, (id_t)pidfd, &info,
				     WEXITED | WNOHANG) < 0 &&
			      errno == ECHILD;
	r = pidfd_signal_group(pidfd, 0);
	spawner->signals_groups =
		spawner->has_pidfds && (r == 0 || r == -ESRCH);
}

int spawner_ask(struct spawner *ret_spawner, enum muster_spawn wanted,
		bool is_owner)
{
	*ret_spawner = (struct spawner){
		.mode = wanted == MUSTER_SPAWN_AUTO ? MUSTER_SPAWN_VFORK
						    : wanted,
		.has_clone3 = spawner_has_clone3(),
		.has_close_range = spawner_has_close_range(),
		.drops_handlers = !is_owner,
		.is_unproven = true,
	};
	spawner_ask_pidfds(ret_spawner);
	/* It cannot do without its own descriptor table. */
	if (ret_spawner->mode == MUSTER_SPAWN_FAST &&
	    !ret_spawner->has_close_range)
		return -ENOSYS;
	return 0;
}

/* True when there is another way now. */
static bool spawner_prove(struct spawner *spawner)
{
	struct spawner proven;

	if (spawner_init(&proven, spawner->mode, !spawner->drops_handlers) < 0)
		return false;
	/* Who watches by pidfds goes on so, and who does not, too. */
	if (spawner->has_pidfds && !proven.has_pidfds)
		return false;
	proven.has_pidfds = spawner->has_pidfds;
	proven.signals_groups &= spawner->has_pidfds;
	*spawner = proven;
	return true;
}

int spawner_launch(struct spawner *spawner, const struct spawn_request *request,
		   struct spawn_child *ret_child)
{
	int r = spawn(spawner, request, ret_child);

	if (r < 0 && spawner->is_unproven && spawner_prove(spawner))
		r = spawn(spawner, request, ret_child);
	if (r == 0)
		spawner->is_unproven = false;
	return r;
}
