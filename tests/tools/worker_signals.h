/*
 * worker_signals.h - steps of a worker that tells what signals reach it.
 */
#pragma once

/* worker.c */
void worker_say(const char *word, const char *text);

/* Says "hears", and from then on each signal: "took SIGNO value V from PID code
 * C". None of them ends it but SIGKILL, and the alarm. */
void step_hear(const char *unused);
/* The same in a child; goes on when that hears. */
void step_fork_hear(const char *unused);
