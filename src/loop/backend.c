/*
 * backend.c - what the backends share: the batch, the signal records, the
 * reaping of children that need a second try.
 */
#include <assert.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/nsec.h"
#include "loop/backend.h"
#include "loop/clock.h"

/* A tracer lets go within microseconds or when a person says so. */
#define HELD_DELAY_MIN_NS (1 * NSEC_PER_MSEC)
#define HELD_DELAY_MAX_NS (100 * NSEC_PER_MSEC)

struct loop_event *batch_add(struct loop_batch *batch,
			     enum loop_event_kind kind, uint64_t tag)
{
	struct loop_event *event;

	assert(batch->count < LOOP_BATCH);
	event = &batch->events[batch->count++];
	*event = (struct loop_event){.kind = kind, .tag = tag};
	return event;
}

uint32_t batch_room(const struct loop_batch *batch)
{
	return LOOP_BATCH - batch->count;
}

bool backend_take_signal(struct loop_batch *batch,
			 const struct signalfd_siginfo *record)
{
	struct loop_event *event;

	if (record->ssi_signo == SIGCHLD)
		return true;
	event = batch_add(batch, LOOP_SIGNAL, 0);
	event->signal.signo = (int)record->ssi_signo;
	event->signal.code = record->ssi_code;
	event->signal.pid = (pid_t)record->ssi_pid;
	event->signal.uid = record->ssi_uid;
	event->signal.value = record->ssi_ptr;
	return false;
}

bool backend_read_signals(struct loop *loop, struct loop_batch *batch)
{
	struct signalfd_siginfo records[LOOP_SIGNALS];
	bool has_child = false;
	ssize_t size;

	if (batch_room(batch) < ARRAY_LEN(records))
		return true; /* not read yet: look again next time */
	size = read(loop->sigfd.fd, records, sizeof(records));
	if (size < 0)
		return false; /* EAGAIN: somebody was faster */
	for (size_t i = 0; i < (size_t)size / sizeof(records[0]); i++)
		if (backend_take_signal(batch, &records[i]))
			has_child = true;
	return has_child;
}

void backend_note_child(struct loop *loop)
{
	orphans_note(&loop->orphans);
	loop->jobs_due = loop->job_count;
}

enum sigfd_child backend_child(const struct loop_options *options)
{
	return options->reaps_orphans || options->tells_stops
		       ? SIGFD_CHILD_READ
		       : SIGFD_CHILD_RESET;
}

void backend_add_exit(struct loop *loop, struct loop_batch *batch,
		      struct loop_watch *watch, const siginfo_t *info)
{
	struct loop_event *event = batch_add(batch, LOOP_EXIT, watch->tag);

	pids_remove(watch);
	list_remove(&watch->link);
	loop->job_count -= list_is_linked(&watch->job);
	list_remove(&watch->job);
	event->exit.code = info->si_code;
	event->exit.status = info->si_status;
}

void backend_hold(struct loop *loop, struct loop_watch *watch)
{
	loop->held_delay_ns = HELD_DELAY_MIN_NS;
	loop->held_due_ns = nsec_add(clock_now_ns(), HELD_DELAY_MIN_NS);
	list_append(&loop->held, &watch->link);
}

/* WNOHANG always: a child that a tracer holds polls as dead, and a wait for it
 * would last as long as the tracer likes. */
static int backend_wait_child(const struct loop_watch *watch, int options,
			      siginfo_t *ret_info)
{
	idtype_t type = watch->pidfd >= 0 ? COMPAT_P_PIDFD : P_PID;
	id_t id = watch->pidfd >= 0 ? (id_t)watch->pidfd : (id_t)watch->pid;

	*ret_info = (siginfo_t){0};
	if (waitid(type, id, ret_info, options | WEXITED | WNOHANG) == 0)
		return 0;
	*ret_info = (siginfo_t){0};
	return -errno;
}

bool backend_is_end(const siginfo_t *info)
{
	return info->si_code == CLD_EXITED || info->si_code == CLD_KILLED ||
	       info->si_code == CLD_DUMPED;
}

/* True when the child's end has become an event. */
static bool backend_try_reap(struct loop *loop, struct loop_watch *watch,
			     struct loop_batch *batch)
{
	siginfo_t info;
	int r;

	r = backend_wait_child(watch, loop->peeks ? WNOWAIT : 0, &info);
	if (r == 0 && (info.si_pid == 0 || !backend_is_end(&info)))
		return false;
	/* A failure can only be ECHILD: somebody else waited for it, the event
	 * then carries no status. */
	backend_add_exit(loop, batch, watch, &info);
	/* By number: its watch may serve a successor before it is buried. */
	if (r == 0 && loop->peeks)
		loop->peeked[loop->peeked_count++] = watch->pid;
	return true;
}

void backend_reap(struct loop *loop, struct loop_watch *watch,
		  struct loop_batch *batch)
{
	if (!backend_try_reap(loop, watch, batch))
		backend_hold(loop, watch);
}

/* Zombies of ours: no other process can have their numbers, and the wait cannot
 * last. */
void backend_bury(struct loop *loop)
{
	siginfo_t info;

	while (loop->peeked_count > 0)
		(void)waitid(P_PID, (id_t)loop->peeked[--loop->peeked_count],
			     &info, WEXITED | WNOHANG);
}

static void backend_retry_held(struct loop *loop, struct loop_batch *batch)
{
	uint64_t now_ns = clock_now_ns();
	struct list *node = loop->held.next;

	if (now_ns < loop->held_due_ns)
		return;
	while (node != &loop->held && batch_room(batch) > 0) {
		struct loop_watch *watch =
			CONTAINER_OF(node, struct loop_watch, link);

		node = node->next;
		(void)backend_try_reap(loop, watch, batch);
	}
	loop->held_delay_ns =
		nsec_min(nsec_mul(loop->held_delay_ns, 2), HELD_DELAY_MAX_NS);
	loop->held_due_ns = nsec_add(now_ns, loop->held_delay_ns);
}

void backend_settle(struct loop *loop, struct loop_batch *batch)
{
	if (!list_is_empty(&loop->held))
		backend_retry_held(loop, batch);
}
