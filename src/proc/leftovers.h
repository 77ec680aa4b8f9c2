/*
 * leftovers.h - descendants that nobody supervises: what workers left behind.
 *
 * As PID 1 of its namespace everybody else in it is one (kill(2) with -1); a
 * subreaper finds its own in /proc, from child to child, and signals each
 * through its directory there, which cannot mean another (pidfd_send_signal(2)
 * takes it for a pidfd).
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* Sends signo to all that there are, and SIGCONT after it unless it is SIGKILL.
 * ret_count: how many were seen; 0 where /proc does not show them. names: some
 * of them, "name (pid)" with commas. Bounded: 4096 at a time, so that a fork
 * bomb cannot hold it; call it again for the rest. */
void leftovers_signal(int signo, uint32_t *ret_count, struct text *names);
