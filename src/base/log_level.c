/*
 * log_level.c - the levels by name.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log_level.h"

static const char *const level_names[] = {
	[LOG_ERROR] = "error",	 [LOG_WARNING] = "warning",
	[LOG_NOTICE] = "notice", [LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

_Static_assert(ARRAY_LEN(level_names) == LOG_LEVELS, "a level has no name");

int log_level_parse(const char *string, enum log_level *ret_level)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(level_names); i++)
		if (strcmp(string, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	return -EINVAL;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}
