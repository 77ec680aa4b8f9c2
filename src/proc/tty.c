/*
 * tty.c - asks the terminal; changes nothing.
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
