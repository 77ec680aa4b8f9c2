/*
 * uring.c - what liburing 2.3 lacks. Knows entries and completions, nothing of
 * workers.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/compat.h"
#include "base/nsec.h"
#include "loop/uring.h"

/* A turn's 64 launches want three entries each, so they go in one enter. On
 * -ENOMEM (RLIMIT_MEMLOCK) the smaller one is tried. */
#define URING_ENTRIES 256U
#define URING_ENTRIES_SMALL 64U

int uring_setup(struct io_uring *ring)
{
	static const unsigned int sizes[] = {URING_ENTRIES,
					     URING_ENTRIES_SMALL};
	int r = -EINVAL;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct io_uring_params params = {
			.flags = IORING_SETUP_SINGLE_ISSUER |
				 IORING_SETUP_DEFER_TASKRUN |
				 IORING_SETUP_CQSIZE,
			.cq_entries = sizes[i] * 2,
		};

		r = io_uring_queue_init_params(sizes[i], ring, &params);
		if (r != -ENOMEM)
			return r;
	}
	return r;
}

/* Publishes what was prepared and says how much the kernel has not seen. */
static unsigned int uring_flush(struct io_uring *ring)
{
	struct io_uring_sq *sq = &ring->sq;
	unsigned int tail = *sq->ktail;

	for (; sq->sqe_head != sq->sqe_tail; sq->sqe_head++, tail++)
		if (sq->array)
			sq->array[tail & sq->ring_mask] =
				sq->sqe_head & sq->ring_mask;
	io_uring_smp_store_release(sq->ktail, tail);
	return tail - io_uring_smp_load_acquire(sq->khead);
}

/* Submits, and waits for one completion until left_ns have passed. 0 or
 * -errno; a full completion queue is no error, draining it is the cure. */
int uring_enter(struct io_uring *ring, unsigned int wanted, uint64_t left_ns)
{
	struct __kernel_timespec left = {
		.tv_sec = (long long)(left_ns / NSEC_PER_SEC),
		.tv_nsec = (long long)(left_ns % NSEC_PER_SEC),
	};
	struct io_uring_getevents_arg arg = {
		.ts = left_ns == NSEC_NEVER ? 0 : (uint64_t)(uintptr_t)&left,
	};
	unsigned int flags = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG |
			     IORING_ENTER_NO_IOWAIT;
	int r;

	r = io_uring_enter2((unsigned int)ring->ring_fd, uring_flush(ring),
			    wanted, flags, (sigset_t *)(void *)&arg,
			    sizeof(arg));
	if (r >= 0 || r == -ETIME || r == -EINTR || r == -EBUSY || r == -EAGAIN)
		return 0;
	return r;
}

/* Never NULL for long: when the queue is full, what it holds is submitted. */
struct io_uring_sqe *uring_sqe(struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe) {
		(void)uring_enter(ring, 0, NSEC_NEVER);
		sqe = io_uring_get_sqe(ring);
	}
	return sqe;
}

bool uring_reserve(struct io_uring *ring, unsigned int count)
{
	if (io_uring_sq_space_left(ring) < count)
		(void)uring_enter(ring, 0, NSEC_NEVER);
	return io_uring_sq_space_left(ring) >= count;
}

void uring_prepare(struct io_uring_sqe *sqe, uint8_t opcode, int fd,
		   uint64_t data)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = opcode;
	sqe->fd = fd;
	sqe->user_data = data;
}

void uring_prepare_poll(struct io_uring_sqe *sqe, int fd, uint32_t events,
			uint64_t data)
{
	uring_prepare(sqe, IORING_OP_POLL_ADD, fd, data);
	sqe->poll32_events = events; /* one-shot; little-endian only */
}

/* io_uring_prep_waitid(3) came with liburing 2.5. */
void uring_prepare_waitid(struct io_uring_sqe *sqe, int pidfd, siginfo_t *info,
			  uint64_t data)
{
	uring_prepare(sqe, COMPAT_OP_WAITID, pidfd, data);
	sqe->len = (uint32_t)COMPAT_P_PIDFD;
	sqe->addr2 = (uint64_t)(uintptr_t)info;
	sqe->file_index = WEXITED;
}
