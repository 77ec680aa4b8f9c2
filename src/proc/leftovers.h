/*
 * leftovers.h - descendants that nobody supervises: what workers left behind.
 *
 * As PID 1 of its namespace everybody else in it is one (kill(2) with -1). A
 * subreaper finds its own in /proc, from child to child. Each is opened there
 * before anything else, and is asked through that directory whether its parent
 * is one of ours, too: that on whose list it was, or the subreaper to whom it
 * was left since; then it is signalled through it (pidfd_send_signal(2) takes
 * it for a pidfd). So its number cannot mean another, nor does it matter of
 * which namespace /proc shows the numbers.
 */
#pragma once

#include <stdint.h>

#include "base/text.h"

/* Sends signo to all that there are, and SIGCONT after it unless it is SIGKILL.
 * ret_count: how many were seen; 0 where /proc does not show them, which keeps
 * nobody from PID 1's signal. names: some of them, "name (pid)" with commas, as
 * many as fit; NULL: nobody wants to know. Bounded: a subreaper finds no more
 * at a time than a kernel has unless it is told otherwise, 32768, so that a
 * fork bomb cannot hold it; call it again for the rest. */
void leftovers_signal(int signo, uint32_t *ret_count, struct text *names);
