/*
 * upstream.c - three states and a datagram for each change of them.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "base/text.h"
#include "loop/clock.h"
#include "service/upstream.h"

static int upstream_connect(const char *where)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(where);
	_cleanup_fd_ int fd = -1;

	if (length < 2 || length >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, where, length);
	if (where[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				length)) < 0)
		return -1;
	return TAKE_FD(fd);
}

void upstream_open(struct upstream *upstream)
{
	const char *where = getenv("NOTIFY_SOCKET");

	*upstream = UPSTREAM_NULL;
	if (!where)
		return;
	upstream->fd = upstream_connect(where);
	(void)unsetenv("NOTIFY_SOCKET"); /* a valid name */
}

void upstream_close(struct upstream *upstream)
{
	upstream->fd = fd_close(upstream->fd);
}

static void upstream_tell(const struct upstream *upstream, const char *message)
{
	if (upstream->fd >= 0)
		(void)send(upstream->fd, message, strlen(message),
			   MSG_NOSIGNAL);
}

void upstream_ready(struct upstream *upstream)
{
	if (upstream->state != UPSTREAM_STARTING &&
	    upstream->state != UPSTREAM_RELOADING)
		return;
	upstream->state = UPSTREAM_READY;
	upstream_tell(upstream, "READY=1");
}

void upstream_reload(struct upstream *upstream)
{
	char message[64];
	struct text text;

	if (upstream->state != UPSTREAM_READY)
		return;
	upstream->state = UPSTREAM_RELOADING;
	text_init(&text, message, sizeof(message));
	text_add(&text, "RELOADING=1\nMONOTONIC_USEC=");
	text_add_u64(&text, clock_now_ns() / NSEC_PER_USEC);
	upstream_tell(upstream, message);
}

void upstream_stop(struct upstream *upstream)
{
	if (upstream->state == UPSTREAM_STOPPING)
		return;
	upstream->state = UPSTREAM_STOPPING;
	upstream_tell(upstream, "STOPPING=1");
}
