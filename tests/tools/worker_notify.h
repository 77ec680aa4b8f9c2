/*
 * worker_notify.h - steps of a worker that speaks to its launcher, as
 * sd_notify(3) does and as it does not.
 */
#pragma once

/* worker.c */
int worker_signo(const char *name);
void step_after(const char *milliseconds);

/* One message with this text. */
void step_notify(const char *text);
/* READY=1 at the head of one message of so many bytes. */
void step_notify_long(const char *size);
/* READY=1 and every byte there is, NUL too. */
void step_notify_bytes(const char *unused);
/* MS:COUNT: so many WATCHDOG=1, one every MS milliseconds. */
void step_ping(const char *text);
/* Waits for a signal that was blocked when it was launched. */
void step_await(const char *name);
