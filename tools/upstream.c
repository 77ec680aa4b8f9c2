/*
 * upstream.c - what muster says of itself to whoever started it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/nsec.h"
#include "base/parse.h"
#include "base/text.h"
#include "clock.h"
#include "upstream.h"

#define UPSTREAM_MESSAGE 512
/* A reload's rolls begin in this turn, or in the one after it. */
#define UPSTREAM_RELOAD_TURNS 2U
/* For a stop without a deadline: systemd takes "for ever" for nothing said. */
#define UPSTREAM_LONGEST_NS (UINT64_C(366) * 86400 * NSEC_PER_SEC)
/* A socket that is not connected cannot be watched for room. */
#define UPSTREAM_RETRY_NS (100 * NSEC_PER_MSEC)
/* What a kill may take after the deadline. */
#define UPSTREAM_KILL_NS (10 * NSEC_PER_SEC)

/* One line is enough: whoever does not listen will not listen the next time. */
static void upstream_complain(struct upstream *upstream, int error)
{
	if (!upstream->is_broken)
		log_format(upstream->log, LOG_WARNING, "NOTIFY_SOCKET: %s",
			   error == EINVAL ? "neither a path nor @NAME"
					   : strerror(error));
	upstream->is_broken = true;
}

/* 0 or the errno. */
static int upstream_say(struct upstream *upstream, const struct text *message)
{
	ssize_t n;

	if (upstream->fd < 0)
		return 0;
	n = sendto(upstream->fd, message->data, message->length,
		   MSG_NOSIGNAL | MSG_DONTWAIT,
		   (const struct sockaddr *)&upstream->address,
		   upstream->address_length);
	if (n < 0) {
		int error = errno;

		upstream_complain(upstream, error);
		return error;
	}
	upstream->is_broken = false;
	return 0;
}

static int upstream_say_words(struct upstream *upstream, const char *words)
{
	char buffer[UPSTREAM_MESSAGE];
	struct text message;

	text_init(&message, buffer, sizeof(buffer));
	text_add(&message, words);
	return upstream_say(upstream, &message);
}

/* A sign of life is late at twice the time between two. */
static uint64_t upstream_read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	uint64_t whole_us;
	uint64_t owner;

	if (!usec ||
	    parse_u64_range(usec, 2, UINT64_MAX / NSEC_PER_USEC, &whole_us) < 0)
		return 0;
	if (pid && (parse_u64(pid, &owner) < 0 || owner != (uint64_t)getpid()))
		return 0;
	return nsec_mul(whole_us, NSEC_PER_USEC) / 2;
}

void upstream_open(struct upstream *upstream, struct log *log)
{
	const char *text = getenv("NOTIFY_SOCKET");
	int r;

	upstream->log = log;
	if (!text || text[0] == '\0')
		return;
	r = notify_address(text, &upstream->address, &upstream->address_length);
	if (r < 0) {
		upstream_complain(upstream, -r);
		return;
	}
	upstream->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (upstream->fd < 0)
		upstream_complain(upstream, errno);
	else
		upstream->watchdog_ns = upstream_read_watchdog();
}

bool upstream_is_file(const struct upstream *upstream)
{
	return upstream->fd >= 0 && upstream->address.sun_path[0] == '/';
}

void upstream_close(struct upstream *upstream)
{
	upstream->fd = fd_close(upstream->fd);
	free(upstream->is_rolling);
	upstream->is_rolling = NULL;
}

/* The one message that must not be lost: whoever waits for it may give up. A
 * queue that is full just now is tried again. */
static void upstream_say_ready(struct upstream *upstream)
{
	char buffer[UPSTREAM_MESSAGE];
	struct text message;

	upstream->state = UPSTREAM_OWING;
	if (upstream_say_words(upstream, "READY=1") == EAGAIN)
		return;
	upstream->state = UPSTREAM_READY;
	text_init(&message, buffer, sizeof(buffer));
	text_format(&message, "STATUS=%u workers are ready", upstream->ready);
	(void)upstream_say(upstream, &message); /* it has complained */
	upstream->watchdog_due_ns = clock_now_ns();
}

/* The time lets systemd tell this reload from one that was under way when it
 * asked; it must be one after that. */
static void upstream_say_reloading(struct upstream *upstream)
{
	char buffer[UPSTREAM_MESSAGE];
	struct text message;

	upstream->state = UPSTREAM_RELOADING;
	upstream->turns_to_go = UPSTREAM_RELOAD_TURNS;
	upstream->has_failed = false;
	text_init(&message, buffer, sizeof(buffer));
	text_add(&message, "RELOADING=1\nMONOTONIC_USEC=");
	text_add_u64(&message, clock_now_ns() / NSEC_PER_USEC);
	text_add(&message, "\nSTATUS=Reloading");
	upstream_say(upstream, &message);
}

