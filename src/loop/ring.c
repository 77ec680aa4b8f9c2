/*
 * ring.c - the backend on io_uring: one enter a turn, no other system call.
 *
 * Each worker is a chain of two links, POLL_ADD(pidfd) -> WAITID(P_PIDFD). The
 * poll costs O(1) at any number of workers, where a bare WAITID would make each
 * exit walk all of them; it is skipped from the completions, so one death is
 * one completion, reaped in the kernel. CLOSE travels on its own: as a third
 * link it would leak the pidfd when the chain breaks.
 *
 * The ring is SINGLE_ISSUER and DEFER_TASKRUN: nothing is reaped until we
 * enter, so a pid cannot be reused behind our back during a turn.
 *
 * The owner's thread is the only one that may ever call in here.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/nsec.h"
#include "base/unforked.h"
#include "loop/backend.h"
#include "loop/clock.h"
#include "loop/uring.h"

/* The probe must not hang where completions never come. */
#define RING_PROBE_NS (50 * NSEC_PER_MSEC)

/* What user_data holds: a pointer to a watch with these low bits, or a tag. */
enum ring_kind {
	RING_EXIT, /* WAITID of the watch */
	RING_POLL, /* its POLL, seen only when it failed */
	RING_FD,   /* index << 8 | generation << 32 */
	RING_SIGNALS,
	RING_NONE, /* nothing to do with its result */
};
#define RING_KIND_MASK UINT64_C(7)

struct ring_state {
	struct io_uring ring;
	struct signalfd_siginfo records[LOOP_SIGNALS];
	bool reads_signals; /* a READ of the signalfd is armed */
};

static int ring_refuse(struct text *reason, const char *step, int error)
{
	text_add(reason, step);
	text_add(reason, ": ");
	text_add(reason, error ? compat_error_name(error) : "not supported");
	return error ? -error : -EOPNOTSUPP;
}

static int ring_arm_chain(struct io_uring *ring, struct loop_watch *watch)
{
	uint64_t data = (uint64_t)(uintptr_t)watch;
	struct io_uring_sqe *poll_sqe = NULL;
	struct io_uring_sqe *wait_sqe = NULL;

	/* A chain must not be cut by a submission between its links. */
	if (uring_reserve(ring, 2)) {
		poll_sqe = io_uring_get_sqe(ring);
		wait_sqe = io_uring_get_sqe(ring);
	}
	if (!poll_sqe || !wait_sqe)
		return -EBUSY;
	uring_prepare_poll(poll_sqe, watch->pidfd, POLLIN, data | RING_POLL);
	poll_sqe->flags = IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
	uring_prepare_waitid(wait_sqe, watch->pidfd, &watch->info,
			     data | RING_EXIT);
	return 0;
}

/* The chain as workers use it, on an eventfd that is ready: the poll fires, and
 * the wait says that this is no pidfd. A kernel without WAITID says EINVAL. */
static int ring_prove_chain(struct io_uring *ring, int ready_fd)
{
	struct loop_watch watch = {.pidfd = ready_fd};
	struct io_uring_cqe *cqe;
	int result;

	result = ring_arm_chain(ring, &watch);
	if (result == 0)
		result = uring_enter(ring, 1, RING_PROBE_NS);
	if (result < 0)
		return result;
	if (io_uring_peek_cqe(ring, &cqe) < 0)
		return -ETIME;
	result = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return result == -EBADF ? 0 : -EOPNOTSUPP;
}

static int ring_prove(struct io_uring *ring, struct text *reason)
{
	_cleanup_fd_ int ready_fd = eventfd(1, EFD_CLOEXEC);
	int r;

	if (!(ring->features & IORING_FEAT_NO_IOWAIT))
		return ring_refuse(reason, "IORING_FEAT_NO_IOWAIT", 0);
	if (ready_fd < 0)
		return ring_refuse(reason, "eventfd", errno);
	r = ring_prove_chain(ring, ready_fd);
	if (r < 0)
		return ring_refuse(reason, "POLL_ADD -> WAITID", -r);
	return 0;
}

