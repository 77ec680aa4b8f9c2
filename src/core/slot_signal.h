/*
 * slot_signal.h - signals to one worker: to the process, or to the group that
 * it leads. Which signal and when is the worker table's, or a signal's that is
 * handed on.
 */
#pragma once

#include "core/slot.h"
#include "proc/pidfd.h"

/* 0 or the errno: EPERM for a worker that became somebody else. ESRCH only
 * means that its end is already on the way to us. */
int slot_signal(const struct context *context, const struct worker *worker,
		int signo);

/* SIGKILL to its group, where such is killed with it, and to its cgroup
 * likewise. By number only while it is not reaped. */
void slot_kill_group(const struct context *context,
		     const struct worker *worker);

/* SIGCONT to the group that it leads. */
void slot_continue_group(const struct context *context,
			 const struct worker *worker);

enum slot_reach {
	SLOT_NOBODY, /* it is dead, and not reaped yet */
	SLOT_REACHED,
	SLOT_REFUSED,
};

/* A signal that came to us and is meant for it. REFUSED: for this errno. */
enum slot_reach slot_hand_on(const struct context *context,
			     const struct worker *worker,
			     const struct pidfd_news *news, int *ret_error);
