/*
 * tty.c - asks the terminal, and takes back what a child was given of it.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "proc/tty.h"

bool tty_is_foreground(void)
{
	pid_t foreground = tcgetpgrp(STDOUT_FILENO);

	/* A terminal that was hung up says EIO to everything: it was one, and
	 * nobody can be in its background any more. */
	if (foreground < 0)
		return errno != ENOTTY && errno != EBADF;
	return foreground == getpgrp();
}

int tty_find(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (tcgetpgrp(fd) >= 0)
			return fd;
	return -1;
}

bool tty_is_ours(int fd)
{
	return tcgetpgrp(fd) == getpgrp();
}

/* A terminal that was hung up is nobody's any more: errors are no news. */
void tty_take_back(int fd, pid_t leader)
{
	if (tcgetpgrp(fd) == leader)
		(void)tcsetpgrp(fd, getpgrp());
}

void tty_give(int fd, pid_t leader)
{
	if (tty_is_ours(fd))
		(void)tcsetpgrp(fd, leader);
}

void tty_stop_job(void)
{
	sigset_t stop;
	sigset_t given;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	(void)kill(0, SIGTSTP); /* ourselves at least: cannot fail */
	/* It is pending now, and stops us here. */
	(void)sigprocmask(SIG_UNBLOCK, &stop, &given);
	(void)sigprocmask(SIG_SETMASK, &given, NULL);
}
