/*
 * session.h - one launcher under measurement, from its execve to its end.
 *
 * The controller is a third process: neither launcher nor worker. It shares a
 * page with the workers, holds the reading end of the launcher's log, and
 * kills. The log is emptied between samples only, by a reader that never
 * sleeps in it, so that a write wakes nobody.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench.h"
#include "news.h"
#include "page.h"

struct session_options {
	enum bench_launcher launcher;
	enum bench_engine engine;
	uint32_t workers;
	bool is_pinned;	    /* launcher, workers and controller on one CPU */
	bool kills_process; /* muster --kill process */
	bool has_no_environment; /* floors only */
	/* Of muster, instead of the usual ones, ending with NULL. */
	const char *const *arguments;
	/* In the place of all of this: a whole command line, ending with NULL,
	 * of what ends as this launcher does. */
	const char *const *command;
	uint64_t settle_ns; /* before each sample; 0: as long as usual */
	struct news *news;  /* its log is kept there; NULL: it is thrown away */
};

struct session {
	struct bench_page *page; /* NULL: no session */
	pid_t pid;
	int page_fd;
	int log_fd;
	uint32_t workers;
	enum bench_launcher launcher;
	uint64_t log_bytes;
	uint64_t settle_ns;
	struct news *news;
};

#define SESSION_NONE ((struct session){.page_fd = -1, .log_fd = -1})

uint64_t bench_now_ns(void);
void bench_sleep_ns(uint64_t duration_ns);

/* Starts a launcher and waits for all its workers. 0, or -errno after saying
 * what happened; *ret_session is to be ended either way. */
int session_start(const struct bench *bench,
		  const struct session_options *options,
		  struct session *ret_session);

/* SIGTERM, and waits until launcher and workers are reaped. 0 or -errno.
 * Accepts a session that is none. */
int session_stop(struct session *session);
/* The same for a way out; what goes wrong is said and not returned. */
void session_end(struct session *session);

/* To be followed by session_wait, before what it waits for can happen: sets
 * that the count-th worker from now on wakes the controller. */
uint32_t session_expect(struct session *session, uint32_t count);
/* Waits until so many workers have started. 0, or -errno when the launcher is
 * gone or it takes unreasonably long. */
int session_wait(struct session *session, uint32_t started);

/* Kills all workers; -errno when there is one that cannot be. */
int session_kill_all(const struct session *session);
/* The latest stamp of a worker. */
uint64_t session_last_ns(const struct session *session);

/* Empties the log, into session.news where that is kept. */
void session_drain(struct session *session);
/* The next such event in the news, waiting for it; 0, or -errno when the
 * launcher is gone or it takes unreasonably long. */
int session_hear(struct session *session, const char *event,
		 const char **ret_line);

/* Lets everybody get to sleep, without sleeping where all share one CPU. */
void session_settle(const struct session *session);
