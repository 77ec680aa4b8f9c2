/*
 * outcome.h - how the command of `muster init` ended: the status that muster
 * ends with, and the same in words.
 */
#pragma once

#include "launcher.h"

#define OUTCOME_CAUSE 512U

struct outcome {
	int status;
	bool is_known; /* the command has ended, or could not begin */
	char cause[OUTCOME_CAUSE]; /* one line, without its end */
};

/* A piece of news: of each end of the command, the last one holds. */
void outcome_take(struct outcome *outcome, const struct init_options *options,
		  const struct muster_event *event);

/* muster itself failed. */
void outcome_fail(struct outcome *outcome, const char *why);

/* The status, or that of the launcher where the command was not heard of. When
 * it is not 0 the cause is written to the termination log, if there is one. */
int outcome_finish(const struct outcome *outcome,
		   const struct init_options *options, int launcher_status);
