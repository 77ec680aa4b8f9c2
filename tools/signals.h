/*
 * signals.h - sets of signals as the library has them: bit signo - 1 for each.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Blocks every signal that can be blocked but those of a fault, which would end
 * the program whatever it does; so a signal that comes from now on waits. */
void signals_block(sigset_t *ret_given);

/* What `muster init` hands on: all that can be caught, but for SIGCHLD, which
 * is its own, the signals of a fault, and those that the C library keeps. */
uint64_t signals_forwarded(void);

bool signals_have(uint64_t signals, int signo);

/* "TERM,SIGINT,RTMIN+3". -EINVAL when one of them is none. */
int signals_parse(const char *list, uint64_t *ret_signals);
