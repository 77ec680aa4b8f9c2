/*
 * sigfd.c - blocks, opens, restores. Single-threaded programs only: the mask is
 * that of the calling thread (sigprocmask(2)).
 */
#include <errno.h>
#include <unistd.h>

#include "base/compat.h"
#include "loop/sigfd.h"

/* The process's signals have one owner, and may be held for one to come: the
 * globals that there are. What it has is noted here, too, since a forked child
 * may have no copy of the owner's memory. */
static struct {
	bool is_there;
	struct sigfd noted;
} sigfd_owner;
static struct {
	unsigned int count;
	sigset_t saved; /* the mask before the first */
} sigfd_holds;

static void sigfd_fill(sigset_t *set, const int *signals, uint32_t count)
{
	sigemptyset(set);
	for (uint32_t i = 0; i < count; i++)
		compat_add_signal(set, signals[i]);
}

void sigfd_hold(const int *signals, uint32_t count)
{
	sigset_t before;
	sigset_t set;

	sigfd_fill(&set, signals, count);
	(void)sigprocmask(SIG_BLOCK, &set, &before); /* cannot fail */
	if (sigfd_holds.count++ == 0)
		sigfd_holds.saved =
			sigfd_owner.is_there ? sigfd_owner.noted.saved : before;
}

void sigfd_let_go(void)
{
	if (--sigfd_holds.count == 0 && !sigfd_owner.is_there)
		(void)sigprocmask(SIG_SETMASK, &sigfd_holds.saved, NULL);
}

int sigfd_open(struct sigfd *sigfd, const int *signals, uint32_t count,
	       enum sigfd_child child)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t set;
	int fd;

	if (sigfd_owner.is_there)
		return -EBUSY;
	sigfd_fill(&set, signals, count);
	if (child == SIGFD_CHILD_READ)
		sigaddset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;

	sigaddset(&set, SIGPIPE);
	/* These cannot fail: valid arguments (sigprocmask(2), sigaction(2)). */
	(void)sigprocmask(SIG_BLOCK, &set, &sigfd->saved);
	(void)sigaction(SIGCHLD, child == SIGFD_CHILD_LEFT ? NULL : &standard,
			&sigfd->saved_child);
	if (sigfd_holds.count > 0)
		sigfd->saved = sigfd_holds.saved;
	sigfd->fd = fd;
	sigfd_owner.is_there = true;
	sigfd_owner.noted = *sigfd;
	return 0;
}

void sigfd_set_saved(struct sigfd *sigfd, const sigset_t *mask)
{
	sigfd->saved = *mask;
	sigfd_owner.noted.saved = *mask;
}

void sigfd_reset_child(void)
{
	const struct sigfd *owner = &sigfd_owner.noted;

	if (sigfd_owner.is_there) {
		(void)sigaction(SIGCHLD, &owner->saved_child, NULL);
		(void)sigprocmask(SIG_SETMASK, &owner->saved, NULL);
	} else if (sigfd_holds.count > 0) {
		(void)sigprocmask(SIG_SETMASK, &sigfd_holds.saved, NULL);
	}
}

void sigfd_abandon(void)
{
	/* Nothing is to be done on failure. */
	if (sigfd_owner.is_there)
		(void)close(sigfd_owner.noted.fd);
	sigfd_owner.is_there = false;
	sigfd_holds.count = 0;
}

/* Takes back what a broken log has raised, unless somebody waits for it. */
static void sigfd_forget_pipe(const struct sigfd *sigfd)
{
	const struct timespec none = {0, 0};
	sigset_t set;

	if (sigismember(&sigfd->saved, SIGPIPE) == 1)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	(void)sigtimedwait(&set, NULL, &none); /* EAGAIN: there is none */
}

void sigfd_close(struct sigfd *sigfd)
{
	if (sigfd->fd < 0)
		return;
	(void)close(sigfd->fd); /* nothing to be done on failure */
	sigfd->fd = -1;
	sigfd_owner.is_there = false;
	sigfd_forget_pipe(sigfd);
	(void)sigaction(SIGCHLD, &sigfd->saved_child, NULL);
	if (sigfd_holds.count == 0)
		(void)sigprocmask(SIG_SETMASK, &sigfd->saved, NULL);
}
