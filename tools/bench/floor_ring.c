/*
 * floor_ring.c - the floor on io_uring: two system calls a restart.
 *
 * POLL_ADD(pidfd) -> WAITID(P_PIDFD) for each worker, reaped in the kernel;
 * what a restart queues is submitted by the enter that waits for the next
 * death. It sleeps in a plain enter: a floor is not measured idle.
 */
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "floor.h"

#define FLOOR_ENTRIES 256U
#define FLOOR_COMPLETIONS 4096U
/* close, poll, waitid */
#define FLOOR_ENTRIES_PER_RESTART 3U
#define FLOOR_NOBODY UINT64_MAX

static struct io_uring_sqe *floor_prepare(struct io_uring *ring, uint8_t opcode,
					  int fd, uint64_t data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	/* The caller has seen to the room. */
	if (!sqe)
		abort();
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = opcode;
	sqe->fd = fd;
	sqe->user_data = data;
	return sqe;
}

static void floor_watch(struct io_uring *ring, int pidfd, siginfo_t *info,
			uint32_t slot)
{
	struct io_uring_sqe *sqe;

	sqe = floor_prepare(ring, IORING_OP_POLL_ADD, pidfd, FLOOR_NOBODY);
	sqe->poll32_events = POLLIN;
	sqe->flags = IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
	sqe = floor_prepare(ring, COMPAT_OP_WAITID, pidfd, slot);
	sqe->len = (uint32_t)COMPAT_P_PIDFD;
	sqe->addr2 = (uint64_t)(uintptr_t)info;
	sqe->file_index = WEXITED;
}

static void floor_close(struct io_uring *ring, int pidfd)
{
	struct io_uring_sqe *sqe =
		floor_prepare(ring, IORING_OP_CLOSE, pidfd, FLOOR_NOBODY);

	sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}

static int floor_make_room(struct io_uring *ring)
{
	if (io_uring_sq_space_left(ring) >= FLOOR_ENTRIES_PER_RESTART)
		return 0;
	return io_uring_submit(ring);
}

static int floor_start_all(struct floor *floor, struct io_uring *ring,
			   siginfo_t *infos)
{
	for (uint32_t i = 0; i < floor->workers; i++) {
		int r = floor_spawn(floor, i);

		if (r == 0)
			r = floor_make_room(ring);
		if (r < 0)
			return r;
		floor_watch(ring, floor->slots[i].pidfd, &infos[i], i);
	}
	return 0;
}

static int floor_replace(struct floor *floor, struct io_uring *ring,
			 const struct io_uring_cqe *cqe, siginfo_t *infos)
{
	uint32_t slot = (uint32_t)cqe->user_data;
	int old_pidfd;
	int r;

	if (cqe->res < 0 || cqe->user_data == FLOOR_NOBODY)
		return cqe->res < 0 ? cqe->res : -EPROTO;
	old_pidfd = floor->slots[slot].pidfd;
	r = floor_spawn(floor, slot);
	if (r == 0)
		r = floor_make_room(ring);
	if (r < 0)
		return r;
	if (!floor->closes_first)
		floor_close(ring, old_pidfd);
	floor_watch(ring, floor->slots[slot].pidfd, &infos[slot], slot);
	return 0;
}

static int floor_turn(struct floor *floor, struct io_uring *ring,
		      siginfo_t *infos)
{
	struct io_uring_cqe *cqe;
	unsigned int head;
	unsigned int seen = 0;
	int r = io_uring_submit_and_wait(ring, 1);

	if (r < 0)
		return r == -EINTR ? 0 : r;
	io_uring_for_each_cqe(ring, head, cqe)
	{
		r = floor_replace(floor, ring, cqe, infos);
		if (r < 0)
			return r;
		seen++;
	}
	io_uring_cq_advance(ring, seen);
	return 0;
}

int floor_ring_run(struct floor *floor)
{
	_cleanup_free_ siginfo_t *infos =
		calloc(floor->workers, sizeof(*infos));
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
		.cq_entries = FLOOR_COMPLETIONS,
	};
	struct io_uring ring;
	int r;

	if (!infos)
		return -ENOMEM;
	r = io_uring_queue_init_params(FLOOR_ENTRIES, &ring, &params);
	floor->ring_fd = r == 0 ? ring.ring_fd : -1;
	if (r == 0)
		r = floor_start_all(floor, &ring, infos);
	while (r >= 0)
		r = floor_turn(floor, &ring, infos);
	return r;
}
