/*
 * tty.h - the terminal's foreground.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Our process group is the foreground one of the terminal on standard output
 * (B77), or it was hung up. False where standard output is no terminal. */
bool tty_is_foreground(void);

/* The first of standard input, output and error that is our terminal, if our
 * process group is its foreground one; -1. Borrowed. */
int tty_foreground_fd(void);

/* Makes our process group the foreground one again, if leader's is; SIGTTOU
 * must be blocked, or it would stop us. */
void tty_take_back(int fd, pid_t leader);
