/*
 * personality.c - reads the command line of another init by its table.
 *
 * All of them are read alike, though getopt(3) of glibc has it otherwise for
 * tini and catatonit: what follows the command is the command's, also a "--",
 * or a program could not be given an option that the init has, too.
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "personalities.h"
#include "personality.h"

/* All of them end so when they are called wrongly. */
#define PERSONALITY_USAGE 1
/* Of an empty word, which is no file; where the table has no other status. */
#define PERSONALITY_NOT_FOUND 127
/* A word that was given may be long, and an error is one line. */
#define PERSONALITY_GIVEN "%.200s"

/* One call of personality_translate. */
struct translation {
	const struct personality *personality;
	struct personality_outcome *outcome;
	struct text *text;
	struct demand demand;
};

/* getopt's own form of the rows. */
struct grammar {
	struct option long_options[PERSONALITY_ROWS + 1];
	char short_options[2 * PERSONALITY_ROWS + 3];
};

static void translation_end(struct translation *translation, int status,
			    bool is_on_stderr)
{
	translation->outcome->act = PERSONALITY_SAY;
	translation->outcome->status = status;
	translation->outcome->is_on_stderr = is_on_stderr;
}

/* Always false, for the caller to hand on: that was all. */
__attribute__((format(printf, 3, 4))) static bool
translation_refuse(struct translation *translation, int status,
		   const char *format, ...)
{
	va_list arguments;

	text_format(translation->text,
		    "muster: error: %s: ", translation->personality->program);
	va_start(arguments, format);
	text_vformat(translation->text, format, arguments);
	va_end(arguments);
	text_disarm(translation->text);
	text_add(translation->text, "\n");
	translation_end(translation, status, true);
	return false;
}

static void grammar_fill(const struct personality_option *rows,
			 struct option *ret_long, char *ret_short)
{
	struct option *option = ret_long;
	char *letter = ret_short;

	*letter++ = '+'; /* the command's own options are not ours */
	*letter++ = ':';
	for (; rows->letter; rows++) {
		*letter++ = rows->letter;
		if (rows->argument)
			*letter++ = ':';
		if (rows->name)
			*option++ = (struct option){
				.name = rows->name,
				.has_arg = rows->argument ? required_argument
							  : no_argument,
				.val = rows->letter,
			};
	}
	*letter = '\0';
	*option = (struct option){0};
}

static const struct personality_option *
row_find(const struct personality_option *rows, int letter)
{
	while (rows->letter && rows->letter != letter)
		rows++;
	return rows->letter ? rows : NULL;
}

static bool row_is_beginning(const struct personality_option *rows,
			     const char *name)
{
	for (; rows->letter; rows++)
		if (rows->name && name[0] != '\0' &&
		    strncmp(rows->name, name, strlen(name)) == 0)
			return true;
	return false;
}

/* What leaves optopt 0 is a long option that getopt does not know, or knows
 * several of. */
static bool translation_refuse_option(struct translation *translation,
				      const char *argument)
{
	const struct personality *personality = translation->personality;
	const struct personality_option *row =
		row_find(personality->rows, optopt);

	if (row)
		return translation_refuse(translation, PERSONALITY_USAGE,
					  "--%s takes no argument", row->name);
	if (optopt != 0)
		return translation_refuse(translation, PERSONALITY_USAGE,
					  "unknown option -%c; see %s -h",
					  optopt, personality->program);
	return translation_refuse(
		translation, PERSONALITY_USAGE,
		"%s " PERSONALITY_GIVEN "; see %s -h",
		row_is_beginning(personality->rows, argument + 2)
			? "several options begin with"
			: "unknown option",
		argument, personality->program);
}

