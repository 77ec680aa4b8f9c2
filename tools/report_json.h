/*
 * report_json.h - events -> objects, one a line (--log-format json). The schema
 * is in muster.1.
 */
#pragma once

#include "report.h"

void report_event_json(struct report *report, enum log_level level,
		       const struct muster_event *event);
void report_summary_json(struct report *report,
			 const struct muster_stats *stats, int status);
