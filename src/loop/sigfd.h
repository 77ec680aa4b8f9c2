/*
 * sigfd.h - signals as records read from a descriptor.
 *
 * The signals named are blocked for the process and read through a signalfd;
 * SIGPIPE is blocked with them, so that a broken log pipe is an errno. What was
 * there before is kept, to be put back and to be given to workers. Nothing here
 * has a handler, so nothing can run in a child that shares our memory.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/signalfd.h>

struct sigfd {
	int fd;			      /* -1: signals are not ours to read */
	sigset_t saved;		      /* the mask before */
	struct sigaction saved_child; /* SIGCHLD's disposition before */
};

#define SIGFD_NULL ((struct sigfd){.fd = -1})

enum sigfd_child {
	SIGFD_CHILD_LEFT,  /* SIGCHLD is none of our business */
	SIGFD_CHILD_RESET, /* not ignored any more: with it ignored the kernel
			      reaps children itself and their status is lost */
	SIGFD_CHILD_READ,  /* and read */
};

/* Blocks signals[0..count) for one that is opened later, which reads what has
 * come until then and has as its mask before the one before this. Each is let
 * go once: the last puts back the mask, unless one is open, which does so then.
 */
void sigfd_hold(const int *signals, uint32_t count);
void sigfd_let_go(void);

/* Blocks signals[0..count) and SIGPIPE and opens the descriptor. -EBUSY while
 * another one in this process is open, or -errno; then nothing has changed. */
int sigfd_open(struct sigfd *sigfd, const int *signals, uint32_t count,
	       enum sigfd_child child);

/* The mask before was another one than was found. */
void sigfd_set_saved(struct sigfd *sigfd, const sigset_t *mask);

/* In a child of this process, before it executes another program: mask and
 * SIGCHLD as they were before the one that is open. Async-signal-safe. */
void sigfd_reset_child(void);

/* In a forked child: closes what is open, whosever it was in the parent, and
 * leaves mask and dispositions as they are; the process's signals are nobody's
 * then. */
void sigfd_abandon(void);

/* Closes, and restores mask and disposition, the mask unless it is held.
 * Signals that are still pending are delivered then, as they would have been
 * without us; but for SIGPIPE, which our own writes have raised. */
void sigfd_close(struct sigfd *sigfd);
