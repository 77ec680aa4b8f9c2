/*
 * options.c - parses the command line by the table in keys.h. Never starts or
 * opens anything.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "settings.h"

/* Long options without a letter get numbers above every letter. */
#define OPTIONS_LONG 1000

static void options_fill_getopt(struct option *ret_long, char *ret_short)
{
	char *letter = ret_short;

	*letter++ = '+'; /* the command's own options are not ours */
	*letter++ = ':';
	*letter++ = 'h';
	for (int i = 0; i < SETTINGS; i++) {
		const struct setting *setting = &settings[i];

		ret_long[i] = (struct option){
			.name = setting->flag,
			.has_arg = setting_argument_kind(setting),
			.val = OPTIONS_LONG + i,
		};
		if (setting->letter == 0)
			continue;
		*letter++ = setting->letter;
		if (ret_long[i].has_arg == required_argument)
			*letter++ = ':';
	}
	*letter = '\0';
	ret_long[SETTINGS] = (struct option){.name = "help", .val = 'h'};
	ret_long[SETTINGS + 1] = (struct option){0};
}

static const struct setting *options_find(int value)
{
	if (value >= OPTIONS_LONG)
		return &settings[value - OPTIONS_LONG];
	for (int i = 0; i < SETTINGS; i++)
		if (settings[i].letter != 0 && settings[i].letter == value)
			return &settings[i];
	return NULL;
}

static const char *options_nearest(const char *name)
{
	const char *flags[SETTINGS + 1];

	for (int i = 0; i < SETTINGS; i++)
		flags[i] = settings[i].flag;
	flags[SETTINGS] = "help";
	return parse_nearest(name, flags, SETTINGS + 1);
}

/* getopt takes a beginning of a flag for the flag, if it is of one only. */
static bool options_is_ambiguous(const char *name)
{
	for (int i = 0; i < SETTINGS; i++)
		if (strncmp(settings[i].flag, name, strlen(name)) == 0)
			return true;
	return false;
}

/* getopt has stopped at argument: what leaves optopt 0 is a long option that it
 * does not know. */
static int options_refuse_unknown(const char *argument, struct text *error)
{
	const char *nearest;
	char name[64];

	if (optopt >= OPTIONS_LONG) {
		text_format(error, "--%s takes no argument",
			    settings[optopt - OPTIONS_LONG].flag);
		return -EINVAL;
	}
	if (optopt != 0) {
		text_format(error, "unknown option -%c; see muster help run",
			    optopt);
		return -EINVAL;
	}
	(void)snprintf(name, sizeof(name), "%.*s",
		       (int)strcspn(argument + 2, "="), argument + 2);
	if (options_is_ambiguous(name)) {
		text_format(error,
			    "--%s may be several options; see muster "
			    "help run",
			    name);
		return -EINVAL;
	}
	nearest = options_nearest(name);
	text_format(error, "unknown option --%s%s%s%s", name,
		    nearest ? ", did you mean --" : "; see muster help run",
		    nearest ? nearest : "", nearest ? "?" : "");
	return -EINVAL;
}

static int options_apply(struct run_options *options, int value,
			 struct text *error)
{
	const struct setting *setting = options_find(value);
	char buffer[256];
	struct text reason;
	int r;

	assert(setting);
	text_init(&reason, buffer, sizeof(buffer));
	r = setting->set(options, optarg, &reason);
	if (r < 0)
		text_format(error, "--%s \"%s\": %s", setting->flag,
			    optarg ? optarg : "", buffer);
	return r;
}

static int options_parse_flags(int argc, char **argv,
			       struct run_options *options, struct text *error)
{
	struct option long_options[SETTINGS + 2];
	char short_options[2 * SETTINGS + 8];
	int value;

	options_fill_getopt(long_options, short_options);
	opterr = 0;
	optind = 1;
	while ((value = getopt_long(argc, argv, short_options, long_options,
				    NULL)) != -1) {
		int r;

		if (value == 'h')
			return OPTIONS_HELP;
		if (value == '?')
			return options_refuse_unknown(argv[optind - 1], error);
		if (value == ':') {
			text_format(error, "%s needs an argument",
				    argv[optind - 1]);
			return -EINVAL;
		}
		r = options_apply(options, value, error);
		if (r < 0)
			return r;
	}
	return OPTIONS_RUN;
}

int options_parse(int argc, char **argv, struct run_options *ret_options,
		  struct text *error)
{
	int r;

	*ret_options = (struct run_options){
		.launcher = MUSTER_OPTIONS_INIT,
		.group = MUSTER_GROUP_OPTIONS_INIT,
		.log_level = LOG_INFO,
	};
	ret_options->group.workers = 1;
	r = options_parse_flags(argc, argv, ret_options, error);
	if (r != OPTIONS_RUN)
		return r;
	if (optind >= argc) {
		text_add(error, "no command; usage: muster run [options] -- "
				"COMMAND [ARG...]");
		return -EINVAL;
	}
	ret_options->group.argv = (const char *const *)&argv[optind];
	ret_options->group.listeners = ret_options->listeners;
	ret_options->group.pass_fds = ret_options->pass_fds;
	return OPTIONS_RUN;
}

int options_prepend_listener(struct run_options *options,
			     const struct muster_listener *listener)
{
	uint32_t count = options->group.listener_count;

	if (count == OPTIONS_LISTENERS_MAX)
		return -ENOSPC;
	memmove(&options->listeners[1], &options->listeners[0],
		count * sizeof(options->listeners[0]));
	options->listeners[0] = *listener;
	options->group.listener_count++;
	return 0;
}
