/*
 * service.c - the lists of a service's options, and their environment.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nsec.h"
#include "rights.h"

#define SERVICE_FIRST_FD 3
#define SERVICE_STOP_TIMEOUT_NS (60 * NSEC_PER_SEC) /* B1 */

void service_init(struct service_options *service)
{
	/* Byte for byte: the padding is part of the digest (digest.c). */
	memset(service, 0, sizeof(*service));
	service->group.size = sizeof(service->group);
	service->group.workers = 1;
}

void service_fini(struct service_options *service)
{
	free(service->listeners);
	free(service->pass_fds);
	free(service->environment);
	stringlist_fini(&service->command);
	stringlist_fini(&service->variables);
	stringlist_fini(&service->file_variables);
	stringlist_fini(&service->after);
	stringlist_fini(&service->texts);
	rights_free(service->rights);
	service_init(service);
}

const char *service_keep(struct service_options *service, const char *string,
			 size_t length)
{
	return stringlist_add(&service->texts, string, length);
}

int service_add_listener(struct service_options *service,
			 const struct muster_listener *listener)
{
	uint32_t count = service->group.listener_count;
	struct muster_listener *listeners;

	if (count == SERVICE_LISTENERS_MAX)
		return -ENOSPC;
	listeners =
		realloc(service->listeners, (count + 1) * sizeof(*listeners));
	if (!listeners)
		return -ENOMEM;
	listeners[count] = *listener;
	service->listeners = listeners;
	service->group.listener_count++;
	return 0;
}

int service_prepend_listener(struct service_options *service,
			     const struct muster_listener *listener)
{
	int r = service_add_listener(service, listener);

	if (r < 0)
		return r;
	memmove(&service->listeners[1], &service->listeners[0],
		(service->group.listener_count - 1) *
			sizeof(service->listeners[0]));
	service->listeners[0] = *listener;
	return 0;
}

int service_add_pass_fd(struct service_options *service, int fd)
{
	uint32_t count = service->group.pass_fd_count;
	int *pass_fds;

	for (uint32_t i = 0; i < count; i++)
		if (service->pass_fds[i] == fd)
			return -EEXIST;
	if (count == SERVICE_PASS_FDS_MAX)
		return -ENOSPC;
	pass_fds = realloc(service->pass_fds, (count + 1) * sizeof(*pass_fds));
	if (!pass_fds)
		return -ENOMEM;
	pass_fds[count] = fd;
	service->pass_fds = pass_fds;
	service->group.pass_fd_count++;
	return 0;
}

uint64_t service_stop_timeout_ns(const struct service_options *service)
{
	uint64_t limit_ns = service->group.stop_timeout_ns;

	return limit_ns > 0 ? limit_ns : SERVICE_STOP_TIMEOUT_NS;
}

/* Listeners take the numbers from SERVICE_FIRST_FD on. */
static int service_check_fds(const struct service_options *service,
			     struct text *error)
{
	int free_fd = SERVICE_FIRST_FD + (int)service->group.listener_count;
	int ready_fd = service->group.ready_fd;
	bool is_taken = ready_fd > 0 && ready_fd < free_fd;

	for (uint32_t i = 0; i < service->group.pass_fd_count; i++) {
		int fd = service->pass_fds[i];

		is_taken |= fd == ready_fd;
		if (fd >= free_fd)
			continue;
		text_format(error,
			    "pass-fd %d: listeners have descriptors 3 to %d in "
			    "a worker, pass a higher one",
			    fd, free_fd - 1);
		return -EINVAL;
	}
	if (!is_taken)
		return 0;
	text_format(error,
		    "ready fd:%d: a listener or a passed descriptor has this "
		    "number in a worker",
		    ready_fd);
	return -EINVAL;
}

int service_check(const struct service_options *service, struct text *error)
{
	const struct muster_privileges *asked = service->group.privileges;
	int r = service_check_fds(service, error);

	if (r == 0 && service->group.kill == MUSTER_KILL_CGROUP &&
	    !service->group.cgroup) {
		text_add(error, "kill cgroup: there is no cgroup to kill");
		return -EINVAL;
	}
	if (r < 0 || !asked || (asked->cap_ambient & asked->cap_drop) == 0)
		return r;
	text_add(error, "cap-ambient: a capability of it is dropped, or not in "
			"cap-bound");
	return -EINVAL;
}

/* Puts a variable in the place of the one with its name, or behind the last. */
static size_t service_put(const char **environment, size_t count,
			  const char *variable)
{
	size_t length = strcspn(variable, "=") + 1;

	for (size_t i = 0; i < count; i++)
		if (strncmp(environment[i], variable, length) == 0) {
			environment[i] = variable;
			return count;
		}
	environment[count] = variable;
	return count + 1;
}

static int service_compose(struct service_options *service,
			   const char *const *inherited)
{
	size_t room = (size_t)service->variables.count +
		      service->file_variables.count + 1;
	size_t count = 0;

	while (inherited && inherited[count])
		count++;
	service->environment =
		calloc(count + room, sizeof(*service->environment));
	if (!service->environment)
		return -ENOMEM;
	if (count > 0)
		memcpy(service->environment, inherited,
		       count * sizeof(*inherited));
	for (uint32_t i = 0; i < service->file_variables.count; i++)
		count = service_put(service->environment, count,
				    service->file_variables.items[i]);
	for (uint32_t i = 0; i < service->variables.count; i++)
		count = service_put(service->environment, count,
				    service->variables.items[i]);
	return 0;
}

int service_finish(struct service_options *service,
		   const char *const *inherited)
{
	int r = service_compose(service, inherited);

	if (r < 0)
		return r;
	service->group.environment = service->environment;
	service->group.argv = (const char *const *)service->command.items;
	service->group.listeners = service->listeners;
	service->group.pass_fds = service->pass_fds;
	return 0;
}