/* A roll that cannot be remembered is not waited for. */
static void upstream_mark(struct upstream *upstream, int group, bool is_rolling)
{
	if (group < 0 || (group >= upstream->group_room && !is_rolling))
		return;
	if (group >= upstream->group_room) {
		int room = group + 64;
		bool *grown = realloc(upstream->is_rolling, (size_t)room);

		if (!grown)
			return;
		memset(grown + upstream->group_room, 0,
		       (size_t)(room - upstream->group_room));
		upstream->is_rolling = grown;
		upstream->group_room = room;
	}
	if (upstream->is_rolling[group] != is_rolling)
		upstream->rolling += is_rolling ? 1 : UINT32_MAX;
	upstream->is_rolling[group] = is_rolling;
}

void upstream_take(struct upstream *upstream, const struct muster_event *event)
{
	if (upstream->fd < 0)
		return;
	switch ((int)event->kind) {
	case MUSTER_EVENT_SERVING:
		if (event->group >= 0 || upstream->state != UPSTREAM_STARTING)
			break;
		upstream->ready = event->count;
		upstream_say_ready(upstream);
		break;
	case MUSTER_EVENT_SIGNAL:
		if (event->route == MUSTER_ROUTE_RELOAD &&
		    (upstream->state == UPSTREAM_READY ||
		     upstream->state == UPSTREAM_RELOADING))
			upstream_say_reloading(upstream);
		break;
	case MUSTER_EVENT_RELOAD:
		upstream_mark(upstream, event->group, event->signo == 0);
		break;
	case MUSTER_EVENT_ABORTED:
		upstream->has_failed = true;
		upstream_mark(upstream, event->group, false);
		break;
	case MUSTER_EVENT_ROLLED:
	case MUSTER_EVENT_REMOVED:
		upstream_mark(upstream, event->group, false);
		break;
	default:
		break;
	}
}

void upstream_stop(struct upstream *upstream, uint32_t workers,
		   uint64_t limit_ns)
{
	char buffer[UPSTREAM_MESSAGE];
	struct text message;

	if (upstream->fd < 0)
		return;
	limit_ns = nsec_min(nsec_add(limit_ns, UPSTREAM_KILL_NS),
			    UPSTREAM_LONGEST_NS);
	upstream->state = UPSTREAM_STOPPING;
	text_init(&message, buffer, sizeof(buffer));
	text_add(&message, "STOPPING=1\nEXTEND_TIMEOUT_USEC=");
	text_add_u64(&message, limit_ns / NSEC_PER_USEC);
	text_format(&message, "\nSTATUS=Waiting on %u workers to exit",
		    workers);
	upstream_say(upstream, &message);
}

static void upstream_end_reload(struct upstream *upstream)
{
	if (upstream->turns_to_go > 0)
		upstream->turns_to_go--;
	if (upstream->turns_to_go > 0 || upstream->rolling > 0)
		return;
	/* Whoever was told of the beginning waits for this. */
	if (upstream_say_words(upstream,
			       upstream->has_failed
				       ? "READY=1\nSTATUS=Reload failed"
				       : "READY=1\nSTATUS=Reloaded") != EAGAIN)
		upstream->state = UPSTREAM_READY;
}

void upstream_fail_reload(struct upstream *upstream)
{
	upstream->has_failed = true;
}

void upstream_end_turn(struct upstream *upstream)
{
	uint64_t now_ns;

	if (upstream->fd < 0)
		return;
	if (upstream->state == UPSTREAM_OWING)
		upstream_say_ready(upstream);
	if (upstream->state == UPSTREAM_RELOADING)
		upstream_end_reload(upstream);
	if (upstream->watchdog_ns == 0 || upstream->watchdog_due_ns == 0)
		return;
	now_ns = clock_now_ns();
	if (now_ns < upstream->watchdog_due_ns)
		return;
	(void)upstream_say_words(upstream, "WATCHDOG=1");
	upstream->watchdog_due_ns = nsec_add(now_ns, upstream->watchdog_ns);
}

uint64_t upstream_timeout_ns(const struct upstream *upstream)
{
	if (upstream->fd < 0)
		return MUSTER_FOREVER;
	if (upstream->state == UPSTREAM_RELOADING && upstream->turns_to_go > 0)
		return 0;
	if (upstream->state == UPSTREAM_OWING ||
	    (upstream->state == UPSTREAM_RELOADING && upstream->rolling == 0))
		return UPSTREAM_RETRY_NS;
	if (upstream->watchdog_ns == 0 || upstream->watchdog_due_ns == 0)
		return MUSTER_FOREVER;
	return nsec_since(upstream->watchdog_due_ns, clock_now_ns());
}
