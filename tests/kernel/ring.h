/*
 * ring.h - a bare io_uring for tests, set up as the launcher's is.
 */
#pragma once

#include <liburing.h>

#include "kernel/children.h"

struct chain {
	pid_t pid;
	int pidfd;
	siginfo_t info; /* written by the kernel */
};

#define CHAIN_POLL 1U /* in user_data, beside the chain's address */

/* Skips the test where there is no such ring. */
static inline void ring_open(struct io_uring *ring, unsigned int entries,
			     unsigned int completions)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
		.cq_entries = completions,
	};
	int r = io_uring_queue_init_params(entries, ring, &params);

	if (r < 0)
		SKIP("io_uring_setup: %s", compat_error_name(-r));
	if (!(params.features & IORING_FEAT_NO_IOWAIT)) {
		io_uring_queue_exit(ring);
		SKIP("no IORING_FEAT_NO_IOWAIT (6.15)");
	}
}

static inline struct io_uring_sqe *
ring_entry(struct io_uring *ring, uint8_t opcode, int fd, uint64_t data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe)
		abort(); /* the test's ring is too small */
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = opcode;
	sqe->fd = fd;
	sqe->user_data = data;
	return sqe;
}

static inline struct io_uring_sqe *ring_poll(struct io_uring *ring, int fd,
					     uint64_t data)
{
	struct io_uring_sqe *sqe =
		ring_entry(ring, IORING_OP_POLL_ADD, fd, data);

	sqe->poll32_events = POLLIN;
	return sqe;
}

/* POLL_ADD -> WAITID, of which only the last completes. */
static inline void ring_chain(struct io_uring *ring, struct chain *chain)
{
	uint64_t data = (uint64_t)(uintptr_t)chain;
	struct io_uring_sqe *sqe;

	sqe = ring_poll(ring, chain->pidfd, data | CHAIN_POLL);
	sqe->flags = IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
	sqe = ring_entry(ring, COMPAT_OP_WAITID, chain->pidfd, data);
	sqe->len = (uint32_t)COMPAT_P_PIDFD;
	sqe->addr2 = (uint64_t)(uintptr_t)&chain->info;
	sqe->file_index = WEXITED;
}

/* The next completion's result and data; -ETIME at the deadline. */
static inline int ring_take(struct io_uring *ring, int limit_ms,
			    uint64_t *ret_data)
{
	struct __kernel_timespec limit = {
		.tv_sec = limit_ms / 1000,
		.tv_nsec = limit_ms % 1000 * 1000000LL,
	};
	struct io_uring_cqe *cqe;
	int r = io_uring_wait_cqe_timeout(ring, &cqe, &limit);

	if (r < 0)
		return r;
	*ret_data = cqe->user_data;
	r = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return r;
}

/* What has completed by now; nothing is waited for. One enter runs no more than
 * twenty steps, and a chain's end is a step after its head's. */
static inline unsigned int ring_count(struct io_uring *ring)
{
	for (int i = 0; i < 64; i++)
		(void)io_uring_get_events(ring); /* failed: the count is low */
	return io_uring_cq_ready(ring);
}