static void ring_close(struct loop *loop)
{
	struct ring_state *state = loop->state;

	/* Descriptors whose close is still queued would stay open.
	 * A plain submission: nobody is to hear of a death any more, so none
	 * may be reaped. */
	(void)io_uring_submit(&state->ring);
	io_uring_queue_exit(&state->ring);
	loop->state = unforked_free(state, 1, sizeof(*state));
}

static int ring_fd(const struct loop *loop)
{
	const struct ring_state *state = loop->state;

	return state->ring.ring_fd;
}

static int ring_open_proven(struct loop *loop,
			    const struct loop_options *options,
			    struct text *reason)
{
	struct ring_state *state = loop->state;
	int r;

	r = ring_prove(&state->ring, reason);
	if (r < 0 || !options->signals)
		return r;
	r = sigfd_open(&loop->sigfd, options->signals, options->signal_count,
		       backend_child(options));
	return r < 0 ? ring_refuse(reason, "signalfd", -r) : 0;
}

static int ring_open(struct loop *loop, const struct loop_options *options,
		     struct text *reason)
{
	struct ring_state *state;
	int r;

	if (!options->has_pidfds)
		return ring_refuse(reason, "pidfds", 0);
	if (options->peeks)
		return ring_refuse(reason, "PIDFD_SIGNAL_PROCESS_GROUP", 0);
	state = unforked_new(1, sizeof(*state));
	if (!state)
		return ring_refuse(reason, "memory", ENOMEM);
	r = uring_setup(&state->ring);
	if (r < 0) {
		(void)unforked_free(state, 1, sizeof(*state));
		return ring_refuse(reason, "io_uring_setup", -r);
	}
	/* What a forked worker does not have it cannot touch; where this fails
	 * it has it, and closes the ring all the same. */
	(void)io_uring_ring_dontfork(&state->ring);
	loop->state = state;
	r = ring_open_proven(loop, options, reason);
	if (r < 0)
		ring_close(loop);
	return r;
}

static int ring_watch_exit(struct loop *loop, struct loop_watch *watch)
{
	struct ring_state *state = loop->state;

	return ring_arm_chain(&state->ring, watch);
}

static uint64_t ring_fd_data(const struct loop *loop, uint32_t index)
{
	return RING_FD | (uint64_t)index << 8 |
	       (uint64_t)loop->fds[index].generation << 32;
}

static int ring_watch_fd(struct loop *loop, uint32_t index)
{
	struct ring_state *state = loop->state;
	struct io_uring_sqe *sqe = uring_sqe(&state->ring);

	if (!sqe)
		return -EBUSY;
	uring_prepare_poll(sqe, loop->fds[index].fd, loop->fds[index].events,
			   ring_fd_data(loop, index));
	return 0;
}

static void ring_unwatch_fd(struct loop *loop, uint32_t index)
{
	struct ring_state *state = loop->state;
	struct io_uring_sqe *sqe = uring_sqe(&state->ring);

	/* Without it the poll stays until it fires and is then not known. */
	if (!sqe)
		return;
	uring_prepare(sqe, IORING_OP_POLL_REMOVE, -1, RING_NONE);
	sqe->addr = ring_fd_data(loop, index);
	/* Now, for until then the poll keeps the file open after its close. */
	(void)uring_enter(&state->ring, 0, NSEC_NEVER);
}

static void ring_close_fd(struct loop *loop, int fd)
{
	struct ring_state *state = loop->state;
	struct io_uring_sqe *sqe = uring_sqe(&state->ring);

	if (!sqe) {
		(void)close(fd); /* nothing to be done on failure */
		return;
	}
	uring_prepare(sqe, IORING_OP_CLOSE, fd, RING_NONE);
	sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}

static void ring_take_exit(struct loop *loop, const struct io_uring_cqe *cqe,
			   struct loop_batch *batch)
{
	struct loop_watch *watch =
		(void *)(uintptr_t)(cqe->user_data & ~RING_KIND_MASK);
	static const siginfo_t unknown = {0};

	if (cqe->res == 0)
		backend_add_exit(loop, batch, watch, &watch->info);
	else if (cqe->res == -ECHILD) /* somebody else took the status */
		backend_add_exit(loop, batch, watch, &unknown);
	else /* a broken chain (memory, a cancelled poll): it may live */
		backend_hold(loop, watch);
}

