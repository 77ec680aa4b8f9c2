/*
 * services_idle.c - how a thread waits that has nothing to do: for a duty, for
 * the done event and, in a forked worker, for the launcher's end, whose stop it
 * then begins itself.
 *
 * When a launcher dies, all its workers' threads that wait for it are woken at
 * once, and whoever these wake comes after all of them. So the thread that will
 * call stop() is the one that is woken. It wakes whoever waits before it does,
 * and so the deadline of a stop() that hangs is somebody else's, as ever. Where
 * it cannot poll, start() has seen to that (RLIMIT_NOFILE, a filter), whoever
 * waits watches for the launcher, as he does while no thread is idle.
 */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "service/unit.h"

bool services_has_idle(const struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++)
		if (services->units[i]->phase == UNIT_SERVING)
			return true;
	return false;
}

void services_watch_launcher(struct services *services, int launcher_fd)
{
	if (launcher_fd < 0)
		return;
	services->idle_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (services->idle_fd >= 0)
		services->launcher_fd = launcher_fd;
}

/* With a duty nobody is idle: who has it serves. */
bool services_watches_launcher(struct services *services)
{
	bool is_watched;

	services_lock(services);
	is_watched = services->launcher_fd >= 0 &&
		     services->phase == SERVICES_UP &&
		     services_has_idle(services);
	services_unlock(services);
	return is_watched;
}

void services_forget_launcher(struct services *services)
{
	services_lock(services);
	services->launcher_fd = -1;
	services_unlock(services);
}

/* Where a service has closed it: as services_wake. */
static void services_raise(const struct services *services)
{
	if (services->idle_fd >= 0 && eventfd_write(services->idle_fd, 1) < 0 &&
	    errno == EBADF)
		_exit(SERVICES_CUT_OFF);
}

void services_call_one(struct services *services)
{
	(void)pthread_cond_signal(&services->changed);
	services_raise(services);
}

void services_call_all(struct services *services)
{
	(void)pthread_cond_broadcast(&services->changed);
	services_raise(services);
}

/* Readable until one has looked, but for the done event, which is for all. */
static void services_calm(const struct services *services)
{
	eventfd_t count;

	if (!services->is_done)
		(void)eventfd_read(services->idle_fd, &count);
}

/* Without the lock. Negative: it cannot be waited for so. */
static int services_poll(struct pollfd *fds, nfds_t count)
{
	int r = ppoll(fds, count, NULL, NULL);

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].revents & POLLNVAL)
			return -EBADF;
	return r;
}

/* To whoever waits. Under the lock. */
static void services_leave_watch(struct services *services)
{
	services->launcher_fd = -1;
	services_wake(services);
}

void services_doze(struct services *services)
{
	struct pollfd fds[] = {
		{services->launcher_fd, POLLIN, 0},
		{services->idle_fd, POLLIN, 0},
	};
	bool is_lost;
	int r;

	if (services->launcher_fd < 0) {
		(void)pthread_cond_wait(&services->changed, &services->lock);
		return;
	}
	services_unlock(services);
	r = services_poll(fds, ARRAY_LEN(fds));
	is_lost = r > 0 && fds[0].revents;
	/* For the deadline, before there is a stop() that may hang; and before
	 * the lock, which whoever waits will want. */
	if (is_lost) {
		atomic_store(&services->home->is_launcher_lost, true);
		services_wake(services);
	}
	services_lock(services);
	if (r > 0 && fds[1].revents)
		services_calm(services);
	if (is_lost)
		services_lose_launcher(services);
	else if (r < 0)
		services_leave_watch(services);
}
