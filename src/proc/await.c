/*
 * await.c - an epoll of pipes' ends, so that however many children are awaited
 * the loop watches one descriptor. Knows no child, and waits for none.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "proc/await.h"

int await_open(int *ret_await_fd)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_await_fd = fd;
	return 0;
}

int await_add(int await_fd, int launch_fd, uint64_t tag)
{
	/* A hang-up is told unasked, and nobody writes. */
	struct epoll_event event = {.data.u64 = tag};

	if (epoll_ctl(await_fd, EPOLL_CTL_ADD, launch_fd, &event) < 0)
		return -errno;
	return 0;
}

void await_remove(int await_fd, int launch_fd)
{
	/* Which old kernels read (epoll_ctl(2), Bugs). */
	struct epoll_event unused = {0};

	/* Fails for one that never was there only. */
	(void)epoll_ctl(await_fd, EPOLL_CTL_DEL, launch_fd, &unused);
}

int await_next(int await_fd, uint64_t *ret_tag)
{
	struct epoll_event event;
	int r = epoll_wait(await_fd, &event, 1, 0);

	if (r < 0)
		return -errno;
	if (r == 0)
		return -ENOENT;
	*ret_tag = event.data.u64;
	return 0;
}
