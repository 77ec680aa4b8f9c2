/*
 * parent.h - the launcher's own parent.
 */
#pragma once

/* A pidfd of the process that is our parent now, and still is after it was
 * opened: *ret_pidfd. -ESRCH when there is none to watch (PID 1 of a
 * namespace), or another errno when pidfds are refused. */
int parent_open(int *ret_pidfd);

/* The kernel sends signo (0: none any more) to us when our parent ends. Second
 * best: it is the parent's forking thread that counts, and who ended cannot be
 * told from an operator's signal (prctl(2)). -ESRCH when it has ended already.
 */
int parent_tie(int signo);
