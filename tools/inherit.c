/*
 * inherit.c - sockets and descriptors that came with us (sd_listen_fds(3)).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/parse.h"
#include "inherit.h"

#define INHERIT_FIRST_FD 3

int inherit_keep(struct inherited *inherited, int fd)
{
	int *fds = realloc(inherited->fds,
			   (inherited->fd_count + 1) * sizeof(*fds));

	if (!fds)
		return -ENOMEM;
	fds[inherited->fd_count++] = fd;
	inherited->fds = fds;
	return 0;
}

/* How many are for us; -EINVAL when they are, but are no number. */
static int inherit_count(struct text *error)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	uint64_t count;
	uint64_t owner;

	if (!pid || !fds || parse_u64(pid, &owner) < 0 ||
	    owner != (uint64_t)getpid())
		return 0;
	if (parse_u64_range(fds, 0, SERVICE_LISTENERS_MAX, &count) < 0) {
		text_format(error,
			    "LISTEN_FDS \"%s\" is no number from 0 to 256",
			    fds);
		return -EINVAL;
	}
	return (int)count;
}

/* The names of LISTEN_FDNAMES, split in place; NULL past the last. */
static char *inherit_next_name(char **rest)
{
	char *name = strsep(rest, ":");

	return name && name[0] != '\0' ? name : NULL;
}

int inherit_read(struct inherited *inherited, struct text *error)
{
	const char *variable = getenv("LISTEN_FDNAMES");
	int count = inherit_count(error);
	char *rest;
	int r = 0;

	if (count <= 0)
		return count;
	inherited->names = strdup(variable ? variable : "");
	inherited->listeners =
		calloc((size_t)count, sizeof(*inherited->listeners));
	if (!inherited->names || !inherited->listeners)
		r = -ENOMEM;
	rest = inherited->names;
	for (int i = 0; i < count && r == 0; i++) {
		inherited->listeners[i] = (struct muster_listener){
			.name = inherit_next_name(&rest),
			.fd = INHERIT_FIRST_FD + i,
		};
		inherited->listener_count++;
		r = inherit_keep(inherited, INHERIT_FIRST_FD + i);
	}
	if (r < 0)
		text_add(error, strerror(-r));
	return r;
}

int inherit_give(const struct inherited *inherited,
		 struct service_options *service, const char *name,
		 struct text *error)
{
	for (uint32_t i = inherited->listener_count; i-- > 0;) {
		const struct muster_listener *listener =
			&inherited->listeners[i];

		if (name &&
		    (!listener->name || strcmp(listener->name, name) != 0))
			continue;
		if (service_prepend_listener(service, listener) < 0) {
			text_add(error, "more than 256 listeners");
			return -EINVAL;
		}
	}
	return 0;
}

static bool inherit_has(const struct inherited *inherited, int fd)
{
	for (uint32_t i = 0; i < inherited->fd_count; i++)
		if (inherited->fds[i] == fd)
			return true;
	return false;
}

int inherit_check(const struct inherited *inherited,
		  const struct service_options *service, struct text *error)
{
	for (uint32_t i = 0; i < service->group.pass_fd_count; i++) {
		int fd = service->pass_fds[i];

		if (!inherited->is_complete || inherit_has(inherited, fd))
			continue;
		text_format(error,
			    "pass-fd %d: it was not there to be passed when "
			    "muster began",
			    fd);
		return -EINVAL;
	}
	return 0;
}

int inherit_close_others(struct inherited *inherited, struct text *error)
{
	for (uint32_t i = 0; i < inherited->fd_count; i++) {
		if (fcntl(inherited->fds[i], F_SETFD, FD_CLOEXEC) < 0) {
			text_format(error, "descriptor %d is not open",
				    inherited->fds[i]);
			return -EBADF;
		}
	}
	fd_close_others(inherited->fds, inherited->fd_count);
	inherited->is_complete = true;
	return 0;
}

void inherit_fini(struct inherited *inherited)
{
	free(inherited->listeners);
	free(inherited->fds);
	free(inherited->names);
	*inherited = (struct inherited){0};
}
