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

/* Our process group in the place of leader's, or leader's in the place of ours;
 * a third one keeps it. SIGTTOU must be blocked, or it would stop us. */
void tty_take_back(int fd, pid_t leader);
void tty_give(int fd, pid_t leader);

/* Stops our whole process group as the terminal does (SIGTSTP), and returns
 * when somebody continues it; at once where nobody could, since the kernel
 * stops no orphaned group (setpgid(2)). */
void tty_stop_job(void);
