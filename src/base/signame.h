/*
 * signame.h - the signals of this system by name and by number.
 *
 * One table for writing (text.c) and reading (parse.c), so that what is
 * written can be read. Names are without "SIG". Real-time signals have no
 * name: they are counted from the first that glibc leaves to programs.
 */
#pragma once

#include <stdbool.h>

/* "TERM" for SIGTERM; NULL for a real-time signal and for what is none. */
const char *signame_get(int signo);

/* The signal called name, in capitals, an old name (CLD IOT POLL) included; 0
 * when there is none. */
int signame_find(const char *name);

/* Whether a program may send and catch it: 1-31, 34-64. */
bool signame_is_signal(int signo);
