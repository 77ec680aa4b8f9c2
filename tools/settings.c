/*
 * settings.c - the option table, and what its setters share. What each option
 * does is in settings_launcher.c, settings_service.c, settings_life.c and
 * settings_init.c.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "settings.h"

_Static_assert(SETTINGS_OF_FILE <= LAUNCHER_SETTINGS, "more options than room");

#define SETTER_line(name) .set_launcher = option_set_##name
#define SETTER_launcher(name) .set_launcher = option_set_##name
#define SETTER_service(name) .set_service = option_set_##name
#define SETTER_list(name) .set_service = option_set_##name

const struct setting settings[SETTINGS_OF_FILE] = {
#define KEY(verbs_, scope_, name, flag_, letter_, argument_, fallback_, help_) \
	[SETTING_##name] = {                                                   \
		.flag = (flag_),                                               \
		.key = #name,                                                  \
		.argument = (argument_),                                       \
		.fallback = (fallback_),                                       \
		.help = (help_),                                               \
		SETTER_##scope_(name),                                         \
		.scope = SETTING_SCOPE_##scope_,                               \
		.verbs = SETTING_VERB_##verbs_,                                \
		.letter = (letter_),                                           \
	},
	OPTION_KEYS(KEY) FILE_KEYS(KEY)
#undef KEY
};

static const struct {
	enum setting_index index;
	const char *value;
} settings_init_defaults[] = {
#define DEFAULT(name, value_) {.index = SETTING_##name, .value = (value_)},
	INIT_DEFAULTS(DEFAULT)
#undef DEFAULT
};

static const struct {
	enum setting_index index;
	const char *help;
} settings_init_helps[] = {
#define HELP(name, help_) {.index = SETTING_##name, .help = (help_)},
	INIT_HELPS(HELP)
#undef HELP
};

const struct setting_alias setting_aliases[] = {
#define ALIAS(name, flag_, of) \
	{.flag = (flag_), .key = #name, .index = SETTING_##of},
	OPTION_ALIASES(ALIAS)
#undef ALIAS
};
const unsigned int setting_alias_count = ARRAY_LEN(setting_aliases);

static bool setting_is_called(const char *key, const char *name)
{
	for (; *name && (*key == '-' ? '_' : *key) == *name; key++)
		name++;
	return *key == *name;
}

bool setting_is_of(enum setting_index index, enum setting_verb verb)
{
	return (settings[index].verbs & verb) != 0;
}

const char *setting_fallback(enum setting_index index, enum setting_verb verb)
{
	for (size_t i = 0;
	     verb == SETTING_VERB_init && i < ARRAY_LEN(settings_init_defaults);
	     i++)
		if (settings_init_defaults[i].index == index)
			return settings_init_defaults[i].value;
	return settings[index].fallback;
}

const char *setting_help(enum setting_index index, enum setting_verb verb)
{
	for (size_t i = 0;
	     verb == SETTING_VERB_init && i < ARRAY_LEN(settings_init_helps);
	     i++)
		if (settings_init_helps[i].index == index)
			return settings_init_helps[i].help;
	return settings[index].help;
}

enum setting_index setting_find(const char *key)
{
	for (int i = 0; i < SETTINGS_OF_FILE; i++)
		if (setting_is_of((enum setting_index)i, SETTING_VERB_run) &&
		    setting_is_called(key, settings[i].key))
			return (enum setting_index)i;
	for (unsigned int i = 0; i < setting_alias_count; i++)
		if (setting_is_called(key, setting_aliases[i].key))
			return setting_aliases[i].index;
	return SETTINGS_OF_FILE;
}

const char *setting_nearest(const char *key)
{
	const char *names[SETTINGS_OF_FILE + ARRAY_LEN(setting_aliases)];
	unsigned int count = 0;

	for (int i = 0; i < SETTINGS_OF_FILE; i++)
		if (settings[i].scope != SETTING_SCOPE_line &&
		    setting_is_of((enum setting_index)i, SETTING_VERB_run))
			names[count++] = settings[i].key;
	for (unsigned int i = 0; i < setting_alias_count; i++)
		names[count++] = setting_aliases[i].key;
	return parse_nearest(key, names, count);
}

int setting_argument_kind(const struct setting *setting)
{
	if (!setting->argument)
		return no_argument;
	return setting->argument[0] == '[' && setting->argument[1] == '='
		       ? optional_argument
		       : required_argument;
}

int setting_apply(enum setting_index index, const char *value,
		  struct launcher_options *launcher,
		  struct service_options *service, struct text *error)
{
	const struct setting *setting = &settings[index];

	if (setting->set_launcher)
		return setting->set_launcher(launcher, value, error);
	return setting->set_service(service, value, error);
}

int setting_apply_defaults(enum setting_verb verb,
			   struct launcher_options *launcher,
			   struct service_options *service, struct text *error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && verb == SETTING_VERB_init &&
			   i < ARRAY_LEN(settings_init_defaults);
	     i++)
		r = setting_apply(settings_init_defaults[i].index,
				  settings_init_defaults[i].value, launcher,
				  service, error);
	return r;
}

int setting_refuse(struct text *error, const char *expected)
{
	text_add(error, "expected ");
	text_add(error, expected);
	return -EINVAL;
}

int setting_choose(const char *value, const char *const *words,
		   unsigned int count, unsigned int *ret_index)
{
	for (unsigned int i = 0; i < count; i++)
		if (words[i] && strcmp(words[i], value) == 0) {
			*ret_index = i;
			return 0;
		}
	return -EINVAL;
}

int setting_parse_duration(const char *value, uint64_t *ret_ns,
			   struct text *error)
{
	if (parse_duration(value, ret_ns) < 0)
		return setting_refuse(error, "a duration such as 250ms, 1.5s, "
					     "2m or 60 (seconds)");
	return 0;
}

/* The words of oslo.config. */
int setting_parse_bool(const char *value, bool *ret_value, struct text *error)
{
	static const char *const words[] = {"true",  "1", "yes", "on",
					    "false", "0", "no",	 "off"};
	unsigned int index = 0;

	for (; value && index < ARRAY_LEN(words); index++)
		if (strcasecmp(value, words[index]) == 0)
			break;
	if (index == ARRAY_LEN(words))
		return setting_refuse(error, "true or false");
	*ret_value = index < ARRAY_LEN(words) / 2;
	return 0;
}
