/*
 * await.c - stands behind proc/await.h: an awaited child executes when it is
 * born, or when the script says so.
 */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "fakes/fake.h"
#include "proc/await.h"

int await_open(int *ret_await_fd)
{
	if (fake.await_error != 0)
		return -fake.await_error;
	/* Real, for the core closes it without the loop. */
	fake.await_fd = eventfd(0, EFD_CLOEXEC);
	if (fake.await_fd < 0)
		return -errno;
	*ret_await_fd = fake.await_fd;
	return 0;
}

static struct fake_process *await_find(int launch_fd)
{
	for (uint32_t i = fake.count; i > 0; i--)
		if (fake.processes[i - 1]->launch_fd == launch_fd)
			return fake.processes[i - 1];
	return NULL;
}

int await_add(int await_fd, int launch_fd, uint64_t tag)
{
	struct fake_process *process = await_find(launch_fd);

	if (await_fd != fake.await_fd || !process) {
		fake_blame("%d is awaited, which is no launch", launch_fd);
		return -EBADF;
	}
	if (fake.await_failures > 0) {
		fake.await_failures--;
		return -ENOSPC;
	}
	process->awaited_tag = tag;
	if (process->has_executed)
		fake_ready(fake.await_fd, POLLIN);
	return 0;
}

/* Its number may be another's next. */
void await_remove(int await_fd, int launch_fd)
{
	struct fake_process *process = await_find(launch_fd);

	if (await_fd != fake.await_fd || !process) {
		fake_blame("%d is awaited no more, and was not", launch_fd);
		return;
	}
	process->launch_fd = -1;
	process->awaited_tag = 0;
}

static struct fake_process *await_first(void)
{
	for (struct list *node = fake.living.next; node != &fake.living;
	     node = node->next) {
		struct fake_process *process =
			CONTAINER_OF(node, struct fake_process, link);

		if (process->awaited_tag != 0 && process->has_executed)
			return process;
	}
	return NULL;
}

int await_next(int await_fd, uint64_t *ret_tag)
{
	struct fake_process *process = await_first();

	if (await_fd != fake.await_fd)
		fake_blame("%d awaits nobody", await_fd);
	if (!process)
		return -ENOENT;
	fake_report(process);
	*ret_tag = process->awaited_tag;
	return 0;
}

void fake_execute(struct fake_process *process)
{
	process->has_executed = true;
	process->report->exec_ns = fake.now_ns;
	fake_ready(fake.await_fd, POLLIN);
}

int fake_open_launch(void)
{
	return eventfd(0, EFD_CLOEXEC);
}