/* False: it was the last one. */
static bool translation_take(struct translation *translation,
			     const struct personality_option *row)
{
	assert(row); /* getopt knows only these */
	if (row->say) {
		row->say(translation->personality, translation->text);
		translation_end(translation, 0, row->is_on_stderr);
		return false;
	}
	if (row->take(&translation->demand, optarg) == 0)
		return true;
	return translation_refuse(translation, PERSONALITY_USAGE,
				  "-%c \"" PERSONALITY_GIVEN "\": expected %s",
				  row->letter, optarg, row->expected);
}

static bool translation_take_options(struct translation *translation, int argc,
				     char **argv)
{
	const struct personality_option *rows = translation->personality->rows;
	struct grammar grammar;
	int value;

	grammar_fill(rows, grammar.long_options, grammar.short_options);
	opterr = 0;
	optind = 0; /* it begins anew, also after a cluster that was left */
	while ((value = getopt_long(argc, argv, grammar.short_options,
				    grammar.long_options, NULL)) != -1) {
		if (value == '?')
			return translation_refuse_option(translation,
							 argv[optind - 1]);
		if (value == ':')
			return translation_refuse(
				translation, PERSONALITY_USAGE,
				"-%c needs an argument", optopt);
		if (!translation_take(translation, row_find(rows, value)))
			return false;
	}
	return true;
}

static const char *variable_find(char **environment, const char *name)
{
	size_t length = strlen(name);

	for (; *environment; environment++)
		if (strncmp(*environment, name, length) == 0 &&
		    (*environment)[length] == '=')
			return *environment + length + 1;
	return NULL;
}

static bool translation_take_variables(struct translation *translation,
				       char **environment)
{
	const struct personality_variable *variable =
		translation->personality->variables;

	for (; variable->name; variable++) {
		const char *value = variable_find(environment, variable->name);

		if (!value)
			continue;
		if (variable->value && strcmp(variable->value, value) != 0)
			continue;
		if (variable->take(&translation->demand, value) < 0)
			return translation_refuse(
				translation, PERSONALITY_USAGE,
				"%s: expected it %s", variable->name,
				variable->expected);
	}
	return true;
}

static bool translation_take_command(struct translation *translation,
				     char **command)
{
	const struct demand *demand = &translation->demand;
	const char *program = translation->personality->program;

	if (demand->is_pause && command[0])
		return translation_refuse(translation, PERSONALITY_USAGE,
					  "-P runs no command");
	if (demand->is_pause) {
		translation->outcome->act = PERSONALITY_PAUSE;
		return true;
	}
	if (!command[0])
		return translation_refuse(translation, PERSONALITY_USAGE,
					  "no command; usage: %s [options] -- "
					  "COMMAND [ARG...]",
					  program);
	if (command[0][0] == '\0')
		return translation_refuse(translation,
					  demand->launch_status
						  ? demand->launch_status
						  : PERSONALITY_NOT_FOUND,
					  "empty command");
	if (demand_add_words(demand, command, &translation->outcome->words) < 0)
		return translation_refuse(translation, PERSONALITY_USAGE, "%s",
					  strerror(ENOMEM));
	translation->outcome->act = PERSONALITY_INIT;
	return true;
}

void personality_translate(char **argv, char **environment,
			   struct personality_outcome *outcome,
			   struct text *text)
{
	const struct personality *personality = personality_find(argv[0]);
	struct translation translation = {
		.personality = personality, .outcome = outcome, .text = text};
	int argc = 0;

	*outcome = PERSONALITY_OUTCOME_NULL;
	if (!personality)
		return;
	translation.demand = personality->unasked;
	while (argv[argc])
		argc++;
	if (personality->has_lone_version && argc == 2 &&
	    strcmp(argv[1], "--version") == 0) {
		personality_say_version(personality, text);
		translation_end(&translation, 0, false);
		return;
	}
	if (!translation_take_options(&translation, argc, argv) ||
	    !translation_take_variables(&translation, environment))
		return;
	if (personality->settle)
		personality->settle(&translation.demand);
	(void)translation_take_command(&translation, &argv[optind]);
}

void personality_fini(struct personality_outcome *outcome)
{
	stringlist_fini(&outcome->words);
}
