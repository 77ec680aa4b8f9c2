/*
 * sigfd.c - blocks, opens, restores. Single-threaded programs only: the mask is
 * that of the calling thread (sigprocmask(2)).
 */
#include <errno.h>
#include <unistd.h>

#include "loop/sigfd.h"

/* The process's signals have one owner: the one global that there is. */
static bool sigfd_is_owned;

static void sigfd_fill(sigset_t *set, const int *signals, uint32_t count)
{
	sigemptyset(set);
	for (uint32_t i = 0; i < count; i++)
		sigaddset(set, signals[i]);
}

int sigfd_open(struct sigfd *sigfd, const int *signals, uint32_t count,
	       bool with_child)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t set;
	int fd;

	if (sigfd_is_owned)
		return -EBUSY;
	sigfd_fill(&set, signals, count);
	if (with_child)
		sigaddset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;

	sigaddset(&set, SIGPIPE);
	/* These cannot fail: valid arguments (sigprocmask(2), sigaction(2)). */
	(void)sigprocmask(SIG_BLOCK, &set, &sigfd->saved);
	(void)sigaction(SIGCHLD, &standard, &sigfd->saved_child);
	sigfd->fd = fd;
	sigfd_is_owned = true;
	return 0;
}

void sigfd_close(struct sigfd *sigfd)
{
	if (sigfd->fd < 0)
		return;
	(void)close(sigfd->fd); /* nothing to be done on failure */
	sigfd->fd = -1;
	sigfd_is_owned = false;
	(void)sigaction(SIGCHLD, &sigfd->saved_child, NULL);
	(void)sigprocmask(SIG_SETMASK, &sigfd->saved, NULL);
}
