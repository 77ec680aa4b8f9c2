/*
 * personality_say.c - what muster prints in the place of another init.
 *
 * Docker's daemon asks docker-init for its --version, cuts the answer at " - ",
 * and wants "tini version NUMBER" before. Of what is behind it would check a
 * commit if it began with "git.".
 */
#include <stdio.h>

#include "personalities.h"

/* The column where help goes on. */
#define PERSONALITY_COLUMN 26

static void say_line(struct text *text, const char *left, const char *help)
{
	text_format(text, "  %-*s %s\n", PERSONALITY_COLUMN, left, help);
}

static void say_row(const struct personality_option *row, struct text *text)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "-%c%s%s%s%s", row->letter,
		       row->name ? ", --" : "", row->name ? row->name : "",
		       row->argument ? " " : "",
		       row->argument ? row->argument : "");
	say_line(text, left, row->help);
}

static void say_variable(const struct personality_variable *variable,
			 struct text *text)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%s%s%s", variable->name,
		       variable->value ? "=" : "",
		       variable->value ? variable->value : "");
	say_line(text, left, variable->help);
}

void personality_say_version(const struct personality *personality,
			     struct text *text)
{
	text_format(text, "%s - muster %s\n", personality->version,
		    MUSTER_VERSION);
}

void personality_say_licence(const struct personality *personality,
			     struct text *text)
{
	(void)personality;
	text_add(text, "muster is under the Apache License, Version 2.0: the "
		       "file LICENSE beside its source,\n"
		       "or https://www.apache.org/licenses/LICENSE-2.0\n");
}

void personality_say_help(const struct personality *personality,
			  struct text *text)
{
	text_format(text,
		    "usage: %s [options] -- COMMAND [ARG...]\n\n"
		    "muster %s, called as %s: one command under the care of "
		    "an init.\n\n",
		    personality->program, MUSTER_VERSION, personality->program);
	for (const struct personality_option *row = personality->rows;
	     row->letter; row++)
		say_row(row, text);
	if (personality->has_lone_version)
		say_line(text, "--version", "as the only word: the version");
	text_add(text, "\nIn the environment:\n\n");
	for (const struct personality_variable *variable =
		     personality->variables;
	     variable->name; variable++)
		say_variable(variable, text);
	text_add(text, "\nSee muster-init(1), AS ANOTHER PROGRAM.\n");
}
