/*
 * tty.c - asks the terminal, and takes back what a child was given of it.
 */
#include <errno.h>
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

int tty_foreground_fd(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (tcgetpgrp(fd) == getpgrp())
			return fd;
	return -1;
}

void tty_take_back(int fd, pid_t leader)
{
	/* A shell may have given it to others meanwhile: theirs then. */
	if (tcgetpgrp(fd) == leader)
		(void)tcsetpgrp(fd, getpgrp()); /* or it was hung up */
}
