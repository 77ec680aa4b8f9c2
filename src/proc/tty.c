/*
 * tty.c - asks the terminal; changes nothing.
 */
#include <unistd.h>

#include "proc/tty.h"

bool tty_is_foreground(void)
{
	return tcgetpgrp(STDOUT_FILENO) == getpgrp();
}
