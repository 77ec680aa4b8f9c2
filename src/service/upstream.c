/*
 * upstream.c - three states and a datagram for each change of them; and what
 * services of this process say.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "base/text.h"
#include "loop/clock.h"
#include "proc/notify.h"
#include "service/upstream.h"

/* As sd_watchdog_enabled(3), and half of it: a sign of life is late at twice
 * the time between two. */
static uint64_t upstream_read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t whole_us;
	uint64_t owner;

	if (!usec || parse_u64_range(usec, 1, UINT64_MAX, &whole_us) < 0)
		return 0;
	if (pid && (parse_u64(pid, &owner) < 0 || owner != (uint64_t)getpid()))
		return 0;
	return nsec_mul(whole_us, NSEC_PER_USEC) / 2;
}

void upstream_open(struct upstream *upstream)
{
	const char *where = getenv("NOTIFY_SOCKET");
	int fd;

	*upstream = UPSTREAM_NULL;
	if (!where)
		return;
	fd = notify_connect(where, SOCK_NONBLOCK);
	upstream->fd = fd < 0 ? -1 : fd; /* nobody's worry */
	(void)unsetenv("NOTIFY_SOCKET"); /* a valid name */
	upstream->watchdog_ns = upstream_read_watchdog();
}

void upstream_close(struct upstream *upstream)
{
	upstream->fd = fd_close(upstream->fd);
}

/* Not a cancellation point, as send(2) is one: upstream_ping has a lock. */
int upstream_say(const struct upstream *upstream, const char *message)
{
	int before;
	int r;

	if (upstream->fd < 0)
		return 0;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	r = send(upstream->fd, message, strlen(message), MSG_NOSIGNAL) < 0
		    ? -errno
		    : 0;
	(void)pthread_setcancelstate(before, NULL);
	return r;
}

void upstream_ready(struct upstream *upstream)
{
	if (upstream->state != UPSTREAM_STARTING &&
	    upstream->state != UPSTREAM_RELOADING)
		return;
	upstream->state = UPSTREAM_READY;
	(void)upstream_say(upstream, "READY=1");
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
	(void)upstream_say(upstream, message);
}

void upstream_stop(struct upstream *upstream)
{
	if (upstream->state == UPSTREAM_STOPPING)
		return;
	upstream->state = UPSTREAM_STOPPING;
	(void)upstream_say(upstream, "STOPPING=1");
}

void upstream_begin_signs(struct upstream *upstream)
{
	if (upstream->watchdog_ns > 0)
		upstream->due_ns = clock_now_ns();
}

uint64_t upstream_timeout_ns(const struct upstream *upstream)
{
	return upstream->due_ns == NSEC_NEVER
		       ? NSEC_NEVER
		       : nsec_since(upstream->due_ns, clock_now_ns());
}

void upstream_give_sign(struct upstream *upstream)
{
	uint64_t now_ns;

	if (upstream->due_ns == NSEC_NEVER)
		return;
	now_ns = clock_now_ns();
	if (now_ns < upstream->due_ns)
		return;
	(void)upstream_say(upstream, "WATCHDOG=1");
	upstream->due_ns = nsec_add(now_ns, upstream->watchdog_ns);
}

int upstream_ping(struct upstream *upstream, uint64_t *last_round)
{
	int r = 0;

	if (upstream->watchdog_ns == 0)
		return 0;
	(void)pthread_mutex_lock(&upstream->lock);
	if (*last_round != upstream->round)
		upstream->alive++;
	*last_round = upstream->round;
	if (upstream->alive >= upstream->services) {
		r = upstream_say(upstream, "WATCHDOG=1");
		if (r == 0) {
			upstream->round++;
			upstream->alive = 0;
		}
	}
	(void)pthread_mutex_unlock(&upstream->lock);
	return r;
}
