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

/* Anybody may be refused as often as he likes: it is said once in a while. */
#define MESSAGES_TELL_NS NSEC_PER_SEC

/* Nobody would hear it otherwise. */
static int messages_watch(struct context *context, int fd)
{
	return loop_watch_fd(context->loop, fd, POLLIN, 0);
}

static int messages_open_notify(struct context *context)
{
	int r;

	if (context->notify_fd >= 0)
		return 0;
	r = notify_open(&context->notify_fd, context->notify_address,
			&context->notify_room);
	if (r == 0)
		r = messages_watch(context, context->notify_fd);
	if (r < 0)
		context->notify_fd = fd_close(context->notify_fd);
	return r;
}

static int messages_open_newline(struct context *context)
{
	int r;

	if (context->newline_fd >= 0)
		return 0;
	r = notify_open_pair(&context->newline_fd, &context->newline_send_fd);
	if (r == 0)
		r = messages_watch(context, context->newline_fd);
	if (r < 0) {
		context->newline_fd = fd_close(context->newline_fd);
		context->newline_send_fd = fd_close(context->newline_send_fd);
	}
	return r;
}

/* A forked worker is born with it: its own would be two calls and a socket
 * between its fork and its first instruction. */
static int messages_open_send(struct context *context)
{
	int r;

	if (context->notify_send_fd >= 0)
		return 0;
	r = notify_connect(context->notify_address, 0);
	if (r >= 0)
		context->notify_send_fd = r;
	return r < 0 ? r : 0;
}

int messages_open(struct context *context, const struct spec *spec)
{
	int r = spec_wants_messages(spec) ? messages_open_notify(context) : 0;

	if (r == 0 && spec_wants_messages(spec) && spec->run)
		r = messages_open_send(context);
	if (r == 0 && spec->ready == MUSTER_READY_FD)
		r = messages_open_newline(context);
	return r;
}

void messages_close(struct context *context)
{
	context->notify_fd = fd_close(context->notify_fd);
	context->notify_send_fd = fd_close(context->notify_send_fd);
	context->newline_fd = fd_close(context->newline_fd);
	context->newline_send_fd = fd_close(context->newline_send_fd);
}

bool messages_is_ours(const struct context *context, int fd)
{
	return fd == context->notify_fd || fd == context->newline_fd;
}

static void messages_refuse(struct context *context, pid_t pid,
			    const char *reason)
{
	context->refusals.count++;
	context->refusals.pid = pid;
	context->refusals.reason = reason;
}

/* Whose end is in this turn's batch is watched no more. Once it has been taken
 * the worker bears another number, or none. */
static struct worker *messages_dead_sender(const struct context *context,
					   pid_t pid)
{
	for (uint32_t i = 0; i < context->batch->count; i++) {
		const struct loop_event *event = &context->batch->events[i];
		struct worker *worker = (void *)(uintptr_t)event->tag;

		if (event->kind == LOOP_EXIT && worker->watch.pid == pid)
			return worker;
	}
	return NULL;
}

static struct worker *messages_sender(const struct context *context, pid_t pid)
{
	uint64_t tag;

	if (pid <= 0)
		return NULL;
	if (loop_find_exit(context->loop, pid, &tag) < 0)
		return messages_dead_sender(context, pid);
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
		slot_step(context, worker, WORKER_TRIGGER);
	if (message->fields & NOTIFY_STOPPING)
		slot_step(context, worker, WORKER_LEAVE);
	group_follow(context, slot);
}

static void messages_hear(struct context *context,
			  const struct notify_message *message, bool is_newline)
{
	struct worker *worker = messages_sender(context, message->pid);
	const struct spec *spec = worker ? worker->edition->spec : NULL;

	if (!worker) {
		messages_refuse(context, message->pid,
				"its sender is no worker");
		return;
	}
	if (is_newline ? spec->ready != MUSTER_READY_FD
		       : !spec_wants_messages(spec)) {
		messages_refuse(context, message->pid,
				"its sender was not asked to speak there");
		return;
	}
	if (message->refusal)
		messages_refuse(context, message->pid, message->refusal);
	messages_apply(context, worker, message);
}

uint64_t messages_due_ns(const struct context *context)
{
	return context->refusals.count > 0 ? context->refusals.due_ns
					   : NSEC_NEVER;
}

void messages_tell_refused(struct context *context)
{
	struct refusals *refusals = &context->refusals;
	struct muster_event event = {
		.kind = MUSTER_EVENT_REFUSED,
		.group = -1,
		.time_ns = context->now_ns,
		.count = refusals->count,
		.pid = refusals->pid,
		.text = refusals->reason,
	};

	if (refusals->count == 0)
		return;
	event_push(&context->events, &event);
	*refusals = (struct refusals){
		.due_ns = nsec_add(context->now_ns, MESSAGES_TELL_NS),
	};
}

/* What came before this call, and not what is sent meanwhile: a sender that
 * fills the queue as fast as it is emptied would never let go. */
static void messages_drain(struct context *context, int fd, uint32_t budget)
{
	bool is_newline = fd == context->newline_fd;
	struct notify_message message;

	while (fd >= 0 && budget-- > 0) {
		int r = is_newline ? notify_receive_newline(fd, &message)
				   : notify_receive(fd, &message);

		if (r <= 0)
			break;
		messages_hear(context, &message, is_newline);
	}
}

void messages_take(struct context *context, int fd)
{
	uint32_t budget = MESSAGES_BUDGET;

	if (fd == context->notify_fd && context->notify_room < budget)
		budget = context->notify_room;
	messages_drain(context, fd, budget);
	(void)messages_watch(context, fd); /* its place is free */
}

void messages_take_all(struct context *context)
{
	messages_drain(context, context->notify_fd, context->notify_room);
	/* Only workers can write there. */
	messages_drain(context, context->newline_fd, NOTIFY_ROOM_MAX);
}

bool messages_are_awaited(const struct worker *worker)
{
	const struct spec *spec = worker->edition->spec;

	return spec->ready == MUSTER_READY_FD || spec_wants_messages(spec);
}
