/*
 * help.c - the option table for people to read.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options.h"

#define HELP_COLUMN 26
#define HELP_WIDTH 80

/* Words of text from column 26 on, in lines of 80. */
static void help_print_wrapped(const char *text)
{
	size_t column = HELP_COLUMN;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column + length + 1 > HELP_WIDTH) {
			(void)printf("\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		}
		(void)printf(" %.*s", (int)length, text);
		column += length + 1;
		text += length + strspn(text + length, " ");
	}
	(void)printf("\n");
}

static void help_print_setting(enum setting_index index, enum setting_verb verb)
{
	const struct setting *setting = &settings[index];
	const char *fallback = setting_fallback(index, verb);
	char left[96];
	char help[320];
	int length;

	length = snprintf(
		left, sizeof(left), "  %c%c%s--%s%s%s",
		setting->letter ? '-' : ' ',
		setting->letter ? setting->letter : ' ',
		setting->letter ? ", " : "  ", setting->flag,
		setting_argument_kind(setting) == required_argument ? " " : "",
		setting->argument ? setting->argument : "");
	(void)snprintf(help, sizeof(help), "%s%s%s%s",
		       setting_help(index, verb), fallback ? " (" : "",
		       fallback ? fallback : "", fallback ? ")" : "");
	(void)printf("%-*s", HELP_COLUMN, left);
	if (length >= HELP_COLUMN)
		(void)printf("\n%*s", HELP_COLUMN, "");
	help_print_wrapped(help);
}

void options_print_help(enum setting_verb verb)
{
	if (verb == SETTING_VERB_init)
		(void)printf(
			"usage: muster init [options] -- COMMAND "
			"[ARG...]\n\n"
			"Runs COMMAND as the entrypoint of a container: "
			"forwards signals, reaps what is\nleft behind, and "
			"ends as COMMAND does.\n\n");
	else
		(void)printf("usage: muster run [options] -- COMMAND "
			     "[ARG...]\n"
			     "       muster run [options] -c FILE\n\n"
			     "Keeps workers of COMMAND, or of the services in "
			     "FILE, alive.\n\n");
	for (enum setting_index i = 0; i < SETTINGS; i++)
		if (setting_is_of(i, verb))
			help_print_setting(i, verb);
	(void)printf("  -h, --help\n");
}
