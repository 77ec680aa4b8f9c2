/*
 * tty.h - the terminal's foreground.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Our process group is the foreground one of the terminal on standard output
 * (B77), or it was hung up. False where standard output is no terminal. */
bool tty_is_foreground(void);

/* The first of standard input, output and error that is our controlling
 * terminal; -1. Borrowed. */
int tty_find(void);

/* Our process group is the foreground one of the terminal fd. */
bool tty_is_ours(int fd);

/* Gives up the terminal on standard input, if it is ours, for a session that is
 * made later. The kernel tells who leads the session that loses it of a
 * hang-up, which is none: that is not heard of. All signals must be blocked. */
void tty_leave(void);

/* Our process group in the place of leader's, or of one that is gone, and of
 * any where we lead the session, for then nobody else could take it back.
 * SIGTTOU must be blocked, or it would stop us. */
void tty_take_back(int fd, pid_t leader);

/* leader's group in the place of ours: true when it has the terminal. */
bool tty_give(int fd, pid_t leader);

/* Stops our whole process group as the terminal does, by SIGTSTP, SIGTTIN or
 * SIGTTOU, and returns true when somebody has continued it; false at once where
 * nobody could, since the kernel stops no orphaned group (setpgid(2)). SIGCONT
 * and the signal must be blocked. */
bool tty_stop_job(int signo);

/* Likewise only ourselves: a terminal has told the group already, and who sent
 * the signal by himself meant nobody else. */
bool tty_stop_self(int signo);
