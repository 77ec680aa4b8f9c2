/*
 * refusals.h - options that are refused, and the line that says why.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "base/cleanup.h"
#include "muster/service.h"

/* The last line of the log. */
struct heard {
	char line[512];
	unsigned int count;
	enum muster_log_level level;
};

static inline void hear(void *data, enum muster_log_level level,
			const char *line)
{
	struct heard *heard = data;

	(void)snprintf(heard->line, sizeof(heard->line), "%s", line);
	heard->level = level;
	heard->count++;
}

static inline struct muster_launcher_options hearing(struct heard *heard)
{
	struct muster_launcher_options options = MUSTER_LAUNCHER_OPTIONS_INIT;

	*heard = (struct heard){.count = 0};
	options.log = hear;
	options.log_data = heard;
	return options;
}

/* One line, an error, with text in it. */
static inline void assert_heard(const struct heard *heard, const char *text)
{
	if (!strstr(heard->line, text))
		fail_msg("\"%s\", not \"%s\"", heard->line, text);
	assert_int_equal(heard->level, MUSTER_LOG_ERROR);
	assert_int_equal(heard->count, 1);
}
