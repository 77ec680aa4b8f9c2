/*
 * settings.h - the option table as data, from keys.h.
 */
#pragma once

#include "base/text.h"
#include "keys.h"
#include "launcher.h"
#include "service.h"

enum setting_scope {
	SETTING_SCOPE_line,
	SETTING_SCOPE_launcher,
	SETTING_SCOPE_service,
	SETTING_SCOPE_list,
};

/* Bits: the verbs that have an option. */
enum setting_verb {
	SETTING_VERB_run = 1 << 0,
	SETTING_VERB_init = 1 << 1,
	SETTING_VERB_both = SETTING_VERB_run | SETTING_VERB_init,
};

#define SETTING_TARGET_line launcher_options
#define SETTING_TARGET_launcher launcher_options
#define SETTING_TARGET_service service_options
#define SETTING_TARGET_list service_options

struct setting {
	const char *flag;     /* with dashes */
	const char *key;      /* the same with underscores */
	const char *argument; /* NULL: none; "[=X]": optional */
	const char *fallback; /* the default as text */
	const char *help;
	/* One of the two, as the scope says. value is NULL when an argument
	 * that need not be was left out; it is borrowed during the call, but
	 * for scope line. -EINVAL and what was expected in error, -ENOMEM. */
	int (*set_launcher)(struct launcher_options *options, const char *value,
			    struct text *error);
	int (*set_service)(struct service_options *options, const char *value,
			   struct text *error);
	enum setting_scope scope;
	enum setting_verb verbs;
	char letter; /* 0: none */
};

/* Those of the command line first. */
enum setting_index {
#define KEY(verbs, scope, name, ...) SETTING_##name,
	OPTION_KEYS(KEY) SETTINGS,
	SETTING_BEFORE_FILE = SETTINGS - 1,
	FILE_KEYS(KEY)
#undef KEY
		SETTINGS_OF_FILE,
};

extern const struct setting settings[SETTINGS_OF_FILE];

/* Another name of an option. */
struct setting_alias {
	const char *flag;
	const char *key;
	enum setting_index index;
};

extern const struct setting_alias setting_aliases[];
extern const unsigned int setting_alias_count;

/* The setting of a key of a configuration file, with dashes or underscores;
 * SETTINGS_OF_FILE when there is none. */
enum setting_index setting_find(const char *key);
/* The nearest key, or NULL. */
const char *setting_nearest(const char *key);

/* Whether the verb has the option. */
bool setting_is_of(enum setting_index index, enum setting_verb verb);
/* The verb's default as text, NULL where there is none. */
const char *setting_fallback(enum setting_index index, enum setting_verb verb);
/* What it means there. */
const char *setting_help(enum setting_index index, enum setting_verb verb);
/* Sets what the verb does unless it is told otherwise. */
int setting_apply_defaults(enum setting_verb verb,
			   struct launcher_options *launcher,
			   struct service_options *service, struct text *error);

/* no_argument, required_argument or optional_argument of getopt(3). */
int setting_argument_kind(const struct setting *setting);

/* Sets value in the one of both that the setting is of. */
int setting_apply(enum setting_index index, const char *value,
		  struct launcher_options *launcher,
		  struct service_options *service, struct text *error);

/* The setters, one a row. */
#define KEY(verbs, scope, name, ...)                                  \
	int option_set_##name(struct SETTING_TARGET_##scope *options, \
			      const char *value, struct text *error);
OPTION_KEYS(KEY)
FILE_KEYS(KEY)
#undef KEY

/* For setters. Says what was expected; -EINVAL. */
int setting_refuse(struct text *error, const char *expected);
/* value among the count words, whose index is the enum's value; -EINVAL. */
int setting_choose(const char *value, const char *const *words,
		   unsigned int count, unsigned int *ret_index);
/* As parse_duration; -EINVAL and what was expected. */
int setting_parse_duration(const char *value, uint64_t *ret_ns,
			   struct text *error);
/* A flag without a value is true; -EINVAL and what was expected. */
int setting_parse_bool(const char *value, bool *ret_value, struct text *error);
