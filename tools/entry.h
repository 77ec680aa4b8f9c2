/*
 * entry.h - the signals before anybody reads them.
 */
#pragma once

#include <signal.h>

/* Blocks all signals but those that tell of a fault of our own; the static
 * program has done so before its C library began (entry_x86_64.S). ret_given is
 * the mask before. */
void entry_block_signals(sigset_t *ret_given);
