/*
 * upstream.c - three states and a datagram for each change of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "base/text.h"
#include "loop/clock.h"
#include "proc/notify.h"
#include "service/upstream.h"

void upstream_open(struct upstream *upstream)
{
	const char *where = getenv("NOTIFY_SOCKET");

	*upstream = UPSTREAM_NULL;
	if (!where)
		return;
	upstream->fd = notify_connect(where, SOCK_NONBLOCK);
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
