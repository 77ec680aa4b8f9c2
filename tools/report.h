/*
 * report.h - events -> lines, one fact each; objects when the log is_json.
 *
 * The words are the library's (muster_describe_event); what is added to them is
 * what only the program knows.
 */
#pragma once

#include "base/log.h"
#include "muster/muster.h"

struct report {
	struct log *log;
	const char *command; /* as it was typed; borrowed; NULL: of a file */
	bool passes_status;  /* how a worker ended, unless it is replaced, is
				what we end with: no news of its own */
	uint64_t throttle_told_ns; /* the last "Forking too fast" */
	uint32_t throttle_untold;  /* lines saved since */
};

void report_event(struct report *report, const struct muster_event *event);

/* What was done in all, at the end. */
void report_summary(struct report *report, const struct muster_stats *stats,
		    int status);
