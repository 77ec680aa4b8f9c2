/*
 * uring.h - a thin layer on liburing.
 *
 * Never sleeps without NO_IOWAIT (6.15): a task asleep in a plain enter counts
 * as iowait and IO pressure. liburing 2.3 cannot submit, wait, time out and
 * pass that flag in one call, so the enter is our own.
 */
#pragma once

#include <liburing.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* A ring for one thread, whose completions are made when it enters. -errno. */
int uring_setup(struct io_uring *ring);

/* Submits what was prepared and waits for wanted completions until left_ns have
 * passed (NSEC_NEVER: without limit). 0 or -errno; a full completion queue is
 * no error, draining it is the cure. */
int uring_enter(struct io_uring *ring, unsigned int wanted, uint64_t left_ns);

/* An entry; when the queue is full, what it holds is submitted first. NULL only
 * while the kernel does not take any. */
struct io_uring_sqe *uring_sqe(struct io_uring *ring);

/* Room for count entries that no submission will part. */
bool uring_reserve(struct io_uring *ring, unsigned int count);

void uring_prepare(struct io_uring_sqe *sqe, uint8_t opcode, int fd,
		   uint64_t data);
void uring_prepare_poll(struct io_uring_sqe *sqe, int fd, uint32_t events,
			uint64_t data);
/* WAITID(P_PIDFD, WEXITED); io_uring_prep_waitid(3) came with 2.5. */
void uring_prepare_waitid(struct io_uring_sqe *sqe, int pidfd, siginfo_t *info,
			  uint64_t data);
