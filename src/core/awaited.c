/*
 * awaited.c - from a descriptor that hung up to the worker that was launched by
 * it. What that means is the slot's business.
 */
#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "core/awaited.h"
#include "proc/await.h"

static int awaited_watch(const struct context *context)
{
	return loop_watch_fd(context->loop, context->await_fd, POLLIN, 0);
}

int awaited_open(struct context *context)
{
	int r;

	if (context->await_fd >= 0) {
		r = awaited_watch(context);
		return r == -EEXIST ? 0 : r;
	}
	r = await_open(&context->await_fd);
	if (r == 0)
		r = awaited_watch(context);
	if (r < 0)
		context->await_fd = fd_close(context->await_fd);
	return r;
}

int awaited_add(struct context *context, struct worker *worker,
		int take_launch_fd)
{
	worker->launch_fd = take_launch_fd;
	/* Nor is a forked sibling to keep it. */
	if (pidfds_add(&context->pidfds, take_launch_fd) < 0)
		return -ENOMEM;
	return await_add(context->await_fd, take_launch_fd,
			 (uint64_t)(uintptr_t)worker);
}

void awaited_forget(struct context *context, struct worker *worker)
{
	if (worker->launch_fd < 0)
		return;
	await_remove(context->await_fd, worker->launch_fd);
	pidfds_remove(&context->pidfds, worker->launch_fd);
	worker->launch_fd = fd_close(worker->launch_fd);
}

struct worker *awaited_next(struct context *context)
{
	uint64_t tag;

	if (await_next(context->await_fd, &tag) == 0)
		return (void *)(uintptr_t)tag;
	/* There is room: it was watched until now. Or the next launch tries it
	 * again. */
	(void)awaited_watch(context);
	return NULL;
}
