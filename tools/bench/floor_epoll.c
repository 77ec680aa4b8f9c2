/*
 * floor_epoll.c - the floor on epoll: five system calls a restart (wait, reap,
 * clone, watch, close).
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "floor.h"

#define FLOOR_EVENTS 64

static int floor_watch(int epoll_fd, int pidfd, uint32_t slot)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLONESHOT,
		.data.u32 = slot,
	};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, pidfd, &event) < 0 ? -errno
								     : 0;
}

static int floor_start_all(struct floor *floor, int epoll_fd)
{
	for (uint32_t i = 0; i < floor->workers; i++) {
		int r = floor_spawn(floor, i);

		if (r == 0)
			r = floor_watch(epoll_fd, floor->slots[i].pidfd, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static int floor_replace(struct floor *floor, int epoll_fd, uint32_t slot)
{
	int old_pidfd = floor->slots[slot].pidfd;
	siginfo_t info;
	int r;

	if (waitid(COMPAT_P_PIDFD, (id_t)old_pidfd, &info, WEXITED) < 0)
		return -errno;
	r = floor_spawn(floor, slot);
	if (r == 0)
		r = floor_watch(epoll_fd, floor->slots[slot].pidfd, slot);
	(void)close(old_pidfd); /* a pidfd: nothing is lost by a failure */
	return r;
}

static int floor_turn(struct floor *floor, int epoll_fd)
{
	struct epoll_event events[FLOOR_EVENTS];
	int count = epoll_wait(epoll_fd, events, FLOOR_EVENTS, -1);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		int r = floor_replace(floor, epoll_fd, events[i].data.u32);

		if (r < 0)
			return r;
	}
	return 0;
}

int floor_epoll_run(struct floor *floor)
{
	_cleanup_fd_ int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int r;

	if (epoll_fd < 0)
		return -errno;
	r = floor_start_all(floor, epoll_fd);
	while (r >= 0)
		r = floor_turn(floor, epoll_fd);
	return r;
}
