/*
 * options.c - parses the command line by the table in keys.h. Never starts or
 * opens anything.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "options.h"

/* Long options without a letter get numbers above every letter. */
#define OPTIONS_LONG 1000
#define OPTIONS_ALIASES_MAX 8U

struct options_table {
	struct option long_options[SETTINGS + OPTIONS_ALIASES_MAX + 2];
	char short_options[2 * SETTINGS + 8];
};

static const char *options_verb_name(enum setting_verb verb)
{
	return verb == SETTING_VERB_init ? "init" : "run";
}

static struct option options_long(enum setting_index index, const char *flag)
{
	return (struct option){
		.name = flag,
		.has_arg = setting_argument_kind(&settings[index]),
		.val = OPTIONS_LONG + (int)index,
	};
}

static void options_fill_long(enum setting_verb verb, struct option *ret_long)
{
	unsigned int count = 0;

	assert(setting_alias_count <= OPTIONS_ALIASES_MAX);
	for (enum setting_index i = 0; i < SETTINGS; i++)
		if (setting_is_of(i, verb))
			ret_long[count++] = options_long(i, settings[i].flag);
	for (unsigned int i = 0; i < setting_alias_count; i++)
		if (setting_is_of(setting_aliases[i].index, verb))
			ret_long[count++] =
				options_long(setting_aliases[i].index,
					     setting_aliases[i].flag);
	ret_long[count++] = (struct option){.name = "help", .val = 'h'};
	ret_long[count] = (struct option){0};
}

static void options_fill_short(enum setting_verb verb, char *ret_short)
{
	char *letter = ret_short;

	*letter++ = '+'; /* the command's own options are not ours */
	*letter++ = ':';
	*letter++ = 'h';
	for (enum setting_index i = 0; i < SETTINGS; i++) {
		if (settings[i].letter == 0 || !setting_is_of(i, verb))
			continue;
		*letter++ = settings[i].letter;
		if (setting_argument_kind(&settings[i]) == required_argument)
			*letter++ = ':';
	}
	*letter = '\0';
}

static enum setting_index options_find(enum setting_verb verb, int value)
{
	enum setting_index index = 0;

	if (value >= OPTIONS_LONG)
		return (enum setting_index)(value - OPTIONS_LONG);
	while (index < SETTINGS &&
	       (settings[index].letter != value || !setting_is_of(index, verb)))
		index++;
	assert(index < SETTINGS); /* getopt knows only these */
	return index;
}

static const char *options_nearest(enum setting_verb verb, const char *name)
{
	const char *flags[SETTINGS + 1];
	unsigned int count = 0;

	for (enum setting_index i = 0; i < SETTINGS; i++)
		if (setting_is_of(i, verb))
			flags[count++] = settings[i].flag;
	flags[count++] = "help";
	return parse_nearest(name, flags, count);
}

/* getopt takes a beginning of a flag for the flag, if it is of one only. */
static bool options_is_ambiguous(enum setting_verb verb, const char *name)
{
	for (enum setting_index i = 0; i < SETTINGS; i++)
		if (setting_is_of(i, verb) &&
		    strncmp(settings[i].flag, name, strlen(name)) == 0)
			return true;
	return false;
}

/* getopt has stopped at argument: what leaves optopt 0 is a long option that it
 * does not know. */
static int options_refuse_unknown(enum setting_verb verb, const char *argument,
				  struct text *error)
{
	const char *called = options_verb_name(verb);
	const char *nearest;
	char name[64];

	if (optopt >= OPTIONS_LONG) {
		text_format(error, "--%s takes no argument",
			    settings[optopt - OPTIONS_LONG].flag);
		return -EINVAL;
	}
	if (optopt != 0) {
		text_format(error, "unknown option -%c; see muster help %s",
			    optopt, called);
		return -EINVAL;
	}
	(void)snprintf(name, sizeof(name), "%.*s",
		       (int)strcspn(argument + 2, "="), argument + 2);
	if (options_is_ambiguous(verb, name)) {
		text_format(error,
			    "--%s may be several options; see muster help %s",
			    name, called);
		return -EINVAL;
	}
	nearest = options_nearest(verb, name);
	text_format(error, "unknown option --%s%s%s%s", name,
		    nearest ? ", did you mean --" : "; see muster help ",
		    nearest ? nearest : called, nearest ? "?" : "");
	return -EINVAL;
}

