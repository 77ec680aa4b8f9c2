/*
 * epoll.c - the backend for every kernel with pidfds: epoll on pidfds and the
 * signalfd, waitid(P_PIDFD) for the status.
 *
 * One system call for each of: wait, reap, watch, close. Items are one-shot,
 * for a pidfd that a child still holds a copy of keeps its item alive after our
 * close. The deadline is epoll_pwait2's (5.11); where that is missing,
 * epoll_wait's, rounded up to its millisecond.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/nsec.h"
#include "loop/backend.h"
#include "loop/clock.h"

/* What epoll_data holds: a pointer to a watch, or one of these with the low bit
 * set, which no pointer has. */
#define EPOLL_SIGNALS UINT64_C(1)
#define EPOLL_FD UINT64_C(3) /* | index << 8 | generation << 32 */

struct epoll_state {
	int fd;
	bool has_pwait2;
};

static int epoll_add(const struct epoll_state *state, int fd, uint32_t events,
		     uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	if (epoll_ctl(state->fd, EPOLL_CTL_ADD, fd, &event) == 0)
		return 0;
	return -errno;
}

static int epoll_refuse(struct text *reason, const char *step, int error)
{
	text_add(reason, step);
	if (error != 0) {
		text_add(reason, ": ");
		text_add(reason, compat_error_name(error));
	}
	return error != 0 ? -error : -EOPNOTSUPP;
}

static int epoll_open_signals(struct loop *loop,
			      const struct loop_options *options)
{
	const struct epoll_state *state = loop->state;
	int r;

	if (!options->signals)
		return 0;
	r = sigfd_open(&loop->sigfd, options->signals, options->signal_count,
		       backend_child(options));
	if (r < 0)
		return r;
	r = epoll_add(state, loop->sigfd.fd, EPOLLIN, EPOLL_SIGNALS);
	if (r < 0)
		sigfd_close(&loop->sigfd);
	return r;
}

static void epoll_close(struct loop *loop)
{
	struct epoll_state *state = loop->state;

	(void)close(state->fd); /* nothing to be done on failure */
	free(state);
	loop->state = NULL;
}

static int epoll_fd(const struct loop *loop)
{
	const struct epoll_state *state = loop->state;

	return state->fd;
}

static int epoll_open(struct loop *loop, const struct loop_options *options,
		      struct text *reason)
{
	struct epoll_state *state;
	int r;

	if (!options->has_pidfds)
		return epoll_refuse(reason, "no pidfds here", 0);
	state = calloc(1, sizeof(*state));
	if (!state)
		return epoll_refuse(reason, "memory", ENOMEM);
	state->has_pwait2 = true;
	state->fd = epoll_create1(EPOLL_CLOEXEC);
	if (state->fd < 0) {
		r = epoll_refuse(reason, "epoll_create1", errno);
		free(state);
		return r;
	}
	loop->state = state;
	r = epoll_open_signals(loop, options);
	if (r < 0) {
		epoll_close(loop);
		return epoll_refuse(reason, "signalfd", -r);
	}
	return 0;
}

static int epoll_watch_exit(struct loop *loop, struct loop_watch *watch)
{
	return epoll_add(loop->state, watch->pidfd, EPOLLIN | EPOLLONESHOT,
			 (uint64_t)(uintptr_t)watch);
}

static int epoll_watch_fd(struct loop *loop, uint32_t index)
{
	const struct loop_fd *place = &loop->fds[index];
	uint64_t data = EPOLL_FD | (uint64_t)index << 8 |
			(uint64_t)place->generation << 32;

	/* POLL… and EPOLL… have the same values (epoll_ctl(2)). */
	return epoll_add(loop->state, place->fd, place->events | EPOLLONESHOT,
			 data);
}

static void epoll_unwatch_fd(struct loop *loop, uint32_t index)
{
	const struct epoll_state *state = loop->state;

	/* Fails only when the owner has closed it before: then it is gone. */
	(void)epoll_ctl(state->fd, EPOLL_CTL_DEL, loop->fds[index].fd, NULL);
}

static void epoll_close_fd(struct loop *loop, int fd)
{
	(void)loop;
	(void)close(fd); /* a pidfd: nothing is lost by a failure */
}

static void epoll_take_fd(struct loop *loop, const struct epoll_event *event,
			  struct loop_batch *batch)
{
	uint32_t index = (uint32_t)(event->data.u64 >> 8) & (LOOP_FDS - 1);
	struct loop_fd *place = &loop->fds[index];
	struct loop_event *news;

	if (place->fd < 0 ||
	    place->generation != (uint32_t)(event->data.u64 >> 32))
		return;
	news = batch_add(batch, LOOP_FD, place->tag);
	news->fd.fd = place->fd;
	news->fd.revents = event->events;
	epoll_unwatch_fd(loop, index);
	place->fd = -1;
}

static void epoll_take_signals(struct loop *loop, struct loop_batch *batch)
{
	if (backend_read_signals(loop, batch))
		backend_note_child(loop);
}

static void epoll_take(struct loop *loop, const struct epoll_event *event,
		       struct loop_batch *batch)
{
	if (event->data.u64 == EPOLL_SIGNALS)
		epoll_take_signals(loop, batch);
	else if (event->data.u64 & 1)
		epoll_take_fd(loop, event, batch);
	else
		backend_reap(loop, (void *)(uintptr_t)event->data.u64, batch);
}

static int epoll_sleep(struct epoll_state *state, struct epoll_event *events,
		       int max, uint64_t left_ns)
{
	struct timespec left = {
		.tv_sec = (time_t)(left_ns / NSEC_PER_SEC),
		.tv_nsec = (long)(left_ns % NSEC_PER_SEC),
	};
	uint64_t left_ms = nsec_add(left_ns, NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	int limit_ms = left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
	int r;

	if (state->has_pwait2) {
		/* Not every C library has a function for it. */
		r = (int)syscall(SYS_epoll_pwait2, state->fd, events, max,
				 left_ns == NSEC_NEVER ? NULL : &left, NULL, 0);
		if (r >= 0 || errno == EINTR)
			return r < 0 ? 0 : r;
		state->has_pwait2 = false; /* ENOSYS, or a filter's answer */
	}
	r = epoll_wait(state->fd, events, max,
		       left_ns == NSEC_NEVER ? -1 : limit_ms);
	if (r < 0 && errno != EINTR)
		return -errno;
	return r < 0 ? 0 : r;
}

static int epoll_backend_wait(struct loop *loop, uint64_t until_ns,
			      struct loop_batch *batch)
{
	struct epoll_event events[LOOP_BATCH - LOOP_SIGNALS];
	struct epoll_state *state = loop->state;
	uint64_t left_ns = NSEC_NEVER;
	int count;

	if (until_ns != NSEC_NEVER)
		left_ns = until_ns ? nsec_since(until_ns, clock_now_ns()) : 0;
	count = epoll_sleep(state, events, (int)ARRAY_LEN(events), left_ns);
	for (int i = 0; i < count; i++)
		epoll_take(loop, &events[i], batch);
	return count < 0 ? count : 0;
}

const struct backend epoll_backend = {
	.name = "epoll",
	.engine = MUSTER_ENGINE_EPOLL,
	.open = epoll_open,
	.close = epoll_close,
	.fd = epoll_fd,
	.watch_exit = epoll_watch_exit,
	.watch_fd = epoll_watch_fd,
	.unwatch_fd = epoll_unwatch_fd,
	.close_fd = epoll_close_fd,
	.wait = epoll_backend_wait,
};
