/*
 * messages.c - from a message to the worker that sent it. What it means for the
 * worker is the table's answer.
 */
#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "base/nsec.h"
#include "core/group.h"
#include "core/messages.h"
#include "core/tell.h"

/* More than a socket's queue holds. */
#define MESSAGES_ALL 4096U

/* What was refused in one go. */
struct refusal {
	uint32_t count;
	pid_t pid;
	const char *reason;
};

static void messages_watch(struct context *context, int fd)
{
	/* What cannot be watched is taken with the next end of a worker. */
	(void)loop_watch_fd(context->loop, fd, POLLIN, 0);
}

int messages_open(struct context *context, const struct spec *spec)
{
	int r = 0;

	if (spec_wants_messages(spec) && context->notify_fd < 0) {
		r = notify_open(&context->notify_fd, context->notify_address);
		if (r == 0)
			messages_watch(context, context->notify_fd);
	}
	if (r == 0 && spec->ready == MUSTER_READY_FD &&
	    context->newline_fd < 0) {
		r = notify_open_pair(&context->newline_fd,
				     &context->newline_send_fd);
		if (r == 0)
			messages_watch(context, context->newline_fd);
	}
	return r;
}

void messages_close(struct context *context)
{
	context->notify_fd = fd_close(context->notify_fd);
	context->newline_fd = fd_close(context->newline_fd);
	context->newline_send_fd = fd_close(context->newline_send_fd);
}

bool messages_is_ours(const struct context *context, int fd)
{
	return fd == context->notify_fd || fd == context->newline_fd;
}

static void messages_refuse(struct refusal *refusal, pid_t pid,
			    const char *reason)
{
	refusal->count++;
	refusal->pid = pid;
	refusal->reason = reason;
}

static struct worker *messages_sender(const struct context *context, pid_t pid)
{
	uint64_t tag;

	if (pid <= 0 || loop_find_exit(context->loop, pid, &tag) < 0)
		return NULL;
	return (void *)(uintptr_t)tag;
}

static void messages_tell_status(struct context *context,
				 const struct worker *worker,
				 const struct notify_message *message)
{
	struct muster_event event = tell_event(worker, MUSTER_EVENT_STATUS);

	event.time_ns = context->now_ns;
	event.text = event_keep_text(&context->events, message->status);
	event_push(&context->events, &event);
}

/* WATCHDOG=trigger: as if it had been silent. */
static void messages_trigger(struct context *context, struct worker *worker)
{
	if (worker_is_ready(worker->life.state) &&
	    worker->edition->spec->rules.watchdog_ns != NSEC_NEVER)
		slot_step(context, worker, WORKER_WAKE);
}

/* In the order in which sd_notify(3) lets them stand in one message: more time
 * before readiness, the last word last. */
static void messages_apply(struct context *context, struct worker *worker,
			   const struct notify_message *message)
{
	struct slot *slot = worker->slot;

	if (message->fields & NOTIFY_STATUS)
		messages_tell_status(context, worker, message);
	if (message->fields & NOTIFY_EXTEND)
		slot_extend(context, worker, message->extend_ns);
	if (message->fields & NOTIFY_WATCHDOG)
		slot_step(context, worker, WORKER_PING);
	if (message->fields & NOTIFY_READY &&
	    worker->edition->spec->ready != MUSTER_READY_EXEC)
		slot_step(context, worker, WORKER_IS_READY);
	if (message->fields & NOTIFY_TRIGGER)
		messages_trigger(context, worker);
	if (message->fields & NOTIFY_STOPPING)
		slot_step(context, worker, WORKER_LEAVE);
	group_follow(context, slot);
}

static void messages_hear(struct context *context,
			  const struct notify_message *message, bool is_newline,
			  struct refusal *refusal)
{
	struct worker *worker = messages_sender(context, message->pid);
	const struct spec *spec = worker ? worker->edition->spec : NULL;

	if (!worker) {
		messages_refuse(refusal, message->pid,
				"its sender is no worker");
		return;
	}
	if (is_newline ? spec->ready != MUSTER_READY_FD
		       : !spec_wants_messages(spec)) {
		messages_refuse(refusal, message->pid,
				"its sender was not asked to speak there");
		return;
	}
	if (message->refusal)
		messages_refuse(refusal, message->pid, message->refusal);
	messages_apply(context, worker, message);
}

static void messages_tell_refusal(struct context *context,
				  const struct refusal *refusal)
{
	struct muster_event event = {
		.kind = MUSTER_EVENT_REFUSED,
		.group = -1,
		.time_ns = context->now_ns,
		.count = refusal->count,
		.pid = refusal->pid,
		.text = refusal->reason,
	};

	if (refusal->count > 0)
		event_push(&context->events, &event);
}

static void messages_drain(struct context *context, int fd, uint32_t budget)
{
	bool is_newline = fd == context->newline_fd;
	struct refusal refusal = {0};
	struct notify_message message;

	while (fd >= 0 && budget-- > 0) {
		int r = is_newline ? notify_receive_newline(fd, &message)
				   : notify_receive(fd, &message);

		if (r <= 0)
			break;
		messages_hear(context, &message, is_newline, &refusal);
	}
	messages_tell_refusal(context, &refusal);
}

void messages_take(struct context *context, int fd)
{
	messages_drain(context, fd, MESSAGES_BUDGET);
	messages_watch(context, fd);
}

void messages_take_all(struct context *context)
{
	messages_drain(context, context->notify_fd, MESSAGES_ALL);
	messages_drain(context, context->newline_fd, MESSAGES_ALL);
}

void messages_take_last(struct context *context, const struct worker *worker)
{
	if (worker->life.state == WORKER_STARTING &&
	    worker->edition->spec->ready != MUSTER_READY_EXEC)
		messages_take_all(context);
}