static void ring_take_fd(struct loop *loop, const struct io_uring_cqe *cqe,
			 struct loop_batch *batch)
{
	uint32_t index = (uint32_t)(cqe->user_data >> 8) & (LOOP_FDS - 1);
	struct loop_fd *place = &loop->fds[index];
	struct loop_event *event;

	if (place->fd < 0 ||
	    place->generation != (uint32_t)(cqe->user_data >> 32))
		return;
	event = batch_add(batch, LOOP_FD, place->tag);
	event->fd.fd = place->fd;
	event->fd.revents = cqe->res < 0 ? POLLERR : (uint32_t)cqe->res;
	place->fd = -1;
}

static void ring_take_signals(struct loop *loop, const struct io_uring_cqe *cqe,
			      struct loop_batch *batch)
{
	struct ring_state *state = loop->state;

	state->reads_signals = false;
	for (int i = 0; i < cqe->res / (int)sizeof(state->records[0]); i++)
		if (backend_take_signal(batch, &state->records[i]))
			backend_note_child(loop);
}

static void ring_take(struct loop *loop, const struct io_uring_cqe *cqe,
		      struct loop_batch *batch)
{
	switch ((enum ring_kind)(cqe->user_data & RING_KIND_MASK)) {
	case RING_EXIT:
	case RING_POLL:
		ring_take_exit(loop, cqe, batch);
		break;
	case RING_FD:
		ring_take_fd(loop, cqe, batch);
		break;
	case RING_SIGNALS:
		ring_take_signals(loop, cqe, batch);
		break;
	case RING_NONE:
		break;
	}
}

/* Leaves in the queue what the batch has no room for: one completion is at most
 * a full read of signal records. */
static void ring_drain(struct loop *loop, struct loop_batch *batch)
{
	struct ring_state *state = loop->state;
	struct io_uring_cqe *cqe;
	unsigned int head;
	unsigned int seen = 0;

	io_uring_for_each_cqe(&state->ring, head, cqe)
	{
		if (batch_room(batch) < ARRAY_LEN(state->records))
			break;
		ring_take(loop, cqe, batch);
		seen++;
	}
	io_uring_cq_advance(&state->ring, seen);
}

/* A blocking signalfd would do as well on this kernel; a non-blocking one is
 * safe for the other backends, and the poll inside the READ waits for both. */
static void ring_read_signals(struct loop *loop)
{
	struct ring_state *state = loop->state;
	struct io_uring_sqe *sqe;

	if (loop->sigfd.fd < 0 || state->reads_signals)
		return;
	sqe = uring_sqe(&state->ring);
	if (!sqe)
		return; /* next turn */
	uring_prepare(sqe, IORING_OP_READ, loop->sigfd.fd, RING_SIGNALS);
	sqe->addr = (uint64_t)(uintptr_t)state->records;
	sqe->len = sizeof(state->records);
	sqe->off = UINT64_MAX; /* no file position */
	state->reads_signals = true;
}

static int ring_wait(struct loop *loop, uint64_t until_ns,
		     struct loop_batch *batch)
{
	struct ring_state *state = loop->state;
	uint64_t left_ns = NSEC_NEVER;
	unsigned int wanted = 1;
	int r;

	ring_read_signals(loop);
	if (until_ns != NSEC_NEVER)
		left_ns = until_ns ? nsec_since(until_ns, clock_now_ns()) : 0;
	if (left_ns == 0 || io_uring_cq_ready(&state->ring) > 0)
		wanted = 0;
	r = uring_enter(&state->ring, wanted, left_ns);
	ring_drain(loop, batch);
	return r;
}

const struct backend ring_backend = {
	.name = "ring",
	.engine = MUSTER_ENGINE_RING,
	.open = ring_open,
	.close = ring_close,
	.fd = ring_fd,
	.watch_exit = ring_watch_exit,
	.watch_fd = ring_watch_fd,
	.unwatch_fd = ring_unwatch_fd,
	.close_fd = ring_close_fd,
	.wait = ring_wait,
};
