/*
 * shed.h - muster gives up the capabilities that it does not need any more.
 *
 * What is needed is decided once, from the options:
 *
 *   CAP_KILL          always: a worker may become another user by itself, and
 *                     at the end of PID 1 leftovers are anybody's
 *   CAP_DAC_OVERRIDE  to remove socket files, to write a termination log, to
 *                     reach the socket of whoever started muster
 *
 * and for workers that may still be launched, which begin with muster's rights:
 *
 *   CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_SYS_NICE, ambient ones
 *                     whatever privs.h's steps need for what was asked
 *   CAP_SYS_RESOURCE  likewise, and since a user's limit on processes is not
 *                     held against who has it
 *   CAP_DAC_READ_SEARCH  to seek a command in PATH again
 *
 * if they become another user than 0. Any others need all there is. A worker of
 * the user 0 gets its capabilities back by execve, but that is a gain, for
 * which the kernel forgets its death signal, makes it undumpable, and which
 * no_new_privs forbids (tests/kernel/test_capabilities.c); and before that it
 * enters its directory with muster's. Nor is anything given up where a
 * configuration file may ask for any of them at the next SIGHUP.
 *
 * The bounding and the inheritable set, which are the workers', stay.
 */
#pragma once

#include "base/log.h"
#include "options.h"

/* Bit n is capability n; UINT64_MAX: all that there are. is_upstream: whoever
 * started muster is told by a path. */
uint64_t shed_needed(const struct options *options, bool is_upstream);

/* Gives up what is not needed, and says what is left. */
void shed(uint64_t needed, struct log *log);
