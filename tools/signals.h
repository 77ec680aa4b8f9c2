/*
 * signals.h - sets of signals as the library has them: bit signo - 1 for each.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define SIGNALS_BIT(signo) (UINT64_C(1) << ((signo)-1))

/* Raised by what the program itself does: blocked they kill it all the same,
 * and nobody else means anything by them. */
#define SIGNALS_OF_FAULTS                                                    \
	(SIGNALS_BIT(SIGSEGV) | SIGNALS_BIT(SIGBUS) | SIGNALS_BIT(SIGFPE) |  \
	 SIGNALS_BIT(SIGILL) | SIGNALS_BIT(SIGABRT) | SIGNALS_BIT(SIGTRAP) | \
	 SIGNALS_BIT(SIGSYS))

/* What `muster init` hands on: all that can be caught, but for SIGCHLD, which
 * is its own, the signals of a fault, and those that the C library keeps. */
uint64_t signals_forwarded(void);

bool signals_have(uint64_t signals, int signo);

/* "TERM,SIGINT,RTMIN+3". -EINVAL when one of them is none. */
int signals_parse(const char *list, uint64_t *ret_signals);