static int options_note(struct options *options, enum setting_index index)
{
	struct assignment *given = realloc(
		options->given, (options->given_count + 1) * sizeof(*given));

	if (!given)
		return -ENOMEM;
	given[options->given_count++] =
		(struct assignment){.value = optarg, .index = index};
	options->given = given;
	return 0;
}

static int options_apply(struct options *options, int value, struct text *error)
{
	enum setting_index index = options_find(options->verb, value);
	char buffer[512];
	struct text reason;
	int r;

	text_init(&reason, buffer, sizeof(buffer));
	r = setting_apply(index, optarg, &options->launcher, &options->service,
			  &reason);
	if (r == 0)
		r = options_note(options, index);
	if (r == -ENOMEM)
		text_add(&reason, strerror(ENOMEM));
	if (r < 0)
		text_format(error, "--%s \"%s\": %s", settings[index].flag,
			    optarg ? optarg : "", buffer);
	return r;
}

/* The last argument that getopt took; when one is missing, musl counts it. */
static const char *options_last(int argc, char **argv)
{
	return argv[(optind < argc ? optind : argc) - 1];
}

static int options_parse_flags(int argc, char **argv, struct options *options,
			       struct text *error)
{
	struct options_table table;
	int value;

	options_fill_long(options->verb, table.long_options);
	options_fill_short(options->verb, table.short_options);
	opterr = 0;
	optind = 1;
	while ((value = getopt_long(argc, argv, table.short_options,
				    table.long_options, NULL)) != -1) {
		int r;

		if (value == 'h')
			return OPTIONS_HELP;
		if (value == '?')
			return options_refuse_unknown(
				options->verb, options_last(argc, argv), error);
		if (value == ':') {
			text_format(error, "%s needs an argument",
				    options_last(argc, argv));
			return -EINVAL;
		}
		r = options_apply(options, value, error);
		if (r < 0)
			return r;
	}
	return OPTIONS_RUN;
}

static int options_refuse(struct text *error, const char *what)
{
	text_add(error, what);
	return -EINVAL;
}

/* A file says everything about its services. */
static int options_check_config(const struct options *options, bool has_command,
				struct text *error)
{
	if (has_command)
		return options_refuse(error, "--config and a command exclude "
					     "each other");
	for (size_t i = 0; i < options->given_count; i++) {
		const struct setting *setting =
			&settings[options->given[i].index];

		if (!setting->set_service)
			continue;
		text_format(error,
			    "--%s is an option of services: with --config it "
			    "belongs into the file",
			    setting->flag);
		return -EINVAL;
	}
	return OPTIONS_RUN;
}

static int options_take_command(char **words, struct options *options,
				struct text *error)
{
	if (!words[0]) {
		text_format(error,
			    "no command; usage: muster %s [options] -- COMMAND "
			    "[ARG...]",
			    options_verb_name(options->verb));
		return -EINVAL;
	}
	for (size_t i = 0; words[i]; i++)
		if (!stringlist_add(&options->service.command, words[i],
				    strlen(words[i])))
			return options_refuse(error, strerror(ENOMEM));
	return OPTIONS_RUN;
}

int options_parse(int argc, char **argv, struct options *options,
		  struct text *error)
{
	int r;

	options->launcher = LAUNCHER_OPTIONS_INIT;
	service_init(&options->service);
	r = setting_apply_defaults(options->verb, &options->launcher,
				   &options->service, error);
	if (r < 0)
		return r;
	r = options_parse_flags(argc, argv, options, error);
	if (r != OPTIONS_RUN)
		return r;
	if (options->launcher.config)
		return options_check_config(options, optind < argc, error);
	if (options->launcher.is_check)
		return options_refuse(error, "--check needs --config FILE");
	return options_take_command(&argv[optind], options, error);
}

void options_fini(struct options *options)
{
	service_fini(&options->service);
	free(options->given);
	options->given = NULL;
	options->given_count = 0;
}
