/*
 * pause.h - an init that has nothing to run: what holds the namespaces of a
 * group of containers open (catatonit -P).
 */
#pragma once

/* Reaps whatever becomes its child, as PID 1 or as a subreaper, until SIGTERM
 * or SIGINT comes; other signals do nothing. All of them are blocked already.
 * It keeps no directory and no descriptor above 2. Returns the exit status: 0,
 * or 1 with one line on standard error where it cannot be a subreaper. */
int pause_run(void);
