/*
 * speak.h - the log lines of launchers and workers: the one place of the
 * library that speaks.
 *
 * To the caller's function, or to standard error, where a reader that stalls is
 * never waited for (base/log.h). One thread writes: services are in others, and
 * what they have to say comes from the thread that waits.
 */
#pragma once

#include "base/log.h"
#include "muster/service.h"

struct speaker {
	struct log log; /* of standard error */
	enum muster_log_level level;
	void (*take)(void *data, enum muster_log_level level, const char *line);
	void *data;
};

#define SPEAKER_NULL ((struct speaker){.log = LOG_NULL})

/* -ENOMEM. */
int speak_open(struct speaker *speaker,
	       const struct muster_launcher_options *options);
/* Lets a slow reader have the last lines. */
void speak_close(struct speaker *speaker);
/* A forked worker's own, from its launcher's: what that one has not written is
 * not written twice. The launcher's is left as it is, for each page of it that
 * is written to is a copy first. */
void speak_anew(const struct speaker *launchers, struct speaker *ret_speaker);

void speak(struct speaker *speaker, enum muster_log_level level,
	   const char *format, ...) __attribute__((format(printf, 3, 4)));
void speak_line(struct speaker *speaker, enum muster_log_level level,
		const char *line);

/* Writes what was said since the last time: a positive value while it waits for
 * a reader, to be called again when log_fd(&speaker->log) is writable. */
int speak_flush(struct speaker *speaker);

void speak_set_level(struct speaker *speaker, enum muster_log_level level);
