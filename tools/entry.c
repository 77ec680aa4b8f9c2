/*
 * entry.c - what comes first of all: signals are blocked.
 *
 * One that comes before its reader is there waits for it, instead of ending us
 * or, as PID 1, being lost (B15, B29, E1). The earlier the better: the static
 * program begins in entry_x86_64.S, whose first system call this is. Any other
 * one comes here from the first line of main, when the dynamic linker and the C
 * library have had their turn.
 *
 * The kernel's own call is made and not sigprocmask(3), which leaves out what
 * the C library keeps for itself: the mask that workers are given shall be the
 * one that we were given (E3).
 */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "entry.h"
#include "signals.h"

/* These two are shared with entry_x86_64.S, and so are a global: there is no
 * frame yet in which it could hand something on. */
extern const uint64_t entry_blocked;
extern struct entry_given {
	uint64_t mask;
	uint64_t is_there; /* entry_x86_64.S has been */
} entry_given;

const uint64_t entry_blocked = ~SIGNALS_OF_FAULTS;
struct entry_given entry_given;

void entry_block_signals(sigset_t *ret_given)
{
	/* It cannot fail: valid arguments. */
	if (!entry_given.is_there)
		(void)syscall(SYS_rt_sigprocmask, SIG_BLOCK, &entry_blocked,
			      &entry_given.mask, sizeof(entry_given.mask));
	sigemptyset(ret_given);
	memcpy(ret_given, &entry_given.mask, sizeof(entry_given.mask));
}
