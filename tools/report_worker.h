/*
 * report_worker.h - the lines of a worker's life.
 */
#pragma once

#include "base/text.h"
#include "report.h"

#define REPORT_LINE 512

void report_started(struct report *report, const struct muster_event *event);
void report_exited(struct report *report, const struct muster_event *event);
void report_told_to_stop(struct report *report,
			 const struct muster_event *event);
void report_ready(struct report *report, const struct muster_event *event);
/* Why a roll was given up. */
void report_add_abort(struct text *text, const struct muster_event *event);
void report_overdue(struct report *report, const struct muster_event *event);

/* Hands a finished line to the log. */
void report_line(struct report *report, enum log_level level,
		 const struct text *text);
