/*
 * settings.h - the option table as data, from keys.h.
 */
#pragma once

#include "keys.h"
#include "options.h"

struct setting {
	const char *flag;
	const char *argument; /* NULL: none; "[=X]": optional */
	const char *fallback; /* the default as text */
	const char *help;
	/* value is NULL when an optional argument was left out. -EINVAL and
	 * what was expected in error. */
	int (*set)(struct run_options *options, const char *value,
		   struct text *error);
	char letter; /* 0: none */
};

enum setting_index {
#define KEY(name, ...) SETTING_##name,
	RUN_KEYS(KEY)
#undef KEY
		SETTINGS,
};

extern const struct setting settings[SETTINGS];

/* no_argument, required_argument or optional_argument of getopt(3). */
int setting_argument_kind(const struct setting *setting);
