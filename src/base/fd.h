/*
 * fd.h - owned descriptors.
 *
 * Descriptors are close-on-exec from birth. These helpers put right what was
 * inherited: holes in 0-2, flags of strangers, limits.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Closes fd when it is one and returns -1, for "fd = fd_close(fd)". */
int fd_close(int fd);

/* Closes all from first to last, which must all be the caller's to close; none
 * when first is -1. */
void fd_close_row(int first, int last);

/* Opens whatever of 0, 1, 2 is closed on /dev/null, or where there is none on
 * a pipe end that nobody holds, so that no later descriptor lands there. flags
 * is 0 for what a program that is executed shall have, too, or O_CLOEXEC.
 * Returns 0 or -errno. */
int fd_fill_stdio(int flags);

/* The same in the place of what fd, one of 0, 1, 2, is open on, close-on-exec.
 * Returns 0 or -errno, fd as it was then. */
int fd_replace_stdio(int fd);

/* Closes every descriptor above 2 that is not among keep[0..count): close_range
 * between them, /proc/self/fd without it, every number up to RLIMIT_NOFILE
 * (a million at most) where neither can be had. keep is sorted in place; what
 * is twice in it, not open or not above 2 does no harm. Returns 0 or -errno. */
int fd_close_others(int *keep, size_t count);

/* Closes every descriptor above 2 that is not close-on-exec, which none is that
 * we opened: /proc/self/fd, or every number as above. Returns 0 or -errno. */
int fd_close_inherited(void);

/* Sets close-on-exec. Returns 0 or -errno. */
int fd_set_cloexec(int fd);

/* Moves fd to the lowest free number at or above floor, close-on-exec, and
 * closes the old one; an fd that is there already stays. Returns the new number
 * or -errno, fd kept then. */
int fd_move_above(int fd, int floor);

/* Makes the descriptor table large enough for descriptors below count without
 * growing later: a table that grows while a child shares it waits for an RCU
 * grace period (11-16 ms). No further than RLIMIT_NOFILE allows. Best effort.
 */
void fd_grow_table(size_t count);
