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

/* Blocks signals[0..count) and SIGPIPE, resets an ignored SIGCHLD (with it
 * ignored the kernel reaps children itself and their status is lost), and opens
 * the descriptor. with_child adds SIGCHLD to what is read. -EBUSY while another
 * one in this process is open, or -errno; then nothing has changed. */
int sigfd_open(struct sigfd *sigfd, const int *signals, uint32_t count,
	       bool with_child);

/* Closes, and restores mask and disposition. Signals that are still pending are
 * delivered then, as they would have been without us. */
void sigfd_close(struct sigfd *sigfd);
