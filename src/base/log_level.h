/*
 * log_level.h - how much a line matters.
 */
#pragma once

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_NOTICE,
	LOG_INFO,
	LOG_DEBUG,
	LOG_LEVELS,
};

/* "error" … "debug"; -EINVAL otherwise. */
int log_level_parse(const char *string, enum log_level *ret_level);
const char *log_level_name(enum log_level level);
