/*
 * launched.c - a service that was added to a launcher, with what it listens on
 * when it runs in this process. What workers listen on is the core's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "service/launcher.h"
#include "service/process.h"

static int launched_open(struct launched *launched,
			 const struct muster_listener *listener, int *ret_fd,
			 struct text *error)
{
	struct listen_socket *socket;
	int r;

	if (!listener->address && listener->fd < 0) {
		text_add(error, "a listener without address and descriptor");
		return -EINVAL;
	}
	if (!listener->address) {
		*ret_fd = listener->fd;
		return 0;
	}
	socket = &launched->sockets[launched->socket_count];
	*socket = LISTEN_SOCKET_NULL;
	text_format(error, "cannot listen on %s: ", listener->address);
	r = listen_open(listener->address, socket, error);
	if (r < 0)
		return r;
	text_init(error, error->data, error->size);
	launched->socket_count++;
	*ret_fd = socket->fd;
	return 0;
}

int launched_listen(struct launched *launched, struct text *error)
{
	const struct muster_group_options *rules = &launched->service->rules;
	uint32_t count = rules->listener_count;
	int r = 0;

	if (count > 0 && !rules->listeners) {
		text_add(error, "a count without its array");
		return -EINVAL;
	}
	launched->sockets =
		calloc((size_t)count + 1, sizeof(*launched->sockets));
	launched->listen_fds = calloc((size_t)count + 1, sizeof(int));
	if (!launched->sockets || !launched->listen_fds)
		return -ENOMEM;
	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = launched_open(launched, &rules->listeners[i],
				  &launched->listen_fds[i], error);
	return r;
}

static void launched_close(struct launched *launched)
{
	while (launched->socket_count > 0)
		listen_close(&launched->sockets[--launched->socket_count]);
	free(launched->sockets);
	free(launched->listen_fds);
	launched->sockets = NULL;
	launched->listen_fds = NULL;
}

/* There is no object to tell a service by, only what the caller says of it. A
 * name tells two that share their functions and have no data. */
static bool launched_is_same(const struct service *service,
			     const struct service *other)
{
	return service->data == other->data &&
	       memcmp(&service->ops, &other->ops, sizeof(service->ops)) == 0 &&
	       strcmp(service->name, other->name) == 0;
}

static struct launched *launched_first(const struct muster_launcher *launcher,
				       struct launched *launched)
{
	for (uint32_t i = 0; i < launcher->count; i++)
		if (launched_is_same(launcher->services[i]->service,
				     launched->service))
			return launcher->services[i]->first;
	return launched;
}

int launched_new(struct muster_launcher *launcher,
		 const struct muster_service *service,
		 struct launched **ret_launched, struct text *error)
{
	struct launched *launched = calloc(1, sizeof(*launched));
	int r;

	if (!launched)
		return -ENOMEM;
	r = service_new(&launcher->settings, service, &launched->service,
			error);
	if (r < 0) {
		launched_free(launched);
		return r;
	}
	launched->first = launched_first(launcher, launched);
	worker_init(&launched->worker, NULL, launched->service);
	launched->forked = (struct forked){
		.settings = &launcher->settings,
		.speaker = &launcher->speaker,
		.service = launched->service,
		.upstream_fd =
			launcher->process ? launcher->process->upstream.fd : -1,
	};
	*ret_launched = launched;
	return 0;
}

struct launched *launched_free(struct launched *launched)
{
	if (!launched)
		return NULL;
	if (launched->service)
		worker_fini(&launched->worker);
	launched_close(launched);
	service_free(launched->service);
	free(launched);
	return NULL;
}
